"""Nearby: what could be connected to this device, as `distress-agent devices` lists it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from sensors import SensorLost, gps, microphone
from sensors.band.nearby import nearby
from sensors.camera import usb_cameras

KEYS = Path("/dev/input/by-id")
LOCAL = "127.0.0.1"
ANSWER_S = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """One device that could be connected (`device`: as the configuration wants it), or why there is none."""

    sensor: str
    device: str = ""
    about: str = ""
    none: str = ""


def run(*, as_json: bool) -> int:
    """Print all; 1 where there is nothing at all."""
    any_found = False
    for look in LOOKS:
        for found in look():
            any_found |= bool(found.device)
            print(json.dumps(asdict(found)) if as_json else _in_words(found), flush=True)
    return 0 if any_found else 1


def _in_words(found: Found) -> str:
    return f"{found.sensor:11} {found.device or '-':40} {found.none or found.about}".rstrip()


def _microphones() -> Iterator[Found]:
    try:
        names = microphone.names()
    except SensorLost as lost:
        yield Found("microphone", none=lost.why)
        return
    yield from (Found("microphone", name) for name in names)
    if not names:
        yield Found("microphone", none="none is seen: plug one in")


def _cameras() -> Iterator[Found]:
    cameras = usb_cameras()
    yield from (Found("camera", camera) for camera in cameras)
    if not cameras:
        yield Found("camera", none="no USB camera is seen; a Pi's own is called pi, others by their address")


def _bands() -> Iterator[Found]:
    try:
        seen = [one for one in asyncio.run(nearby()) if one.band]
    except SensorLost as lost:
        yield Found("band", none=lost.why)
        return
    yield from (Found("band", one.address, one.name) for one in seen)
    if not seen:
        yield Found("band", none="none is seen: put it on, and see that nothing else is connected to it")


def _receivers() -> Iterator[Found]:
    try:
        with closing(socket.create_connection((LOCAL, gps.PORT), ANSWER_S)):
            yield Found("position", "gpsd", f"it answers at {LOCAL} port {gps.PORT}")
    except OSError:
        yield Found("position", none="gpsd does not answer: plug a receiver in, and apt install gpsd")


def _keys() -> Iterator[Found]:
    keys = sorted(map(str, KEYS.glob("*-event-kbd")))
    yield from (Found("button", key) for key in keys)
    if not keys:
        yield Found("button", none="no keyboard or USB button is seen; one on a pin cannot be")


LOOKS: tuple[Callable[[], Iterator[Found]], ...] = (_microphones, _cameras, _bands, _receivers, _keys)
