"""USB cameras, RTSP and HTTP streams and files, all by PyAV (the extra `media`).

PyAV and not OpenCV: it reads V4L2 devices too and is there already for recordings; OpenCV is 150 MB more
for the same FFmpeg. Runs in the child process, and gives up by itself before that is ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from sensors import SensorLost
from sensors.camera.pipe import NAME, Order, Pixels

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

WAIT_S = 10.0
"""Longest wait for an address to answer, and for its next data."""

SMALLEST = 16
DEVICE = "/dev/"


def pictures(order: Order, per_s: Callable[[], float]) -> Iterator[Pixels]:
    """Grey pictures until the source ends or fails: SensorLost. A recording plays at its own pace."""
    name = shown(order.source)
    with _plainly(name), _opened(order) as container:
        due = 0.0
        for picture in _timely(container, _video(container, name)):
            now, step = time.monotonic(), 1 / per_s()
            if now >= due:
                due = due + step if due + step > now else now + step
                yield _grey(picture, order.width, name)
    raise SensorLost(NAME, f"{name} has ended")


def shown(source: str) -> str:
    """The source as people may read it: an address without its name, password and query."""
    parts = urlsplit(source)
    if not parts.hostname:
        return source
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _av() -> ModuleType:
    try:
        import av
    except ImportError:
        raise SensorLost(NAME, "this source needs PyAV: pip install 'distress-agent[media]'") from None
    return av


@contextmanager
def _plainly(name: str) -> Iterator[None]:
    """PyAV's errors as ours, with the cure."""
    av = _av()
    try:
        yield
    except av.error.ExitError:
        why = f"{name} gives no picture for {WAIT_S:g} s: is it switched on and in reach?"
    except PermissionError:
        why = f"{name} may not be read: add the agent's user to the group video (usermod -aG video USER)"
    except av.FFmpegError as error:
        why = f"{name} cannot be read ({error.strerror}): is it switched on and in reach, and its name right?"
    else:
        return
    raise SensorLost(NAME, why) from None


def _opened(order: Order) -> InputContainer:
    source = order.source
    if source.startswith(DEVICE):
        size = f"{order.width}x{order.width * 3 // 4}"  # what the device can do that comes nearest is taken
        container = _av().open(source, format="v4l2", options={"video_size": size}, timeout=WAIT_S)
    else:
        options = (
            {"rtsp_transport": "tcp"} if source.startswith("rtsp") else {}
        )  # UDP loses and tears pictures
        container = _av().open(source, options=options, timeout=WAIT_S, metadata_errors="ignore")
    opened: InputContainer = container
    return opened


def _video(container: InputContainer, name: str) -> VideoStream:
    for stream in container.streams.video:
        if stream.codec_context is not None:
            return stream
    raise SensorLost(NAME, f"{name} has no picture in it")


def _timely(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Pictures as they come; those of a recording, which has an end, not before their time."""
    live = container.duration is None
    start, first = time.monotonic(), None
    for picture in _decoded(container, stream):
        if not live and picture.time is not None:
            first = picture.time if first is None else first
            time.sleep(max(0.0, picture.time - first - (time.monotonic() - start)))
        yield picture


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """All pictures; what was damaged on its way is left out."""
    av = _av()
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            continue


def _grey(picture: VideoFrame, width: int, name: str) -> Pixels:
    """Scaled down to `width`, never up."""
    width = min(width, picture.width)
    height = round(picture.height * width / picture.width)
    if min(width, height) < SMALLEST:
        raise SensorLost(
            NAME, f"{name} has pictures of {picture.width} x {picture.height}: too small to see in"
        )
    return np.asarray(picture.reformat(width, height, "gray").to_ndarray(), np.uint8)
