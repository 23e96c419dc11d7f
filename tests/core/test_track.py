"""The track since a check-in: what is kept of a way, who is told of it, and who never is."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.events import Fix
from agent.core.memory import dump
from agent.core.news import distance_m
from agent.core.track import MOST, STEP_M, walked
from tests.core.story import HERE, WALL, Story, alarmed
from tests.core.test_memory import woken

METRE = 1 / 111_195


def at(seconds, north_m, accuracy_m=8.0):
    return Fix(float(seconds), HERE[0] + north_m * METRE, HERE[1], accuracy_m)


def way(fixes):
    track = ()
    for fix in fixes:
        track = walked(track, fix)
    return track


def metres(track):
    return [round((fix.latitude - HERE[0]) / METRE) for fix in track]


def test_standing_still_adds_nothing_however_the_receiver_wavers():
    assert len(way(at(second, 20 * (second % 3)) for second in range(0, 7200, 5))) == 1
    assert len(way(at(second, 300 * (second % 2), accuracy_m=400.0) for second in range(0, 7200, 40))) == 1


def test_a_walk_is_kept_in_steps():
    track = way(at(second, 1.4 * second) for second in range(600))
    assert metres(track)[:4] == [0, 50, 101, 151]
    assert len(track) == 17


def test_a_long_way_is_thinned_the_old_more_than_the_new():
    track = way(at(second, 15.0 * second) for second in range(0, 4 * 3600, 5))
    gaps = [after.at - before.at for before, after in pairwise(track)]
    assert len(track) <= MOST
    assert track[0].at == 0.0
    assert gaps[-1] < gaps[0] / 8


@given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(-1e5, 1e5), st.none() | st.floats(0, 1e3))))
def test_whatever_the_way_its_first_position_stays_and_it_is_bounded_and_in_order(steps):
    fixes = [at(*step) for step in sorted(steps, key=lambda step: step[0])]
    track = way(fixes)
    assert len(track) <= MOST
    assert list(track[:1]) == fixes[:1]
    assert all(before.at < after.at for before, after in pairwise(track))
    assert all(distance_m(*pair) >= STEP_M for pair in list(pairwise(track))[-1:])


def gone(story=None, seconds=600.0, ahead_s=600.0):
    """A story that agreed a check-in at home and walked north until it is due."""
    story = story or Story()
    story.fix()
    story.press("checkin", due_wall=WALL + story.watch.at + ahead_s)
    walk(story, seconds)
    return story


def walk(story, seconds, pace=1.4):
    start = story.watch.at
    while story.watch.at < start + seconds:
        story.wait(10)
        story.fix(pace * (story.watch.at - start))


def test_unanswered_it_is_told_to_everybody_who_is_to_look_and_goes_on():
    story = gone()
    warning = story.told[-1]
    assert warning.kind == "pre_alarm"
    assert metres(warning.track)[:3] == [0, 56, 112]
    story.wait(60 + 90)
    alarm, escalated = (next(n for n in story.told if n.kind == kind) for kind in ("alarm", "escalated"))
    assert alarm.track == escalated.track
    assert alarm.track[: len(warning.track)] == warning.track
    story.fix(5000.0)
    assert story.wait(60)[0].track == (*alarm.track, story.watch.fix)
    story.press("acknowledge", "Mum")
    assert story.told[-1].track == ()


@pytest.mark.parametrize("action", ["cancel", "checkin_off"])
def test_answered_it_is_forgotten_untold(action):
    story = gone(seconds=550.0)
    story.press(action)
    story.look()
    story.wait(20)
    assert "alarm" in story.kinds
    assert not any(notice.track for notice in story.told)
    kept = dump(story.watch)
    assert (kept["checkin"], kept["incident"]["track"]) == (None, ())


def test_an_alarm_of_another_cause_does_not_tell_it():
    story = gone(seconds=300.0)
    (alarm,) = story.press("sos")
    assert alarm.track == ()
    assert alarm.fix is not None


def test_amid_an_alarm_it_comes_with_the_news():
    story = gone(alarmed(), seconds=700.0, ahead_s=300.0)
    told = next(n for n in story.told if "checkin" in {reason.cue for reason in n.reasons})
    assert (told.kind, len(told.track) > 3) == ("update", True)


def test_put_off_the_way_so_far_is_kept():
    story = gone(seconds=300.0)
    before = story.watch.checkin.track
    story.press("checkin", due_wall=story.watch.wall + 3600)
    assert story.watch.checkin.track == before != ()


@pytest.mark.parametrize("seconds", [300.0, 700.0])
def test_it_outlives_a_restart(seconds):
    story, again = gone(seconds=seconds), Story()
    again.watch = woken(story, off_s=30.0)
    known = [(one.watch.checkin or one.watch.incident).track for one in (story, again)]
    assert metres(known[0]) == metres(known[1])
    assert len(known[0]) > 3
    ages = [
        round(one.watch.wall - track[0].at - one.watch.offset)
        for one, track in zip((story, again), known, strict=True)
    ]
    assert ages[1] - ages[0] == 30


def test_without_any_position_there_is_none():
    story = Story()
    story.press("checkin", due_wall=WALL + 60.0)
    story.wait(60)
    assert story.told[-1].track == ()
