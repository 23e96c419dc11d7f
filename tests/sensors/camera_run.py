"""Runs a camera with its real child process, and says what came and why it ended."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from sensors import SensorLost
from sensors.camera import Camera
from sensors.readings import Frame, Loss


class Enough(Exception):
    """So many readings were asked for."""


async def seen(camera: Camera, most: int) -> list[Frame | Loss]:
    """The first readings, as many as asked for; the child is gone afterwards."""
    readings = []

    def emit(reading):
        readings.append(reading)
        if len(readings) == most:
            raise Enough

    with pytest.raises(Enough):
        await camera.run(emit)
    assert not children()
    return readings


async def lost(camera: Camera) -> tuple[list[Frame | Loss], str]:
    """All readings until the loss, and why; the child is gone afterwards."""
    readings = []
    with pytest.raises(SensorLost) as caught:
        await camera.run(readings.append)
    assert caught.value.name == "camera"
    assert not children()
    return readings, caught.value.why


def children(parent: int | None = None) -> list[int]:
    """The cameras' processes of a process (this one) that are still there."""
    number = parent or os.getpid()
    path = Path(f"/proc/{number}/task/{number}/children")
    numbers = map(int, path.read_text().split()) if path.exists() else ()
    return [number for number in numbers if "sensors.camera.child" in command(number)]


def command(number: int) -> str:
    """The command line of a process; "" when it is no more."""
    try:
        return Path(f"/proc/{number}/cmdline").read_text()
    except OSError:
        return ""


async def until_child(parent: int | None = None) -> int:
    """The number of the camera's process, once there is one."""
    while not children(parent):
        await asyncio.sleep(0.01)
    return children(parent)[0]
