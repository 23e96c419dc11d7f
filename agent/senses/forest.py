"""Boosted trees as flat arrays, run by numpy alone: NAME.npz with its card NAME.json.

One row a node: `feature` (-1: a leaf), `threshold`, `left`, `right`, `missing_left` (where nan goes), `value`
(a leaf's log-odds); `roots` starts each tree. A vector's score is the sum over the trees (Friedman 2001,
"Greedy function approximation"); the card's Platt scaling makes it log-odds that can be added to others.
"""

from __future__ import annotations

import zlib
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from agent.senses.shelf import Card, ModelUnfit, default_folder, read_card

Arrays = dict[str, NDArray[np.generic]]

ARRAYS = ("feature", "threshold", "left", "right", "missing_left", "value", "roots")


class Forest:
    """Trees and their card, ready to run."""

    def __init__(self, card: Card, arrays: Arrays) -> None:
        self.card = card
        self._feature = np.asarray(arrays["feature"], np.intp)
        self._threshold = np.asarray(arrays["threshold"], np.float64)
        self._next = np.stack([arrays["right"], arrays["left"]]).astype(np.intp)
        self._missing = np.asarray(arrays["missing_left"], bool)
        self._value = np.asarray(arrays["value"], np.float64)
        self._roots = np.asarray(arrays["roots"], np.intp)

    @property
    def names(self) -> list[str]:
        """The features that it wants, in order."""
        return list(self.card["inputs"][0]["names"])

    def score(self, vector: NDArray[np.floating]) -> float:
        """Sum of all trees for one vector, shape (features,), nan where nothing is known."""
        x = np.asarray(vector, np.float32)
        at = self._roots
        while (self._feature[at] >= 0).any():
            told = x[self._feature[at]]
            left = np.where(np.isnan(told), self._missing[at], told <= self._threshold[at])
            at = np.where(self._feature[at] < 0, at, self._next[left.astype(np.intp), at])
        return float(self._value[at].sum())

    def log_odds(self, vector: NDArray[np.floating]) -> float:
        """Calibrated log-odds (nats), on a mix of looks with the card's base rate."""
        platt = self.card["calibration"][0]
        return float(platt["scale"]) * self.score(vector) + float(platt["bias"])


def load(name: str, folder: Path | None = None) -> Forest:
    """The trees of that name, checked against their card; ModelUnfit says what is wrong with them."""
    file = (folder or default_folder()) / f"{name}.npz"
    card = read_card(file)
    data = file.read_bytes()
    if sha256(data).hexdigest() != card["sha256"]:
        raise ModelUnfit(file, "the checksum is not that of its card: the file was damaged or swapped")
    try:
        with np.load(BytesIO(data), allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in ARRAYS}
            forest = Forest(card, arrays)
            if not _walkable(arrays, len(forest.names)):
                raise ValueError("a walk through these trees would not end at a leaf")
    except (EOFError, KeyError, ValueError, BadZipFile, zlib.error) as error:
        raise ModelUnfit(file, "it does not hold the arrays of a forest") from error
    return forest


def verify(forest: Forest, file: Path) -> None:
    """Recompute the golden vectors of the card; ModelUnfit if the trees answer anything else."""
    if not forest.card["golden"]["vectors"]:
        raise ModelUnfit(file, "its card has no golden vectors: nothing tells whether it answers right")
    for vector in forest.card["golden"]["vectors"]:
        off = abs(forest.score(golden_input(vector["seed"], len(forest.names))) - vector["output"])
        if off > forest.card["golden"]["tolerance"]:
            raise ModelUnfit(file, f"golden vector {vector['seed']} is off by {off:.3g}")


def golden_input(seed: int, size: int) -> NDArray[np.float64]:
    """The vector of a golden seed: normal numbers, about one in five missing."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(size) < 0.2, np.nan, 2 * rng.standard_normal(size))


def _walkable(arrays: Arrays, features: int) -> bool:
    """Whether every walk ends at a leaf: nodes and features exist, children stand after their parents."""
    feature = np.asarray(arrays["feature"], np.intp)
    nodes, inner = len(feature), np.flatnonzero(feature >= 0)
    children = np.stack([arrays["left"], arrays["right"]])[:, inner].astype(np.intp)
    roots = np.asarray(arrays["roots"], np.intp)
    return bool(
        all(len(arrays[key]) == nodes for key in ARRAYS if key != "roots")
        and (feature < features).all()
        and (children > inner).all()
        and (children < nodes).all()
        and ((roots >= 0) & (roots < nodes)).all()
    )
