"""Faces drawn in code, so that the whole chain can be tried without data: ovals with eyes, brows and mouth.

What is learnt from them says nothing about the world.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Face:
    """How a face is drawn: shares of half its height. smile: corners of the mouth up (positive) or down."""

    smile: float = 0.0
    open_mouth: float = 0.04
    open_eyes: float = 0.07
    brows: float = 0.0
    """How much higher the brows' inner ends are than their outer ones."""
    aslant: float = 0.0
    """How much higher one corner of the mouth is than the other."""


EXPRESSIONS = {
    "neutral": Face(),
    "happiness": Face(smile=0.14, open_mouth=0.07),
    "surprise": Face(open_mouth=0.18, open_eyes=0.12),
    "sadness": Face(smile=-0.12, brows=0.08),
    "anger": Face(smile=-0.05, open_mouth=0.09, brows=-0.12),
    "disgust": Face(smile=-0.10, open_eyes=0.03, brows=-0.06),
    "fear": Face(smile=-0.10, open_mouth=0.13, open_eyes=0.13, brows=0.12),
    "contempt": Face(aslant=0.14),
}


def drawn(expression: str, side: int, rng: Random) -> NDArray[np.uint8]:
    """One face that fills a square picture (side, side) as FER2013's do, with some noise."""
    face = EXPRESSIONS[expression]
    across, down = _grid(side, rng)
    skin, wall = rng.uniform(90, 220), rng.uniform(0, 255)
    out = np.where((across / 0.78) ** 2 + (down / 1.02) ** 2 < 1, skin, wall)
    dark = skin * rng.uniform(0.15, 0.45)
    for eye in (-0.32, 0.32):
        out = np.where(_ellipse(across - eye, down + 0.22, 0.15, face.open_eyes), 240.0, out)
        out = np.where(_ellipse(across - eye, down + 0.22, 0.06, min(0.06, face.open_eyes)), dark, out)
        raised = 0.45 + 0.3 * face.open_eyes + face.brows * (1 - np.abs(across) / 0.32)
        brow = (np.abs(across - eye) < 0.2) & (np.abs(down + raised) < 0.05)
        out = np.where(brow, dark, out)
    bent = 0.5 + face.smile * (1 - (across / 0.25) ** 2) - face.aslant * across / 0.5
    mouth = (np.abs(across) < 0.3) & (np.abs(down - bent) < face.open_mouth)
    out = np.where(mouth, dark, out)
    return np.clip(out + rng.normal(0, 6, out.shape), 0, 255).astype(np.uint8)


def _grid(side: int, rng: Random) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where each pixel lies in a face that is a little turned, moved and scaled: -1..1 within the square."""
    at = (np.arange(side) + 0.5) / side * 2 - 1
    right, down = np.meshgrid(at - rng.normal(0, 0.05), at - rng.normal(0, 0.05))
    turn, scale = rng.normal(0, 0.08), rng.uniform(0.9, 1.1)
    cos, sin = np.cos(turn) / scale, np.sin(turn) / scale
    return right * cos + down * sin, down * cos - right * sin


def _ellipse(
    across: NDArray[np.float64], down: NDArray[np.float64], wide: float, high: float
) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (across / wide) ** 2 + (down / high) ** 2 < 1
    return inside
