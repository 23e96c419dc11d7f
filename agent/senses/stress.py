"""The stress sense: arousal without motion, as calibrated log-odds with a reason in words.

Fear and effort both raise pulse and conductance; what parts them is motion now and in the last ten minutes.
Two ways to weigh it: the learned trees (the default: agent.senses.forest, docs/stress.md) and a rule of four
terms that one can read, for when the trees are missing. Either is a supporting vote, never an alarm: one per
cent of calm looks is still an alarm an hour. No data, no cue; a band that is not worn says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Protocol

import numpy as np

from agent.core.events import Cue
from agent.senses.arousal import FEATURES, SOFT_G, features, mean
from agent.senses.baseline import Baseline
from agent.senses.physiology import PULSE, Floats
from agent.senses.wearing import Wearing

if TYPE_CHECKING:
    from sensors.readings import Vitals

BASE_RATE = 0.1
"""Share of stress in the mix on which both ways were calibrated: what a cue's probability starts from."""
LOOK_S = 5.0
"""Seconds from one look to the next."""

MOVING_G, MOVED_G = 0.04, 0.02
"""Mean motion of the last minute and of the last ten, above which the rule blames effort (fitted by eye on
the training people: exercise under 3 % of looks; it costs half of their stress)."""
EFFORT_NATS = 5.0
LIMIT_NATS = 1.0
"""What a crossed limit adds (`Limits`); by choice, for nothing that was measured supports it."""

CUFF_S = 600.0
"""A blood pressure counts for so long: cuffs tell it seldom."""

_BIAS = -2.79
_TERMS = (
    # feature, sign, most, nats for each unit: logistic regression on the training people (export/LOG.md)
    ("pulse_60", 1.0, 20.0, 0.085),
    ("tonic_300", 1.0, 1.0, 2.62),
    ("responses_more_60", 1.0, 10.0, 0.108),
    ("rmssd_60", -1.0, 1.0, 0.66),
)


class Weigher(Protocol):
    """Whatever turns one look's features into log-odds."""

    def log_odds(self, vector: Floats) -> float:
        """Calibrated log-odds (nats) of stress on a mix with BASE_RATE."""


class Rule:
    """Arousal in the absence of motion, readable: each term counts only upwards, a missing one not at all."""

    def log_odds(self, vector: Floats) -> float:
        """Log-odds of one look's features."""
        told = dict(zip(FEATURES, vector, strict=True))
        total = _BIAS - EFFORT_NATS * effort(vector)
        for name, sign, most, nats in _TERMS:
            if isfinite(told[name]):
                total += nats * min(max(sign * told[name], 0.0), most)
        return float(total)


@dataclass(frozen=True, slots=True)
class Limits:
    """Absolute limits from the literature, off (None) unless set.

    pulse_bpm, systolic_mmhg: "above 110 and above 140 go with stress" (Bhise and Jagtap). Measured on wrist
    bands that pulse is in 0 % of stress and in 24 to 32 % of cycling, so both stay off.
    """

    pulse_bpm: float | None = None
    systolic_mmhg: float | None = None

    def crossed(self, pulse_bpm: float, systolic_mmhg: float) -> bool:
        """Whether a value (nan if unknown) is over its limit."""
        pulse = self.pulse_bpm is not None and pulse_bpm > self.pulse_bpm
        return pulse or (self.systolic_mmhg is not None and systolic_mmhg > self.systolic_mmhg)


class Feeling:
    """The stress sense of one wearer: remembers half an hour of seconds and the usual values.

    weigher: the trees from `forest.load("stress")`, or the rule. kept: what `baseline.shown()` gave before
    a restart (ValueError if it is nothing such). Freeze `baseline.frozen` during an incident.
    """

    def __init__(
        self,
        weigher: Weigher | None = None,
        kept: dict[str, float] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.baseline = Baseline(kept)
        self._weigher = weigher or Rule()
        self._limits = limits or Limits()
        self._wearing = Wearing(self.baseline)
        self._next_at = -inf
        self._systolic_mmhg, self._cuff_at = nan, -inf

    def feel(self, vitals: Vitals) -> list[Cue]:
        """The cue of the look that this report completed, about every 5 s; none without data."""
        if vitals.systolic_mmhg is not None:
            self._systolic_mmhg, self._cuff_at = vitals.systolic_mmhg, vitals.at
        rows = self._wearing.push(vitals)
        if rows is None or vitals.at < self._next_at:
            return []
        self._next_at = vitals.at + LOOK_S
        vector = features(rows, self.baseline.usual)
        log_odds = self._weigher.log_odds(vector) + LIMIT_NATS * self._over(rows, vitals.at)
        return [Cue(vitals.at, "stress", float(1 / (1 + np.exp(-log_odds))), reason(rows, vector))]

    def reset(self) -> None:
        """Another person wears the band: forget the usual values and the last half hour."""
        self.baseline.reset()
        self._wearing = Wearing(self.baseline)

    def _over(self, rows: Floats, at: float) -> bool:
        systolic_mmhg = self._systolic_mmhg if at - self._cuff_at <= CUFF_S else nan
        return self._limits.crossed(mean(rows[-10:, PULSE]), systolic_mmhg)


def effort(vector: Floats) -> bool:
    """Whether motion, now or in the last ten minutes, explains arousal; unknown motion explains nothing."""
    told = dict(zip(FEATURES, vector, strict=True))
    now, lately = (float(np.exp(told[name])) - SOFT_G for name in ("motion_60", "motion_600"))
    return now > MOVING_G or lately > MOVED_G


def reason(rows: Floats, vector: Floats) -> str:
    """One look in words: "pulse 78 to 131 in 20 s, sitting still, skin conductance rising"."""
    told = dict(zip(FEATURES, vector, strict=True))
    parts = [_pulse(rows[-120:, PULSE]), _motion(told, vector)]
    if told["tonic_300"] > 0.1 or told["tonic_60"] > 0.05:
        parts.append("skin conductance rising")
    elif told["responses_more_60"] >= 3:
        parts.append("skin conductance restless")
    if told["rmssd_60"] < -0.3:
        parts.append("heartbeat less varied")
    return ", ".join(part for part in parts if part)


def _motion(told: dict[str, float], vector: Floats) -> str:
    if not isfinite(told["motion_60"]):
        return "motion unknown"
    moving = np.exp(told["motion_10"]) - SOFT_G > MOVING_G
    return "moving" if moving else "after effort" if effort(vector) else "sitting still"


def _pulse(pulse: Floats) -> str:
    """The pulse now; with where it came from and how fast, if it rose by 8 bpm or more within two minutes."""
    told = np.flatnonzero(~np.isnan(pulse))
    if not len(told):
        return ""
    values, now = pulse[told], pulse[told[-1]]
    slack = 0.1 * (now - values.min())
    if slack < 0.8:
        return f"pulse {now:.0f}"
    begin = np.flatnonzero(values <= values.min() + slack)[-1]
    end = begin + np.flatnonzero(values[begin:] >= now - slack)[0]
    return f"pulse {values[begin]:.0f} to {now:.0f} in {told[end] - told[begin]} s"
