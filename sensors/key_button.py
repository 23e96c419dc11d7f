"""A button that is a key: on a keyboard, a USB foot switch, a presenter; read from the kernel itself.

Source: Linux, Documentation/input/event-codes.rst and struct input_event in linux/input.h. A link below
/dev/input/by-id keeps its name when devices come and go.
"""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sensors import Emit, SensorLost
from sensors.button import NAME, Edge, Finger, follow

EVENT = struct.Struct("@llHHi")
"""struct input_event: seconds and microseconds of its time, type, code, value."""

EV_KEY = 1
UP, DOWN = 0, 1
"""Values of EV_KEY; 2 is a repetition, which tells nothing new."""


@dataclass(frozen=True, slots=True)
class KeyButton:
    """`device`: a file below /dev/input; `key`: its code (28 = Enter, 57 = space), None = any key of it."""

    device: str
    key: int | None = None

    async def run(self, emit: Emit) -> None:
        """Emit Press and Loss (stuck, free again) until cancelled; SensorLost when the device is gone."""
        loop = asyncio.get_running_loop()
        edges: asyncio.Queue[Edge | None] = asyncio.Queue()
        with _opened(self.device) as file:
            loop.add_reader(file, _Keys(file, self.key, edges).read)
            try:
                await follow(edges, Finger(down=False, at=loop.time()), emit)
            finally:
                loop.remove_reader(file)
        raise SensorLost(NAME, f"{self.device} was unplugged: plug it in again")


class _Keys:
    """Which keys are down, as the kernel tells."""

    def __init__(self, file: int, key: int | None, edges: asyncio.Queue[Edge | None]) -> None:
        self.file = file
        self.key = key
        self.edges = edges
        self.down: set[int] = set()
        self.rest = b""

    def read(self) -> None:
        """The kernel has more, or the device is gone."""
        loop = asyncio.get_running_loop()
        try:
            data = os.read(self.file, 64 * EVENT.size)
        except BlockingIOError:
            return
        except OSError:  # ENODEV
            data = b""
        if not data:
            loop.remove_reader(self.file)
            self.edges.put_nowait(None)
        for down in self.levels(data):
            self.edges.put_nowait(Edge(down, loop.time()))

    def levels(self, data: bytes) -> Iterator[bool]:
        """Whether any key that counts is down, after each of them that moved."""
        data = self.rest + data
        whole = len(data) - len(data) % EVENT.size
        self.rest = data[whole:]
        for _, _, kind, code, value in EVENT.iter_unpack(data[:whole]):
            if kind == EV_KEY and value in (UP, DOWN) and self.key in (None, code):
                (self.down.add if value == DOWN else self.down.discard)(code)
                yield bool(self.down)


@contextmanager
def _opened(device: str) -> Iterator[int]:
    try:
        file = os.open(device, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        raise SensorLost(NAME, f"{device} may not be read: put the user into the group input") from None
    except OSError:
        raise SensorLost(NAME, f"there is no {device}: is the button plugged in?") from None
    try:
        yield file
    finally:
        os.close(file)
