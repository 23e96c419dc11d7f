"""The microphone, by PortAudio: blocks of about 0.1 s, 16 kHz mono, judged by the age of the newest one.

An unplugged microphone raises nothing, and ALSA can stand still without an error (sounddevice issues 525,
627): two seconds without a callback are a loss, whatever the stream says of itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from sensors import Emit, SensorLost
from sensors.hush import hushed
from sensors.pcm import Samples, mono
from sensors.readings import RATE, Loss, Sound
from sensors.sound_faults import Watch

if TYPE_CHECKING:
    from types import ModuleType

    import sounddevice
    import soxr

NAME = "microphone"
BLOCK_S = 0.1
SILENT_S = 2.0

Callback = Callable[[Samples, int, object, "sounddevice.CallbackFlags"], None]


@dataclass(frozen=True, slots=True)
class Microphone:
    """An input device by (a part of) its name, as numbers change when devices come and go; None = default."""

    device: str | None = None

    async def run(self, emit: Emit) -> None:
        """Emit Sound until cancelled; SensorLost with the cure when there is no device, or no more sound.

        Loss says that the sound is worth nothing (muted, clipped), and when that is over.
        """
        intake = _Intake(emit, asyncio.get_running_loop())
        with hushed():  # ALSA and PortAudio write pages on every device that is not there
            stream = _opened(_portaudio(), self.device, intake)
        with closing(stream):
            await intake.silence()
        raise SensorLost(NAME, f"no sound for {SILENT_S:g} s: is it still plugged in?")


def names() -> list[str]:
    """The input devices there are now. Raises SensorLost without PortAudio."""
    with hushed():
        devices = _portaudio().query_devices()
    return [device["name"] for device in devices if device["max_input_channels"] > 0]


class _Intake:
    """Where PortAudio's thread hands blocks over to the event loop's."""

    def __init__(self, emit: Emit, loop: asyncio.AbstractEventLoop) -> None:
        self.emit = emit
        self.loop = loop
        self.newest = loop.time()
        self.fresh = asyncio.Event()
        self.resampler: soxr.ResampleStream | None = None
        self.watch = Watch()
        self.fault = ""

    async def silence(self) -> None:
        """Return when nothing has come for SILENT_S."""
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(SILENT_S):
                    await self.fresh.wait()
                self.fresh.clear()

    def callback(self, block: Samples, _frames: int, _time: object, flags: sounddevice.CallbackFlags) -> None:
        """On PortAudio's thread: the block's memory is only lent, so it is copied."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.take, block.copy(), self.loop.time(), flags.input_overflow)

    def take(self, block: Samples, at: float, overflow: bool) -> None:
        """On the event loop: what an overflow lost is told by the clock, and is at least one sample."""
        samples = mono(block)
        if self.resampler is not None:
            samples = self.resampler.resample_chunk(samples)
        lost = max(1, round((at - self.newest) * RATE) - len(samples)) if overflow else 0
        self.newest = at
        self.fresh.set()
        if len(samples) or lost:
            self.emit(Sound(at, np.clip(samples, -1, 1), lost))
        fault = self.watch.look(at, samples)
        if fault != self.fault:
            self.fault = fault
            self.emit(Loss(at, NAME, bool(fault), fault))


def _portaudio() -> ModuleType:
    try:
        sounddevice = import_module("sounddevice")
    except OSError:
        raise SensorLost(NAME, "the PortAudio library is missing: apt install libportaudio2") from None
    # PortAudio lists the devices once, when it starts: what was plugged in since is seen only after another.
    sounddevice._terminate()
    sounddevice._initialize()
    return sounddevice


def _opened(audio: ModuleType, device: str | None, intake: _Intake) -> sounddevice.InputStream:
    """The device running at 16 kHz mono, or else at its own rate and channels, brought down by us."""
    why = ""
    for rate, channels in _ways(audio, device):
        intake.resampler = _resampler(rate)
        try:
            return _started(audio, device, rate, channels, intake.callback)
        except audio.PortAudioError as error:
            why = str(error.args[0] if error.args else error)
    raise SensorLost(NAME, f"it cannot be opened ({why}): is another program using it?")


def _started(
    audio: ModuleType, device: str | None, rate: int, channels: int, callback: Callback
) -> sounddevice.InputStream:
    stream = audio.InputStream(
        samplerate=rate,
        channels=channels,
        blocksize=round(rate * BLOCK_S),
        device=device,
        dtype="float32",
        callback=callback,
    )
    try:
        stream.start()
    except audio.PortAudioError:
        stream.close()
        raise
    return stream


def _ways(audio: ModuleType, device: str | None) -> Iterator[tuple[int, int]]:
    try:
        info = audio.query_devices(device, "input")
    except (audio.PortAudioError, ValueError):
        wanted = f"no input device is called {device}" if device else "there is no input device"
        raise SensorLost(NAME, f"{wanted}: plug one in, or choose one of distress-agent devices") from None
    own = round(info["default_samplerate"])
    yield from ((RATE, 1), (own, 1), (own, int(info["max_input_channels"])))


def _resampler(rate: int) -> soxr.ResampleStream | None:
    if rate == RATE:
        return None
    import soxr

    return soxr.ResampleStream(rate, RATE, 1, dtype="float32")
