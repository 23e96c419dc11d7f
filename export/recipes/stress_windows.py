"""Windows for the stress model: real recordings pushed through the device's own code, second by second.

A look ends every 10 s and is labelled by its last minute, as the physiology pack's own baselines are: a class
that fills 50 of the 60 s (stress also from 30 s on, where the rest is transition). What the agent would
leave unsaid, because the first three minutes are not learnt yet, is no look.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from math import nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from agent.senses.arousal import FEATURES, features
from agent.senses.baseline import Baseline, Usual
from agent.senses.physiology import MOTION, PAIRS, RESPONSES, RISE, SQUARES, TONIC, Floats
from agent.senses.wearing import Wearing
from sensors.readings import Vitals

HOP_S = 10
PLAIN = ("calm", "exercise", "after_exercise", "warm_up", "stress")
SKIN = [TONIC, RESPONSES, RISE]
BEATS = [SQUARES, PAIRS]

Variant = Callable[[Floats, Usual], Floats]


@dataclass(frozen=True, slots=True)
class Look:
    """One look: whose, from which set, in which split and fold (-1: test), ending when, of which class."""

    person: str
    kind: str
    split: str
    fold: int
    session: str
    end_s: int
    label: str
    task: str


@dataclass(frozen=True, slots=True)
class Session:
    """One recording as the band would tell it, with the protocol's class and task of every second."""

    name: str
    vitals: list[Vitals]
    classes: NDArray[np.str_]
    tasks: NDArray[np.str_]


def without(*columns: int) -> Variant:
    """The look of a band that does not tell these columns."""
    gone = {TONIC: "tonic_us", MOTION: "motion_g", SQUARES: "rmssd_ms"}
    lost = {gone[column]: nan for column in columns if column in gone}

    def seen(rows: Floats, usual: Usual) -> Floats:
        bare = rows.copy()
        bare[:, list(columns)] = nan
        return features(bare, replace(usual, **lost))

    return seen


def newly_worn(seconds: int) -> Variant:
    """The look of a band that was put on so many seconds ago; the usual values were kept."""
    return lambda rows, usual: features(rows[-seconds:], usual)


VARIANTS: dict[str, Variant] = {
    "all signals": features,
    "no RR": without(*BEATS),
    "no conductance": without(*SKIN),
    "no motion": without(MOTION),
    "pulse only": without(*SKIN, *BEATS, MOTION),
    "worn for 5 minutes": newly_worn(300),
}
"""What a look is told under: the names of the rows of the table of missing signals."""


def people(pack: Path) -> list[dict[str, str]]:
    """The rows of the pack's index, one a person; OSError where it is not."""
    with (pack / "index.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def sessions(file: Path) -> Iterator[Session]:
    """All sessions of one person, the seated ones first."""
    with np.load(file) as stored:
        names = sorted({key.split("/")[0] for key in stored.files}, key=lambda name: "STRESS" not in name)
        for name in names:
            prefix = f"{name}/"
            yield session(name, {k[len(prefix) :]: stored[k] for k in stored.files if k.startswith(prefix)})


def session(name: str, parts: dict[str, NDArray[np.generic]]) -> Session:
    """One session of a recording file; its arrays are described in the pack's README."""
    seconds = int(parts["dur_s"])
    classes, tasks = np.full(seconds, "unlabelled", "U14"), np.full(seconds, "", "U24")
    for (begin, end), task, label in zip(parts["seg_t"], parts["seg_label"], parts["seg_class"], strict=True):
        classes[int(begin) : int(end)], tasks[int(begin) : int(end)] = label, task
    return Session(name, _vitals(parts, seconds), classes, tasks)


def _vitals(parts: dict[str, NDArray[np.generic]], seconds: int) -> list[Vitals]:
    """Four reports a second; pulse, motion and the beats since come with the first of each."""
    skin = parts["eda_nS"][: 4 * seconds] / 1000.0
    motion = parts["act_mg"] / 1000.0
    pulse, from_s = parts["hr_cbpm"] / 100.0, int(parts["hr_t0"])
    beats: dict[int, list[float]] = {}
    for at, rr in zip(parts["ibi_t_cs"] / 100.0, parts["ibi_ms"] / 1000.0, strict=True):
        beats.setdefault(int(at) + 1, []).append(float(rr))
    out = []
    for k, microsiemens in enumerate(skin.tolist()):
        second = k // 4
        first, heard = k % 4 == 0, from_s <= second < from_s + len(pulse)
        out.append(
            Vitals(
                at=k / 4,
                bpm=float(pulse[second - from_s]) if first and heard else None,
                rr_s=tuple(beats.get(second, ())) if first else (),
                microsiemens=microsiemens,
                g=float(motion[second]) if first and second < len(motion) else None,
            )
        )
    return out


def label(classes: NDArray[np.str_]) -> str | None:
    """The class of a minute (shape (60,)), None if it is no clear one."""
    for name in PLAIN:
        if (classes == name).sum() >= 50:
            return name
    stressed, between = (classes == "stress").sum(), (classes == "transition").sum()
    return "stress" if stressed >= 30 and stressed + between == len(classes) else None


def states(told: Session, baseline: Baseline) -> Iterator[tuple[int, Floats, Usual]]:
    """What the agent knows at each look: (end in s, rows of seconds, the usual values)."""
    wearing = Wearing(baseline)
    for vitals in told.vitals:
        rows = wearing.push(vitals)
        if rows is not None and int(vitals.at) % HOP_S == 0:
            yield int(vitals.at), rows, baseline.usual


def looks(pack: Path, row: dict[str, str], variants: list[Variant]) -> Iterator[tuple[Look, Floats]]:
    """All looks of one person with their features under each variant, shape (variants, features)."""
    baseline = Baseline()
    fold = int(row["cv_fold"] or -1)
    for told in sessions(pack / row["file"]):
        for now, rows, usual in states(told, baseline):
            name = label(told.classes[now - 60 : now])
            if name:
                look = Look(
                    row["subject"], row["set"], row["split"], fold, told.name, now, name, told.tasks[now - 30]
                )
                yield look, np.array([variant(rows, usual) for variant in variants])


def augmented(seed: int) -> list[Variant]:
    """For training alone: a band put on at a random time, and one that lacks some signals.

    The first keeps the length of the history from giving the class away (protocols begin with rest).
    """
    rng = np.random.default_rng(seed)
    lacking = [VARIANTS[name] for name in ("no RR", "no conductance", "no motion", "pulse only")]

    def shorter(rows: Floats, usual: Usual) -> Floats:
        return features(rows[-int(rng.integers(120, 1800)) :], usual)

    def poorer(rows: Floats, usual: Usual) -> Floats:
        return lacking[rng.integers(len(lacking))](rows[-int(rng.integers(120, 3600)) :], usual)

    return [shorter, poorer]


def collect(pack: Path, file: Path, seed: int) -> None:
    """Write all looks of the pack with their features: shape (looks, variants + 2, features)."""
    variants = [*VARIANTS.values(), *augmented(seed)]
    found = [one for row in track(people(pack), "recordings") for one in looks(pack, row, variants)]
    columns = {f.name: np.array([getattr(look, f.name) for look, _ in found]) for f in fields(Look)}
    x = np.array([vector for _, vector in found], np.float32)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(file, x=x, names=np.array(FEATURES), variants=np.array(list(VARIANTS)), **columns)
