"""A walk made in code: the demo's scenario, and the first thing the whole agent is tried on.

A man walks home at night: traffic far off, his own steps, people talking at a corner, then a scream. From
then on his pulse climbs and his skin conducts more. The sounds are those of sensors.sounds.

Where the figures come from:
- Levels: talk has 60 dB SPL at 1 m (ISO 9921, "normal"), a quiet street 45 to 50, a scream close by over
  100. Here scream and talk are 20 dB apart, not 40: the wearer's own would clip any microphone set for talk.
- Pulse: a startle raises it within a few beats, by tens of beats a minute in half a minute. Conductance
  answers 1 to 3 s later, rises over 1 to 3 s, decays slowly (Boucsein 2012, Electrodermal Activity, 2nd ed.,
  Springer; Dawson, Schell & Filion 2017, Handbook of Psychophysiology, 4th ed.).
- RR intervals: 60 / pulse, swinging with the breath by some 4 % at rest and hardly at all in alarm (Task
  Force 1996, Circulation 93(5)).
- Walking: 1.4 m/s on foot; a receiver's fixes wander by metres over half a minute.
"""

from __future__ import annotations

import math
from types import MappingProxyType

import numpy as np

from sensors.readings import Position, Vitals
from sensors.scenario import Layer, Scenario, Truth
from sensors.sounds.voice import SCREAM_S

SECONDS = 60.0
SCREAM_AT = 30.0
START = (48.13712, 11.57549)
"""A street corner that everybody may know: Marienplatz, Munich."""

TURNS = ((0.0, 60.0), (18.0, 150.0), (32.0, 60.0))
"""(from second, heading in degrees from north): the streets the walk takes."""

STRIDE_M_S = 1.4
METRES_A_DEGREE = 111_320.0


def walk(seed: int = 7) -> Scenario:
    """A minute at night with a scream at 30 s; the same for the same seed, to the bit."""
    scream_end = SCREAM_AT + SCREAM_S
    return Scenario(
        seconds=SECONDS,
        seed=seed,
        audio=(
            Layer(synth="street", gain_db=-36),
            Layer(synth="footsteps", gain_db=-28, seconds=SCREAM_AT),
            Layer(synth="babble", at=8, gain_db=-26, seconds=12),
            Layer(synth="scream", at=SCREAM_AT, gain_db=-6),
        ),
        band=_band(np.random.default_rng([seed, 100])),
        position=_track(np.random.default_rng([seed, 101])),
        truth=(Truth("scream", SCREAM_AT, scream_end), Truth("stress", scream_end, SECONDS)),
        expect=MappingProxyType({"pre_alarm": (SCREAM_AT, scream_end + 2), "alarm": True}),
    )


def _alarm(at: float, delay_s: float, rise_s: float) -> float:
    """How far the body has answered, 0 to 1, `delay_s` after the scream with the time constant `rise_s`."""
    return 1 - math.exp(-max(0.0, at - SCREAM_AT - delay_s) / rise_s)


def _band(rng: np.random.Generator) -> tuple[Vitals, ...]:
    """One report a second: pulse 80 to about 130 a minute, conductance 3 to about 9 microsiemens."""
    beats = _beats(rng)
    return tuple(_vitals(rng, float(at), beats) for at in range(1, int(SECONDS) + 1))


def _bpm(at: float) -> float:
    return 80 + 52 * _alarm(at, 0.5, 8.0)


def _beats(rng: np.random.Generator) -> list[tuple[float, float]]:
    """(when, interval before it), both in seconds, through the whole walk; the breath comes at 0.25 Hz."""
    beats, at = [], 0.0
    while at < SECONDS:
        swing = 0.04 * (1 - 0.8 * _alarm(at, 0.5, 8.0)) * math.sin(2 * math.pi * 0.25 * at)
        rr_s = 60 / _bpm(at) * (1 + swing + rng.normal(0, 0.008))
        at += rr_s
        beats.append((at, round(float(rr_s), 4)))
    return beats


def _vitals(rng: np.random.Generator, at: float, beats: list[tuple[float, float]]) -> Vitals:
    """The report at `at`, with the intervals that ended in the second before it."""
    return Vitals(
        at,
        bpm=round(_bpm(at) + rng.normal(0, 0.8), 1),
        rr_s=tuple(rr_s for when, rr_s in beats if at - 1 < when <= at),
        microsiemens=round(3 + 0.2 * math.sin(at / 9) + 6 * _alarm(at, 1.5, 5.0) + rng.normal(0, 0.02), 3),
        g=round(abs(rng.normal(0.2, 0.04)), 3),
        contact=True,
    )


def _track(rng: np.random.Generator) -> tuple[Position, ...]:
    """One fix a second along TURNS, each error leaning on the one before; stated as 6 m."""
    north_m = east_m = 0.0
    error_m = np.zeros(2)
    fixes = []
    for at in range(int(SECONDS) + 1):
        error_m = 0.95 * error_m + rng.normal(0, 0.8, 2)
        fixes.append(_fix(float(at), north_m + error_m[0], east_m + error_m[1]))
        heading = math.radians(max(turn for turn in TURNS if turn[0] <= at)[1])
        north_m += STRIDE_M_S * math.cos(heading)
        east_m += STRIDE_M_S * math.sin(heading)
    return tuple(fixes)


def _fix(at: float, north_m: float, east_m: float) -> Position:
    latitude = START[0] + north_m / METRES_A_DEGREE
    longitude = START[1] + east_m / (METRES_A_DEGREE * math.cos(math.radians(START[0])))
    return Position(at, round(float(latitude), 6), round(float(longitude), 6), accuracy_m=6.0)
