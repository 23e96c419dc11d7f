"""Check-in: agreed, reminded of, answered or not, whatever the wall clock does meanwhile."""

from math import inf, nan

import pytest

from agent.core.checkin import BACK_S, MOST_S, agreed, clock, due, refusal
from agent.core.events import Tick
from tests.core.story import HOUSE, POLICY, WALL, Story, alarmed
from tests.core.test_memory import first_words, woken

HOUR_S = 3600.0
YEARS_5 = 5 * 365.25 * 86_400
AT_22_30 = WALL - WALL % 86_400 + 22.5 * 3600 - 3600  # by a clock one hour ahead of UTC


def expecting(ahead_s=HOUR_S, **changes):
    story = Story(**changes)
    story.press("checkin", due_wall=WALL + ahead_s)
    return story


def pass_in_wide_steps(story, seconds):
    """Ticks a minute apart: hours would be long otherwise."""
    notices = []
    for _ in range(int(seconds / 60)):
        at = story.watch.at + 60
        notices += story.feed(Tick(at, WALL + story.jump + at, story.zone_s))
    return notices


def test_unanswered_it_is_a_pre_alarm_with_its_reason_and_a_minute_to_answer():
    story = expecting()
    reminder, warning = pass_in_wide_steps(story, HOUR_S)
    assert (reminder.kind, reminder.at, reminder.to) == ("device_trouble", 3300.0, (HOUSE,))
    assert reminder.expires_s == 300.0
    assert (warning.kind, warning.countdown_s) == ("pre_alarm", 60.0)
    assert [reason.cue for reason in warning.reasons] == ["checkin"]
    assert story.wait(59.75) == []
    (alarm,) = story.wait(0.25)
    assert (alarm.kind, alarm.reasons) == ("alarm", warning.reasons)


def test_the_reason_names_the_time_as_the_wearer_reads_it():
    story = Story()
    story.feed(Tick(0.0, AT_22_30 - 600, 3600.0))
    story.press("checkin", due_wall=AT_22_30)
    story.feed(Tick(1.0, AT_22_30 - 200, 3600.0))
    assert story.told[-1].text == "check-in at 22:30: one press answers it"
    story.feed(Tick(2.0, AT_22_30, 3600.0))
    assert story.told[-1].reasons[0].text == "check-in at 22:30 was not answered"


def test_where_nobody_knows_the_zone_it_says_that_it_is_utc():
    assert clock(AT_22_30, None) == "21:30 UTC"
    assert clock(AT_22_30, -9000.0) == "19:00"


@pytest.mark.parametrize("action", ["cancel", "checkin_off"])
def test_one_press_after_the_reminder_answers(action):
    story = expecting()
    pass_in_wide_steps(story, 3300)
    assert story.press(action) == ()
    assert pass_in_wide_steps(story, 2 * HOUR_S) == []


def test_a_cancel_hours_before_answers_nothing():
    story = expecting()
    story.press("cancel")
    assert [n.kind for n in pass_in_wide_steps(story, HOUR_S)] == ["device_trouble", "pre_alarm"]


def test_it_can_be_taken_back_and_agreed_anew():
    story = expecting()
    story.press("checkin_off")
    assert pass_in_wide_steps(story, 2 * HOUR_S) == []
    story.press("checkin", due_wall=story.watch.wall + 60)
    assert story.wait(60)[-1].kind == "pre_alarm"


def test_a_near_one_reminds_when_half_of_its_time_is_over():
    (reminder,) = expecting(ahead_s=60.0).wait(59)
    assert reminder.at == 30.0


@pytest.mark.parametrize("ahead_s", [nan, inf, -inf, 0.0, -60.0, MOST_S + 1, YEARS_5])
def test_a_time_that_makes_no_sense_is_not_agreed(ahead_s):
    assert expecting(ahead_s=ahead_s).watch.checkin is None
    assert "ahead of the device's clock" in refusal(WALL + ahead_s, WALL)


def test_without_a_time_nothing_is_agreed():
    story = Story()
    story.press("checkin")
    assert story.watch.checkin is None


def test_a_cancel_in_its_countdown_ends_it():
    story = expecting(ahead_s=60.0)
    story.wait(60)
    assert story.press("cancel")[0].kind == "cancelled"
    assert story.wait(600) == []


def test_it_mutes_nothing():
    story = expecting(ahead_s=60.0)
    story.wait(60)
    story.press("cancel")
    assert story.look()[0].kind == "pre_alarm"


def test_a_scream_in_its_long_countdown_leaves_no_more_time_than_usual():
    story = expecting(ahead_s=60.0)
    story.wait(70)
    story.look()
    assert next((n.kind, n.at) for n in story.wait(60)) == ("alarm", 85.0)


def test_a_scream_late_in_its_countdown_gives_no_more_time():
    story = expecting(ahead_s=60.0)
    story.wait(115)
    story.look()
    assert story.wait(60)[0].at == 120.0


def test_due_in_another_countdown_it_waits_for_its_end():
    story = expecting(ahead_s=60.0)
    story.wait(55)
    story.look()
    (alarm, update) = story.wait(20)
    assert (alarm.kind, update.kind) == ("alarm", "update")
    assert "checkin" in {reason.cue for reason in update.reasons}


def test_a_cancel_of_that_countdown_answers_both():
    story = expecting(ahead_s=60.0)
    story.wait(55)
    story.look()
    story.press("cancel")
    assert story.wait(120) == []


def test_amid_an_alarm_it_is_news_once_and_no_cancel_answers_it():
    story = alarmed()
    story.press("checkin", due_wall=story.watch.wall + 60)
    story.wait(50)
    story.press("cancel")
    told = story.wait(30)
    assert [n.kind for n in told if "checkin" in {r.cue for r in n.reasons}] == ["update"]


def test_nobody_is_reminded_amid_an_alarm():
    story = alarmed()
    story.press("checkin", due_wall=story.watch.wall + 60)
    assert "device_trouble" not in [n.kind for n in story.wait(120)]


# the PIN


@pytest.mark.parametrize("action", ["checkin_off", "cancel"])
def test_without_the_pin_nothing_answers_it(action):
    story = expecting(ahead_s=60.0, pin_needed=True)
    story.wait(40)
    story.press(action)
    assert story.wait(20)[-1].kind == "pre_alarm"


def test_without_the_pin_it_can_come_sooner_but_not_later():
    story = expecting(pin_needed=True)
    story.press("checkin", due_wall=WALL + 2 * HOUR_S)
    assert story.watch.checkin.due_wall == WALL + HOUR_S
    story.press("checkin", due_wall=WALL + 60)
    assert story.watch.checkin.due_wall == WALL + 60
    story.press("checkin", due_wall=WALL + 2 * HOUR_S, trusted=True)
    assert story.watch.checkin.due_wall == WALL + 2 * HOUR_S


# the clock


@pytest.mark.parametrize("jump", [YEARS_5, -YEARS_5, -1.5 * HOUR_S])
def test_a_wall_clock_that_leaps_neither_alarms_at_once_nor_holds_it_up(jump):
    story = expecting()
    pass_in_wide_steps(story, 1800)
    story.jump = jump
    assert [n.at for n in pass_in_wide_steps(story, HOUR_S)][:2] == [3300.0, 3600.0]


@pytest.mark.parametrize(("jump", "at"), [(600.0, 3000.0), (-600.0, 4200.0)])
def test_a_wall_clock_that_is_corrected_is_followed(jump, at):
    story = expecting()
    story.jump = jump
    warning = next(n for n in pass_in_wide_steps(story, 1.5 * HOUR_S) if n.kind == "pre_alarm")
    assert warning.at == at


def test_a_leap_that_is_taken_back_has_never_been():
    story = expecting()
    story.jump = -YEARS_5
    pass_in_wide_steps(story, 600)
    story.jump = 300.0
    warning = next(n for n in pass_in_wide_steps(story, HOUR_S) if n.kind == "pre_alarm")
    assert warning.at == 3300.0


def test_a_device_that_slept_past_it_rings_when_it_wakes():
    story = expecting()
    story.jump = 3 * HOUR_S
    assert story.wait(0.25)[0].kind == "pre_alarm"


@pytest.mark.parametrize(
    ("drift", "is_due"),
    [(0.0, False), (MOST_S, True), (MOST_S + 60, False), (-BACK_S, False), (-BACK_S - 60, False)],
)
def test_what_is_believed_of_a_drift(drift, is_due):
    assert due(agreed(WALL + HOUR_S, WALL, WALL, POLICY), 60.0, WALL + drift) is is_due


@pytest.mark.parametrize("at", [0.0, 1e6])
@pytest.mark.parametrize(
    ("off_s", "wait_s"), [(600.0, 3000.0), (3500.0, 100.0), (4000.0, 0.25), (86_400.0, 0.25)]
)
def test_it_outlives_a_restart(at, off_s, wait_s):
    watch = woken(expecting(remind_s=1.0), off_s=off_s, at=at)
    assert [watch.checkin.due_wall - watch.wall] == [pytest.approx(HOUR_S - off_s)]
    policy = Story(remind_s=1.0, broadcast=()).policy
    heard = first_words(watch, wait_s + 1, policy)
    assert heard[0] == pytest.approx(max(wait_s - 1.0, 0.25), abs=0.25)


@pytest.mark.parametrize("wrong", [-YEARS_5, -2 * HOUR_S])
def test_a_wall_clock_that_went_back_over_a_restart_leaves_the_time_that_was_left(wrong):
    watch = woken(expecting(remind_s=1.0), clock_off_by=wrong)
    assert due(watch.checkin, watch.at + HOUR_S, watch.offset)
    assert not due(watch.checkin, watch.at + HOUR_S - 1, watch.offset)
