"""The command line: what `distress-agent` understands, and the one place where errors become sentences.

Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 65 the data is not what it should be, 66 input is
missing or unreadable, 69 a service or device cannot be had, 74 reading or writing failed, 78 the
configuration is wrong, 130 interrupted. Whatever is heavy is imported by the command that needs it.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys

from agent import __version__
from agent.asking import THERE
from agent.commands import HERE, Command

ABOUT = """\
Listens for screams and tells the people who care, with position, over MQTT and other channels.
Everything is decided on this device. A supplementary aid: it is no emergency service.
"""

EPILOG = """\
start here:   distress-agent demo            a scream becomes an alert, nothing needed
your sounds:  distress-agent score FILE      what the model hears in it
for real:     distress-agent check-config    then: distress-agent run
"""


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit code, with one clear line on standard error where something is wrong."""
    parser = _parser()
    options = parser.parse_args(argv)
    command: Command | None = getattr(options, "command", None)
    if command is None:
        parser.print_help()
        return 2
    try:
        return command(options)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except _house_errors() as error:  # evaluated only now: their rooms are heavy
        return _complain(error)


def _house_errors() -> tuple[type[Exception], ...]:
    from agent.config import ConfigError
    from agent.senses.shelf import ModelUnfit
    from sensors import SensorLost

    return (ConfigError, ModelUnfit, SensorLost, OSError, ValueError)


def _complain(error: Exception) -> int:
    print(f"distress-agent: {_sentence(error)}", file=sys.stderr)
    return _code(error)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror.lower()}"
    return str(error)


def _code(error: Exception) -> int:
    name = type(error).__name__
    if name in {"ConfigError", "ModelUnfit", "SensorLost"}:
        return {"ConfigError": 78, "ModelUnfit": 65, "SensorLost": 69}[name]
    if not isinstance(error, OSError):
        return 65
    if isinstance(error, ConnectionError | TimeoutError | BlockingIOError) or error.errno == errno.EADDRINUSE:
        return 69
    return 66 if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError) else 74


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="distress-agent",
        description=ABOUT,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"distress-agent {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND")
    for add in (*HERE, *THERE):
        add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
