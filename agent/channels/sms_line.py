"""A serial line to a modem that speaks AT commands (ITU-T V.250): a command at a time, its answer, its news.

By termios and the loop's reader: what is needed of a serial port is to open it raw, at a speed, for us alone.
A line is closed for good at the first thing that goes wrong; whoever holds it opens a new one.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

FINAL = re.compile(r"OK|ERROR|\+CM[SE] ERROR:.*|NO CARRIER|COMMAND NOT SUPPORT|TOO MANY PARAMETERS")
"""Result codes that end an answer (V.250, 5.7.1; TS 27.005, 3.2.5), and two that some makers added."""

NEWS = re.compile(r"\+(CMT|CMTI|CDS):")
"""Lines that come unasked (TS 27.005, 3.4.1)."""

HAS_BODY = re.compile(r"\+CMT:|\+CDS: *\d+$")
"""News whose second line is the message itself."""

PROMPT = "> "
LONGEST_LINE = 4096
CANCEL = b"\x1b"
SEND = "\x1a"

Told = Callable[[str, str], None]
"""Hears news: its line, and the message below it, if there is one."""


class Silence(ConnectionError):
    """The modem did not answer in time; it may have been busy."""


@asynccontextmanager
async def open_line(port: str, baud: int) -> AsyncIterator[Line]:
    """The line of a serial port, while it is held open. Raises ConnectionError with why not, in words."""
    descriptor = _open(port, baud)
    loop, line = asyncio.get_running_loop(), Line(descriptor)
    loop.add_reader(descriptor, line.readable)
    try:
        yield line
    finally:
        loop.remove_reader(descriptor)
        line.lost = "the modem's port was closed"
        os.close(descriptor)


def _open(port: str, baud: int) -> int:
    """A file descriptor: raw, without flow control, locked for others (TIOCEXCL)."""
    import fcntl
    import termios
    import tty

    try:
        descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as error:
        raise ConnectionError(f"the modem's port {port} cannot be opened: {error.strerror}") from error
    try:
        fcntl.ioctl(descriptor, termios.TIOCEXCL)
        tty.setraw(descriptor)
        settings = termios.tcgetattr(descriptor)
        settings[2] = settings[2] & ~termios.CRTSCTS | termios.CLOCAL | termios.CREAD
        settings[4] = settings[5] = getattr(termios, f"B{baud}")
        termios.tcsetattr(descriptor, termios.TCSANOW, settings)
    except (OSError, termios.error, AttributeError) as error:
        os.close(descriptor)
        raise ConnectionError(f"{port} is no serial port, or not at {baud} baud") from error
    return descriptor


class Line:
    """The talk over it. `told` hears news, between answers and within them; `gone` that it is lost."""

    def __init__(self, descriptor: int) -> None:
        self.told: Told = lambda line, body: None
        self.gone: Callable[[], None] = lambda: None
        self._descriptor = descriptor
        self._rest = ""
        self._news = ""
        self._command = ""
        self._answer: list[str] = []
        self._ended = asyncio.Event()
        self.lost = ""

    async def ask(self, command: str, timeout_s: float) -> list[str]:
        """Send a command; its answer's lines, the last of them its result (OK, ERROR ..., or the prompt).

        Raises ConnectionError when there is none in time, or the modem is gone.
        """
        self._command, self._answer = command, []
        self._ended.clear()
        self.write(command.encode() + (b"" if command.endswith(SEND) else b"\r"))
        try:
            async with asyncio.timeout(timeout_s):
                await self._ended.wait()
        except TimeoutError:
            name = command.partition("=")[0] if command.startswith("AT") else "the message"
            raise Silence(f"the modem did not answer to {name} within {timeout_s:g} s") from None
        self._check()
        return self._answer

    def _check(self) -> None:
        if self.lost:
            raise ConnectionError(self.lost)

    def write(self, data: bytes) -> None:
        """Hand bytes over. Raises ConnectionError when the port takes no more, or is gone."""
        self._check()
        try:
            written = os.write(self._descriptor, data)
        except OSError as error:
            raise ConnectionError("the modem's port takes nothing more") from error
        if written < len(data):
            raise ConnectionError("the modem's port takes nothing more")

    def readable(self) -> None:
        """Called by the loop when there is something."""
        try:
            data = os.read(self._descriptor, 4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose("the modem was unplugged")
            return
        self.heard(data.decode("latin-1"))

    def heard(self, text: str) -> None:
        """Take what came, cut anywhere. Lines end with CR, the LF after it is air (V.250, 5.7.1)."""
        *lines, self._rest = (self._rest + text.replace("\n", "")).split("\r")
        for line in lines:
            self._take(line)
        if self._rest == PROMPT and not self._ended.is_set():
            self._rest = ""
            self._take(PROMPT)
        if len(self._rest) > LONGEST_LINE:
            self._lose("there is no modem at this port: what it says makes no sense")

    def _take(self, line: str) -> None:
        if self._news:
            news, self._news = self._news, ""
            self.told(news, line)
        elif HAS_BODY.match(line):
            self._news = line
        elif NEWS.match(line):
            self.told(line, "")
        elif line.strip() and line != self._command and not self._ended.is_set():
            self._answer.append(line)
            if line == PROMPT or FINAL.fullmatch(line):
                self._ended.set()

    def _lose(self, why: str) -> None:
        """The loop would call again and again: a closed line is listened to no more."""
        asyncio.get_running_loop().remove_reader(self._descriptor)
        self.lost = why
        self._ended.set()
        self.gone()
