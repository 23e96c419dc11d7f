"""Peers: found by a variable, not measured without them; times are ratios of one run."""

from __future__ import annotations

import pytest

from bench import peers as bench
from export import peers


def test_a_peer_that_is_not_there_is_not_measured(monkeypatch, tmp_path):
    monkeypatch.delenv("DISTRESS_PEERS", raising=False)
    monkeypatch.delenv("DISTRESS_TEACHERS", raising=False)
    assert peers.file(peers.YAMNET) is None
    assert peers.network(peers.FER) is None
    row = peers.time_row("a look", lambda: None, None, 0.3)
    assert row.words() == ("not measured", "the peer is not here", "<= 0.3", "")
    monkeypatch.setenv("DISTRESS_TEACHERS", str(tmp_path))
    assert peers.file(peers.YAMNET) is None


def test_peers_have_a_folder_of_their_own_or_that_of_the_teachers(monkeypatch, tmp_path):
    (tmp_path / "fer").mkdir()
    (tmp_path / "fer" / "emotion_model_quantized.tflite").touch()
    monkeypatch.delenv("DISTRESS_PEERS", raising=False)
    monkeypatch.setenv("DISTRESS_TEACHERS", str(tmp_path))
    assert peers.file(peers.FER).name == "emotion_model_quantized.tflite"
    monkeypatch.setenv("DISTRESS_PEERS", str(tmp_path / "fer"))
    assert peers.file(peers.FER) is None


def test_a_time_is_a_share_of_the_peers(monkeypatch):
    monkeypatch.setattr(peers, "TURNS", 30)
    row = peers.time_row("a call", lambda: sum(range(20_000)), lambda: sum(range(80_000)), 0.5)
    assert row.value == pytest.approx(0.25, rel=0.3)
    assert row.reached
    assert "ms beside" in row.counts


def test_the_bench_has_a_row_for_every_model_even_where_nothing_is_here(monkeypatch, capsys):
    for name in ("DISTRESS_PEERS", "DISTRESS_TEACHERS", "DISTRESS_DATA"):
        monkeypatch.delenv(name, raising=False)
    assert bench.main() == 0
    told = capsys.readouterr().out
    for name in ("scream:", "voice:", "face:", "face_detector:"):
        assert name in told
    assert told.count("not measured") == 5
