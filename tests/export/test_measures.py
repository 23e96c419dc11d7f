"""What is measured: ranks, alarm events, calibration, intervals, against values known by other means."""

from __future__ import annotations

import numpy as np
import pytest

from export import measures


def test_auc_is_the_share_of_pairs_in_the_right_order():
    scores, truth = np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, False, True, True])
    assert measures.auc(scores, truth) == pytest.approx(3.5 / 4)
    assert measures.auc(-scores, truth) == pytest.approx(0.5 / 4)


def test_looks_nearer_than_three_seconds_are_one_alarm():
    looks = np.zeros(40)
    looks[[0, 3, 20, 39]] = 1.0
    assert measures.events(looks, 0.5, 0.48) == 3
    assert measures.events(looks, 1.5, 0.48) == 0
    assert measures.events(np.ones(40), 0.5, 0.48) == 1


def test_threshold_for_recall_finds_at_least_that_share():
    scores = np.random.default_rng(0).random(77)
    for recall in (0.5, 0.8, 0.9, 1.0):
        cut = measures.threshold_for_recall(scores, recall)
        assert (scores >= cut).mean() >= recall
        assert (scores > cut).mean() < recall + 1e-9


def test_best_accuracy_separates_what_can_be_separated():
    cut = measures.best_accuracy(np.array([1.0, 2.0, 5.0, 6.0]), np.array([False, False, True, True]))
    assert 2.0 < cut < 5.0


def test_calibration_error_of_the_right_and_of_the_boastful():
    rng = np.random.default_rng(0)
    said = rng.random(100_000)
    assert measures.calibration_error(said, rng.random(100_000) < said) < 0.01
    assert measures.calibration_error(np.full(100, 0.99), np.arange(100) < 50) == pytest.approx(0.49)


def test_platt_finds_the_sigmoid_that_made_the_labels():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, 50_000)
    truth = rng.random(50_000) < 1 / (1 + np.exp(-(0.5 * logits - 1.0)))
    scale, bias = measures.fit_platt(logits, truth)
    assert (scale, bias) == pytest.approx((0.5, -1.0), abs=0.05)


def test_temperature_finds_the_softmax_that_made_the_labels():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 6))
    shares = np.exp(logits / 2.5)
    shares /= shares.sum(axis=1, keepdims=True)
    truth = (rng.random((len(logits), 1)) > shares.cumsum(axis=1)).sum(axis=1)
    assert measures.fit_temperature(logits, truth) == pytest.approx(2.5, rel=0.05)
    assert measures.top_calibration_error(shares, truth) < 0.02
    assert measures.top_calibration_error(np.eye(6)[(truth + 1) % 6], truth) == pytest.approx(1.0)


def test_confusion_counts_and_mean_recall_weighs_classes_alike():
    truth, said = np.array([0, 0, 0, 0, 2, 2]), np.array([0, 0, 0, 1, 2, 0])
    assert measures.confusion(truth, said, 3).tolist() == [[3, 1, 0], [0, 0, 0], [1, 0, 1]]
    assert measures.mean_recall(truth, said) == pytest.approx((0.75 + 0.5) / 2)


def test_intervals_draw_whole_groups():
    values = np.repeat([0.0, 1.0], 500)
    alone = measures.interval([str(k) for k in range(1000)], lambda rows: float(values[rows].mean()))
    together = measures.interval(["a"] * 500 + ["b"] * 500, lambda rows: float(values[rows].mean()))
    assert alone[1] - alone[0] < 0.1
    assert together == (0.0, 1.0)
    unknown = measures.interval(["unknown"] * 1000, lambda rows: float(values[rows].mean()))
    assert unknown == pytest.approx(alone, abs=0.02)


def test_roc_ends_where_everything_is_found():
    false, found = measures.roc(np.array([3.0, 2.0, 1.0]), np.array([True, False, True]))
    assert found.tolist() == [0.5, 0.5, 1.0]
    assert false.tolist() == [0.0, 1.0, 1.0]
