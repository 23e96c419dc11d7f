"""People made in code, in the layout of the physiology pack: for --quick and for tests, never for a shelf.

Stress lifts pulse and conductance while the hand rests; exercise lifts all three. Nothing else is true.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

COLUMNS = ("subject", "set", "split", "cv_fold", "file", "licence")
PROTOCOL = (
    ("calm", 420, 0.0, 0.0),
    ("stress", 180, 1.0, 0.0),
    ("calm", 240, 0.0, 0.0),
    ("warm_up", 120, 0.5, 0.6),
    ("exercise", 240, 2.0, 1.0),
    ("after_exercise", 180, 1.0, 0.0),
)
"""Class, seconds, arousal, motion."""


def write(folder: Path, seed: int, people: int = 10) -> Path:
    """Write index.csv and one recording a person (three of four train, in five folds); the folder."""
    (folder / "recordings").mkdir(parents=True, exist_ok=True)
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        for k in range(people):
            trained = k % 4 < 3
            told = ("train", str(k % 5)) if trained else ("test", "")
            path = f"recordings/made_{k}.npz"
            rows.writerow(dict(zip(COLUMNS, (f"made_{k}", "made", *told, path, "made"), strict=True)))
            np.savez(folder / path, **recording(np.random.default_rng([seed, k])))
    return folder


def recording(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One session of one person, 23 minutes."""
    aroused = np.concatenate([np.full(seconds, up) for _, seconds, up, _ in PROTOCOL])
    moved = np.concatenate([np.full(seconds, motion) for *_, seconds, _, motion in PROTOCOL])
    pulse = rng.uniform(60, 85) + _slow(12 * aroused) + rng.normal(0, 2, len(aroused))
    skin = rng.uniform(0.5, 4) * (1 + 0.3 * _slow(aroused)) + rng.normal(0, 0.003, len(aroused))
    ends = np.cumsum([seconds for _, seconds, _, _ in PROTOCOL])
    beats = np.cumsum(
        60 / np.clip(np.interp(np.arange(2 * len(pulse)) / 2, range(len(pulse)), pulse), 40, 200)
    )
    beats = beats[beats < len(pulse) - 1]
    names = np.array([name for name, *_ in PROTOCOL])
    parts = {
        "hr_cbpm": (100 * pulse).astype(np.uint16),
        "hr_t0": np.float32(0),
        "eda_nS": (1000 * np.repeat(skin, 4)).astype(np.uint32),
        "act_mg": (1000 * (0.01 + 0.1 * moved) * rng.uniform(0.5, 1.5, len(moved))).astype(np.uint16),
        "ibi_t_cs": (100 * beats[1:]).astype(np.uint32),
        "ibi_ms": (1000 * np.diff(beats)).astype(np.uint16),
        "dur_s": np.float32(len(pulse)),
        "seg_t": np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1).astype(np.float32),
        "seg_label": names,
        "seg_class": names,
    }
    return {f"STRESS/{key}": np.asarray(value) for key, value in parts.items()}


def _slow(target: np.ndarray, seconds: float = 20.0) -> np.ndarray:
    """Follow a target as a body does: exponentially."""
    out, at = np.empty(len(target)), float(target[0])
    for k, value in enumerate(target):
        at += (value - at) / seconds
        out[k] = at
    return out
