"""RR cleaning, RMSSD, conductance, seconds: against NeuroKit2's figures, and against what bands do wrong."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from agent.senses import physiology
from agent.senses.physiology import Beats, Conductance, Seconds, rmssd_ms
from sensors.readings import Vitals

# NeuroKit2 0.2.13: rises of 0.05 microsiemens or more by eda_process' own steps, with amplitude_min 0.001
# (its default drops what is under a tenth of the largest one). tests/export/test_stress.py runs it anew.
RESPONSES = {
    "eda_rest8_4hz": 4,
    "eda_event_4hz": 15,
    "eda_band_we_f01_first_rest_4hz": 4,
    "eda_band_we_f05_tmct_4hz": 9,
    "eda_band_sp_S15_relax2_4hz": 9,
    "eda_band_sp_S02_interview_4hz": 7,
}


@pytest.fixture
def reference():
    data = os.environ.get("DISTRESS_DATA")
    folder = Path(data or "") / "physio" / "neurokit_check"
    if not data or not folder.is_dir():
        pytest.skip("no recordings: DISTRESS_DATA does not name a folder with physio/neurokit_check")

    def column(segment):
        return np.loadtxt(folder / f"{segment}.csv", skiprows=1, delimiter=",")

    with (folder / "reference.csv").open(newline="") as file:
        yield {row["segment"]: row for row in csv.DictReader(file)}, column


def differences(rr_s):
    beats, at, out = Beats(), 0.0, []
    for rr in rr_s:
        at += rr
        out += beats.push(at, (float(rr),))
    return out


def responses(microsiemens, rate=4):
    skin = Conductance()
    for k, value in enumerate(microsiemens):
        skin.push(k / rate, float(value))
    return skin.responses


def sinus(n=200, mean=0.8, swing=0.03, seed=0):
    rng = np.random.default_rng(seed)
    return mean + swing * np.sin(np.arange(n) / 2) + rng.normal(0, 0.01, n)


def bump(seconds=120, at=(20, 50, 80), height=0.3, rate=4):
    t = np.arange(seconds * rate) / rate
    out = np.full(len(t), 2.0)
    for begin in at:
        x = np.clip(t - begin, 0, None)
        out += height * (np.exp(-x / 4) - np.exp(-x / 0.7)) / 0.58
    return out


@pytest.mark.parametrize("segment", ["rr_rest5", "rr_rest8", "rr_event", "rr_band_we_f05"])
def test_rmssd_is_within_2_percent_of_neurokit_on_clean_segments(reference, segment):
    rows, column = reference
    ours = rmssd_ms(differences(column(segment) / 1000))
    assert ours == pytest.approx(float(rows[segment]["rmssd_ms"]), rel=0.02)


def test_responses_are_within_10_percent_of_neurokit_over_all_segments(reference):
    _, column = reference
    ours = {segment: responses(column(segment)) for segment in RESPONSES}
    assert sum(ours.values()) == pytest.approx(sum(RESPONSES.values()), rel=0.10)
    of_bands = [segment for segment in RESPONSES if "band" in segment]
    assert all(abs(ours[segment] - RESPONSES[segment]) <= 1 for segment in of_bands)


def test_rmssd_of_known_differences():
    assert rmssd_ms([0.03, -0.04]) == pytest.approx(35.355, abs=0.001)
    assert np.isnan(rmssd_ms([]))


def test_one_ectopic_beat_changes_nothing_but_the_pairs_around_it():
    clean = sinus()
    spoiled = clean.copy()
    spoiled[100], spoiled[101] = 0.45, 1.15
    assert len(differences(spoiled)) == len(clean) - 1 - 3
    assert rmssd_ms(differences(spoiled)) == pytest.approx(rmssd_ms(differences(clean)), rel=0.02)


@pytest.mark.parametrize("wrong", [0.0, 0.1, 5.0, float("nan")])
def test_intervals_that_no_heart_makes_are_left_out(wrong):
    assert differences([0.8, 0.8, wrong, 0.8, 0.8]) in ([0.0, 0.0], [0.0])


def test_beats_on_both_sides_of_a_gap_are_no_pair():
    beats = Beats()
    beats.push(10.0, (0.80, 0.81))
    assert beats.push(11.6, (0.82, 0.80)) == pytest.approx([0.01, -0.02])
    assert beats.push(30.0, (0.70, 0.71)) == pytest.approx([0.01])


def test_several_beats_in_a_report_and_one_at_a_time_are_the_same():
    rr = sinus(60)
    one, beats, many = differences(rr), Beats(), []
    for k in range(0, 60, 3):
        many += beats.push(float(rr[: k + 3].sum()), tuple(rr[k : k + 3]))
    assert many == pytest.approx(one)


@pytest.mark.parametrize("rate", [1, 4, 16])
def test_three_bumps_are_three_responses_at_any_rate(rate):
    assert responses(bump(rate=rate), rate) == 3


def test_ripples_under_the_limit_and_slow_drift_are_no_responses():
    assert responses(bump(height=0.03)) == 0
    assert responses(2.0 + np.arange(2400) / 4 * 0.002) == 0


def test_lost_contact_and_its_return_are_no_response():
    skin = bump(at=())
    skin[100:200] = 0.0
    assert responses(skin) == 0


def test_tonic_is_unknown_without_contact():
    skin = Conductance()
    skin.push(0.0, 2.0)
    assert (skin.tonic, skin.phasic) == (2.0, 0.0)
    skin.push(0.25, 0.01)
    assert np.isnan(skin.tonic)
    assert np.isnan(skin.phasic)
    skin.push(0.5, float("nan"))
    assert np.isnan(skin.tonic)


def test_a_second_sums_up_its_reports():
    seconds = Seconds()
    seconds.push(Vitals(5.0, bpm=70, g=0.01, microsiemens=2.0, rr_s=(0.8, 0.85)))
    assert seconds.push(Vitals(5.5, g=0.03)) == 0
    assert seconds.push(Vitals(6.0, bpm=71)) == 1
    row = seconds.rows()[0]
    assert row[[physiology.PULSE, physiology.TONIC, physiology.MOTION]].tolist() == [70, 2.0, 0.03]
    assert row[physiology.PAIRS] == 1
    assert row[physiology.SQUARES] == pytest.approx(2500)


def test_what_was_not_told_is_nan_and_skipped_seconds_are_rows():
    seconds = Seconds()
    seconds.push(Vitals(1.0, bpm=70))
    seconds.push(Vitals(4.0, microsiemens=1.0))
    rows = seconds.rows()
    assert rows.shape == (4, 7)
    assert np.isnan(rows[1:3]).all()
    assert np.isnan(rows[3, physiology.PULSE])
    assert rows[3, physiology.TONIC] == 1.0


def test_not_worn_impossible_and_late_reports_say_nothing():
    seconds = Seconds()
    seconds.push(Vitals(10.0, bpm=70, microsiemens=1.0, contact=False))
    seconds.push(Vitals(11.0, bpm=0.0, g=-1.0, microsiemens=float("nan")))
    assert np.isnan(seconds.rows()[:, [physiology.PULSE, physiology.TONIC, physiology.MOTION]]).all()
    assert seconds.push(Vitals(3.0, bpm=70)) == 0
    assert len(seconds.rows()) == 2


def test_memory_is_half_an_hour_however_long_it_runs():
    seconds = Seconds()
    for at in range(2500):
        seconds.push(Vitals(float(at), bpm=60 + at % 7))
    assert seconds.rows().shape == (1800, 7)
    assert seconds.rows()[-1, physiology.PULSE] == 60 + 2499 % 7
    seconds.push(Vitals(99_999.0, bpm=80))
    assert np.isnan(seconds.rows()[:-1]).all()
