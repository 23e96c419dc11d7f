"""The calibration list: drawn once, kept, taken again for the same windows, drawn anew for others."""

from __future__ import annotations

import json

import numpy as np
import pytest

from export import quantize
from export.job import Job


@pytest.fixture
def windows():
    """Some windows of growing loudness with some noise, int8."""
    rng = np.random.default_rng(0)
    return np.clip(np.arange(-100, 100)[:, None] + rng.integers(-9, 9, (200, 8)), -128, 127).astype(np.int8)


NAMES = [f"clip{k}.ogg" for k in range(200)]


def test_the_list_is_kept_with_the_loudest_and_the_quietest(tmp_path, windows):
    job = Job("voice", quick=True, work=tmp_path)
    rows = quantize.calibration_list(job, windows, NAMES, 40)
    loudness = windows.mean(axis=1)
    assert {int(loudness.argmin()), int(loudness.argmax())} <= set(rows.tolist())
    told = json.loads(job.calibration.read_text())
    assert [one["of"] for one in told["rows"]] == [NAMES[row] for row in rows]
    again = quantize.calibration_list(Job("voice", quick=True, seed=2, work=tmp_path), windows, NAMES, 10)
    assert again.tolist() == rows.tolist()


def test_other_windows_are_drawn_anew(tmp_path, windows, capsys):
    job = Job("voice", quick=True, work=tmp_path)
    before = quantize.calibration_list(job, windows, NAMES, 40)
    capsys.readouterr()
    for other in (windows[::-1], windows[:50]):
        after = quantize.calibration_list(job, other, NAMES, 40)
        assert "drawn" in capsys.readouterr().out
        assert after.max() < len(other)
    assert len(before) >= 40


def test_only_a_shipped_models_list_is_in_the_repository():
    assert Job("voice").calibration.parts[-3:] == ("export", "calibration", "voice.json")
    assert "export/calibration" not in Job("voice", paper=True).calibration.as_posix()
