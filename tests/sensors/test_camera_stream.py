"""Streams and files as cameras: RTSP, HTTP, MJPEG, recordings; silence, passwords and other bad luck."""

from __future__ import annotations

import asyncio
import io
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from sensors import SensorLost
from sensors.camera import Camera, live, stream
from sensors.camera.pipe import Order
from sensors.readings import Frame
from tests.sensors.camera_run import lost, seen

av = pytest.importorskip("av", reason="PyAV is not installed: pip install 'distress-agent[media]'")

from tests.sensors import rtsp_server  # noqa: E402 - it needs PyAV
from tests.sensors.rtsp_server import serving  # noqa: E402


def film(path, seconds=2, per_s=10, size=(240, 320)):
    """A room with noise, as MP4; `size`: height, width."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        video = container.add_stream("mpeg4", rate=per_s)
        (video.height, video.width), video.pix_fmt, video.bit_rate = size, "yuv420p", 4_000_000
        for number in range(round(seconds * per_s)):
            container.mux(video.encode(av.VideoFrame.from_ndarray(room(number, size), format="rgb24")))
        container.mux(video.encode(None))
    return path


def room(number, size=(240, 320)):
    rng = np.random.default_rng(number)
    side = min(size) // 6
    squares = np.random.default_rng(1).integers(40, 200, (-(-size[0] // side), -(-size[1] // side)))
    grey = np.kron(squares, np.ones((side, side)))[: size[0], : size[1]] + rng.integers(-5, 6, size)
    return np.repeat(grey.astype(np.uint8)[..., None], 3, 2)


def jpeg(number):
    codec = av.CodecContext.create("mjpeg", "w")
    codec.width, codec.height, codec.pix_fmt = 320, 240, "yuvj420p"
    codec.time_base = Fraction(1, 10)
    file = io.BytesIO()
    for packet in codec.encode(
        av.VideoFrame.from_ndarray(room(number), format="rgb24").reformat(format="yuvj420p")
    ):
        file.write(bytes(packet))
    return file.getvalue()


def http(head, parts):
    """A server's answer to whatever is asked: the parts, one after the other."""

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.0 200 OK\r\nContent-{head}\r\n\r\n".encode())
        async for part in parts():
            writer.write(part)
            await writer.drain()

    return serving(serve)


async def test_a_recording_plays_at_its_own_pace_and_ends(tmp_path):
    path = film(tmp_path / "walk.mp4")
    readings, why = await lost(Camera(str(path)))
    frames = [reading for reading in readings if isinstance(reading, Frame)]
    assert why == f"{path} has ended"
    assert 8 <= len(frames) <= 11
    assert frames[0].pixels.shape == (240, 320)
    assert frames[-1].at - frames[0].at == pytest.approx(1.8, abs=0.5)
    assert np.abs(frames[0].pixels.astype(int) - room(0)[..., 0]).mean() < 8


async def test_pictures_keep_their_shape_and_are_never_enlarged(tmp_path):
    wide = await seen(Camera(str(film(tmp_path / "wide.mp4", 0.5, size=(360, 640)))), 2)
    small = await seen(Camera(str(film(tmp_path / "small.mp4", 0.5, size=(96, 128)))), 2)
    assert wide[1].pixels.shape == (180, 320)
    assert small[1].pixels.shape == (96, 128)


async def test_an_mp4_over_http(tmp_path):
    content = film(tmp_path / "walk.mp4", 1).read_bytes()

    async def parts():
        yield content

    async with http(f"Length: {len(content)}", parts) as port:
        readings, why = await lost(Camera(f"http://127.0.0.1:{port}/walk.mp4"))
    assert len(readings) >= 4
    assert why.endswith("/walk.mp4 has ended")


async def test_mjpeg_over_http():
    async def parts():
        for number in range(1000):
            picture = jpeg(number % 20)
            yield f"--x\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n".encode()
            yield picture + b"\r\n"
            await asyncio.sleep(0.05)

    async with http("Type: multipart/x-mixed-replace;boundary=x", parts) as port:
        readings = await seen(Camera(f"http://127.0.0.1:{port}/"), 6)
    assert readings[-1].pixels.shape == (240, 320)
    assert all(b.at - a.at > 0.1 for a, b in pairwise(readings[1:]))


async def test_rtsp():
    async with rtsp_server.camera() as address:
        readings = await seen(Camera(address), 8)
    frames = readings[1:]
    assert frames[0].pixels.shape == (240, 320)
    assert frames[-1].pixels.std() > 20
    assert frames[-1].at - frames[0].at == pytest.approx(1.2, abs=0.6)


async def test_an_rtsp_camera_that_falls_silent_holds_nothing_up(monkeypatch):
    monkeypatch.setattr(live, "LIMIT_S", 2.0)
    ticks = []

    def emit(_):
        ticks.append(asyncio.get_running_loop().time())

    async with rtsp_server.camera(silent_after=15) as address:
        with pytest.raises(SensorLost, match="no picture for 2 s"):
            await Camera(address).run(emit)
    assert len(ticks) > 2


async def test_a_server_that_never_answers(monkeypatch):
    monkeypatch.setattr(live, "LIMIT_S", 1.5)

    async def serve(reader, _writer):
        await reader.read()

    async with serving(serve) as port:
        assert "no picture for 1.5 s" in (await lost(Camera(f"rtsp://127.0.0.1:{port}/")))[1]


def test_a_source_gives_up_by_itself(monkeypatch):
    import socket

    monkeypatch.setattr(stream, "WAIT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://asha:secret@127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(SensorLost) as caught:
            next(stream.pictures(Order(address, 320, 5, 1), lambda: 5.0))
    assert caught.value.why.endswith("gives no picture for 0.5 s: is it switched on and in reach?")
    assert "secret" not in caught.value.why


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{folder}/none.mp4", "cannot be read (No such file or directory): is it switched on"),
        ("/dev/video99", "/dev/video99 cannot be read (No such file or directory)"),
        ("{folder}/text.mp4", "text.mp4 cannot be read (Invalid data found"),
        ("{folder}/empty.mp4", "empty.mp4 cannot be read ("),
        ("{folder}/sound.wav", "sound.wav has no picture in it"),
        ("{folder}/tiny.mp4", "tiny.mp4 has pictures of 32 x 8: too small to see in"),
        (
            "rtsp://asha:secret@127.0.0.1:1/a?key=secret",
            "rtsp://127.0.0.1:1/a cannot be read (Connection refused)",
        ),
    ],
)
def test_bad_sources_give_one_sentence(tmp_path, source, why):
    from tests import made

    (tmp_path / "text.mp4").write_text("no film\n" * 99)
    (tmp_path / "empty.mp4").touch()
    made.sound_file(tmp_path / "sound.wav", made.sine(0.1))
    film(tmp_path / "tiny.mp4", 0.2, size=(8, 32))
    order = Order(source.format(folder=tmp_path), 320, 5, 1)
    with pytest.raises(SensorLost) as caught:
        next(stream.pictures(order, lambda: 5.0))
    assert why in caught.value.why
    assert "secret" not in caught.value.why


def test_a_damaged_film_shows_what_is_good_of_it(tmp_path):
    path = film(tmp_path / "walk.mp4", 1, 10)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 2000] = bytes(2000)
    path.write_bytes(content)
    shown = []
    with pytest.raises(SensorLost):
        shown.extend(stream.pictures(Order(str(path), 320, 100, 1), lambda: 100.0))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("rtsp://asha:p@ss@cam.local:554/1?user=asha&key=x", "rtsp://cam.local:554/1"),
        ("/dev/video0", "/dev/video0"),
        ("walk.mp4", "walk.mp4"),
    ],
)
def test_passwords_are_not_shown(source, shown):
    assert stream.shown(source) == shown


def test_without_pyav_the_cure_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(SensorLost, match=r"pip install 'distress-agent\[media\]'"):
        next(stream.pictures(Order("walk.mp4", 320, 5, 1), lambda: 5.0))
