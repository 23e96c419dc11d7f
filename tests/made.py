"""Fixtures made in code: sound and video files, scenario folders, NMEA sentences. Nobody's recording."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from textwrap import dedent

import numpy as np
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def sine(seconds: float, hz: float = 440.0, rate: int = 16_000, peak: float = 0.5) -> Samples:
    return (peak * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def noise(seconds: float, rate: int = 16_000, channels: int = 1, seed: int = 0) -> Samples:
    shape = (round(seconds * rate), channels)
    return (0.1 * np.random.default_rng(seed).standard_normal(shape)).astype(np.float32)


def sound_file(path: Path, samples: Samples, rate: int = 16_000, **how: str) -> Path:
    """Write what soundfile can write; `how`: format, subtype."""
    soundfile.write(path, samples, rate, **how)
    return path


def cut(path: Path, share: float = 0.5) -> Path:
    """Keep only the beginning of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def m4a(path: Path, samples: Samples, rate: int = 44_100, **options: str) -> Path:
    """AAC in MP4, mono (needs PyAV)."""
    import av

    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("aac", rate=rate)
        stream.layout = "mono"
        for start in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], "fltp", "mono")
            frame.sample_rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def video(path: Path, seconds: float, per_s: int = 25) -> Path:
    """Grey pictures, each a little lighter than the one before (needs PyAV)."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=per_s)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(round(seconds * per_s)):
            pixels = np.full((48, 64, 3), 2 * number % 256, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def folder(path: Path, yaml: str, **files: str) -> Path:
    """A scenario folder: its YAML, and text files named with an underscore for the dot (band_csv=...)."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "scenario.yaml").write_text(dedent(yaml))
    for name, text in files.items():
        (path / name.replace("_", ".")).write_text(dedent(text))
    return path


def sentence(body: str) -> str:
    """An NMEA sentence with its right checksum."""
    return f"${body}*{reduce(lambda a, b: a ^ b, body.encode(), 0):02X}"
