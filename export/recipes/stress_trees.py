"""The trees of the stress model: the paper's three kinds, and the one that is kept as numpy arrays.

Targets are looks of stress against all others. Every person weighs alike within a class; calm weighs double,
for its false alarms are what matters. Motion may only lower the boosted trees' answer (monotone): a model
that takes the gestures of an interview for stress has learnt the protocol, not the person.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from agent.senses.arousal import FEATURES
from agent.senses.forest import Arrays

Floats = NDArray[np.floating]
Names = NDArray[np.str_]

SHARES = {"stress": 1.0, "calm": 2.0, "exercise": 0.6, "after_exercise": 0.35, "warm_up": 0.3}
"""What each class weighs, spread evenly over its people."""
EXTRA = (6, 7)
"""Which of the collected variants are for training alone (stress_windows.augmented)."""


class Booster(Protocol):
    """LightGBM's own model (`LGBMClassifier.booster_`)."""

    def dump_model(self) -> dict[str, Any]:
        """All trees as nested dicts."""


class Classifier(Protocol):
    """What the three libraries have in common."""

    def fit(self, x: Floats, y: NDArray[np.int64], sample_weight: Floats) -> object:
        """Train on rows (n, features) with labels 0 and 1."""

    def predict_proba(self, x: Floats) -> Floats:
        """Shares of the trees for labels 0 and 1: shape (n, 2)."""


def log_odds(model: Classifier, x: Floats) -> Floats:
    """What a trained model says of rows (n, features), in nats: shape (n,)."""
    p = np.clip(model.predict_proba(x)[:, 1], 1e-4, 1 - 1e-4)
    return np.asarray(np.log(p / (1 - p)), np.float64)


def lightgbm(seed: int) -> Classifier:
    """Extremely randomised boosted trees (Ke et al. 2017; Geurts et al. 2006 for the random cuts)."""
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        n_estimators=400,
        learning_rate=0.03,
        num_leaves=8,
        min_child_samples=100,
        subsample=0.6,
        subsample_freq=1,
        colsample_bytree=0.4,
        reg_lambda=10,
        extra_trees=True,
        monotone_constraints=[-1 if name.startswith("motion") else 0 for name in FEATURES],
        n_jobs=1,
        seed=seed,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    )


def xgboost(seed: int) -> Classifier:
    """Boosted trees of depth 3 (Chen and Guestrin 2016)."""
    from xgboost import XGBClassifier

    falling = tuple(-1 if name.startswith("motion") else 0 for name in FEATURES)
    return XGBClassifier(
        n_estimators=200,
        learning_rate=0.04,
        max_depth=3,
        min_child_weight=100,
        subsample=0.5,
        colsample_bynode=0.3,
        reg_lambda=10,
        monotone_constraints=falling,
        tree_method="hist",
        n_jobs=1,
        random_state=seed,
    )


def random_forest(seed: int) -> Classifier:
    """Bagged trees (Breiman 2001)."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        n_estimators=60,
        min_samples_leaf=80,
        max_features=0.25,
        max_samples=0.4,
        n_jobs=1,
        random_state=seed,
    )


KINDS: dict[str, Callable[[int], Classifier]] = {
    "random forest": random_forest,
    "LightGBM": lightgbm,
    "XGBoost": xgboost,
}


def weights(people: Names, labels: Names, shares: dict[str, float] = SHARES) -> Floats:
    """A weight a look, mean 1: each class its share, each of its people the same part of that."""
    out = np.zeros(len(labels))
    for name, share in shares.items():
        members = np.unique(people[labels == name])
        for person in members:
            rows = (labels == name) & (people == person)
            out[rows] = share / len(members) / rows.sum()
    return np.asarray(out / out.mean())


def fit(kind: str, x: Floats, people: Names, labels: Names, seed: int) -> Classifier:
    """Train on looks under all signals and under the extra variants; x: (looks, variants, features)."""
    used = (0, *EXTRA)
    rows, stress = np.concatenate([x[:, k] for k in used]), np.tile(labels == "stress", len(used))
    model = KINDS[kind](seed)
    model.fit(rows, stress.astype(int), sample_weight=np.tile(weights(people, labels), len(used)))
    return model


def arrays(booster: Booster) -> Arrays:
    """A trained LightGBM as flat arrays (agent.senses.forest), depth first."""
    table: dict[str, list[float]] = {
        key: [] for key in ("feature", "threshold", "left", "right", "missing_left", "value")
    }
    roots = [_add(tree["tree_structure"], table) for tree in booster.dump_model()["tree_info"]]
    types = {"feature": np.int16, "left": np.int32, "right": np.int32, "missing_left": bool}
    flat = {key: np.array(values, types.get(key, np.float64)) for key, values in table.items()}
    return {**flat, "roots": np.array(roots, np.int32)}


def _add(node: dict[str, Any], table: dict[str, list[float]]) -> int:
    """Append a node and all below it; its row."""
    at = len(table["feature"])
    leaf = "leaf_value" in node
    table["feature"].append(-1 if leaf else node["split_feature"])
    table["threshold"].append(0.0 if leaf else node["threshold"])
    table["missing_left"].append(not leaf and _missing_left(node))
    table["value"].append(node["leaf_value"] if leaf else 0.0)
    table["left"].append(at)
    table["right"].append(at)
    if not leaf:
        table["left"][at] = _add(node["left_child"], table)
        table["right"][at] = _add(node["right_child"], table)
    return at


def _missing_left(node: dict[str, Any]) -> bool:
    """Where nan goes; a feature that never lacked in training takes it for a zero, as LightGBM does."""
    return bool(node["default_left"] if node["missing_type"] == "NaN" else node["threshold"] >= 0)
