"""Power: each worry is told once, with the position, until it has been over for long."""

import pytest

from agent.core.events import Tick
from agent.core.power import HELD_S
from agent.core.shown import face
from agent.wording.wearer import notes
from tests.core.story import BEN, HERE, HOUSE, MUM, WALL, Story, alarmed
from tests.core.test_memory import woken


def later(story, seconds):
    story.feed(Tick(story.watch.at + seconds, WALL + story.watch.at + seconds, 0.0))


def words(story):
    return [reason.text for notice in story.told for reason in notice.reasons]


def test_a_battery_that_runs_down_is_told_at_15_and_at_5_per_cent():
    story = Story()
    for percent in range(100, -1, -1):
        story.supply(percent / 100)
        later(story, 60)
    assert words(story) == ["battery at 15 %", "battery at 5 %, the device will fall silent"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"battery": 0.03}, "battery at 3 %, the device will fall silent"),
        ({"battery": 0.0}, "battery at 0 %, the device will fall silent"),
        ({"volts_low": True}, "supply voltage too low, the device may stop"),
        ({"celsius": 80.0}, "device too hot: 80 degrees C"),
        ({"shutting_down": True}, "the device is shutting down"),
    ],
)
def test_what_is_wrong_is_told_with_position_and_reason_to_the_first_tier(wrong, said):
    story = Story()
    story.fix()
    (notice,) = story.supply(**wrong)
    assert (notice.kind, notice.to, notice.fix.latitude) == ("device_trouble", (HOUSE, MUM), HERE[0])
    assert [reason.text for reason in notice.reasons] == [said]
    assert (notice.test, notice.expires_s) == (False, None)


@pytest.mark.parametrize(
    "fine", [{}, {"battery": 0.16}, {"celsius": 79.9}, {"battery": 1.0, "celsius": -20.0}]
)
def test_what_is_fine_is_not(fine):
    assert Story().supply(**fine) == ()


def test_several_worries_at_once_are_one_message():
    (notice,) = Story().supply(0.1, volts_low=True)
    assert len(notice.reasons) == 2


def test_a_supply_that_sags_with_every_load_is_told_of_once():
    story = Story()
    for second in range(3600):
        story.supply(volts_low=second % 10 == 0)
        later(story, 1)
    assert len(story.told) == 1


def test_a_battery_that_wavers_is_told_of_once():
    story = Story()
    for second in range(3 * 3600):
        story.supply(0.15 + 0.04 * (second % 2))
        later(story, 1)
    assert len(story.told) == 1


def test_what_was_over_for_an_hour_is_told_anew():
    story = Story()
    story.supply(0.15)
    later(story, 60)
    story.supply(0.9)
    later(story, HELD_S - 120)
    assert story.supply(0.15) == ()
    later(story, HELD_S)
    story.supply(0.9)
    assert len(story.supply(0.15)) == 1


def test_a_second_shutdown_is_told_again():
    for end in ({"shutting_down": True}, {"stopping": True}):
        story = Story()
        story.supply(**end)
        story.supply()
        assert len(story.supply(**end)) == 1


def test_whoever_knows_of_an_open_incident_hears_the_last_words():
    story = alarmed()
    story.wait(90)
    (notice,) = story.supply(0.05)
    assert notice.to == (HOUSE, MUM, BEN)
    assert notice.incident_id != story.watch.incident.id


def test_alerts_carry_the_battery():
    story = Story()
    assert story.press("test")[0].battery is None
    story.supply(0.42)
    story.supply(celsius=50.0)
    assert story.press("sos")[0].battery == 0.42
    assert story.press("test")[0].battery == 0.42


def test_a_restart_on_an_empty_battery_does_not_tell_of_it_again():
    story = Story()
    story.supply(0.04)
    again = Story()
    again.watch = woken(story, off_s=60, at=500.0)
    assert again.supply(0.04) == ()


def test_after_a_shutdown_the_next_one_is_told():
    story = Story()
    story.supply(0.5, shutting_down=True)
    again = Story()
    again.watch = woken(story, off_s=60)
    again.supply(0.5)
    assert len(again.supply(0.5, shutting_down=True)) == 1


# what wakes nobody


@pytest.mark.parametrize(
    ("quiet", "said"),
    [
        ({"throttled": True}, "slowed down by heat or a weak supply"),
        ({"stopping": True}, "its program was stopped by hand: nothing is heard until it is started again"),
    ],
)
def test_what_asks_for_nobody_at_night_goes_to_the_topics_alone(quiet, said):
    story = Story()
    story.fix()
    (notice,) = story.supply(**quiet)
    assert (notice.to, [reason.text for reason in notice.reasons]) == ((HOUSE,), [said])
    assert notice.fix is not None


def test_a_program_that_is_stopped_amid_an_alarm_is_told_to_all_who_know_of_it():
    story = alarmed()
    assert story.supply(stopping=True)[0].to == (HOUSE, MUM)
    assert story.supply(throttled=True)[0].to == (HOUSE,)


def test_where_nobody_listens_to_topics_a_stop_by_hand_is_told_to_the_first_tier_like_a_shutdown():
    for end in ({"stopping": True}, {"stopping": True, "throttled": True}, {"shutting_down": True}):
        assert Story(broadcast=()).supply(**end)[0].to == (MUM,)
    assert Story(broadcast=()).supply(throttled=True)[0].to == ()


def test_with_what_is_worse_it_is_told_loudly():
    (notice,) = Story().supply(0.1, throttled=True)
    assert (len(notice.reasons), notice.to) == (2, (HOUSE, MUM))


@pytest.mark.parametrize("worse", [{"celsius": 81.0}, {"volts_low": True}])
def test_why_it_is_slowed_down_says_that_it_is(worse):
    (notice,) = Story().supply(throttled=True, **worse)
    assert len(notice.reasons) == 1
    assert notice.to == (HOUSE, MUM)


def test_the_device_shows_it_as_long_as_it_is_so():
    story = Story()
    for power, shown, noted in (
        ({"battery": 0.12}, "trouble", ["battery at 12 %"]),
        ({"battery": 0.18}, "trouble", ["battery at 18 %"]),
        ({"battery": 0.6, "throttled": True}, "calm", ["slowed down by heat or a weak supply"]),
        ({"battery": 0.6, "volts_low": True}, "trouble", ["supply voltage too low, the device may stop"]),
        ({"battery": 0.6}, "calm", []),
    ):
        story.supply(**power)
        assert (face(story.watch), list(notes(story.watch))) == (shown, noted)
