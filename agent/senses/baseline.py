"""What is usual for one wearer: learnt in 3 minutes at first wear, then followed slowly, kept in a dict.

Pulse and conductance at rest differ more between people than fear moves them, so every feature is told
against these values. They follow as running medians do that may take one small step a second (quantile
tracking by stochastic approximation: Robbins and Monro 1951), only while the wearer keeps still, and not
while they are frozen (an incident).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import isfinite, log, nan

import numpy as np

from agent.senses.physiology import MOTION, PAIRS, PULSE, SQUARES, TONIC, Floats

UNSETTLED_S = 60
"""The first seconds on the wrist say little: electrodes moisten, the hand still moves (E4 recordings)."""
FIRST_S = 180
"""Still seconds that make the first baseline."""
STILL_G = 0.06
"""Mean motion up to which somebody sits still: talking and typing are under it, walking is over it."""
STEP_BPM = 1 / 1800
"""A second moves the usual pulse this far at most: 2 bpm an hour."""
STEP_LOG = 0.05 / 1800
"""The same for values on a logarithmic scale: a tenth an hour."""


@dataclass(frozen=True, slots=True)
class Usual:
    """One wearer's usual values; nan for what the band has never told.

    pulse_bpm, spread_bpm: median and standard deviation at rest. tonic_us: skin conductance.
    rmssd_ms: beat-to-beat variability. motion_g: motion while sitting. seconds: how many were learnt from.
    """

    pulse_bpm: float = nan
    spread_bpm: float = nan
    tonic_us: float = nan
    rmssd_ms: float = nan
    motion_g: float = nan
    seconds: int = 0


def first(rows: Floats) -> Usual:
    """The usual values of some minutes of rest; rows as in physiology.Seconds, shape (n, 7)."""
    pulse = _told(rows[:, PULSE])
    pairs = np.nansum(rows[:, PAIRS])
    return Usual(
        pulse_bpm=_middle(pulse),
        spread_bpm=float(pulse.std()) if len(pulse) else nan,
        tonic_us=_middle(_told(rows[:, TONIC])),
        rmssd_ms=float(np.sqrt(np.nansum(rows[:, SQUARES]) / pairs)) if pairs >= 20 else nan,
        motion_g=_middle(_told(rows[:, MOTION])),
        seconds=len(rows),
    )


def follow(usual: Usual, row: Floats) -> Usual:
    """One still second later: each value one small step nearer to this second's (a running median)."""
    told = {
        "pulse_bpm": _step(usual.pulse_bpm, row[PULSE], STEP_BPM),
        "spread_bpm": _step(usual.spread_bpm, 1.25 * abs(row[PULSE] - usual.pulse_bpm), STEP_BPM),
        "tonic_us": _log_step(usual.tonic_us, row[TONIC]),
        "motion_g": _log_step(usual.motion_g, row[MOTION]),
    }
    if row[PAIRS] > 0:
        told["rmssd_ms"] = _log_step(usual.rmssd_ms, 1.5 * np.sqrt(row[SQUARES] / row[PAIRS]))
    return replace(usual, seconds=usual.seconds + 1, **told)


class Baseline:
    """The usual values of the person who wears the band: learns, freezes, is shown, kept and reset.

    known: whether the first three minutes are complete; until then nothing can be felt.
    """

    def __init__(self, kept: dict[str, float] | None = None) -> None:
        self.frozen = False
        self.usual = _read(kept) if kept else Usual()
        self._worn_s = 0
        self._first: list[Floats] = []

    @property
    def known(self) -> bool:
        """Whether there is something to compare with."""
        return self.usual.seconds >= FIRST_S

    def learn(self, row: Floats, motion_g: float) -> None:
        """Take one second (physiology's columns) and the mean motion around it (nan counts as still)."""
        if np.isnan(row[[PULSE, TONIC]]).all():
            return
        self._worn_s += 1
        if self.frozen or motion_g > STILL_G or self._worn_s <= UNSETTLED_S:
            return
        if self.known:
            self.usual = follow(self.usual, row)
            return
        self._first.append(row.copy())
        if len(self._first) == FIRST_S:
            self.usual, self._first = first(np.array(self._first)), []

    def put_on(self) -> None:
        """The band was taken off: what comes next are the first seconds on the wrist again."""
        self._worn_s = 0

    def shown(self) -> dict[str, float]:
        """The values as a plain dict for a file or a screen; what is not known is left out."""
        pairs = ((field.name, getattr(self.usual, field.name)) for field in fields(Usual))
        return {name: round(value, 3) for name, value in pairs if isfinite(value)}

    def reset(self) -> None:
        """Forget the person: another one wears the band, or the values are wrong."""
        self.usual, self._worn_s, self._first = Usual(), 0, []


def _read(kept: dict[str, float]) -> Usual:
    """Values as `shown` gave them; ValueError for what is none of them or no sensible number."""
    names = {field.name for field in fields(Usual)}
    for name, value in kept.items():
        if name not in names or isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"the stored baseline has {name}: {value!r}, which is none of its values")
        if not 0 <= value < float("inf"):
            raise ValueError(f"the stored baseline has {name}: {value!r}, which no person has")
    return Usual(**{**kept, "seconds": int(kept.get("seconds", 0))})  # type: ignore[arg-type]


def _told(values: Floats) -> Floats:
    return values[~np.isnan(values)]


def _middle(values: Floats) -> float:
    return float(np.median(values)) if len(values) else nan


def _step(usual: float, now: float, step: float) -> float:
    if not isfinite(now):
        return usual
    return float(now) if not isfinite(usual) else usual + float(np.clip(now - usual, -step, step))


def _log_step(usual: float, now: float) -> float:
    if not (isfinite(now) and now > 0):
        return usual
    if not (isfinite(usual) and usual > 0):
        return float(now)
    return usual * float(np.exp(np.clip(log(now / usual), -STEP_LOG, STEP_LOG)))
