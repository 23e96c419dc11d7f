"""The stress model, from recordings to the shelf: windows, trees, arrays, table, card.

Read with stress_windows (what a look is), stress_trees (what is trained) and stress_figures (what is told).
Needs DISTRESS_DATA/physio, or --quick for people made in code. One core, about 5 minutes.
"""

from __future__ import annotations

import json

import numpy as np

from agent.senses import forest
from agent.senses.arousal import FEATURES
from agent.senses.stress import BASE_RATE, Rule
from export import figures, measures
from export.job import Job, packs
from export.recipes import stress_card, stress_madeup, stress_trees
from export.recipes.stress_figures import SETTINGS, Floats, Scored, main_rows, set_rows, summary
from export.recipes.stress_windows import VARIANTS, collect

SHIPPED = "LightGBM"
"""The kind that goes on the shelf: in CV none finds more, and one kind is simpler than three."""
MIX = {"stress": BASE_RATE, "calm": 0.5, "exercise": 0.2, "after_exercise": 0.2}
"""The mix of looks on which log-odds are calibrated."""


def data(job: Job) -> None:
    """Push every recording through the device's code and keep the looks."""
    pack = stress_madeup.write(job.folder / "pack", job.seed) if job.quick else packs("physio")[0]
    collect(pack, job.folder / "windows.npz", job.seed)


def train(job: Job) -> None:
    """Score every look by models that never saw its person; keep the shipped kind, trained on all."""
    looks = _looks(job)
    x, train_rows = looks["x"], looks["split"] == "train"
    scores = {kind: _unseen(kind, looks, job.seed) for kind in stress_trees.KINDS}
    scores["ensemble of the three"] = np.mean(list(scores.values()), axis=0)
    rule = np.array([[Rule().log_odds(vector) for vector in look[: len(VARIANTS)]] for look in x])
    np.savez(job.folder / "scores.npz", rule=rule, **scores)
    people, labels = looks["person"][train_rows], looks["label"][train_rows]
    model = stress_trees.fit(SHIPPED, x[train_rows], people, labels, job.seed)
    np.savez_compressed(job.folder / "trees.npz", **stress_trees.arrays(model.booster_))  # type: ignore[attr-defined]


def quantize(job: Job) -> None:
    """Nothing is rounded: put the arrays on the shelf, with the calibration on people not trained on."""
    looks, scores = _looks(job), _scores(job, SHIPPED)[:, 0]
    rows = looks["split"] == "train"
    weights = stress_trees.weights(looks["person"][rows], looks["label"][rows], MIX)
    scale, bias = _platt(scores[rows], looks["label"][rows] == "stress", weights)
    job.shelf.mkdir(parents=True, exist_ok=True)
    file = job.shelf / "stress.npz"
    file.write_bytes((job.folder / "trees.npz").read_bytes())
    (job.folder / "calibration.json").write_text(json.dumps({"scale": scale, "bias": bias}), encoding="utf-8")


def evaluate(job: Job) -> None:
    """Print and keep the tables: targets, models beside each other, sets, missing signals.

    People whom no model has seen are scored in training: where it has not run, it does so now.
    """
    if not (job.folder / "scores.npz").is_file():
        data(job)
        train(job)
    looks = _looks(job)
    parts = {"CV": looks["split"] == "train", "test": looks["split"] == "test"}
    thresholds = _thresholds(looks, _scores(job, SHIPPED)[:, 0])
    shipped = _scored(looks, _scores(job, SHIPPED)[:, 0])
    rows = [row for part, of in parts.items() for row in main_rows(part, shipped.where(of), thresholds)]
    sets = [row for part, of in parts.items() for row in set_rows(part, shipped.where(of), thresholds)]
    figures.show("stress, on people not trained on", rows)
    figures.show("each set of recordings", sets)
    figures.save(rows + sets, job.folder / "figures.json")
    lines = {part: _models(job, looks, of) + _missing(job, looks, of) for part, of in parts.items()}
    stress_card.show(lines)
    (job.folder / "lines.json").write_text(json.dumps(lines, indent=1), encoding="utf-8")
    (job.folder / "thresholds.json").write_text(json.dumps(list(thresholds.values())), encoding="utf-8")


def card(job: Job) -> None:
    """Write the card for the program and for people, and check the trees against it."""
    stress_card.write(job)
    forest.verify(forest.load("stress", job.shelf), job.shelf / "stress.npz")


def _looks(job: Job) -> dict[str, np.ndarray]:
    with np.load(job.folder / "windows.npz") as stored:
        if list(stored["names"]) != list(FEATURES):
            raise ValueError("the collected looks have other features: run `export data stress` again")
        return {key: stored[key] for key in stored.files}


def _scores(job: Job, kind: str) -> Floats:
    """Log-odds of every look under every variant of seeing it: (looks, variants)."""
    with np.load(job.folder / "scores.npz") as stored:
        return np.asarray(stored[kind])


def _unseen(kind: str, looks: dict[str, np.ndarray], seed: int) -> Floats:
    """Scores (looks, variants): train people by the model of the other folds, test people by that of all."""
    x, fold, trained = looks["x"], looks["fold"], looks["split"] == "train"
    out = np.full((len(x), len(VARIANTS)), np.nan)
    for part in (*sorted(set(fold[trained])), -1):
        learn = trained & (fold != part)
        told = (fold == part) & trained if part >= 0 else ~trained
        model = stress_trees.fit(kind, x[learn], looks["person"][learn], looks["label"][learn], seed)
        for k in range(len(VARIANTS)):
            out[told, k] = stress_trees.log_odds(model, x[told, k])
    return out


def _scored(looks: dict[str, np.ndarray], scores: Floats) -> Scored:
    return Scored(scores, looks["person"], looks["label"], looks["kind"])


def _thresholds(looks: dict[str, np.ndarray], scores: Floats) -> dict[float, float]:
    """The settings' thresholds: quantiles of the calm looks of the train people, scored unseen."""
    calm = _scored(looks, scores).where(looks["split"] == "train")
    return {share: calm.threshold(share) for share in SETTINGS}


def _models(job: Job, looks: dict[str, np.ndarray], of: np.ndarray) -> list[dict[str, float | str]]:
    """Rule, the three kinds and their mean, each at its own thresholds."""
    lines = []
    for kind in ("rule", *stress_trees.KINDS, "ensemble of the three"):
        scores = _scores(job, kind)[:, 0]
        lines.append(summary(kind, _scored(looks, scores).where(of), _thresholds(looks, scores)))
    return lines


def _missing(job: Job, looks: dict[str, np.ndarray], of: np.ndarray) -> list[dict[str, float | str]]:
    """The shipped model with signals missing, at the thresholds that it has with all of them."""
    scores = _scores(job, SHIPPED)
    thresholds = _thresholds(looks, scores[:, 0])
    named = list(enumerate(VARIANTS))[1:]
    return [summary(name, _scored(looks, scores[:, k]).where(of), thresholds) for k, name in named]


def _platt(scores: Floats, stress: np.ndarray, weights: Floats) -> tuple[float, float]:
    """Platt's scale and bias with weights, on looks drawn by them (a seeded draw of 20,000)."""
    drawn = np.random.default_rng(0).choice(len(scores), 20_000, p=weights / weights.sum())
    return measures.fit_platt(scores[drawn], stress[drawn])
