"""What is heard and what is felt, together, with the models that ship: scenarios made in code.

The wearer's usual values are known (tests/senses/worn.py has the same person), so that nobody waits for them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agent import build, config
from agent.replay import fold
from agent.timeline import timeline
from sensors import scenario
from sensors.readings import RATE
from sensors.scenario import Layer, Scenario
from sensors.sounds import made
from tests.made import sound_file
from tests.senses.worn import effort, fright, reports

USUAL = {
    "pulse_bpm": 70.0,
    "spread_bpm": 2.0,
    "tonic_us": 2.0,
    "rmssd_ms": 40.0,
    "motion_g": 0.01,
    "seconds": 180,
}
REST_S = 120
SCREAM_AT = REST_S + 40.0
"""The pulse has risen by then."""

STREET = Layer(synth="street", gain_db=-36)


@pytest.fixture(scope="module")
def new_senses():
    return build.senses(config.Config())


def told(play, new_senses):
    """All that the agent tells of a scenario."""
    row = timeline(scenario.readings(play), play.seconds)
    return list(fold(row, new_senses(USUAL), config.policy(config.Config()), "fusion"))


def of(events, name):
    return [event for event in events if event["event"] == name]


def highest(events, name, kind=None):
    return max(e["probability"] for e in of(events, name) if kind in (None, e.get("model")))


def frightened(*audio):
    """Two minutes at rest, then a fright, still sitting."""
    band = (*reports(REST_S), *fright(REST_S))
    return Scenario(seconds=REST_S + 60.0, audio=(STREET, *audio), band=band)


def cheering(seconds, rng):
    """A crowd: many quick, high voices at once, and clapping."""
    size = round(seconds * RATE)
    voices = [made("babble", 1.5 * seconds, seed)[: round(1.5 * size)] for seed in range(6)]
    high = [np.interp(np.arange(size) * 1.4, np.arange(len(voice)), voice) for voice in voices]
    claps = np.zeros(size)
    for at in rng.integers(0, size - 400, round(12 * seconds)):
        claps[at : at + 400] += rng.normal(0, 0.3, 400) * np.exp(-np.arange(400) / 80)
    crowd = np.sum(high, axis=0) + claps
    return (0.7 * crowd / np.abs(crowd).max()).astype(np.float32)


def test_a_sprint_with_cheering_raises_nothing(new_senses, tmp_path):
    crowd = sound_file(tmp_path / "cheering.wav", cheering(30, np.random.default_rng(3)))
    sprint = Scenario(
        seconds=REST_S + 60.0,
        audio=(
            STREET,
            Layer(synth="footsteps", at=REST_S, gain_db=-20, seconds=40),
            Layer(file=crowd, at=REST_S + 15, gain_db=-6),
        ),
        band=(*reports(REST_S), *effort(REST_S)),
    )
    events = told(sprint, new_senses)
    assert of(events, "pre_alarm") == []
    assert highest(events, "score", "stress") < 0.3


def test_stress_alone_never_raises_a_pre_alarm(new_senses):
    events = told(frightened(), new_senses)
    assert highest(events, "score", "stress") > 0.5  # it is felt
    assert of(events, "pre_alarm") == []


def test_a_scream_with_a_fright_weighs_more_than_the_scream_alone(new_senses):
    scream = Layer(synth="scream", at=SCREAM_AT, gain_db=-6)
    both = frightened(scream)
    alone = replace(both, band=tuple(reports(int(both.seconds))))
    with_fright, without = told(both, new_senses), told(alone, new_senses)
    assert highest(with_fright, "belief") > highest(without, "belief") + 0.05
    (alarm,) = of(with_fright, "alarm")
    assert {"scream", "stress"} <= {reason["cue"] for reason in alarm["reasons"]}
    assert "sitting still" in next(r["text"] for r in alarm["reasons"] if r["cue"] == "stress")


def test_a_scream_is_heard_though_the_band_is_lost(new_senses):
    scream = Layer(synth="scream", at=SCREAM_AT, gain_db=-6)
    lost = scenario.Fault("band", 10.0, REST_S + 60.0)
    assert of(told(replace(frightened(scream), faults=(lost,)), new_senses), "alarm")
