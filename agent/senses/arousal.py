"""Arousal in numbers: the features of a look, told against the last half hour and the wearer's usual values.

A look describes the last minute. Pulse is in bpm, conductance and RMSSD as ratios (natural logarithm),
motion as a logarithm of g. What cannot be told is nan. No feature knows the time or how long the band was on.
"""

from __future__ import annotations

from math import nan

import numpy as np

from agent.senses.baseline import Usual
from agent.senses.physiology import MOTION, PAIRS, PULSE, RESPONSES, RISE, SQUARES, TONIC, Floats

LEAST_S = 60
"""Seconds that a look needs behind it."""
SOFT_US = 0.1
"""Added to conductance before the logarithm, so that dry skin does not make noise a rise."""
SOFT_RISE = 0.02
SOFT_G = 0.002

_PULSE = (
    "pulse_10", "pulse_30", "pulse_60", "pulse_180", "pulse_low", "pulse_high", "pulse_z",
    "pulse_median_300", "pulse_median_600", "pulse_median_1200", "pulse_before", "pulse_fifth_600",
    "pulse_fifth_1800", "pulse_rank", "pulse_turn_30", "pulse_turn_60", "pulse_sd_60", "pulse_sd_180",
    "pulse_sd_usual", "pulse_jitter",
)  # fmt: skip
_SKIN = (
    "tonic_60", "tonic_300", "tonic_600", "tonic_tenth_600", "tonic_tenth_1800", "tonic_usual",
    "tonic_turn", "tonic_before_180", "tonic_before_900", "tonic_rank_600", "tonic_rank_1800",
    "responses_60", "responses_180", "responses_more_60", "responses_more_300", "rise_60", "rise_180",
    "rise_more_60", "rise_more_300", "rise_of_level",
)  # fmt: skip
_MOTION = (
    "motion_10", "motion_60", "motion_300", "motion_600", "motion_middle_60", "motion_middle_300",
    "motion_most_600", "motion_usual",
)  # fmt: skip
_RMSSD = ("rmssd_60", "rmssd_180")
FEATURES = (*_PULSE, *_SKIN, *_MOTION, *_RMSSD)
"""Names of the features, in the order of the vector; the number is the seconds that they look back."""


def features(rows: Floats, usual: Usual) -> Floats:
    """One look's features, shape (50,), from the seconds up to now (shape (n, 7), n >= 60)."""
    return np.array([*_pulse(rows, usual), *_skin(rows, usual), *_motion(rows, usual), *_rmssd(rows, usual)])


def mean(values: Floats) -> float:
    """Mean of what was told; nan if nothing was."""
    told = values[~np.isnan(values)]
    return float(told.mean()) if len(told) else nan


def _quantile(values: Floats, share: float) -> float:
    told = values[~np.isnan(values)]
    return float(np.quantile(told, share)) if len(told) else nan


def _rank(values: Floats, now: float) -> float:
    """Share of the values that are lower than now."""
    told = values[~np.isnan(values)]
    return float((told < now).mean()) if len(told) and not np.isnan(now) else nan


def _spread(values: Floats) -> float:
    told = values[~np.isnan(values)]
    return float(told.std()) if len(told) else nan


def _pulse(rows: Floats, usual: Usual) -> list[float]:
    pulse, rest = rows[:, PULSE], usual.pulse_bpm
    minute, now = pulse[-60:], mean(pulse[-60:])
    return [
        *(mean(pulse[-seconds:]) - rest for seconds in (10, 30, 60, 180)),
        _quantile(minute, 0.2) - rest,
        _quantile(pulse[-120:], 1.0) - rest,
        (now - rest) / (usual.spread_bpm + 2),
        *(now - _quantile(pulse[-seconds:], 0.5) for seconds in (300, 600, 1200)),
        mean(pulse[-120:]) - mean(pulse[-900:-120]),
        *(now - _quantile(pulse[-seconds:], 0.2) for seconds in (600, 1800)),
        _rank(pulse, now),
        mean(pulse[-30:]) - mean(pulse[-60:-30]),
        now - mean(pulse[-120:-60]),
        _spread(minute),
        _spread(pulse[-180:]),
        _spread(minute) / (usual.spread_bpm + 1),
        mean(np.abs(np.diff(minute))),
    ]


def _skin(rows: Floats, usual: Usual) -> list[float]:
    level, tonic = np.log(rows[:, TONIC] + SOFT_US), mean(np.log(rows[-10:, TONIC] + SOFT_US))
    half_minute = mean(level[-30:])
    return [
        *(tonic - _quantile(level[-seconds:], 0.5) for seconds in (60, 300, 600)),
        *(tonic - _quantile(level[-seconds:], 0.1) for seconds in (600, 1800)),
        tonic - float(np.log(usual.tonic_us + SOFT_US)),
        mean(level[-20:]) - mean(level[-60:-40]),
        mean(level[-60:]) - mean(level[-240:-180]),
        mean(level[-120:]) - mean(level[-900:-120]),
        *(_rank(level[-seconds:], half_minute) for seconds in (600, 1800)),
        *_responses(rows[:, RESPONSES]),
        *_rises(rows[:, RISE], tonic),
    ]


def _responses(begun: Floats) -> list[float]:
    """Responses a minute: now, and more than lately."""
    minute, three, five, lately = (60 * mean(begun[-seconds:]) for seconds in (60, 180, 300, 1800))
    return [minute, three, minute - lately, five - lately]


def _rises(rise: Floats, tonic: float) -> list[float]:
    """Phasic rises a minute, as logarithms of microsiemens: now, more than lately, against the level."""
    minute, three, five, lately = (
        float(np.log(60 * mean(rise[-seconds:]) + SOFT_RISE)) for seconds in (60, 180, 300, 1800)
    )
    return [minute, three, minute - lately, five - lately, minute - tonic]


def _motion(rows: Floats, usual: Usual) -> list[float]:
    motion = rows[-600:, MOTION]
    now = _log_g(mean(motion[-60:]))
    halves = [mean(motion[at : at + 30]) for at in range(0, len(motion) - 29, 30)]
    return [
        *(_log_g(mean(motion[-seconds:])) for seconds in (10, 60, 300, 600)),
        *(_log_g(_quantile(motion[-seconds:], 0.5)) for seconds in (60, 300)),
        _log_g(_quantile(np.array(halves), 1.0)),
        now - _log_g(usual.motion_g),
    ]


def _log_g(g: float) -> float:
    return float(np.log(g + SOFT_G))


def _rmssd(rows: Floats, usual: Usual) -> list[float]:
    """RMSSD of the last one and three minutes against the usual; nan with under 12 pairs of beats."""
    return [_ratio(rows[-seconds:], usual.rmssd_ms) for seconds in (60, 180)]


def _ratio(rows: Floats, usual_ms: float) -> float:
    pairs, squares = np.nansum(rows[:, PAIRS]), np.nansum(rows[:, SQUARES])
    return float(np.log(np.sqrt(squares / pairs) / usual_ms)) if pairs >= 12 and squares > 0 else nan
