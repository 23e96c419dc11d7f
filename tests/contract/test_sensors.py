"""One suite for all sensors, replayed, fake and real: what the agent relies on, whatever stands behind it.

A sensor emits readings in order of time, ends at once when cancelled and leaves nothing running, and says
in one sentence with a cure when its source is not there. Bands have theirs in tests/sensors/test_band.py,
against BlueZ.
"""

import asyncio
import json
import sys
from contextlib import asynccontextmanager

import numpy as np
import pytest

from sensors import SensorLost
from sensors.camera import Camera
from sensors.fixed_position import FixedPosition
from sensors.gps import Gps
from sensors.key_button import KeyButton
from sensors.microphone import Microphone
from sensors.power import Supply
from sensors.readings import Frame, Position, Power, Reading, Sound
from sensors.scenario import Replay
from sensors.synth import walk
from tests.conftest import free_port
from tests.made import video
from tests.sensors.test_microphone import FakeAudio

TPV = {"class": "TPV", "mode": 3, "lat": 48.1, "lon": 11.5, "eph": 5.0}


@asynccontextmanager
async def replayed(tmp_path, monkeypatch):
    async def pace(_):
        await asyncio.sleep(0)

    yield Replay(walk(), pace), Sound


@asynccontextmanager
async def fixed(tmp_path, monkeypatch):
    yield FixedPosition(48.1, 11.5), Position


@asynccontextmanager
async def powered(tmp_path, monkeypatch):
    yield Supply(tmp_path), Power


@asynccontextmanager
async def heard(tmp_path, monkeypatch):
    block = np.zeros((1600, 1), np.float32) + 0.01
    monkeypatch.setitem(sys.modules, "sounddevice", FakeAudio(blocks=[(block, False)] * 5))
    yield Microphone(), Sound


@asynccontextmanager
async def seen(tmp_path, monkeypatch):
    yield Camera(str(video(tmp_path / "walk.mp4", 20))), Frame


@asynccontextmanager
async def placed(tmp_path, monkeypatch):
    async def gpsd(reader, writer):
        for second in range(3):
            told = TPV | {"time": f"2026-01-01T21:04:{second:02}.000Z"}
            writer.write(json.dumps(told).encode() + b"\n")
        await reader.read()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(gpsd, "127.0.0.1", 0) as server:
        yield Gps("127.0.0.1", server.sockets[0].getsockname()[1]), Position


@pytest.mark.parametrize(
    "made", [replayed, fixed, powered, heard, seen, placed], ids=lambda make: make.__name__
)
async def test_it_emits_its_readings_in_order_and_ends_when_cancelled(made, tmp_path, monkeypatch):
    async with made(tmp_path, monkeypatch) as (sensor, kind):
        got, first, before = [], asyncio.Event(), asyncio.all_tasks()

        def emit(reading):
            got.append(reading)
            if isinstance(reading, kind):
                first.set()

        task = asyncio.create_task(sensor.run(emit))
        async with asyncio.timeout(30):
            await first.wait()
        task.cancel()
        async with asyncio.timeout(5):
            await asyncio.wait([task])
        assert task.cancelled()
        assert all(isinstance(reading, Reading) for reading in got)
        assert [reading.at for reading in got] == sorted(reading.at for reading in got)
        left = asyncio.all_tasks() - before - {task}
        assert not [one for one in left if "gpsd" not in str(one)]


@pytest.mark.parametrize(
    "sensor",
    [
        Gps("127.0.0.1", free_port()),
        Microphone("no such microphone"),
        Camera("no such film.mp4"),
        KeyButton("/dev/input/no such button"),
    ],
    ids=lambda sensor: type(sensor).__name__,
)
async def test_a_source_that_is_not_there_is_one_sentence_with_a_cure(sensor, monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", FakeAudio())
    with pytest.raises(SensorLost) as lost:
        async with asyncio.timeout(30):
            await sensor.run(lambda _: None)
    assert lost.value.name
    assert ":" in lost.value.why
    assert "\n" not in lost.value.why
