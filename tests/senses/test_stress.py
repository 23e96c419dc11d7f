"""Stress: usual values, looks, rule, trees, reasons; what is missing, worn wrongly, spoiled."""

from __future__ import annotations

import hashlib
import json
import re

import numpy as np
import pytest

from agent.senses import forest
from agent.senses.arousal import FEATURES, features
from agent.senses.baseline import Baseline, Usual, first
from agent.senses.shelf import ModelUnfit
from agent.senses.stress import BASE_RATE, Feeling, Limits, Rule
from sensors.readings import Vitals
from tests.senses.worn import effort, fright, reports

KNOWN = {
    "pulse_bpm": 70.0,
    "spread_bpm": 2.0,
    "tonic_us": 2.0,
    "rmssd_ms": 40.0,
    "motion_g": 0.01,
    "seconds": 180,
}
"""The usual values of the person in worn.py."""


@pytest.fixture(scope="module")
def trees():
    return forest.load("stress")


def felt(feeling, vitals):
    return [cue for one in vitals for cue in feeling.feel(one)]


def after_rest(weigher=None, seconds=600, **without):
    feeling = Feeling(weigher, KNOWN)
    felt(feeling, reports(seconds, **without))
    return feeling


# The usual values.


def test_the_first_cue_comes_after_a_minute_on_the_wrist_and_three_minutes_at_rest():
    cues = felt(Feeling(), reports(400))
    assert 235 <= cues[0].at <= 250
    assert all(cue.kind == "stress" for cue in cues)


def test_looks_are_about_5_seconds_apart():
    gaps = np.diff([cue.at for cue in felt(Feeling(), reports(400))])
    assert (gaps == 5).all()


def test_the_usual_values_are_those_of_the_rest():
    feeling = Feeling()
    felt(feeling, reports(300, pulse=66.0, skin=1.5))
    shown = feeling.baseline.shown()
    assert shown["pulse_bpm"] == pytest.approx(66, abs=0.5)
    assert shown["tonic_us"] == pytest.approx(1.5, abs=0.02)
    assert shown["rmssd_ms"] == pytest.approx(1000 * 0.03 * 2**0.5, rel=0.3)


def test_they_are_not_learnt_in_motion_nor_while_frozen():
    moving, frozen = Feeling(), Feeling()
    frozen.baseline.frozen = True
    assert felt(moving, reports(600, g=0.3)) == felt(frozen, reports(600)) == []


def test_they_survive_a_restart_and_can_be_forgotten():
    kept = after_rest().baseline.shown()
    again = Feeling(kept=json.loads(json.dumps(kept)))
    assert again.baseline.known
    assert felt(again, reports(120))
    again.reset()
    assert again.baseline.shown() == {"seconds": 0}
    assert felt(again, reports(120)) == []


def test_they_follow_slowly_at_rest_and_stand_still_when_frozen():
    slow = after_rest(seconds=60)
    felt(slow, reports(3600, 60, pulse=80.0))
    assert 71 < slow.baseline.usual.pulse_bpm < 73
    slow.baseline.frozen = True
    before = slow.baseline.usual
    felt(slow, reports(600, 3660, pulse=90.0))
    assert slow.baseline.usual == before


@pytest.mark.parametrize(
    "kept", [{"pulse": 70}, {"pulse_bpm": "70"}, {"pulse_bpm": -3.0}, {"tonic_us": float("inf")}]
)
def test_stored_values_that_are_none_are_refused_in_a_sentence(kept):
    with pytest.raises(ValueError, match="the stored baseline has"):
        Baseline(kept)


# The looks.


@pytest.mark.parametrize("way", ["rule", "trees"])
def test_a_fright_at_rest_is_felt_and_rest_and_effort_are_not(way, trees):
    weigher = trees if way == "trees" else Rule()
    calm = [cue.probability for cue in felt(after_rest(weigher), reports(120, 600))]
    afraid = [cue.probability for cue in felt(after_rest(weigher), fright(600))]
    running = [cue.probability for cue in felt(after_rest(weigher), effort(600))][12:]
    assert max(calm) < BASE_RATE
    assert max(afraid) > 3 * BASE_RATE
    assert max(running) < max(afraid) / 3


def test_after_effort_the_rule_stays_silent_for_minutes():
    feeling = after_rest()
    felt(feeling, effort(600))
    resting = felt(feeling, reports(180, 840, pulse=110.0, skin=3.0))
    assert max(cue.probability for cue in resting) < BASE_RATE
    assert "after effort" in resting[-1].reason


@pytest.mark.parametrize(
    "missing",
    [
        {"rr_s": ()},
        {"microsiemens": None},
        {"g": None},
        {"rr_s": (), "microsiemens": None, "g": None},
        {"bpm": None, "rr_s": ()},
    ],
)
def test_missing_signals_degrade_and_never_break(missing, trees):
    for weigher in (Rule(), trees):
        cues = felt(after_rest(weigher, **missing), fright(600, **missing))
        assert len(cues) >= 20
        assert all(0 < cue.probability < 1 for cue in cues)


def test_no_data_no_cue():
    feeling = after_rest()
    silent = [Vitals(float(at)) for at in range(600, 700)]
    assert all(cue.at <= 616 for cue in felt(feeling, silent))


def test_a_band_that_is_not_worn_says_nothing_and_begins_anew():
    feeling = after_rest()
    assert felt(feeling, reports(60, 600, contact=False))[2:] == []
    assert felt(feeling, reports(55, 660)) == []
    assert felt(feeling, reports(10, 715))


def test_a_contact_bit_that_flickers_is_no_taking_off():
    feeling = after_rest()
    felt(feeling, reports(5, 600, contact=False))
    assert felt(feeling, reports(30, 605))


def test_reports_twice_late_or_with_wild_values_do_no_harm():
    feeling = after_rest()
    wild = [Vitals(601.0, bpm=1e9, rr_s=(float("nan"), -1.0), microsiemens=float("inf"), g=float("nan"))]
    felt(feeling, [*wild, *wild, Vitals(100.0, bpm=70.0)])
    assert all(np.isfinite(cue.probability) for cue in felt(feeling, fright(602)))


def test_the_limits_of_the_papers_are_off_unless_set():
    def most(limits):
        feeling = Feeling(None, KNOWN, limits)
        felt(feeling, reports(600))
        return max(cue.probability for cue in felt(feeling, fright(600)))

    assert most(None) == most(Limits()) == most(Limits(pulse_bpm=200.0)) < most(Limits(pulse_bpm=110.0))


def test_a_blood_pressure_counts_for_ten_minutes_and_only_where_a_limit_is_set():
    feeling = Feeling(None, KNOWN, Limits(systolic_mmhg=140.0))
    felt(feeling, [*reports(100), Vitals(100.0, systolic_mmhg=150.0)])
    soon, late = felt(feeling, reports(60, 101)), felt(feeling, reports(60, 710))
    assert min(cue.probability for cue in soon) > max(cue.probability for cue in late)


# The reasons.


def test_a_reason_says_pulse_motion_and_skin():
    cues = felt(after_rest(), fright(600))
    best = max(cues, key=lambda cue: cue.probability)
    assert best.reason.startswith("pulse ")
    low, high, seconds = (int(number) for number in re.findall(r"\d+", best.reason))
    assert 66 <= low <= 76
    assert high >= 110
    assert 12 <= seconds <= 25
    assert "sitting still, skin conductance rising" in best.reason


def test_a_reason_tells_no_motion_and_no_pulse_apart_from_calm():
    assert "motion unknown" in felt(after_rest(g=None), reports(20, 600, g=None))[-1].reason
    assert "pulse" not in felt(after_rest(bpm=None, rr_s=()), reports(20, 600, bpm=None, rr_s=()))[-1].reason


# Features, rule and trees.


def test_features_are_named_and_all_missing_without_data():
    nothing = features(np.full((60, 7), np.nan), Usual())
    assert nothing.shape == (len(FEATURES),)
    assert np.isnan(nothing).all()
    assert Rule().log_odds(nothing) < 0


def test_features_do_not_know_how_long_the_band_is_worn():
    rows = np.tile(np.array([70.0, 2.0, 0.0, 0.0, 0.01, 900.0, 1.0]), (1800, 1))
    short, long = (features(rows[-seconds:], first(rows[:180])) for seconds in (300, 1800))
    assert np.allclose(short, long, equal_nan=True)


def test_the_shipped_trees_match_their_card(trees):
    assert trees.names == list(FEATURES)
    forest.verify(trees, forest.default_folder() / "stress.npz")


def test_trees_walk_left_right_and_missing():
    arrays = {
        "feature": np.array([0, -1, -1]),
        "threshold": np.array([1.5, 0, 0]),
        "left": np.array([1, 1, 2]),
        "right": np.array([2, 1, 2]),
        "missing_left": np.array([False, False, False]),
        "value": np.array([0.0, -1.0, 2.0]),
        "roots": np.array([0]),
    }
    card = {"calibration": [{"scale": 2.0, "bias": 0.5}], "inputs": [{"names": ["x"]}]}
    tree = forest.Forest(card, arrays)
    assert [tree.score(np.array([x])) for x in (1.5, 1.6, np.nan)] == [-1.0, 2.0, 2.0]
    assert tree.log_odds(np.array([9.0])) == 4.5


def shelf(folder, *, card=None, data=None):
    source = forest.default_folder()
    (folder / "stress.npz").write_bytes(data or (source / "stress.npz").read_bytes())
    told = json.loads((source / "stress.json").read_text(encoding="utf-8"))
    if data:
        told["sha256"] = hashlib.sha256(data).hexdigest()
    (folder / "stress.json").write_text(card if card is not None else json.dumps(told))
    return folder


@pytest.mark.parametrize(
    ("spoiled", "why"),
    [
        ({"card": "{"}, "is not JSON"),
        ({"card": "{}"}, "lacks"),
        ({"card": "[]"}, "lacks"),
        ({"data": b"PK\x03\x04 cut off"}, "does not hold the arrays"),
        ({"data": b"no archive"}, "does not hold the arrays"),
    ],
)
def test_spoiled_trees_are_refused_by_name_and_reason(tmp_path, spoiled, why):
    with pytest.raises(ModelUnfit, match=why):
        forest.load("stress", shelf(tmp_path, **spoiled))


def test_swapped_and_absent_trees_are_refused(tmp_path):
    with pytest.raises(ModelUnfit, match="no such model file"):
        forest.load("stress", tmp_path)
    with (shelf(tmp_path) / "stress.npz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelUnfit, match="checksum"):
        forest.load("stress", tmp_path)
    (tmp_path / "stress.json").unlink()
    with pytest.raises(ModelUnfit, match=r"its card .* is missing"):
        forest.load("stress", tmp_path)
