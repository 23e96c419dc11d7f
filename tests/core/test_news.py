"""News: when an open incident speaks again."""

from dataclasses import replace

import pytest

from agent.core.belief import hear, reasons, weigh
from agent.core.events import Cue, Fix
from agent.core.incident import Incident, State
from agent.core.news import GROWTH, anything_new, distance_m
from tests.core.story import HERE, POLICY

CALM = weigh((), 0.0, POLICY)
LOUD = hear(CALM, Cue(0.0, "scream", 0.99, "scream heard"), POLICY)


def fix(at=0.0, north_m=0.0):
    return Fix(at, HERE[0] + north_m / 111_195, HERE[1])


STORY = Incident("id", State.ACTIVE, 0.0, 0.9, (), spoke=0.0, told_fix=fix())


def due(at, story=STORY, belief=CALM, here=None):
    return anything_new(story, at, belief, here or story.told_fix, POLICY)


@pytest.mark.parametrize("state", [State.CALM, State.PRE_ALARM])
def test_before_the_alarm_there_is_no_news(state):
    assert not due(1e6, replace(STORY, state=state), LOUD, fix(1e6, 1000))


def test_the_first_position_is_told_at_once():
    assert due(0.25, replace(STORY, told_fix=None), here=fix())


def test_without_any_position_nothing_is_told_of_it():
    assert not anything_new(replace(STORY, told_fix=None), 30.0, CALM, None, POLICY)


def test_who_moved_is_told_after_update_s():
    assert not due(29.9, here=fix(20, 25))
    assert due(30.0, here=fix(20, 25.1))


def test_who_moved_little_is_not():
    assert not due(30.0, here=fix(20, 24))


def test_a_fix_a_minute_newer_is_told_even_from_the_same_place():
    assert not due(70.0, here=fix(59.9))
    assert due(70.0, here=fix(60.0))


def test_new_evidence_is_told():
    assert due(30.0, belief=LOUD)


def test_evidence_that_was_told_is_not_told_again():
    assert not due(30.0, replace(STORY, reasons=reasons(LOUD, POLICY)), LOUD)


def test_updates_become_rarer():
    waits = [POLICY.update_s * GROWTH**count for count in range(5)]
    assert waits[:3] == [30.0, 45.0, 67.5]
    for count, wait in enumerate(waits):
        often = replace(STORY, updates=count)
        assert not due(wait - 0.1, often, here=fix(20, 100))
        assert due(wait, often, here=fix(20, 100))


@pytest.mark.parametrize("updates", [0, 9, 5000])
def test_it_is_never_silent_for_over_ten_minutes(updates):
    assert due(600.0, replace(STORY, updates=updates))


def test_thousands_of_updates_overflow_nothing():
    assert not due(599.0, replace(STORY, updates=10**6), here=fix(20, 100))


@pytest.mark.parametrize(
    ("there", "metres"),
    [((0, 0, 0, 1), 111_195), ((0, 0, 1, 0), 111_195), ((60, 0, 60, 1), 55_597),
     ((0, 179.5, 0, -179.5), 111_195), ((90, 0, -90, 0), 20_015_115), ((10, 20, 10, 20), 0)],
)  # fmt: skip
def test_distances_are_great_circles(there, metres):
    a, b = Fix(0, there[0], there[1]), Fix(0, there[2], there[3])
    assert distance_m(a, b) == pytest.approx(metres, rel=1e-4, abs=1e-6)
