"""The table of the face detector: every figure on people that it was not trained on, with its interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agent.senses import faces
from agent.senses.shelf import Model
from export import measures
from export.figures import Figure, not_measured
from export.recipes.face_detector_count import NEARBY, Looks, count, matched
from export.recipes.face_detector_pictures import Picture

LOW = 0.02
"""Probability down to which boxes are looked at when the threshold is chosen and calibration measured."""


def look(model: Model, pictures: list[Picture], threshold: float | None = None) -> list[Looks]:
    """What the model finds in pictures, through the very code of the device."""
    found = []
    for one in pictures:
        boxes = faces.find(model, one.pixels, threshold)
        places = np.array([(b.left, b.top, b.width, b.height) for b in boxes], np.float32)
        found.append(Looks(one, places.reshape(-1, 4), np.array([b.score for b in boxes], np.float32)))
    return found


def share_found(name: str, looks: list[Looks], target: float | None = None) -> Figure:
    """Share of the faces that count which are found; interval over people."""
    counted = [count(one) for one in looks]
    total, found = (np.array([getattr(one, what) for one in counted]) for what in ("faces", "found"))
    if not total.sum():
        return not_measured(name, "no such pictures", target)

    def rate(rows: NDArray[np.int64]) -> float:
        return float(found[rows].sum() / total[rows].sum()) if total[rows].sum() else float("nan")

    low, high = measures.interval([one.picture.group for one in looks], rate)
    value = float(found.sum() / total.sum())
    return Figure(name, value, low, high, f"{found.sum()} of {total.sum()} faces", target)


def false_boxes(name: str, looks: list[Looks], target: float | None = None) -> Figure:
    """Boxes for each 100 pictures in which there is no face."""
    free = [one for one in looks if one.picture.free]
    false = np.array([count(one).false for one in free])
    low, high = measures.interval(
        [one.picture.group for one in free], lambda rows: 100 * float(false[rows].mean())
    )
    counts = f"{false.sum()} in {len(free)} pictures"
    return Figure(name, 100 * float(false.mean()), low, high, counts, target, most=True)


def of(looks: list[Looks], *sources: str) -> list[Looks]:
    """Looks at pictures of these sources."""
    return [one for one in looks if one.picture.source in sources]


def main_rows(looks: list[Looks], size: int) -> list[Figure]:
    """The targets, but for the time and the calibration."""
    return [
        share_found("faces found, caltech and youtube", of(looks, *NEARBY), 0.985),
        share_found("faces found, wider (groups)", of(looks, "wider"), 0.60),
        false_boxes("false boxes per 100 face-free pictures", looks, 1.0),
        Figure("size of the file, kB", size / 1000, target=400, most=True),
    ]


def source_rows(looks: list[Looks]) -> list[Figure]:
    """Each source alone, and boxes that are nobody's in pictures with people."""
    people = [one for one in looks if not one.picture.free]
    strays = sum(_strays(one) for one in people)
    rows = [share_found(f"faces found, {source}", of(looks, source)) for source in ("caltech", "youtube")]
    value = 100 * strays / max(1, len(people))
    counts = f"{strays} in {len(people)} pictures"
    return [*rows, Figure("stray boxes per 100 pictures with people", value, counts=counts)]


def calibration_row(looks: list[Looks], target: float | None = None) -> Figure:
    """How far the boxes' probabilities are from the share of them that are faces."""
    scores, truth = judged(looks)
    if not truth.any():
        return not_measured("calibration error of boxes, val", "no face was found", target, most=True)
    value = measures.calibration_error(scores, truth)
    counts = f"{truth.sum()} faces, {(~truth).sum()} others"
    return Figure("calibration error of boxes, val", value, counts=counts, target=target, most=True)


def judged(looks: list[Looks]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Scores of all boxes of which it is known whether they are faces, and whether they are.

    A box near a face, of which another box is better, or near one that is to be ignored, is neither.
    """
    scores, truth = [np.zeros(0, np.float32)], [np.zeros(0, bool)]
    for one in looks:
        hit = np.isin(np.arange(len(one.boxes)), matched(one))
        known = hit | ~_near(one)
        scores.append(one.scores[known])
        truth.append(hit[known])
    return np.concatenate(scores), np.concatenate(truth)


def _strays(one: Looks) -> int:
    hit = np.isin(np.arange(len(one.boxes)), matched(one))
    return int((~hit & ~_near(one)).sum())


def _near(one: Looks) -> NDArray[np.bool_]:
    """Boxes that overlap any face, small ones included, by a fifth."""
    if not len(one.picture.boxes):
        return np.zeros(len(one.boxes), bool)
    return np.array([faces.iou(box, one.picture.boxes).max() >= 0.2 for box in one.boxes], bool)
