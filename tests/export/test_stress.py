"""The stress chain on people made in code; the device's physiology beside NeuroKit2 on its own signals."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

pytest.importorskip("lightgbm", reason="no lightgbm: these tests run in the training environment")

from agent.senses import forest
from agent.senses.physiology import Beats, Conductance, rmssd_ms
from export import __main__ as chain
from export.job import Job
from export.recipes import stress, stress_figures, stress_trees, stress_windows

# neurokit2 is asked for by `neurokit`; its own warnings and those of pandas are not ours.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The whole chain once, in a folder of its own."""
    job = Job("stress", quick=True, work=tmp_path_factory.mktemp("work"))
    for step in (stress.data, stress.train, stress.quantize, stress.evaluate, stress.card):
        step(job)
    return job


@pytest.fixture(scope="module")
def neurokit():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(
            "neurokit2", reason="no neurokit2: pip install neurokit2 to compare with it"
        )


def looks(job):
    with np.load(job.folder / "windows.npz") as stored:
        return {key: stored[key] for key in stored.files}


def test_made_people_are_told_apart_by_trees_that_never_met_them(made):
    figures = {row.name: row for row in stress.figures.load(made.folder / "figures.json")}
    assert figures["test: AUC stress against calm"].value > 0.9
    assert figures["test, 5% setting: exercise"].value < 0.05


def test_the_arrays_answer_as_lightgbm_does(made):
    x = looks(made)["x"]
    model = stress_trees.fit("LightGBM", x, looks(made)["person"], looks(made)["label"], seed=1)
    card = {"calibration": [{"scale": 1.0, "bias": 0.0}]}
    ours = forest.Forest(card, stress_trees.arrays(model.booster_))
    rows = np.concatenate([x[::97, k] for k in range(x.shape[1])])
    theirs = model.booster_.predict(rows, raw_score=True)
    assert np.allclose([ours.score(row) for row in rows], theirs, atol=1e-9)


def test_the_card_is_whole_and_its_golden_vectors_hold(made):
    trees = forest.load("stress", made.shelf)
    forest.verify(trees, made.shelf / "stress.npz")
    assert trees.card["settings"]["1 % of calm"] >= trees.card["settings"]["5 % of calm"]
    assert "LightGBM" in (made.shelf / "stress.md").read_text()


def test_nobody_is_on_both_sides(made):
    told = looks(made)
    assert not set(told["person"][told["split"] == "train"]) & set(told["person"][told["split"] == "test"])
    for person in set(told["person"]):
        assert len(set(told["fold"][told["person"] == person])) == 1


def test_a_minute_is_labelled_by_what_fills_it():
    def minute(**seconds):
        return np.concatenate([np.full(n, name) for name, n in seconds.items()])

    assert stress_windows.label(minute(calm=50, transition=10)) == "calm"
    assert stress_windows.label(minute(calm=40, stress=20)) is None
    assert stress_windows.label(minute(stress=30, transition=30)) == "stress"
    assert stress_windows.label(minute(stress=30, calm=30)) is None


def test_a_setting_never_fires_in_more_calm_looks_than_it_says():
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=999), np.full(999, "calm")
    some = stress_figures.Scored(scores, labels, labels, labels)
    for share in stress_figures.SETTINGS:
        assert share - 0.002 < (scores >= some.threshold(share)).mean() <= share


def test_missing_data_is_said_in_a_sentence(monkeypatch, capsys):
    monkeypatch.delenv("DISTRESS_DATA", raising=False)
    assert chain.main(["data", "stress"]) == 66
    assert "DISTRESS_DATA" in capsys.readouterr().err


# Beside NeuroKit2, on signals that it makes itself.


@pytest.mark.parametrize("seed", range(4))
def test_responses_are_those_that_neurokit_put_in_and_finds(neurokit, seed):
    made = neurokit.eda_simulate(
        duration=240, sampling_rate=4, scr_number=6 + 2 * seed, noise=0.0, drift=-0.01, random_state=seed
    )
    skin = Conductance()
    for k, value in enumerate(made):
        skin.push(k / 4, float(value) + 2)
    _, found = neurokit.eda_process(made, sampling_rate=4)
    theirs = int(np.nansum(np.asarray(found["SCR_Amplitude"]) >= 0.05))
    assert skin.responses == 6 + 2 * seed
    assert skin.responses == pytest.approx(theirs, rel=0.10)


@pytest.mark.parametrize("seed", range(3))
def test_rmssd_is_neurokits_on_its_own_heartbeats(neurokit, seed):
    ecg = neurokit.ecg_simulate(duration=120, sampling_rate=500, heart_rate=70, random_state=seed)
    _, found = neurokit.ecg_peaks(ecg, sampling_rate=500)
    theirs = float(neurokit.hrv_time(found, sampling_rate=500)["HRV_RMSSD"].iloc[0])
    times = np.asarray(found["ECG_R_Peaks"]) / 500
    beats, steps = Beats(), []
    for at, rr in zip(times[1:], np.diff(times), strict=True):
        steps += beats.push(float(at), (float(rr),))
    assert rmssd_ms(steps) == pytest.approx(theirs, rel=0.02)
