"""What a detector found, counted: a face is found by a box of its own that overlaps it by half or more.

Faces marked `ignore` are neither hit nor miss; boxes count as false in pictures without any face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.senses.faces import iou
from export.recipes.face_detector_pictures import Picture

Floats = NDArray[np.float32]

HALF = 0.5
"""Intersection over union of a face that is found."""
MOST_FALSE = 0.01
"""False boxes for each picture without faces that a threshold may let through."""
JUDGED_AT = 0.05
"""The same where networks are compared: of some sixty pictures one must not decide."""
NEARBY = ("caltech", "youtube", "madeup")
"""Sources with one person near the camera; the others are groups."""


@dataclass(frozen=True, slots=True)
class Looks:
    """A picture and a detector's boxes (n, 4) in it with their scores (n,), best first."""

    picture: Picture
    boxes: Floats
    scores: Floats

    def over(self, threshold: float) -> Looks:
        """Only the boxes with at least this score."""
        kept = self.scores >= threshold
        return Looks(self.picture, self.boxes[kept], self.scores[kept])


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one picture: faces that count, those found, boxes that are false."""

    faces: int
    found: int
    false: int


@dataclass(frozen=True, slots=True)
class Recall:
    """Shares of faces found near and in groups, at a threshold."""

    near: float
    groups: float
    threshold: float

    def __str__(self) -> str:
        return f"{self.near:.1%} near, {self.groups:.1%} in groups, from {self.threshold:.2f} on"


def count(look: Looks) -> Counted:
    """Match each face with the box that overlaps it most, one box a face at most."""
    if look.picture.free:
        return Counted(0, 0, len(look.boxes))
    return Counted(int((~look.picture.ignore).sum()), int((matched(look) >= 0).sum()), 0)


def matched(look: Looks) -> NDArray[np.int64]:
    """For each face of the picture the row of its box, -1 where it is missed or ignored."""
    out, used = np.full(len(look.picture.boxes), -1), np.zeros(len(look.boxes), bool)
    for face in np.flatnonzero(~look.picture.ignore):
        overlap = np.where(used, 0, iou(look.picture.boxes[face], look.boxes))
        if len(overlap) and overlap.max() >= HALF:
            out[face] = int(overlap.argmax())
            used[out[face]] = True
    return out


def recall(looks: list[Looks], sources: tuple[str, ...]) -> float:
    """Share of the faces of these sources that are found; nan where there are none."""
    counted = [count(one) for one in looks if one.picture.source in sources]
    total = sum(one.faces for one in counted)
    return sum(one.found for one in counted) / total if total else float("nan")


def lowest_threshold(looks: list[Looks], share: float = MOST_FALSE) -> float:
    """The lowest score at which pictures without faces have at most this share of false boxes."""
    free = [one for one in looks if one.picture.free]
    scores = np.sort(np.concatenate([np.zeros(0), *(one.scores for one in free)]))[::-1]
    allowed = int(share * len(free))
    return float(np.nextafter(scores[allowed], np.inf)) if len(scores) > allowed else -np.inf


def best_recall(looks: list[Looks]) -> Recall:
    """How many faces are found where the threshold lets few false boxes through, to compare networks by."""
    threshold = lowest_threshold(looks, JUDGED_AT)
    over = [one.over(threshold) for one in looks]
    return Recall(recall(over, NEARBY), recall(over, ("wider",)), threshold)
