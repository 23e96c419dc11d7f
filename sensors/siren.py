"""The siren: the device's own speaker, so that bystanders take notice. On or off; without opinion.

Two tones in turn, 800 and 1,000 Hz, half a second each: where hearing and small speakers are strong, and
clearly above speech (ISO 7731:2003 asks for 500 to 2,500 Hz and a pattern of its own).
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from sensors import SensorLost
from sensors.pcm import Samples
from sensors.readings import RATE

if TYPE_CHECKING:
    from types import ModuleType

    import sounddevice

NAME = "siren"
TONES_HZ = (800.0, 1000.0)
TONE_S = 0.5
PEAK = 0.9


class Siren:
    """A part that sounds while `show(True)` was said last."""

    def __init__(self, device: str | None = None) -> None:
        self._device = device
        self._on = asyncio.Event()
        self._off = asyncio.Event()

    def show(self, on: bool) -> None:
        """Sound from now on, or be silent."""
        (self._on.set if on else self._on.clear)()
        (self._off.clear if on else self._off.set)()

    async def run(self) -> None:
        """Sound whenever it is to, for ever; SensorLost where there is no speaker."""
        while True:
            await self._on.wait()
            with _opened(_portaudio(), self._device):
                await self._off.wait()


def wave(first: int, count: int) -> Samples:
    """`count` samples of the siren at 16 kHz from sample `first` on, shape (n,), within -1..1."""
    at = np.arange(first, first + count)
    hz = np.where(at // int(TONE_S * RATE) % 2 == 0, *TONES_HZ)
    return (PEAK * np.sin(2 * np.pi * hz * (at / RATE))).astype(np.float32)


def _portaudio() -> ModuleType:
    try:
        return import_module("sounddevice")
    except OSError:
        raise SensorLost(NAME, "the PortAudio library is missing: apt install libportaudio2") from None


def _opened(audio: ModuleType, device: str | None) -> sounddevice.OutputStream:
    played = 0

    def fill(block: Samples, count: int, _time: object, _status: object) -> None:
        nonlocal played
        block[:, 0] = wave(played, count)
        played += count

    try:
        return audio.OutputStream(samplerate=RATE, channels=1, device=device, dtype="float32", callback=fill)
    except (audio.PortAudioError, ValueError) as error:
        raise SensorLost(NAME, f"no speaker can be opened ({error}): is one connected?") from None
