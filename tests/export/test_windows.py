"""Windows are made new: moved, masked, mixed and tilted, always within the range of a normalised window."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs the training environment: make test-export")

from agent.senses import features  # noqa: E402
from export import windows  # noqa: E402


@pytest.fixture(autouse=True)
def seeded():
    """The same draws in every run."""
    torch.manual_seed(0)


def some(count: int = 64) -> torch.Tensor:
    return torch.empty(count, 96, 64).uniform_(windows.LOWEST, features.LOUD)


def test_new_windows_differ_and_stay_in_range():
    given = some()
    new = windows.freshen(given, torch.ones(64, dtype=torch.bool))
    assert new.shape == given.shape
    assert (new >= windows.LOWEST).all()
    assert (new <= windows.HIGHEST).all()
    assert (new != given).any(dim=(1, 2)).all()


def test_what_screams_never_stands_behind_another():
    given = torch.full((64, 96, 64), -3.0)
    given[32:] = 2.0
    quiet = torch.arange(64) < 32
    assert (windows.before_another(given, quiet)[:32] < 0).all()
    loud = windows.before_another(given, ~quiet)[:32].mean(dim=(1, 2))
    assert 0.1 < (loud > -2.5).float().mean() < 0.9


def test_moving_repeats_the_edge():
    steps = torch.arange(96.0)[:, None].expand(96, 64)
    new = windows.moved(steps.expand(32, 96, 64))
    assert new.min() == 0
    assert new.max() == 95
    assert (new[:, 48, 0] - 48).abs().max() <= windows.FRAMES


def test_about_half_the_windows_lose_a_stripe_of_each_kind():
    lost = windows.silenced(torch.zeros(400, 96, 64)) == windows.LOWEST
    assert 0.35 < lost.all(dim=2).any(dim=1).float().mean() < 0.6
    assert 0.35 < lost.all(dim=1).any(dim=1).float().mean() < 0.6
