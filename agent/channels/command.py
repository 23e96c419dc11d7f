"""Command: any program as a channel: `termux-sms-send -n {to}`, `gammu sendsms TEXT {to}`, `signal-cli ...`.

The program is started without a shell, with the text on standard input, and says by exit 0 that it has
taken the message. It should let go of its standard error when it is done, even if it goes on behind.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from agent.channels import Link, Message, Undelivered
from agent.channels.sms_gateway import text
from agent.wording import Device

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

TAIL_BYTES = 200
"""Of what the program says only the end is kept, for the reason of a failure."""

REAP_S = 1.0
"""A killed program is gone at once; this only bounds the wait for its pipes."""

NEVER = (64, 65, 67, 68)
"""Exit codes that no second try can better (sysexits.h): wrong usage, data, user or host."""

SHUT = (77, 78, 126, 127)
"""No right, wrong configuration (sysexits.h); the shell's "not executable" and "not found"."""

CURE = "check the program, its rights and settings"


@dataclass(frozen=True, slots=True)
class CommandSettings:
    """`argv`: the program and its arguments; `{to}` in an argument stands for the recipient."""

    argv: tuple[str, ...]
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Command:
    """The channel. What goes to standard input is the text of an SMS, as UTF-8."""

    settings: CommandSettings
    device: Device
    acknowledge: Link | None = None

    async def deliver(self, message: Message) -> None:
        """Return when the program has ended with 0. Raises Undelivered with the last it said."""
        argv = arguments(self.settings.argv, message.recipient)
        process = await _start(argv, message)
        try:
            async with asyncio.timeout(self.settings.timeout_s):
                tail = await _converse(process, text(message, self.device, self.acknowledge).encode())
                code = await process.wait()
        except TimeoutError as error:
            raise Undelivered(f"{argv[0]} did not end within {self.settings.timeout_s:g} s") from error
        finally:
            await _end(process)
        if code:
            said = f": {_last_line(tail)}" if tail.strip() else ""
            cure = CURE if code in SHUT else ""
            raise Undelivered(f"{argv[0]} ended with {code}{said}", retry=code not in NEVER, cure=cure)


def arguments(argv: tuple[str, ...], to: str) -> tuple[str, ...]:
    """The program's own name as it stands, `{to}` in the rest put in as it is."""
    return (argv[0], *(part.replace("{to}", to) for part in argv[1:]))


async def _start(argv: tuple[str, ...], message: Message) -> asyncio.subprocess.Process:
    notice = message.notice
    about = {
        "DISTRESS_INCIDENT_ID": notice.incident_id,
        "DISTRESS_SEQ": str(notice.seq),
        "DISTRESS_KIND": notice.kind,
    }
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        return await asyncio.create_subprocess_exec(
            *argv, stdin=pipe, stdout=nothing, stderr=pipe, env=os.environ | about, start_new_session=True
        )
    except (FileNotFoundError, PermissionError, ValueError) as error:
        raise Undelivered(f"{argv[0]} cannot be started: {error}", cure=CURE) from error
    except OSError as error:
        raise Undelivered(f"{argv[0]} cannot be started now: {error}") from error


async def _converse(process: asyncio.subprocess.Process, text: bytes) -> bytes:
    """Hand the text over and listen to the end; a program that reads nothing may still accept."""
    stdin, stderr = cast("StreamWriter", process.stdin), cast("StreamReader", process.stderr)
    stdin.write(text)
    stdin.close()
    tail = b""
    while said := await stderr.read(4096):
        tail = (tail + said)[-TAIL_BYTES:]
    return tail


async def _end(process: asyncio.subprocess.Process) -> None:
    """Whatever is left of it, and of the programs it started, ends now."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(REAP_S):
            await process.wait()


def _last_line(tail: bytes) -> str:
    lines = tail.decode("utf-8", "replace").strip().splitlines()
    return "".join(char for char in lines[-1] if char.isprintable())
