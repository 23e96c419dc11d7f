"""Faces drawn in code, to try the face detector's chain without data; they say nothing of the world."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]
Random = np.random.Generator

HEIGHT, WIDTH = 120, 160


def room(rng: Random) -> Floats:
    """A frame (120, 160) without a face: a slope of light, some boxes, noise; grey levels 0 to 255."""
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    picture = rng.uniform(40, 180) + rng.uniform(-0.5, 0.5) * down + rng.uniform(-0.5, 0.5) * right
    for _ in range(rng.integers(2, 7)):
        top, left = rng.integers(0, HEIGHT - 20), rng.integers(0, WIDTH - 20)
        high, wide = rng.integers(8, 60, 2)
        picture[top : top + high, left : left + wide] = rng.uniform(0, 255)
    return (picture + rng.normal(0, 4, picture.shape)).astype(np.float32)


def person(picture: Floats, rng: Random) -> tuple[float, float, float, float]:
    """Draw a head with shoulders into a frame; the box of its face: x, y, width, height in pixels."""
    wide = rng.uniform(36, 60)
    high = 1.25 * wide
    x, y = rng.uniform(wide, WIDTH - wide), rng.uniform(0.65 * high, HEIGHT - 0.7 * high)
    skin = rng.uniform(110, 230)
    _oval(picture, x, y + 1.15 * high, 1.1 * wide, 0.6 * high, rng.uniform(0, 120))
    _oval(picture, x, y - 0.12 * high, 0.62 * wide, 0.6 * high, rng.uniform(0, 70))
    _oval(picture, x, y, 0.5 * wide, 0.52 * high, skin)
    for side in (-1, 1):
        _oval(picture, x + side * 0.22 * wide, y - 0.08 * high, 0.1 * wide, 0.05 * high, skin - 90)
    _oval(picture, x, y + 0.1 * high, 0.06 * wide, 0.1 * high, skin - 30)
    _oval(picture, x, y + 0.28 * high, 0.2 * wide, rng.uniform(0.03, 0.1) * high, skin - 80)
    return x - wide / 2, y - high / 2, wide, high


def crop(rng: Random) -> Grey:
    """A face that fills 48 x 48 pixels."""
    picture = room(rng)
    x, y, wide, high = person(picture, rng)
    side = max(wide, high)
    rows = np.clip(y + high / 2 + side * (np.arange(48) / 48 - 0.5), 0, HEIGHT - 1).astype(int)
    columns = np.clip(x + wide / 2 + side * (np.arange(48) / 48 - 0.5), 0, WIDTH - 1).astype(int)
    return np.clip(picture[np.ix_(rows, columns)], 0, 255).astype(np.uint8)


def _oval(picture: Floats, x: float, y: float, half_wide: float, half_high: float, grey: float) -> None:
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH]
    picture[((right - x) / half_wide) ** 2 + ((down - y) / half_high) ** 2 < 1] = grey
