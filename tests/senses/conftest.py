"""Fixtures of the senses' tests."""

from __future__ import annotations

import numpy as np
import pytest

from agent.senses import shelf
from tests.senses.fake_net import FakeNet, put


@pytest.fixture
def net(monkeypatch):
    """The network that `shelf.load` will open, whatever the file says."""
    fake = FakeNet()
    monkeypatch.setattr(shelf, "_interpreter", lambda _file: fake)
    return fake


@pytest.fixture
def model(net, tmp_path):
    """A model whose opinion grows with how much of its window is loud."""
    put(tmp_path)
    return shelf.load("scream", tmp_path)


@pytest.fixture
def noise():
    """Seconds and seed -> white noise at -20 dBFS."""

    def make(seconds: float, seed: int = 0) -> np.ndarray:
        count = int(seconds * 16_000)
        return (0.1 * np.random.default_rng(seed).standard_normal(count)).astype(np.float32)

    return make
