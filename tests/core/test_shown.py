"""Shown: what may be seen and heard of the device by whoever stands beside it."""

import pytest

from agent.core.drills import ANSWERED_S
from agent.core.memory import lasting
from agent.core.shown import face, outcry, shown
from agent.wording.wearer import notes, status
from tests.core.story import Story, alarmed
from tests.core.test_memory import woken


def said(story):
    return face(story.watch), status(story.watch, story.policy)


def test_a_life_as_the_wearer_sees_it():
    story = Story()
    assert said(story) == ("calm", "calm")
    story.look()
    story.wait(3)
    assert said(story) == ("warned", "are you all right? 12 s left to cancel")
    story.wait(12)
    assert said(story) == ("trouble", "your people are being told, nobody has it yet")
    story.receive()
    assert said(story) == ("sent", "the alarm is sent")
    story.receive(outcome="delivered")
    assert said(story) == ("delivered", "the alarm is delivered")
    story.press("acknowledge", "Mum")
    assert said(story) == ("answered", "Mum is on the way")
    story.press("resolve", "Mum")
    assert said(story) == ("calm", "calm")


def test_without_duress_everything_may_be_seen():
    story = alarmed()
    assert shown(story.watch) is story.watch


def test_a_check_in_and_what_is_lost_are_noted():
    story = Story()
    story.press("checkin", due_wall=story.watch.wall + 600)
    story.lose()
    assert list(notes(story.watch)) == ["check-in at 08:10 UTC", "microphone lost"]
    assert face(story.watch) == "trouble"
    story.wait(300)
    assert next(notes(story.watch)) == "check-in at 09:10: one press answers it"
    assert face(story.watch) == "warned"


def test_who_answers_no_drill_is_noted():
    story = Story()
    for _ in range(3):
        story.press("test")
        story.press("acknowledge", "Mum")
        story.press("acknowledge", "Eve")
    assert list(notes(story.watch)) == []
    story.wait(ANSWERED_S)
    assert list(notes(story.watch)) == ["Ben has not answered the last three drills"]


def test_a_pause_is_said():
    story = Story()
    story.press("pause", minutes=5)
    assert said(story) == ("calm", "paused")


# siren or silence


def loud(story):
    return outcry(story.watch, story.policy)


@pytest.mark.parametrize("choice", ["nothing", "lamp", "siren"])
def test_at_an_alarm_the_device_does_what_was_chosen(choice):
    story = Story(at_alarm=choice)
    assert loud(story) == "nothing"
    story.look()
    assert loud(story) == "nothing"
    story.wait(15)
    assert loud(story) == choice
    story.press("acknowledge", "Mum")
    assert loud(story) == choice
    story.press("resolve", "Mum")
    assert loud(story) == "nothing"


def test_a_drill_is_not_heard_in_the_street():
    story = Story(at_alarm="siren")
    story.press("test")
    assert loud(story) == "nothing"


def test_a_cancel_without_the_pin_leaves_it_on():
    for pin_needed in (True, False):
        story = alarmed(at_alarm="siren", pin_needed=pin_needed)
        story.press("cancel")
        story.press("resolve")
        assert loud(story) == "siren"


@pytest.mark.parametrize("action", ["silence", "cancel"])
def test_the_wearer_switches_it_off_and_the_alarm_goes_on(action):
    story = alarmed(at_alarm="siren", pin_needed=True)
    story.press(action, trusted=True)
    assert (loud(story), story.state) == ("nothing", "active")
    assert "escalated" in [n.kind for n in story.wait(90)]
    assert loud(story) == "nothing"


def test_without_the_pin_where_there_is_one_nothing_switches_it_off():
    story = alarmed(at_alarm="siren", pin_needed=True)
    story.press("silence")
    assert loud(story) == "siren"


def test_a_new_call_for_help_is_loud_again():
    story = alarmed(at_alarm="siren")
    story.press("silence")
    story.press("sos")
    assert loud(story) == "siren"


def test_silence_outlives_a_restart():
    story = alarmed(at_alarm="siren")
    story.press("silence")
    assert outcry(woken(story), story.policy) == "nothing"


def test_silence_in_calm_is_nothing():
    assert Story().press("silence") == ()


# what must be on disk at once


def test_ticks_and_looks_that_change_nothing_are_not_written():
    story = Story()
    before = lasting(story.watch)
    story.wait(5)
    story.look(0.1)
    story.fix()
    assert lasting(story.watch) == before


@pytest.mark.parametrize(
    "press",
    [{"action": "checkin", "due_wall": 1.8e9 + 60}, {"action": "pause", "minutes": 5}, {"action": "test"}],
)
def test_what_was_asked_for_is(press):
    story = Story()
    before = lasting(story.watch)
    story.press(**press)
    assert lasting(story.watch) != before


def test_that_somebody_has_the_alarm_is():
    story = alarmed()
    before = lasting(story.watch)
    story.receive()
    assert lasting(story.watch) != before
