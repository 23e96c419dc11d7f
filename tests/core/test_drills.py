"""Drills: who answers, how fast, and who never does."""

from dataclasses import replace

import pytest

from agent.core.drills import ANSWERED_S, KEEP, LASTS_S, silent
from agent.core.events import Tick
from tests.core.story import HOUSE, WALL, Story, alarmed
from tests.core.test_memory import woken


def drilled(*answering, story=None):
    """A story with one drill for each group of names that answers it."""
    story = story or Story()
    for names in answering:
        story.press("test")
        story.wait(10)
        for name in names:
            story.press("acknowledge", name)
        later(story)
    return story


def later(story, seconds=ANSWERED_S):
    at = story.watch.at + seconds
    return story.feed(Tick(at, WALL + at, 3600.0))


def silent_in(story):
    return silent(story.watch.drills, story.watch.at)


def test_an_acknowledgement_answers_the_drill_and_opens_nothing():
    story = drilled(["Ben"])
    (drill,) = story.watch.drills
    assert drill.incident_id == story.told[0].incident_id
    assert [(answer.by, answer.after_s) for answer in drill.answers] == [("Ben", 10.0)]
    assert (story.state, len(story.told)) == ("calm", 1)


def test_only_the_first_answer_counts_and_only_of_contacts():
    (drill,) = drilled(["Ben", "Ben", "wearer", "a stranger"]).watch.drills
    assert [answer.by for answer in drill.answers] == ["Ben"]


def test_who_answered_none_of_three_drills_is_named():
    assert silent_in(drilled(["Ben"], ["Mum"], ["Ben"])) == ("Eve",)


def test_before_there_were_three_nobody_is():
    assert silent_in(drilled([], [])) == ()


def test_an_older_answer_than_the_last_three_is_forgotten():
    story = drilled(["Eve"], [], [], [])
    assert silent_in(story) == ("Mum", "Ben", "Eve")


def test_who_came_after_the_first_of_them_is_not_blamed():
    story = drilled([], [])
    story.policy = Story(contacts=story.policy.contacts[:2]).policy
    assert silent_in(drilled([], story=story)) == ("Mum", "Ben")


def test_an_answer_a_day_later_is_none():
    story = drilled([])
    at = story.watch.at + LASTS_S
    story.feed(Tick(at, WALL + at))
    story.press("acknowledge", "Ben")
    assert story.watch.drills[0].answers == ()


def test_amid_an_alarm_an_acknowledgement_is_of_the_alarm():
    story = alarmed()
    story.press("test")
    story.press("acknowledge", "Mum")
    assert story.state == "acknowledged"
    assert story.watch.drills[0].answers == ()


def test_they_outlive_a_restart():
    story = drilled(["Ben"], [], ["Mum"])
    assert woken(story, at=story.watch.at).drills == story.watch.drills


# the wearer is told


def named(story):
    return [n for n in story.told if n.kind == "device_trouble"]


def test_the_wearer_is_told_once_a_drill_who_answered_none_of_three():
    story = drilled(["Mum"], ["Mum", "Ben"])
    assert named(story) == []
    story.press("test")
    assert (later(story, ANSWERED_S - 1), silent_in(story)) == ((), ())
    (notice,) = later(story, 1)
    assert (notice.kind, notice.to) == ("device_trouble", (HOUSE,))
    assert notice.text == "no answer to the last three drills from Eve: ask whether they get your alarms"
    assert later(story, 86_400) == ()
    drilled(["Ben"], story=story)
    assert "from Mum, Eve:" not in named(story)[-1].text
    assert len(named(story)) == 2


def test_whoever_answers_at_last_is_not_named_any_more():
    story = drilled([], [], [])
    story.press("test")
    story.press("acknowledge", "Mum")
    assert silent_in(story) == ("Ben", "Eve")
    later(story)
    assert "from Ben, Eve:" in named(story)[-1].text


def test_drills_in_a_row_that_still_run_say_nothing():
    story = Story()
    for _ in range(KEEP):
        story.press("test")
    assert silent_in(story) == ()


def test_in_quiet_hours_it_waits():
    story = Story(quiet=(8 * 3600.0, 10 * 3600.0))
    drilled([], [], [], story=story)
    assert named(story) == []
    later(story, 2 * 3600)
    assert len(named(story)) == 1


def test_who_has_no_way_to_answer_is_not_asked():
    story = Story()
    mum, ben, eve = story.policy.contacts
    story.policy = replace(story.policy, contacts=(mum, replace(ben, answers=False), eve))
    assert silent_in(drilled([], [], [], story=story)) == ("Mum", "Eve")


@pytest.mark.parametrize("drills", [1, 3])
def test_that_it_was_told_outlives_a_restart(drills):
    story, again = drilled(*[[]] * drills), Story()
    again.watch = woken(story, off_s=5.0, at=story.watch.at)
    told = [notice.text for notice in named(story)]
    assert len(told) == (drills == 3)
    assert later(again) == ()
