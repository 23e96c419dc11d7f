"""The microphone against a sounddevice made up here: blocks, other rates, losses, and each cure in words."""

from __future__ import annotations

import asyncio
import sys
import threading
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from sensors import SensorLost, microphone
from sensors.microphone import Microphone
from tests import made


class FakeAudio(ModuleType):
    """As much of sounddevice as the microphone uses. `blocks`: what the device gives, then it is silent."""

    class PortAudioError(Exception):
        pass

    def __init__(self, blocks=(), rates=(16_000,), channels=1, names=("",), own=16_000):
        super().__init__("sounddevice")
        self.blocks, self.rates, self.channels, self.names, self.own = blocks, rates, channels, names, own
        self.opened, self.closed, self.fresh = [], 0, 0

    def _terminate(self):
        self.fresh += 1

    def _initialize(self):
        self.fresh += 1

    def query_devices(self, device, _kind):
        if not self.names:
            raise self.PortAudioError("Error querying device -1")
        if (device or "") not in self.names:
            raise ValueError(f"No input device matching {device!r}")
        return {"default_samplerate": float(self.own), "max_input_channels": self.channels}

    def InputStream(self, **how):  # noqa: N802
        if how["samplerate"] not in self.rates or how["channels"] != self.channels:
            raise self.PortAudioError("Invalid sample rate", -9997)
        self.opened.append(how)
        return SimpleNamespace(start=lambda: self.start(how["callback"]), close=self.close)

    def start(self, callback):
        """Blocks come on another thread, as PortAudio's do, and their memory is used again."""

        def give():
            for block, overflow in self.blocks:
                lent = block.copy()
                callback(lent, len(lent), None, SimpleNamespace(input_overflow=overflow))
                lent[:] = 9

        thread = threading.Thread(target=give)
        thread.start()
        thread.join()

    def close(self):
        self.closed += 1


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(microphone, "SILENT_S", 0.05)


async def lost(monkeypatch, audio, device=None):
    """Run until the loss; what was heard, and why it ended."""
    monkeypatch.setitem(sys.modules, "sounddevice", audio)
    heard = []
    with pytest.raises(SensorLost) as caught:
        await Microphone(device).run(heard.append)
    assert caught.value.name == "microphone"
    return heard, caught.value.why


def column(samples, channels=1):
    return np.stack([samples] * channels, axis=1)


async def test_blocks_arrive_whole_then_silence_is_a_loss(monkeypatch):
    own = made.sine(0.3)
    audio = FakeAudio([(column(part), False) for part in np.split(own, 3)])
    heard, why = await lost(monkeypatch, audio)
    assert np.array_equal(np.concatenate([sound.samples for sound in heard]), own)
    assert [sound.lost for sound in heard] == [0, 0, 0]
    assert heard[0].at == pytest.approx(asyncio.get_running_loop().time(), abs=1)
    assert "still plugged in?" in why
    assert audio.opened[0]["blocksize"] == 1_600
    assert (audio.closed, audio.fresh) == (1, 2)


async def test_a_card_that_refuses_16_khz_is_resampled(monkeypatch):
    own = made.sine(1, 500, 48_000)
    blocks = [(column(part, 2), False) for part in np.split(own, 10)]
    audio = FakeAudio(blocks, rates=(48_000,), channels=2, own=48_000)
    heard, _ = await lost(monkeypatch, audio)
    samples = np.concatenate([sound.samples for sound in heard])
    assert audio.opened[0]["samplerate"] == 48_000
    assert len(samples) == pytest.approx(16_000, abs=1_700)
    assert np.argmax(np.abs(np.fft.rfft(samples))) * 16_000 / len(samples) == pytest.approx(500, abs=2)


async def test_an_overflow_is_counted(monkeypatch):
    block = column(made.sine(0.1))
    heard, _ = await lost(monkeypatch, FakeAudio([(block, False), (block, True)]))
    assert heard[0].lost == 0
    assert heard[1].lost >= 1


async def test_no_device(monkeypatch):
    assert "there is no input device: plug one in" in (await lost(monkeypatch, FakeAudio(names=())))[1]


async def test_an_unknown_device(monkeypatch):
    _, why = await lost(monkeypatch, FakeAudio(), "Blue Yeti")
    assert "no input device is called Blue Yeti" in why


async def test_a_device_that_cannot_be_opened(monkeypatch):
    _, why = await lost(monkeypatch, FakeAudio(rates=()))
    assert why == "it cannot be opened (Invalid sample rate): is another program using it?"


async def test_a_device_that_will_not_start_is_closed(monkeypatch):
    audio = FakeAudio()

    def start(_callback):
        raise audio.PortAudioError("Device unavailable")

    monkeypatch.setattr(audio, "start", start)
    _, why = await lost(monkeypatch, audio)
    assert "Device unavailable" in why
    assert audio.closed == len(audio.opened)


async def test_without_portaudio_the_cure_is_named(monkeypatch):
    def missing(_name):
        raise OSError("PortAudio library not found")

    monkeypatch.setattr(microphone, "import_module", missing)
    with pytest.raises(SensorLost, match="apt install libportaudio2"):
        await Microphone().run(print)


async def test_cancelling_closes_the_device(monkeypatch):
    monkeypatch.setattr(microphone, "SILENT_S", 60)
    audio = FakeAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", audio)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await Microphone().run(print)
    assert audio.closed == 1
