"""From a frame and a face's box to what the face model sees, in numpy alone: cut, resize, level.

The trainer in export/ imports this very file. The box is "brow-with-forehead to chin, cheek to cheek"; the
cut is a square as wide around the face as FER2013's pictures are (measured with a detector on 1,397 of
them: the face is 0.80 of a picture wide and 1.06 high, its middle in the middle).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agent.senses.faces import Box
from agent.senses.features import Floats

SIDE = 48
"""Pixels of a portrait, each way."""
WIDTHS, HEIGHTS = 1.245, 0.945
"""The cut's side in widths and in heights of the face's box; one that is off is held by the other."""
SPAN = 3.0
"""Standard deviations under and over the face's mean grey that the model still sees."""
LARGEST = 8
"""A box so many times as large as the frame, or so far from it, is a fault and no face."""
FLAT = 4.0
"""Grey levels: a face whose standard deviation is less is contrasted no further, or it would be noise."""


def portrait(frame: NDArray[np.uint8], box: Box) -> Floats:
    """The model's input (48, 48) of a face in a grey frame (height, width).

    The box may reach out of the frame, whose edge is then drawn on. ValueError where the frame is empty or
    not grey, or the box has no area, is not finite, or is LARGEST times as large as the frame.
    """
    return normalise(cut(frame, box))


def cut(frame: NDArray[np.uint8], box: Box) -> Floats:
    """The square around a face as (48, 48) grey levels 0..255; box and errors as in `portrait`."""
    if frame.ndim != 2 or not frame.size:
        raise ValueError(f"a portrait is cut from a grey frame (height, width), not {frame.shape}")
    side = (WIDTHS * box.width + HEIGHTS * box.height) / 2
    far = LARGEST * max(frame.shape)
    inside = abs(box.left) < far and abs(box.top) < far and side < far  # false for nan
    if not (inside and box.width > 0 and box.height > 0):
        raise ValueError(f"in a frame of {frame.shape} no face can be at {box}")
    rows, above = _weights(box.top + box.height / 2 - side / 2, side, frame.shape[0])
    columns, before = _weights(box.left + box.width / 2 - side / 2, side, frame.shape[1])
    part = frame[above : above + rows.shape[1], before : before + columns.shape[1]].astype(np.float32)
    out: Floats = (rows @ part @ columns.T).astype(np.float32, copy=False)
    return out


def normalise(pictures: Floats) -> Floats:
    """Grey levels (..., 48, 48) with the face's mean at 0 and its standard deviation at 1, within SPAN.

    Mean and deviation are those of the oval in the middle, so that neither a white wall nor the light's
    strength changes what the model sees.
    """
    inside = pictures[..., OVAL]
    mean = inside.mean(axis=-1)[..., None, None]
    spread = np.maximum(inside.std(axis=-1)[..., None, None], np.float32(FLAT))
    out: Floats = np.clip((pictures - mean) / spread, np.float32(-SPAN), np.float32(SPAN))
    return out


def _oval() -> NDArray[np.bool_]:
    """Where the face is: an ellipse 0.7 of the square wide and 0.9 high."""
    at = (np.arange(SIDE) + 0.5) / SIDE - 0.5
    inside: NDArray[np.bool_] = (at / 0.45)[:, None] ** 2 + (at / 0.35)[None] ** 2 < 1
    return inside


OVAL = _oval()


def _weights(start: float, side: float, count: int) -> tuple[Floats, int]:
    """Weights (48, n) of the n source pixels along one axis, and which of `count` pixels is the first.

    Enlarging is linear interpolation, reducing the same triangle as wide as a step, so that nothing
    aliases; what lies outside the frame is its edge's pixel.
    """
    step = side / SIDE
    reach = max(1.0, step)
    middles = start + (np.arange(SIDE) + 0.5) * step - 0.5
    low, high = int(np.floor(middles[0] - reach)), int(np.ceil(middles[-1] + reach))
    away = np.abs(np.arange(low, high + 1, dtype=np.float32) - middles.astype(np.float32)[:, None])
    near = np.maximum(np.float32(0), np.float32(1) - away / np.float32(reach))
    near /= near.sum(axis=1, keepdims=True)
    first, last = int(np.clip(low, 0, count - 1)), int(np.clip(high, 0, count - 1))
    at = int(np.clip(first - low, 0, high - low))
    out: Floats = near[:, at : at + last - first + 1].copy()
    out[:, 0] += near[:, :at].sum(axis=1)
    out[:, -1] += near[:, at + last - first + 1 :].sum(axis=1)
    return out, first
