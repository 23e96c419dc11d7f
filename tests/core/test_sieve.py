"""Sieve: no number can stop the mind or silence it."""

from itertools import product
from math import inf, isfinite, nan

import pytest

from agent.core.events import Cue, Fix, Gap, Power, Press, Receipt, Tick
from agent.core.sieve import AHEAD_S, sift
from tests.core.story import WALL, Story, alarmed

BAD = [nan, inf, -inf]


@pytest.mark.parametrize("p", [*BAD, -0.1, 1.1])
def test_what_is_no_probability_was_never_said(p):
    assert sift(Cue(1.0, "scream", p, ""), 1.0) is None


@pytest.mark.parametrize(
    ("latitude", "longitude"), [*product(BAD, [0.0]), *product([0.0], BAD), (91, 0), (0, 181)]
)
def test_a_position_off_the_earth_was_never_said(latitude, longitude):
    assert sift(Fix(1.0, latitude, longitude), 1.0) is None


@pytest.mark.parametrize("accuracy_m", [*BAD, -1.0])
def test_an_accuracy_that_is_none_is_unknown(accuracy_m):
    assert sift(Fix(1.0, 0.0, 0.0, accuracy_m), 1.0) == Fix(1.0, 0.0, 0.0, None)


@pytest.mark.parametrize("bad", [*BAD, -0.1, 1.1])
def test_a_battery_that_cannot_be_is_unknown(bad):
    celsius = bad if bad in BAD else nan
    assert sift(Power(1.0, bad, celsius=celsius, volts_low=True), 1.0) == Power(1.0, volts_low=True)


@pytest.mark.parametrize("tick", [Tick(nan, WALL), Tick(inf, WALL), Tick(1.0, nan), Tick(1.0, inf)])
def test_a_tick_without_a_time_is_no_tick(tick):
    assert sift(tick, 1.0) is None


@pytest.mark.parametrize("at", [*BAD, 1.0 + AHEAD_S + 0.1, WALL])
@pytest.mark.parametrize(
    "event",
    [
        Cue(0.0, "scream", 0.9, ""),
        Fix(0.0, 1.0, 1.0),
        Press(0.0, "sos"),
        Gap(0.0, "band", True),
        Power(0.0),
        Receipt(0.0, "", 1, "", "", ""),
    ],
)
def test_what_is_stamped_by_another_clock_happened_now(event, at):
    strange = type(event)(**{name: getattr(event, name) for name in event.__slots__} | {"at": at})
    assert sift(strange, 1.0).at == 1.0


def test_what_is_true_passes_unchanged():
    for event in (Cue(1.0, "scream", 1.0, ""), Fix(1.5, -90, 180, 0.0), Press(0.0, "sos"), Tick(9e9, WALL)):
        assert sift(event, 1.0) == event


@pytest.mark.parametrize("at", [*BAD, WALL])
def test_a_call_for_help_is_heard_whatever_its_stamp(at):
    story = Story()
    (alarm,) = story.feed(Press(at, "sos"))
    assert alarm.kind == "alarm"
    assert isfinite(alarm.wall)


def test_wrong_numbers_hold_up_no_timer():
    story = Story()
    story.look()
    for bad in (nan, inf, WALL):
        for event in (Cue(bad, "scream", 0.0, ""), Fix(bad, 1, 1), Gap(bad, "band", True), Tick(nan, bad)):
            story.feed(event)
    story.wait(15)
    assert story.state == "active"


def test_a_wrong_look_takes_no_part_in_the_last_n():
    story = Story()
    story.look(0.95)
    for bad in BAD * 3:
        assert story.look(bad) == ()
    (warning,) = story.look(0.95)
    assert warning.kind == "pre_alarm"


def test_a_position_off_the_earth_stops_no_incident():
    story = alarmed()
    story.feed(Fix(15.0, 1.0, 1.0))
    story.feed(Fix(15.0, inf, 1.0))
    assert story.wait(1)[0].fix.latitude == 1.0


@pytest.mark.parametrize("minutes", [nan, -5.0])
def test_a_pause_of_no_length_ends_at_once(minutes):
    story = Story()
    story.press("pause", minutes=minutes)
    story.wait(0.25)
    assert story.watch.paused_until is None
