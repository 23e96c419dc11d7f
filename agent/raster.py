"""A long series in few columns, and pixels as PNG: what a picture of ten hours of sound is made of."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from agent.senses.features import Floats

RAMP = ("#0d0b21", "#2b1a5a", "#6b2376", "#b5376a", "#ee6a4b", "#fbb561", "#fdf3c1")
"""Quiet to loud; dark enough to sit on a light page and on a dark one."""
GREYS = ("#000000", "#ffffff")


class Envelope:
    """A series of any length in at most `most` (an even number) columns: the larger of neighbours stays.

    `per` is how many values one column stands for: 1, then 2, 4, 8 ... as the series grows.
    """

    def __init__(self, most: int, rows: int = 1) -> None:
        self.per = 1
        self.count = 0
        self._columns = np.full((most, rows), -np.inf, np.float32)

    @property
    def columns(self) -> Floats:
        """What there is so far: shape (columns, rows)."""
        return self._columns[: -(-self.count // self.per)]

    def push(self, values: Floats) -> None:
        """Append values of shape (n, rows)."""
        while self.count + len(values) > self.per * len(self._columns):
            self._halve()
        np.maximum.at(self._columns, np.arange(self.count, self.count + len(values)) // self.per, values)
        self.count += len(values)

    def middles(self) -> NDArray[np.float64]:
        """Where the middle of each column lies, counted in values."""
        return np.arange(len(self.columns), dtype=np.float64) * self.per + (self.per - 1) / 2

    def _halve(self) -> None:
        half = len(self._columns) // 2
        self._columns[:half] = self._columns.reshape(half, 2, -1).max(axis=1)
        self._columns[half:] = -np.inf
        self.per *= 2


class Spread:
    """Values at their own times, in order, however far apart: the columns of an Envelope are `step_s` wide.

    Of values that share a column the larger stays.
    """

    def __init__(self, most: int, step_s: float) -> None:
        self._step_s = step_s
        self._envelope = Envelope(most)

    def push(self, at: float, value: float) -> None:
        """The next value."""
        empty = int(at / self._step_s) - self._envelope.count
        if empty < 0:
            last = self._envelope.columns[-1:]
            np.maximum(last, value, out=last)
            return
        self._envelope.push(np.full((empty, 1), -np.inf, np.float32))
        self._envelope.push(np.full((1, 1), value, np.float32))

    def runs(self, apart_s: float) -> Iterator[list[tuple[float, float]]]:
        """(time, value) of the columns that have one, in stretches without a hole of over `apart_s`."""
        values = self._envelope.columns[:, 0]
        ats = (self._envelope.middles() + 0.5) * self._step_s
        told = [(float(at), float(value)) for at, value in zip(ats, values, strict=True) if value > -np.inf]
        first = 0
        for last, (here, following) in enumerate(pairwise(told), 1):
            if following[0] - here[0] > max(apart_s, 2 * self._envelope.per * self._step_s):
                yield told[first:last]
                first = last
        if told:
            yield told[first:]


def png(shades: NDArray[np.uint8], ramp: tuple[str, ...] = RAMP) -> bytes:
    """A PNG (ISO/IEC 15948) of palette indices, shape (height, width), in the colours of a ramp."""
    height, width = shades.shape
    rows = np.hstack([np.zeros((height, 1), np.uint8), shades])  # a leading 0: this row is not filtered
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", _palette(ramp).tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _palette(ramp: tuple[str, ...]) -> NDArray[np.uint8]:
    """256 colours between those of a ramp: shape (256, 3)."""
    stops = np.array([[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in ramp], float)
    at = np.linspace(0, len(ramp) - 1, 256)
    return np.stack([np.interp(at, range(len(ramp)), stops[:, k]) for k in range(3)], 1).astype(np.uint8)
