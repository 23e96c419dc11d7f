"""Drills: who answers, how fast, and who never does."""

from agent.core.drills import LASTS_S, silent
from agent.core.events import Tick
from tests.core.story import WALL, Story, alarmed
from tests.core.test_memory import woken


def drilled(*answering, story=None):
    """A story with one drill for each group of names that answers it."""
    story = story or Story()
    for names in answering:
        story.press("test")
        story.wait(10)
        for name in names:
            story.press("acknowledge", name)
    return story


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
    assert silent(drilled(["Ben"], ["Mum"], ["Ben"]).watch.drills) == ("Eve",)


def test_before_there_were_three_nobody_is():
    assert silent(drilled([], []).watch.drills) == ()


def test_an_older_answer_than_the_last_three_is_forgotten():
    story = drilled(["Eve"], [], [], [])
    assert silent(story.watch.drills) == ("Mum", "Ben", "Eve")


def test_who_came_after_the_first_of_them_is_not_blamed():
    story = drilled([], [])
    story.policy = Story(contacts=story.policy.contacts[:2]).policy
    assert silent(drilled([], story=story).watch.drills) == ("Mum", "Ben")


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
