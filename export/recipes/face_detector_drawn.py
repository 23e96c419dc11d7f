"""Rooms with drawn faces, to try the face detector's chain without data; they say nothing of the world."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from export.madeup_faces import EXPRESSIONS, drawn

Grey = NDArray[np.uint8]
Random = np.random.Generator

HEIGHT, WIDTH = 120, 160


def room(rng: Random) -> Grey:
    """A frame (120, 160) without a face: a slope of light, some boxes, noise."""
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH]
    picture = rng.uniform(40, 180) + rng.uniform(-0.5, 0.5) * down + rng.uniform(-0.5, 0.5) * right
    for _ in range(rng.integers(2, 7)):
        top, left = rng.integers(0, HEIGHT - 20), rng.integers(0, WIDTH - 20)
        high, wide = rng.integers(8, 60, 2)
        picture[top : top + high, left : left + wide] = rng.uniform(0, 255)
    return np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)


def person(picture: Grey, rng: Random) -> tuple[float, float, float, float]:
    """Set a drawn face into a frame; its box: x, y, width, height in pixels."""
    side = int(rng.integers(40, 72))
    top, left = int(rng.integers(0, HEIGHT - side)), int(rng.integers(0, WIDTH - side))
    at = (np.arange(side) + 0.5) / side * 2 - 1
    inside = np.hypot(at / 0.78, at[:, None]) < 1
    picture[top : top + side, left : left + side][inside] = crop(rng, side)[inside]
    return left + 0.11 * side, float(top), 0.78 * side, float(side)


def crop(rng: Random, side: int = 48) -> Grey:
    """A face that fills a square (side, side)."""
    return drawn(str(rng.choice(list(EXPRESSIONS))), side, rng)
