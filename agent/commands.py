"""What `distress-agent` can be asked for: each command's words, and the function that does it.

Whatever is heavy is imported by the command that needs it, so that `--help` is there at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

Command = Callable[[argparse.Namespace], int]

EXAMPLES = {
    "sos": "distress-agent sos",
    "cancel": "distress-agent cancel   (the PIN is asked for, where one is set)",
    "acknowledge": "distress-agent acknowledge --by Ben   (a name of your contacts)",
    "resolve": "distress-agent resolve --by Ben   (the PIN is asked for, where one is set)",
    "pause": "distress-agent pause 30   (the PIN is asked for, where one is set)",
    "resume": "distress-agent resume",
    "silence": "distress-agent silence   (the PIN is asked for, where one is set)",
    "test-alert": "distress-agent test-alert",
    "checkin": "distress-agent checkin 22:30   (and `checkin off` takes it back)",
}
"""One line each, below its help."""


def add(commands: Commands, name: str, command: Command, about: str) -> argparse.ArgumentParser:
    """One command more: what does it, and what it is about."""
    example = f"example: {EXAMPLES[name]}" if name in EXAMPLES else None
    parser = commands.add_parser(
        name, help=about, description=about[0].upper() + about[1:] + ".", epilog=example
    )
    parser.set_defaults(command=command)
    return parser


def configured(parser: argparse.ArgumentParser) -> None:
    """The option that names a configuration."""
    where = "$DISTRESS_AGENT_CONFIG, /etc/distress-agent/agent.yaml, ~/.config/distress-agent/agent.yaml"
    parser.add_argument(
        "-c", "--config", type=Path, metavar="FILE", help=f"configuration (else {where}, then defaults)"
    )


def _run(commands: Commands) -> None:
    parser = add(commands, "run", _do_run, "the daemon: listens until it is stopped")
    configured(parser)
    parser.add_argument("--json", action="store_true", help="print what happens, one JSON object a line")


def _do_run(options: argparse.Namespace) -> int:
    from agent import daemon

    return daemon.run(options.config, as_json=options.json)


def _demo(commands: Commands) -> None:
    parser = add(
        commands, "demo", _do_demo, "a scream becomes an alert: the whole way, no hardware, no account"
    )
    parser.add_argument("--fast", action="store_true", help="at the scenario's own clock, as fast as it goes")
    parser.add_argument("--json", action="store_true", help="print what happens, one JSON object a line")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=["scream", "voice", "face", "band", "position"],
        metavar="PART",
        help="leave a part of the walk out: scream, voice (the talk at the corner), band, position; face "
        "changes nothing, for this walk has no camera; may be repeated",
    )
    parser.add_argument(
        "--scream", type=Path, metavar="FILE", help="put this recording in the place of the made scream"
    )
    parser.add_argument("--record", type=Path, metavar="FILE.svg", help="keep a picture of the screen")


def _do_demo(options: argparse.Namespace) -> int:
    from agent import demo

    return demo.run(options)


def _replay(commands: Commands) -> None:
    parser = add(
        commands, "replay", _do_replay, "recordings or scenario folders through the whole agent, nothing sent"
    )
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="a recording, a scenario folder, a folder; or a bundle (.json)",
    )
    parser.add_argument("--json", action="store_true", help="print every event, one JSON object a line")
    parser.add_argument(
        "--speed", type=float, metavar="N", help="N times real time (default: as fast as it goes)"
    )
    configured(parser)


def _do_replay(options: argparse.Namespace) -> int:
    from agent import build, config, replay

    if options.speed is not None and not options.speed > 0:
        print("distress-agent replay: --speed must be over 0", file=sys.stderr)
        return 2
    known = config.load(options.config)
    senses = build.senses(known)
    return replay.run(options.paths, config.policy(known), senses, as_json=options.json, speed=options.speed)


def _score(commands: Commands) -> None:
    parser = add(commands, "score", _do_score, "scores over time of recordings, videos and pictures")
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="a recording, video or picture, or a folder of them",
    )
    parser.add_argument("--json", action="store_true", help="print every score, one JSON object a line")
    parser.add_argument("--csv", action="store_true", help="print every score as a line of CSV")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE.svg", help="draw spectrogram and scores, or the faces"
    )


def _do_score(options: argparse.Namespace) -> int:
    from agent import score

    return score.run(options.paths, as_json=options.json, csv=options.csv, plot=options.plot)


def _check_config(commands: Commands) -> None:
    configured(
        add(commands, "check-config", _do_check_config, "says what is wrong with a configuration, and where")
    )


def _do_check_config(options: argparse.Namespace) -> int:
    from agent import config

    known = config.load(options.config)
    print(f"{known.file or 'built-in defaults'}: the configuration is valid")
    return 0


def _schema(commands: Commands) -> None:
    add(commands, "schema", _do_schema, "prints the JSON Schema of the configuration")


def _do_schema(_: argparse.Namespace) -> int:
    import json

    from agent import config

    print(json.dumps(config.schema(), indent=2))
    return 0


def _model(commands: Commands) -> None:
    parser = add(
        commands, "model", _do_model, "the models on the shelf: list, verify, or install one of your own"
    )
    parser.add_argument("action", choices=["list", "verify", "install"])
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        help="a .tflite (trees: .npz) with its card .json beside it, in place of the shelf's",
    )


def _do_model(options: argparse.Namespace) -> int:
    from agent import models

    return models.run(options.action, options.file)


def _doctor(commands: Commands) -> None:
    parser = add(commands, "doctor", _do_doctor, "what works, what does not, and the cure in one sentence")
    parser.add_argument("--json", action="store_true", help="one JSON object a finding")
    configured(parser)


def _do_doctor(options: argparse.Namespace) -> int:
    from agent import build, config, doctor

    return doctor.run(build.plan(config.load(options.config)), as_json=options.json)


def _devices(commands: Commands) -> None:
    parser = add(commands, "devices", _do_devices, "what could be connected")
    parser.add_argument("--json", action="store_true", help="one JSON object a device")


def _do_devices(options: argparse.Namespace) -> int:
    from agent import nearby

    return nearby.run(as_json=options.json)


def _band(commands: Commands) -> None:
    parser = add(
        commands, "band", _do_band, "advertises our band profile over Bluetooth, for makers and tests"
    )
    parser.add_argument("action", choices=["simulate"])
    parser.add_argument(
        "--adapter", default="hci0", metavar="NAME", help="the Bluetooth adapter (default: hci0)"
    )


def _do_band(options: argparse.Namespace) -> int:
    from agent import simulate

    return simulate.run(options.adapter)


HERE = (
    _run,
    _demo,
    _replay,
    _score,
    _check_config,
    _schema,
    _model,
    _doctor,
    _devices,
    _band,
)
"""What needs no running daemon, in the order in which help shows it."""
