"""The camera against a picamera2 made up here, in its real child: pictures, faults, hanging, dying."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from asyncio.subprocess import PIPE
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sensors.camera import Camera, child, live, usb_cameras
from sensors.camera.pipe import Kind, Message, Order, said
from sensors.readings import Frame, Loss
from tests.sensors.camera_run import children, command, lost, seen, until_child

QUICK = Camera(per_s=50.0, resting_per_s=50.0)


@pytest.fixture
def pi(monkeypatch):
    """A Pi whose camera behaves as told."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "fake_pi"))
    return lambda how: monkeypatch.setenv("FAKE_PI", how)


async def test_pictures_come_from_the_low_resolution_stream(pi):
    pi("fine")
    first, *frames = await seen(QUICK, 8)
    assert first == Loss(first.at, "camera", lost=False)
    assert all(isinstance(frame, Frame) for frame in frames)
    assert frames[0].pixels.shape == (240, 320)
    assert frames[0].pixels.max() < 255  # the padding of the lines is cut off
    assert all(a.at < b.at for a, b in pairwise(frames))
    assert frames[-1].at == pytest.approx(asyncio.get_running_loop().time(), abs=5)


async def test_five_a_second(pi):
    pi("fine")
    frames = (await seen(Camera(), 6))[1:]
    steps = [b.at - a.at for a, b in pairwise(frames)]
    assert min(steps) > 0.15
    assert sum(steps) == pytest.approx(0.8, abs=0.4)


async def test_the_newest_picture_wins(pi):
    pi("fine")
    at = []

    def emit(reading):
        at.append(reading.at)
        if len(at) == 3:
            time.sleep(0.5)  # 25 pictures long, as a loop that is held up
        if len(at) == 12:
            raise KeyError

    with pytest.raises(KeyError):
        await QUICK.run(emit)
    assert max(b - a for a, b in pairwise(at)) > 0.04  # some were left out
    assert all(a < b for a, b in pairwise(at[1:]))


def test_a_picture_that_shows_nothing_is_not_sent(monkeypatch):
    dark = np.zeros((48, 64), np.uint8)
    light = np.kron([[90, 200], [200, 90]], np.ones((24, 32))).astype(np.uint8)
    taken = [light] + [dark] * 70 + [light]
    clock = iter(range(len(taken)))
    monkeypatch.setattr(child, "time", SimpleNamespace(monotonic=lambda: next(clock) / 10))
    monkeypatch.setattr(child.picamera, "pictures", lambda *_: iter(taken))
    sent = [message.kind for message in child.messages(Order("pi", 320, 5, 1))]
    assert sent == [Kind.PICTURE] * 51 + [Kind.FAULT] * 20 + [Kind.PICTURE]


async def test_faults_are_told_once_and_so_is_their_end(monkeypatch):
    monkeypatch.setattr(live, "LIMIT_S", 0.2)  # pictures that show nothing are signs of life
    out = asyncio.StreamReader()
    process = SimpleNamespace(stdout=out, kill=lambda: None, wait=lambda: asyncio.sleep(0))

    async def started(_order):
        return process

    async def send():
        picture = np.zeros((2, 2), np.uint8)
        for at, why in enumerate(["", "", "dark", "dark", "dark", "blurred", ""]):
            message = said(Kind.FAULT, at, why) if why else Message(Kind.PICTURE, at, picture)
            out.feed_data(message.bytes())
            await asyncio.sleep(0.06)
        out.feed_data(said(Kind.END, 9, "unplugged").bytes())

    monkeypatch.setattr(live, "_started", started)
    sending = asyncio.create_task(send())
    readings, why = await lost(Camera())
    await sending
    assert why == "unplugged"
    told = [(r.at, r.lost, r.why) for r in readings if isinstance(r, Loss)]
    assert told == [(0, False, ""), (2, True, "dark"), (5, True, "blurred"), (6, False, "")]
    assert [r.at for r in readings if isinstance(r, Frame)] == [0, 1, 6]


@pytest.mark.parametrize("how", ["hang", "stop"])
async def test_a_camera_that_hangs_is_ended(pi, monkeypatch, how):
    pi(how)
    monkeypatch.setattr(live, "LIMIT_S", 1.5)
    readings, why = await lost(QUICK)
    assert len(readings) <= 4
    assert why.startswith("no picture for 1.5 s: it hangs; restart the device")


async def test_a_process_that_dies(pi):
    pi("die")
    assert (await lost(QUICK))[1] == "its process ended by itself (-9): it is started again"


async def test_an_error_that_nobody_thought_of_is_one_line(pi, capfd):
    pi("fail")
    assert (await lost(QUICK))[1] == "it failed (ValueError: numpy.dtype size changed)"
    assert "Traceback" not in capfd.readouterr().err


async def test_no_camera(pi):
    pi("none")
    assert "press its flat cable in at both ends" in (await lost(QUICK))[1]


async def test_a_second_camera_that_is_not_there(pi):
    pi("fine")
    assert "it is not found" in (await lost(Camera("pi:1")))[1]


async def test_a_camera_in_use(pi):
    pi("busy")
    assert "is another program using it?" in (await lost(QUICK))[1]


@pytest.mark.skipif(os.environ.get("DISTRESS_HARDWARE") == "camera", reason="picamera2 is here")
async def test_without_picamera2_the_cure_is_named():
    assert "apt install python3-picamera2" in (await lost(Camera()))[1]


async def test_cancelling_ends_the_child(pi):
    pi("fine")
    task = asyncio.create_task(Camera().run(lambda _: None))
    await until_child()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not children()


async def test_a_child_that_hangs_dies_with_its_parent(pi):
    pi("hang")
    code = "import asyncio; from sensors.camera import Camera; asyncio.run(Camera().run(print))"
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stderr=PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    async with asyncio.timeout(20):
        while not (there := children(parent.pid)):
            await asyncio.sleep(0.01)
    (number,) = there
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(5):
        while command(number):
            await asyncio.sleep(0.01)


async def test_it_returns(pi):
    pi("die")
    await lost(QUICK)
    pi("fine")
    assert len(await seen(QUICK, 3)) == 3


def test_usb_cameras_are_listed_by_lasting_names(tmp_path, monkeypatch):
    for name in ("usb-Logi_C270-video-index0", "usb-Logi_C270-video-index1", "usb-A_B-video-index0"):
        (tmp_path / name).touch()
    monkeypatch.setattr(live, "BY_ID", tmp_path)
    assert [Path(name).name[:8] for name in usb_cameras()] == ["usb-A_B-", "usb-Logi"]


@pytest.mark.skipif(
    os.environ.get("DISTRESS_HARDWARE") != "camera", reason="on a Pi with a camera: DISTRESS_HARDWARE=camera"
)
async def test_a_real_pi_camera_shows_something():
    readings = await seen(Camera(), 20)
    frames = [reading for reading in readings if isinstance(reading, Frame)]
    assert frames[0].pixels.shape[1] == 320
    assert frames[-1].pixels.std() > 1
    assert frames[-1].at - frames[0].at < 10
