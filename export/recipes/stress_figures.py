"""The table of the stress model: what it and the rule find at 1 and 5 % of calm looks, people by people.

All figures are of people not trained on. `CV`: the training people, each scored by a model that never saw
them (five folds, leave subjects out). `test`: people put aside, looked at last, with the thresholds of CV.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export import measures
from export.figures import Figure

Floats = NDArray[np.float64]

SETTINGS = (0.01, 0.05)
FOUND = {0.01: 0.12, 0.05: 0.30}
"""Targets: at least this share of stress looks."""
EXERCISE, AFTER, AUC = 0.02, 0.03, 0.78


@dataclass(frozen=True, slots=True)
class Scored:
    """Looks with their scores: people and labels and sets, one a look."""

    scores: Floats
    people: NDArray[np.str_]
    labels: NDArray[np.str_]
    sets: NDArray[np.str_]

    def where(self, rows: NDArray[np.bool_]) -> Scored:
        """The looks of these rows."""
        return Scored(self.scores[rows], self.people[rows], self.labels[rows], self.sets[rows])

    def of(self, label: str) -> Scored:
        """The looks of a class."""
        return self.where(self.labels == label)

    def threshold(self, calm_share: float) -> float:
        """The lowest score that at most this share of calm looks reaches."""
        calm = np.sort(self.scores[self.labels == "calm"])
        return float(np.nextafter(calm[-int(calm_share * len(calm)) - 1], np.inf))

    def area(self) -> float:
        """ROC area of stress against calm."""
        rows = np.isin(self.labels, ("stress", "calm"))
        return measures.auc(self.scores[rows], self.labels[rows] == "stress")


def fired(
    name: str, some: Scored, threshold: float, target: float | None = None, most: bool = True
) -> Figure:
    """Share of looks that fire, its interval over people, and the range of single people."""
    over = some.scores >= threshold
    low, high = measures.interval(some.people, lambda rows: float(over[rows].mean()))
    each = [float(over[some.people == person].mean()) for person in np.unique(some.people)]
    counts = f"{over.sum()} of {len(over)} looks; people {min(each):.0%} to {max(each):.0%}"
    return Figure(name, float(over.mean()), low, high, counts, target, most=most)


def ranking(name: str, some: Scored, target: float | None = None) -> Figure:
    """ROC area of stress against calm, its interval over people, and the range of single people."""
    rows = some.where(np.isin(some.labels, ("stress", "calm")))
    stress = rows.labels == "stress"

    def area(drawn: NDArray[np.int64]) -> float:
        return measures.auc(rows.scores[drawn], stress[drawn])

    low, high = measures.interval(rows.people, area, rounds=300)
    people = np.unique(rows.people)
    each = [area(np.flatnonzero(rows.people == person)) for person in people]
    counts = f"{len(people)} people, each {min(each):.2f} to {max(each):.2f}, median {np.median(each):.2f}"
    return Figure(name, area(np.arange(len(stress))), low, high, counts, target)


def main_rows(part: str, some: Scored, thresholds: dict[float, float]) -> list[Figure]:
    """The targets of the issue for one part (CV or test), with the thresholds found in CV."""
    rows = [ranking(f"{part}: AUC stress against calm", some, AUC)]
    for share in SETTINGS:
        cut, at = thresholds[share], f"{part}, {share:.0%} setting"
        rows += [
            fired(f"{at}: calm", some.of("calm"), cut, share),
            fired(f"{at}: stress", some.of("stress"), cut, FOUND[share], most=False),
            fired(f"{at}: exercise", some.of("exercise"), cut, EXERCISE),
            fired(f"{at}: after exercise", some.of("after_exercise"), cut, AFTER),
            fired(f"{at}: light warm-up", some.of("warm_up"), cut),
            fired(f"{part}, {share:.0%} of its own calm: stress", some.of("stress"), some.threshold(share)),
        ]
    return rows


def set_rows(part: str, some: Scored, thresholds: dict[float, float]) -> list[Figure]:
    """The same for each set of recordings: they differ in band, place and protocol."""
    rows = []
    for name in np.unique(some.sets):
        one = some.where(some.sets == name)
        rows.append(ranking(f"{part} {name}: AUC", one))
        for share in SETTINGS:
            at = f"{part} {name}, {share:.0%} setting"
            rows += [
                fired(f"{at}: {label}", one.of(label), thresholds[share]) for label in ("calm", "stress")
            ]
    return rows


def summary(name: str, some: Scored, thresholds: dict[float, float]) -> dict[str, float | str]:
    """One line of the table of models or of missing signals, in shares."""
    line: dict[str, float | str] = {"name": name, "auc": round(some.area(), 3)}
    for share in SETTINGS:
        for label in ("calm", "stress", "exercise", "after_exercise"):
            over = some.of(label).scores >= thresholds[share]
            line[f"{label} at {share:.0%}"] = round(float(over.mean()), 4) if len(over) else float("nan")
    return line
