"""What is measured, in numpy: ROC area, alarm events an hour, calibration error, intervals over groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32] | NDArray[np.float64]
Bools = NDArray[np.bool_]
Classes = NDArray[np.int64]
"""Class numbers from 0."""

MERGE_S = 3.0
"""Looks over the threshold that are nearer than this are one alarm (seconds)."""


def auc(scores: Floats, truth: Bools) -> float:
    """Area under the ROC curve by ranks, ties counted half (Hanley and McNeil 1982); nan with one class."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    hits, misses = int(truth.sum()), int((~truth).sum())
    if not hits or not misses:
        return np.nan
    return float((ranks[truth].sum() - hits * (hits + 1) / 2) / (hits * misses))


def roc(scores: Floats, truth: Bools) -> tuple[Floats, Floats]:
    """False positive rate and recall at every threshold, falling thresholds."""
    order = np.argsort(-scores, kind="stable")
    hits = truth[order]
    return np.cumsum(~hits) / max(1, (~hits).sum()), np.cumsum(hits) / max(1, hits.sum())


def events(looks: Floats, threshold: float, look_s: float) -> int:
    """Alarms in one recording: looks at or over the threshold, merged when nearer than MERGE_S."""
    over = np.flatnonzero(looks >= threshold)
    return int(len(over) > 0) + int((np.diff(over) * look_s > MERGE_S).sum())


def threshold_for_recall(scores: Floats, recall: float) -> float:
    """The highest threshold at which at least this share of the (positive) scores is found."""
    return float(np.sort(scores)[int(np.floor((1 - recall) * len(scores)))])


def best_accuracy(scores: Floats, truth: Bools) -> float:
    """The threshold (midway between neighbouring scores) with the highest plain accuracy."""
    cuts = np.unique(scores)
    cuts = np.concatenate([cuts[:1], (cuts[1:] + cuts[:-1]) / 2])
    return float(cuts[int(np.argmax([((scores >= cut) == truth).mean() for cut in cuts]))])


def calibration_error(probabilities: Floats, truth: Bools, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins (Guo et al. 2017)."""
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [
        (which == b).mean() * abs(float(probabilities[which == b].mean()) - float(truth[which == b].mean()))
        for b in range(bins)
        if (which == b).any()
    ]
    return float(np.sum(gaps))


def fit_platt(logits: Floats, truth: Bools, steps: int = 50) -> tuple[float, float]:
    """Scale and bias of the sigmoid that fits best (Platt 1999, with his smoothed targets), by Newton."""
    hits, misses = truth.sum(), (~truth).sum()
    target = np.where(truth, (hits + 1) / (hits + 2), 1 / (misses + 2))
    design = np.stack([np.asarray(logits, np.float64), np.ones(len(logits))], axis=1)
    weights = np.array([1.0, 0.0])
    for _ in range(steps):
        said = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (said - target)
        curve = (design * (said * (1 - said))[:, None]).T @ design + 1e-6 * np.eye(2)
        weights = weights - np.linalg.solve(curve, slope)
    return float(weights[0]), float(weights[1])


def fit_temperature(logits: Floats, truth: Classes) -> float:
    """The temperature whose softmax of logits (n, classes) fits truth best (Guo et al. 2017).

    The loss has one minimum in the temperature's logarithm: a golden-section search, 1/50 to 50.
    """

    def loss(log_temperature: float) -> float:
        cooled = logits.astype(np.float64) / np.exp(log_temperature)
        cooled = cooled - cooled.max(axis=1, keepdims=True)
        share = np.log(np.exp(cooled).sum(axis=1)) - cooled[np.arange(len(truth)), truth]
        return float(share.mean())

    golden, low, high = (np.sqrt(5) - 1) / 2, -np.log(50), np.log(50)
    for _ in range(40):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def top_calibration_error(probabilities: Floats, truth: Classes, bins: int = 10) -> float:
    """Expected calibration error of the class that was said, of probabilities (n, classes)."""
    return calibration_error(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth, bins)


def confusion(truth: Classes, said: Classes, classes: int) -> NDArray[np.int64]:
    """How often each class (row) was said to be each class (column)."""
    counts = np.bincount(truth * classes + said, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


def mean_recall(truth: Classes, said: Classes) -> float:
    """Unweighted mean over the classes that occur of the share that was found (UAR)."""
    return float(np.mean([(said[truth == one] == one).mean() for one in np.unique(truth)]))


def interval(
    groups: Sequence[str], figure: Callable[[NDArray[np.int64]], float], rounds: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """95 % interval of figure(rows) when whole groups are drawn again (cluster bootstrap, Efron 1979).

    groups: one name a row; where all rows have one name, as where nobody knows who spoke, rows are drawn.
    Draws for which the figure is not defined (nan) are left out.
    """
    names, which = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) == 1:
        names = which = np.arange(len(groups))
    members = [np.flatnonzero(which == k) for k in range(len(names))]
    rng = np.random.default_rng(seed)
    drawn = [
        figure(np.concatenate([members[k] for k in rng.integers(0, len(names), len(names))]))
        for _ in range(rounds)
    ]
    kept = np.array([one for one in drawn if np.isfinite(one)])
    return float(np.percentile(kept, 2.5)), float(np.percentile(kept, 97.5))
