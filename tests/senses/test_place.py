"""The place sense: what is a place, and what cannot be one."""

from __future__ import annotations

import pytest

from agent.core.events import Fix
from agent.senses.place import place
from sensors.readings import Position


def test_a_position_becomes_a_fix_with_its_age_accuracy_and_source():
    told = Position(12.5, 48.137, 11.575, 8.0, "gps")
    assert place(told) == [Fix(12.5, 48.137, 11.575, 8.0, "gps")]


def test_unknown_accuracy_stays_unknown():
    assert place(Position(1.0, -33.9, 151.2))[0].accuracy_m is None


@pytest.mark.parametrize(
    "wrong",
    [
        Position(1.0, float("nan"), 11.0),
        Position(1.0, 48.0, float("inf")),
        Position(1.0, 91.0, 11.0),
        Position(1.0, 48.0, -181.0),
        Position(1.0, 0.0, 0.0),
        Position(1.0, 48.0, 11.0, -1.0),
        Position(1.0, 48.0, 11.0, float("nan")),
        Position(1.0, 48.0, 11.0, 50_000.0),
        Position(float("nan"), 48.0, 11.0),
    ],
)
def test_what_cannot_be_true_or_helps_nobody_is_no_fix(wrong):
    assert place(wrong) == []
