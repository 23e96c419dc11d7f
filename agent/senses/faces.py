"""Where faces are in a grey frame: boxes of the model `face_detector`, in numpy.

The model looks at the frame in one fixed size and says for every cell of a grid how likely a face has its
middle there, how far from the cell's middle, and how large it is (an anchor-free detector: Zhou et al.
2019, "Objects as points"). Boxes go from the forehead above the brows to the chin, from cheek to cheek.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.senses.features import Floats
from agent.senses.shelf import Model

CELL = 8
"""Pixels of the model's input from one cell of its grid to the next."""
UNIT = 32.0
"""The width and height, in pixels of the input, whose logarithm is 0."""
OVERLAP = 0.4
"""Intersection over union from which two boxes are one and the same face."""
MOST = 300
"""Cells that are looked at, best first, before overlapping boxes are merged."""

Boxes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Box:
    """One face: where it is, in pixels of the frame, and how likely it is one."""

    left: float
    top: float
    width: float
    height: float
    score: float


def find(model: Model, frame: NDArray[np.uint8], threshold: float | None = None) -> list[Box]:
    """The faces of a grey frame (h, w), best first; threshold: the card's, unless another is asked for.

    Boxes end where the frame ends. ValueError for a frame that is not grey or is empty.
    """
    if frame.ndim != 2 or not frame.size:
        raise ValueError(f"a grey frame (h, w) is needed, not {frame.shape}")
    height, width = model.card["inputs"][0]["shape"][1:]
    picture, scale = letterbox(frame, height, width)
    heat, geometry = model.run(picture)
    boxes, logits = decode(heat[0, 0], geometry[0], _logit(model, threshold))
    boxes = within(boxes / np.float32(scale), frame.shape[1], frame.shape[0])
    scores = probability(logits, model.card)
    return [
        Box(left, top, width, height, score)
        for (left, top, width, height), score in zip(boxes.tolist(), scores, strict=True)
    ]


def letterbox(frame: NDArray[np.uint8], height: int, width: int) -> tuple[Floats, float]:
    """The frame in the model's size, 0..1, and by what it was scaled.

    It is made smaller where it is larger, never larger, and lies in the upper left corner; the rest is 0.
    """
    scale = min(1.0, height / frame.shape[0], width / frame.shape[1])
    rows, columns = max(1, round(frame.shape[0] * scale)), max(1, round(frame.shape[1] * scale))
    out = np.zeros((height, width), np.float32)
    out[:rows, :columns] = shrink(frame, rows, columns)
    out *= np.float32(1 / 255)
    return out, scale


def shrink(frame: NDArray[np.uint8], rows: int, columns: int) -> Floats:
    """The frame in fewer pixels (rows, columns), each the mean of the area that it stands for."""
    if frame.shape == (rows, columns):
        return frame.astype(np.float32)
    wide = _fewer_rows(frame, rows)
    return _fewer_rows(np.ascontiguousarray(wide.T), columns).T


def decode(heat: Floats, geometry: Floats, logit: float) -> tuple[Boxes, Floats]:
    """Boxes (n, 4: x, y, w, h in pixels of the input) and their logits, best first, without doubles.

    heat: (rows, columns) logits; geometry: (4, rows, columns) offset in cells, log of size over UNIT.
    """
    row, column = np.nonzero(heat >= logit)
    best = np.argsort(-heat[row, column], kind="stable")[:MOST]
    row, column = row[best], column[best]
    right, down, wide, high = geometry[:, row, column]
    w, h = UNIT * np.exp(wide), UNIT * np.exp(high)
    x, y = CELL * (column + 0.5 + right) - w / 2, CELL * (row + 0.5 + down) - h / 2
    boxes = np.stack([x, y, w, h], axis=1).astype(np.float32)
    kept = unlike(boxes)
    return boxes[kept], heat[row, column][kept]


def unlike(boxes: Boxes, overlap: float = OVERLAP) -> NDArray[np.int64]:
    """Rows of boxes (best first) of which no better one overlaps: greedy non-maximum suppression."""
    left, kept = np.arange(len(boxes)), []
    while len(left):
        kept.append(left[0])
        left = left[1:][iou(boxes[left[0]], boxes[left[1:]]) < overlap]
    return np.array(kept, np.int64)


def iou(box: Boxes, others: Boxes) -> Floats:
    """Intersection over union of one box (4,) with others (n, 4)."""
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[:2] + box[2:], others[:, :2] + others[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    out: Floats = shared / (box[2:].prod() + others[:, 2:].prod(axis=1) - shared)
    return out


def within(boxes: Boxes, width: int, height: int) -> Boxes:
    """Boxes cut at the edges of a frame."""
    size = np.array([width, height], np.float32)
    low = np.clip(boxes[:, :2], 0, size - 1)
    high = np.clip(boxes[:, :2] + boxes[:, 2:], low + 1, size)
    return np.concatenate([low, high - low], axis=1)


def probability(logits: Floats, card: dict[str, Any]) -> list[float]:
    """How likely boxes with these logits are faces, by the card's `box_calibration` (Platt 1999)."""
    fit = card["box_calibration"]
    said = 1.0 / (1.0 + np.exp(-(fit["scale"] * logits.astype(np.float64) + fit["bias"])))
    return [float(one) for one in said]


def _logit(model: Model, threshold: float | None) -> float:
    """The model's logit at which its calibrated probability is the threshold."""
    wanted, fit = model.threshold if threshold is None else threshold, model.card["box_calibration"]
    return float((np.log(wanted) - np.log1p(-wanted) - fit["bias"]) / fit["scale"])


def _fewer_rows(picture: NDArray[Any], rows: int) -> Floats:
    out = np.zeros((rows, picture.shape[1]), np.float32)
    for at, weight in _areas(len(picture), rows):
        out += picture[at] * weight[:, None]
    return out


@lru_cache(maxsize=8)
def _areas(many: int, few: int) -> list[tuple[NDArray[np.int64], Floats]]:
    """Which of `many` pixels each of `few` is made of: index and weight of the first, the second ..."""
    edges = np.arange(few + 1) * (many / few)
    start = np.floor(edges[:-1] + 1e-9).astype(np.int64)
    parts = []
    for at in range(int((np.ceil(edges[1:] - 1e-9) - start).max())):
        shared = np.minimum(edges[1:], start + at + 1) - np.maximum(edges[:-1], start + at)
        weight = np.clip(shared, 0, None) * few / many
        parts.append((np.minimum(start + at, many - 1), weight.astype(np.float32)))
    return parts
