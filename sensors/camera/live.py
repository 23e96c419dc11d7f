"""Camera: the sensor. It keeps the child process, tells its faults, and ends it when it hangs."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sensors import Emit, SensorLost
from sensors.camera.pipe import NAME, Inlet, Kind, Message, Order
from sensors.readings import Frame, Loss

LIMIT_S = 20.0
"""Longest time without a picture; a camera takes 2 to 5 s to open. Frigate restarts one after 20 s too."""

ENDING_S = 1.0
"""A killed process is gone at once, but for one that hangs in the kernel: nobody waits for that."""

CHUNK = 2**18
BY_ID = Path("/dev/v4l/by-id")

HANGS = "no picture for {:g} s: it hangs; restart the device if this stays, and check the camera's cable"


@dataclass(frozen=True, slots=True)
class Camera:
    """Where pictures come from, how wide they are, and how many a second.

    source: `pi` (`pi:1`: the second one), a USB camera's device, the address of a stream, or a file.
    """

    source: str = "pi"
    width: int = 320
    per_s: float = 5.0
    resting_per_s: float = 1.0

    async def run(self, emit: Emit) -> None:
        """Emit Frame, grey, the newest alone, until cancelled; SensorLost when the camera ends or hangs.

        Loss says what is wrong with the pictures (and "" when it is over): as long as it is, there are no
        frames, since a sense that looks at the dark would find it calm.
        """
        child = await _started(Order(self.source, self.width, self.per_s, self.resting_per_s, os.getpid()))
        try:
            async with asyncio.timeout(LIMIT_S) as limit:
                await _tell(child, emit, limit)
        except TimeoutError:
            raise SensorLost(NAME, HANGS.format(LIMIT_S)) from None
        finally:
            await _ended(child)


def usb_cameras() -> list[str]:
    """The USB cameras there are now, by names that stay the same wherever they are plugged in."""
    return sorted(map(str, BY_ID.glob("*-video-index0")))


async def _started(order: Order) -> Process:
    """The child, with its order. It finds the modules that we find; Ctrl-C, which is for us, passes it by."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sensors.camera.child",
        stdin=PIPE,
        stdout=PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    )
    assert child.stdin is not None  # noqa: S101 - for the types
    child.stdin.write(f"{order.text()}\n".encode())
    child.stdin.close()
    return child


async def _ended(child: Process) -> None:
    with suppress(ProcessLookupError):
        child.kill()
    with suppress(TimeoutError):
        async with asyncio.timeout(ENDING_S):
            await child.wait()


async def _tell(child: Process, emit: Emit, limit: asyncio.Timeout) -> None:
    """Emit what comes; each picture, good or not, moves the limit. Ends by SensorLost."""
    told: str | None = None
    async for message in _newest(child):
        if message.kind is Kind.END:
            raise SensorLost(NAME, message.text())
        limit.reschedule(asyncio.get_running_loop().time() + LIMIT_S)
        fault = message.text() if message.kind is Kind.FAULT else ""
        if fault != told:
            told = fault
            emit(Loss(message.at, NAME, lost=bool(fault), why=fault))
        if not fault:
            emit(Frame(message.at, message.body))
    raise SensorLost(NAME, f"its process ended by itself ({await child.wait()}): it is started again")


async def _newest(child: Process) -> AsyncIterator[Message]:
    """The newest message of all that have come since the last one was taken."""
    assert child.stdout is not None  # noqa: S101 - for the types
    inlet = Inlet()
    while data := await child.stdout.read(CHUNK):
        if messages := inlet.take(data):
            yield messages[-1]
