"""The table of the face model: every figure on pictures not trained on, with its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from agent.senses import portrait
from agent.senses.features import Floats
from agent.senses.shelf import Model
from export import figures, measures
from export.figures import Figure
from export.recipes import face_changes as changes
from export.recipes.face_pictures import EMOTIONS, LABELS, Pictures

TARGETS = {"fear": 0.55, "anger": 0.82}
"""Least share of these that is to be found."""
SURE_VOTES = 6
"""Votes of ten for an emotion from which it is agreed upon widely."""
DISTRESS = LABELS.index("distress")

Bools = NDArray[np.bool_]
Classes = NDArray[np.int64]
Change = Callable[[Tensor], Tensor]


def look(model: Model, pixels: NDArray[np.uint8], change: Change | None = None) -> Floats:
    """What the file on the shelf says of pictures (n, 48, 48), each already cut to a face: (n, 9)."""
    grey = pixels.astype(np.float32)
    if change:
        grey = change(torch.from_numpy(grey)).numpy()
    return model.scores(portrait.normalise(grey))


def first_of(said: Floats) -> Classes:
    """The emotion that is said loudest (n,), of scores (n, 9) or logits."""
    return said[:, : len(EMOTIONS)].argmax(axis=1)


def share(name: str, right: Bools, target: float | None = None) -> Figure:
    """The share of pictures for which it is true, with its interval over pictures."""
    if not right.any():
        return Figure(name, 0.0, counts=f"0 of {len(right)}", target=target)
    groups = [str(k) for k in range(len(right))]
    low, high = measures.interval(groups, lambda rows: float(right[rows].mean()))
    return Figure(name, float(right.mean()), low, high, f"{right.sum()} of {len(right)}", target)


def main_rows(test: Pictures, said: Floats) -> list[Figure]:
    """The emotions: accuracy, fear and anger with their targets, the others' recalls."""
    votes, truth, first = test.votes[test.known], test.majority[test.known], first_of(said[test.known])
    table = [share("accuracy, 8 emotions by majority, one pass", first == truth, 0.865)]
    table += recalls(truth, first, TARGETS)
    sure = votes[:, : len(EMOTIONS)].max(axis=1) >= SURE_VOTES
    told = [share("accuracy where six votes or more agree", first[sure] == truth[sure])]
    told += recalls(truth, first, {name: None for name in EMOTIONS if name not in TARGETS})
    told.append(_mean_recall(truth, first))
    return figures.part("targets", table) + told


def recalls(truth: Classes, first: Classes, targets: Mapping[str, float | None]) -> list[Figure]:
    """How many of each of these emotions are found."""
    rows = [(name, first[truth == EMOTIONS.index(name)], target) for name, target in targets.items()]
    return [share(f"{name} found", said == EMOTIONS.index(name), target) for name, said, target in rows]


def distress_rows(test: Pictures, said: Floats, threshold: float) -> list[Figure]:
    """Distress: anger or fear have more than half of the votes; of every face that has votes."""
    truth, score = test.distress[test.faces] > 0.5, said[test.faces, DISTRESS]
    over = score >= threshold

    def area(rows: Classes) -> float:
        return measures.auc(score[rows], truth[rows])

    groups = [str(k) for k in range(len(truth))]
    low, high = measures.interval(groups, area, rounds=300)
    counts = f"{truth.sum()} faces with distress, {(~truth).sum()} without"
    return [
        Figure("distress, AUC", area(np.arange(len(truth))), low, high, counts),
        share("distress found at the threshold", over[truth]),
        share("faces without distress over the threshold", over[~truth]),
        Figure(
            "distress, calibration error",
            measures.calibration_error(score, truth),
            counts=f"{len(truth)} faces",
        ),
    ]


def val_rows(val: Pictures, said: Floats) -> list[Figure]:
    """Calibration on validation, which the card's probabilities are fitted to."""
    known, emotions = val.known, said[val.known][:, : len(EMOTIONS)]
    truth = val.distress[val.faces] > 0.5
    top = measures.top_calibration_error(emotions, val.majority[known])
    distress = measures.calibration_error(said[val.faces, DISTRESS], truth)
    rows = [
        Figure(
            "val: calibration error, emotions", top, counts=f"{known.sum()} faces", target=0.03, most=True
        ),
        Figure(
            "val: calibration error, distress", distress, counts=f"{len(truth)} faces", target=0.03, most=True
        ),
    ]
    right = first_of(emotions) == val.majority[known]
    return [*figures.part("targets", rows), share("val: accuracy, 8 emotions", right)]


def robust_rows(model: Model, test: Pictures, seed: int) -> list[Figure]:
    """Accuracy and the ranking of distress under each change, on the faces whose emotion is known."""
    some, rows = test.where(test.known), []
    distress = some.distress > 0.5
    for name, change in CHANGES.items():
        torch.manual_seed(seed)
        said = look(model, some.pixels, change)
        row = share(f"{name}: accuracy", first_of(said) == some.majority)
        area = measures.auc(said[:, DISTRESS], distress)
        rows += [row, Figure(f"{name}: distress, AUC", area, counts=f"{distress.sum()} with distress")]
    return figures.part("robustness", rows)


def fairness_rows() -> list[Figure]:
    """What the data cannot tell."""
    why = "the data names nobody's age, sex or race"
    return figures.part("fairness", [figures.not_measured("per age, sex and race", why)])


def _mean_recall(truth: Classes, first: Classes) -> Figure:
    groups = [str(k) for k in range(len(truth))]
    low, high = measures.interval(groups, lambda rows: measures.mean_recall(truth[rows], first[rows]))
    mean = measures.mean_recall(truth, first)
    return Figure("mean of the recalls", mean, low, high, f"{len(truth)} faces")


def _all(value: float) -> Callable[[Tensor], Tensor]:
    """The same strength for every picture of a batch."""
    return lambda batch: torch.full((len(batch),), value)


def _dark(gain: float, batch: Tensor) -> Tensor:
    return changes.noisy(changes.exposed(batch, _all(gain)(batch)), _all(2.0)(batch))


def _with(change: Callable[[Tensor, Tensor], Tensor], value: float, batch: Tensor) -> Tensor:
    return change(batch, _all(value)(batch))


def _sized(side: int, batch: Tensor) -> Tensor:
    return changes.smaller(batch, side)


def _boxed(scale: float, across: float, down: float, batch: Tensor) -> Tensor:
    """As a box would cut it that is `scale` times too large and off by shares of half a side."""
    theta = torch.tensor([[scale, 0.0, across], [0.0, scale, down]]).repeat(len(batch), 1, 1)
    return changes.sampled(batch, theta, torch.zeros(len(batch)))


def _turned(batch: Tensor) -> Tensor:
    """A head half turned away: a quarter narrower, and one side half as large again as the other."""
    theta = torch.tensor([[1.33, 0.0, 0.0], [0.0, 1.0, 0.0]]).repeat(len(batch), 1, 1)
    return changes.sampled(batch, theta, torch.full((len(batch),), 0.2))


CHANGES: dict[str, Change] = {
    "mirrored": lambda batch: batch.flip(2),
    "an eighth of the light": partial(_dark, 1 / 8),
    "a twentieth of the light": partial(_dark, 1 / 20),
    "light from one side": partial(_with, changes.shaded, 1.0),
    "blur of 1 pixel": partial(_with, changes.blurred, 1.0),
    "blur of 2 pixels": partial(_with, changes.blurred, 2.0),
    "noise of 10 grey levels": partial(_with, changes.noisy, 10.0),
    "noise of 25 grey levels": partial(_with, changes.noisy, 25.0),
    "mask over mouth and nose": changes.masked,
    "dark glasses": changes.spectacled,
    "head turned": _turned,
    "a face of 32 pixels": partial(_sized, 32),
    "a face of 24 pixels": partial(_sized, 24),
    "a face of 16 pixels": partial(_sized, 16),
    "box a fifth too large": partial(_boxed, 1.2, 0.0, 0.0),
    "box a sixth too small": partial(_boxed, 0.83, 0.0, 0.0),
    "box off by a tenth both ways": partial(_boxed, 1.0, 0.2, 0.2),
}
"""The robustness rows: each of these done to every test picture."""
