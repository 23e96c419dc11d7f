"""From any samples to ours: frames of any rate and channel count become blocks of 16 kHz mono.

Everything streams: memory does not grow with the length, and the numbers do not depend on block sizes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sensors.readings import RATE

Samples = NDArray[np.float32]
CANCELLED = 0.1
"""A mean this far (as power) below that of independent channels is taken for cancellation."""


@dataclass(frozen=True, slots=True)
class Pcm:
    """An open recording: `rate` in Hz, `chunks` of shape (frames, channels), float32 in -1..1.

    `chunks` raises ValueError where the recording is damaged; what came before is good.
    """

    rate: int
    chunks: Iterator[Samples]


def mono(chunk: Samples) -> Samples:
    """Mean of the channels, shape (frames, channels) -> (frames,).

    Channels in anti-phase (a wire swapped, a "karaoke" mix) would cancel, and a scream with them. Where
    the mean has under a tenth of the power that independent channels would leave (mean power / channels),
    the first channel within 3 dB of the loudest is heard alone.
    """
    channels = chunk.shape[1]
    if channels == 1:
        return chunk[:, 0]
    mean: Samples = chunk.mean(axis=1, dtype=np.float32)
    power = np.einsum("ij,ij->j", chunk, chunk)
    if float(mean @ mean) >= CANCELLED * float(power.mean()) / channels:
        return mean
    return np.ascontiguousarray(chunk[:, int(np.argmax(power >= power.max() / 2))])


def resampled(chunks: Iterable[Samples], rate: int) -> Iterator[Samples]:
    """Mono chunks at `rate` Hz brought to 16 kHz by soxr ("HQ": 20 bit, pass band to 91 %), tail included."""
    if rate == RATE:
        yield from chunks
        return
    import soxr

    stream = soxr.ResampleStream(rate, RATE, 1, dtype="float32")
    for chunk in chunks:
        yield stream.resample_chunk(chunk)
    yield stream.resample_chunk(np.empty(0, np.float32), last=True)


def blocks(chunks: Iterable[Samples], size: int) -> Iterator[Samples]:
    """The same samples in blocks of `size`; the last may be shorter. Each block is its own memory."""
    kept: list[Samples] = []
    have = 0
    for chunk in chunks:
        kept.append(chunk)
        have += len(chunk)
        if have < size:
            continue
        joined = np.concatenate(kept)
        whole = have - have % size
        for start in range(0, whole, size):
            yield joined[start : start + size].copy()
        kept, have = [joined[whole:]], have - whole
    if have:
        yield np.concatenate(kept)


def silence(count: int, step: int = RATE) -> Iterator[Samples]:
    """`count` zeros in chunks of at most `step` samples."""
    for start in range(0, count, step):
        yield np.zeros(min(step, count - start), np.float32)


def cut_off(path: Path, promised_s: float, there_s: float) -> str:
    """The sentence for a file that ends before its header says."""
    return f"{path} is cut off: its header promises {promised_s:.2f} s, {there_s:.2f} s are there"
