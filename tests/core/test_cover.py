"""Cover: whoever looks on sees the same after the duress PIN as after the right one, whatever follows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.events import Press
from agent.core.shown import face, outcry, shown
from agent.wording.wearer import notes, status
from tests.core.story import Story, acknowledged, alarmed
from tests.core.test_memory import woken

PINNED = {"at_alarm": "siren", "pin_needed": True}
POSES = {
    "cancel": {},
    "resolve": {},
    "silence": {},
    "pause": {"minutes": 5.0},
    "checkin_off": {},
    "checkin": {"due_wall": 1_800_000_000.0 + 4000},
    "sos": {},
}


def warned(**changes):
    story = Story(**changes)
    story.press("checkin", due_wall=story.watch.wall + 1200)
    story.look()
    story.wait(3)
    return story


BEFORE = {"calm": Story, "pre_alarm": warned, "active": alarmed, "acknowledged": acknowledged}


def seen(story):
    """All that the device shows and sounds."""
    watch = shown(story.watch)
    return (
        face(story.watch),
        status(story.watch, story.policy),
        list(notes(story.watch)),
        outcry(story.watch, story.policy),
        watch.state,
        watch.paused_until,
        watch.belief,
    )


def both(before, poses, **more):
    """Two wearers, of whom one is forced."""
    right, forced = BEFORE[before](**PINNED), BEFORE[before](**PINNED)
    for story in (right, forced):
        receive_all(story)
    right.press(poses, trusted=True, **more)
    forced.press("duress", trusted=True, poses=poses, **more)
    return right, forced


def receive_all(story):
    for notice in story.told[-3:]:
        story.receive(notice)


def go_on(story, step):
    match step:
        case "look":
            story.look()
        case "fix":
            story.fix(100.0)
        case "lose":
            story.lose()
        case "test":
            story.press("test")
        case float():
            story.wait(step)
        case ("duress", poses):
            story.press("duress", trusted=True, poses=poses, **POSES[poses])
        case ("right", poses):
            story.press(poses, trusted=True, **POSES[poses])
        case (by, action):
            story.press(action, by)
    receive_all(story)


STEPS = ["look", "fix", "lose", "test", 3.0, 16.0, 100.0, ("Mum", "acknowledge"), ("wearer", "sos")]


@pytest.mark.parametrize("poses", POSES)
@pytest.mark.parametrize("before", BEFORE)
def test_it_looks_like_the_right_pin_and_alarms_everyone(before, poses):
    right, forced = both(before, poses, **POSES[poses])
    receive_all(right)
    assert (forced.told[-1].kind, forced.told[-1].duress) == ("alarm", True)
    assert forced.state == "active"
    forced.receive()
    assert seen(forced) == seen(right)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    st.sampled_from(sorted(BEFORE)),
    st.sampled_from(sorted(POSES)),
    st.lists(st.one_of(st.sampled_from(STEPS), st.sampled_from(sorted(POSES))), max_size=7),
)
def test_whatever_follows_shows_no_difference(before, poses, steps):
    """A name of POSES among the steps is one more use of the two PINs."""
    right, forced = both(before, poses, **POSES[poses])
    for step in (3.0, *steps):
        again = step in POSES
        go_on(right, ("right", step) if again else step)
        go_on(forced, ("duress", step) if again else step)
        assert forced.watch.incident.duress
        assert seen(forced) == seen(right)


def test_a_pin_that_was_refused_shows_nothing_and_alarms_all_the_same():
    story, other = Story(**PINNED), Story(**PINNED)
    story.press("duress", trusted=True, poses="")
    assert story.state == "active"
    assert seen(story) == seen(other)


def test_caregivers_see_the_truth_and_their_word_ends_the_play():
    _, story = both("pre_alarm", "cancel")
    assert (story.state, shown(story.watch).state.value) == ("active", "calm")
    story.press("acknowledge", "Mum")
    assert story.told[-1].acknowledged_by == "Mum"
    story.press("resolve", "Mum")
    assert story.watch.cover is None
    assert story.told[-1].kind == "resolved"


def test_what_a_message_has_met_on_its_way_does_not_betray_that_it_left():
    right, forced = both("pre_alarm", "cancel")
    forced.lose("way to help (email)", "smtp.example.org refused it")
    assert forced.told[-1].kind == "device_trouble"
    assert seen(forced) == seen(right)
    forced.lose("microphone")
    right.lose("microphone")
    assert seen(forced) == seen(right)


def test_the_play_outlives_a_restart():
    for before in BEFORE:
        _, story = both(before, "pause", minutes=5.0)
        story.wait(5)
        again = woken(story, at=story.watch.at)
        assert shown(again).state is shown(story.watch).state
        assert shown(again).paused_until == shown(story.watch).paused_until
        assert again.state.value == "active"


def test_what_the_cover_tells_goes_to_nobody():
    right, forced = both("calm", "sos")
    assert len(forced.told) == len(right.told) == 1
    assert forced.feed(Press(forced.watch.at, "duress", trusted=True, poses="sos")) == ()
