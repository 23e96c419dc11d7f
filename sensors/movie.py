"""M4A, MP4 and whatever else soundfile cannot open, by PyAV (the extra `media`): their sound, their pictures.

PyAV is imported where a file is opened; without it one sentence says how to get it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sensors.pcm import Pcm, Samples, cut_off
from sensors.readings import Frame

if TYPE_CHECKING:
    from av import AudioFrame, VideoFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

Track = TypeVar("Track", "AudioStream", "VideoStream")
SHORT_S = 0.1
"""A stream may end this much before its header says (encoders pad the last packet)."""


def _av(path: Path) -> ModuleType:
    try:
        import av
    except ImportError:
        raise ValueError(f"{path}: reading this needs PyAV: pip install 'distress-agent[media]'") from None
    return av


@contextmanager
def _plainly(path: Path) -> Iterator[None]:
    """PyAV's errors as ours: the file's name and one sentence."""
    av = _av(path)
    try:
        yield
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise OSError(f"cannot read {path}: {error.strerror}") from None
        raise ValueError(f"{path} is damaged, or no sound or video: {error.strerror}") from None


def _first(streams: tuple[Track, ...], what: str, path: Path) -> Track:
    """The first track that can be decoded: without a codec context PyAV would crash (PyAV issue 2344)."""
    for stream in streams:
        if stream.codec_context is not None:
            return stream
    raise ValueError(f"{path} has no {what} in it")


def pcm(path: Path) -> Pcm:
    """The first sound track; ValueError (no such track, damaged, PyAV missing), OSError (unreadable)."""
    with _plainly(path):
        container = _av(path).open(str(path), metadata_errors="ignore")
        stream = _first(container.streams.audio, "sound", path)
        return Pcm(int(stream.rate), _chunks(container, stream, path))


def seconds(path: Path) -> float | None:
    """Length by the container's own word, None where it gives none."""
    with _plainly(path), _av(path).open(str(path), metadata_errors="ignore") as container:
        return None if container.duration is None else float(container.duration) / 1e6


def holds(path: Path) -> tuple[bool, bool]:
    """Whether there is a sound track, and whether there are pictures."""
    with _plainly(path), _av(path).open(str(path), metadata_errors="ignore") as container:
        return bool(container.streams.audio), bool(container.streams.video)


def _chunks(container: InputContainer, stream: AudioStream, path: Path) -> Iterator[Samples]:
    resampler = _av(path).AudioResampler(format="fltp")  # same rate and channels, planar float
    count = 0
    with _plainly(path), container:
        for frame in _decoded(container, stream):
            for part in resampler.resample(frame):
                count += part.samples
                yield np.ascontiguousarray(part.to_ndarray().T, np.float32)
    _whole(count / stream.rate, container, stream, path)


def _decoded(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame | None]:
    yield from container.decode(stream)
    yield None  # tells the resampler to give its rest


def _whole(there_s: float, container: InputContainer, stream: AudioStream, path: Path) -> None:
    """MP4 states its length exactly; others estimate it, so only MP4 can be caught cut off."""
    if "mp4" not in container.format.name or stream.duration is None or stream.time_base is None:
        return
    promised_s = float(stream.duration * stream.time_base)
    if there_s < promised_s - SHORT_S:
        raise ValueError(cut_off(path, promised_s, there_s))


def frames(path: Path, per_s: float = 5.0) -> Iterator[Frame]:
    """Pictures at about `per_s` a second, uint8 RGB (height, width, 3); `at` from the first picture."""
    with _plainly(path), _av(path).open(str(path), metadata_errors="ignore") as container:
        stream = _first(container.streams.video, "picture", path)
        first: float | None = None
        due = 0.0
        for picture in container.decode(stream):
            first = picture.time if first is None else first
            at = picture.time - first
            if at >= due:
                due += 1 / per_s
                yield Frame(at, _pixels(picture))


def _pixels(picture: VideoFrame) -> NDArray[np.uint8]:
    return np.asarray(picture.to_ndarray(format="rgb24"), np.uint8)
