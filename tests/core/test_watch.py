"""Watch and step: the contract's rows, one behaviour each, and a whole life of an incident."""

from dataclasses import replace
from itertools import pairwise

import pytest

from agent.core.events import Cue, Receipt, Tick
from agent.core.watch import step
from tests.core.story import BEN, EVE, EVERYONE, HERE, HOUSE, MUM, POLICY, WALL, Story, acknowledged, alarmed

STRANGER_TO_TIME = 5 * 365.25 * 86_400


def test_a_whole_life_of_an_incident():
    story = Story()
    story.fix(accuracy_m=8.0)
    story.wait(30)
    story.look(0.98)
    story.wait(15)
    story.fix(north_m=40)
    story.wait(90)
    story.press("acknowledge", "Ben")
    story.press("cancel")
    story.wait(600)
    story.press("sos")
    story.press("resolve", "Mum")
    told = [(n.seq, n.kind, n.at, n.tier) for n in story.told]
    assert told == [
        (1, "pre_alarm", 30.0, 0),
        (2, "alarm", 45.0, 1),
        (3, "update", 75.0, 1),
        (4, "escalated", 135.0, 2),
        (5, "acknowledged", 135.0, 2),
        (6, "update", 135.0, 2),
        (7, "escalated", 735.0, 3),
        (8, "alarm", 735.0, 3),
        (9, "resolved", 735.0, 3),
    ]
    assert len({n.incident_id for n in story.told}) == 1
    assert story.told[-1].to == EVERYONE
    assert story.state == "calm"


# calm


def test_calm_stays_calm_while_nothing_is_heard():
    story = Story()
    assert story.wait(3600) == []


def test_a_strong_suspicion_starts_a_countdown():
    story = Story()
    (notice,) = story.look()
    assert (notice.kind, notice.countdown_s, story.state) == ("pre_alarm", 15.0, "pre_alarm")
    assert notice.reasons[0].text == "scream heard"


def test_of_a_pre_alarm_hears_the_wearers_device_and_who_wants_warnings():
    (notice,) = Story().look()
    assert notice.to == (HOUSE, MUM)


def test_a_question_expires_and_an_alarm_never_does():
    story = alarmed()
    assert [notice.expires_s for notice in story.told] == [60.0, None]


def test_a_weak_look_starts_nothing():
    story = Story()
    assert story.look(0.9) == ()


@pytest.mark.parametrize("action", ["cancel", "acknowledge", "resolve", "resume", "dance"])
def test_in_calm_there_is_nothing_to_end(action):
    story = Story()
    assert story.press(action, "Mum") == ()
    assert story.watch.incident is None


# SOS and duress


@pytest.mark.parametrize("action", ["sos", "duress"])
def test_a_call_for_help_alarms_everyone_at_once(action):
    story = Story()
    (notice,) = story.press(action)
    assert (notice.kind, notice.to, story.state) == ("alarm", EVERYONE, "active")


def test_sos_needs_no_position_and_says_why():
    (notice,) = Story().press("sos")
    assert notice.fix is None
    assert notice.reasons[0].cue == "sos"


def test_sos_in_a_countdown_alarms_everyone_of_the_same_incident():
    story = Story()
    story.look()
    (notice,) = story.press("sos")
    assert (notice.kind, notice.seq, notice.to) == ("alarm", 2, EVERYONE)
    assert {reason.cue for reason in notice.reasons} == {"sos", "scream"}


@pytest.mark.parametrize("story", [alarmed, acknowledged])
def test_sos_after_the_alarm_reaches_those_who_were_not_told_yet(story):
    story = story()
    (notice,) = story.press("sos")
    assert (notice.kind, notice.to, notice.acknowledged_by) == ("alarm", EVERYONE, None)
    assert story.state == "active"


def test_pressed_twenty_times_in_fear_it_is_told_once():
    story = Story()
    for _ in range(20):
        story.press("sos")
        story.wait(1)
    assert story.kinds == ["alarm"]


def test_pressing_again_does_not_hold_up_the_escalation():
    story = Story()
    for _ in range(90):
        story.press("sos")
        story.wait(1)
    assert story.kinds[-1] == "escalated"


def test_duress_is_marked_from_then_on():
    story = Story()
    story.look()
    story.press("duress")
    story.press("acknowledge", "Mum")
    assert [notice.duress for notice in story.told] == [False, True, True]


def test_duress_after_somebody_set_out_alarms_all_again():
    (notice,) = acknowledged().press("duress")
    assert (notice.to, notice.acknowledged_by) == (EVERYONE, None)


# cancel and the cool-down


def test_a_cancel_in_time_is_told_to_who_knew():
    story = Story()
    story.look()
    (notice,) = story.press("cancel")
    assert (notice.kind, notice.to, story.state) == ("cancelled", (HOUSE, MUM), "calm")
    assert story.wait(60) == []


def muted(probability=0.98, **changes):
    story = Story(**changes)
    story.look(probability)
    story.press("cancel")
    story.receive()
    return story


def test_after_a_cancel_the_same_cause_at_the_same_strength_is_quiet():
    assert muted().look(0.98) == ()


def test_a_stronger_one_breaks_through_one_nat_or_less_is_no_stronger():
    assert muted().look(0.99) == ()
    (notice,) = muted().look(0.995)
    assert notice.kind == "pre_alarm"


def test_the_cool_down_starts_when_somebody_has_the_cancel():
    story = Story()
    story.look(0.98)
    story.press("cancel")
    story.wait(60)
    story.receive(to=MUM)
    story.wait(100)
    story.receive(to=HOUSE)
    assert story.look(0.98) == ()
    story.wait(20)
    assert story.look(0.98)[0].kind == "pre_alarm"


@pytest.mark.parametrize("outcome", ["delayed", "failed", "expired"])
def test_until_somebody_has_it_nothing_is_mute(outcome):
    story = Story()
    story.look(0.98)
    story.press("cancel")
    story.receive(outcome=outcome)
    assert story.look(0.98)[0].kind == "pre_alarm"


def test_a_receipt_of_another_notice_starts_no_cool_down():
    story = Story()
    (question,) = story.look(0.98)
    story.press("cancel")
    story.receive(question)
    assert story.look(0.98)[0].kind == "pre_alarm"


def test_where_nobody_is_told_it_starts_with_the_cancel():
    story = Story(contacts=(), broadcast=())
    story.look(0.98)
    story.press("cancel")
    assert story.look(0.98) == ()


def test_the_strength_is_the_strongest_that_was_cancelled():
    story = Story()
    story.look(0.98)
    story.wait(1)
    story.look(0.995)
    story.wait(10)
    story.press("cancel")
    story.receive()
    assert story.look(0.995) == ()


def test_another_cause_breaks_through():
    story = muted()
    story.look(0.9, "stress")
    (notice,) = story.look(0.98)
    assert notice.kind == "pre_alarm"


def test_a_faint_second_cue_is_no_other_cause():
    story = muted()
    story.look(0.5, "stress")
    assert story.look(0.98) == ()


def test_what_was_faint_when_it_was_cancelled_is_another_cause_once_it_hits():
    story = Story()
    story.look(0.5, "stress")
    story.look(0.98)
    story.press("cancel")
    story.receive()
    assert story.watch.mute.kinds == ("scream",)
    story.look(0.9, "stress")
    assert story.look(0.98)[0].kind == "pre_alarm"


def test_the_cool_down_ends():
    story = muted()
    story.wait(119.75)
    assert story.look(0.98) == ()
    story.wait(120)
    assert story.look(0.98)[0].kind == "pre_alarm"


def test_the_cool_down_is_no_mute_for_sos():
    assert muted().press("sos")[0].kind == "alarm"


def test_a_resolve_mutes_nothing():
    story = alarmed()
    story.press("resolve", "Mum")
    assert story.look()[0].kind == "pre_alarm"


# the PIN


@pytest.mark.parametrize("action", ["cancel", "resolve", "acknowledge"])
def test_without_the_pin_nothing_ends_a_countdown(action):
    story = Story(pin_needed=True)
    story.look()
    assert story.press(action) == ()
    story.wait(15)
    assert story.state == "active"


def test_with_the_pin_a_cancel_counts():
    story = Story(pin_needed=True)
    story.look()
    assert story.press("cancel", trusted=True)[0].kind == "cancelled"


def test_without_the_pin_nothing_pauses_the_agent():
    story = Story(pin_needed=True)
    story.press("pause", minutes=60)
    assert story.look()[0].kind == "pre_alarm"


@pytest.mark.parametrize("action", ["sos", "duress", "test"])
def test_help_needs_no_pin(action):
    assert Story(pin_needed=True).press(action)[0].kind == "alarm"


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_a_caregiver_needs_no_pin(action):
    assert len(alarmed(pin_needed=True).press(action, "Mum")) == 1


# the alarm


def test_the_countdown_over_alarms_the_first_tier():
    story = alarmed()
    assert (story.kinds, story.told[-1].to, story.told[-1].at) == (["pre_alarm", "alarm"], (HOUSE, MUM), 15.0)


def test_without_an_acknowledgement_the_next_tier_hears_and_the_last_again():
    story = alarmed()
    told = [n for n in story.wait(360) if n.kind == "escalated"]
    assert [(n.at, n.to) for n in told] == [
        (105.0, (HOUSE, BEN)),
        (195.0, (HOUSE, EVE)),
        (285.0, (HOUSE, EVE)),
        (375.0, (HOUSE, EVE)),
    ]


def test_who_was_told_first_is_kept_up_to_date_while_the_last_tier_is_called():
    story = alarmed()
    for minute in range(1, 120):
        story.fix(north_m=30 * minute)
        story.wait(60)
    heard = [0.0, *(notice.at for notice in story.told if MUM in notice.to), story.watch.at]
    assert max(later - earlier for earlier, later in pairwise(heard)) <= POLICY.silent_at_most_s + 0.25


def test_an_acknowledgement_stops_the_chain_and_says_who():
    story = alarmed()
    story.wait(90)
    (notice,) = story.press("acknowledge", "Ben")
    assert (notice.kind, notice.acknowledged_by, notice.to) == ("acknowledged", "Ben", (HOUSE, MUM, BEN))
    assert "escalated" not in [n.kind for n in story.wait(599)]


def test_a_second_helper_is_told_too():
    (notice,) = acknowledged().press("acknowledge", "Ben")
    assert notice.acknowledged_by == "Ben"


def test_an_acknowledgement_ends_after_ten_minutes_and_the_chain_goes_on():
    story = acknowledged()
    last = story.wait(600)[-1]
    assert (last.kind, last.tier, last.to, last.acknowledged_by) == ("escalated", 2, (HOUSE, MUM, BEN), None)
    assert last.text == "Mum was going but has not closed it, so count on nobody"


def test_a_lapse_is_forgotten_once_somebody_else_is_coming():
    story = acknowledged()
    story.wait(600)
    (notice,) = story.press("acknowledge", "Ben")
    assert notice.text == ""


def test_a_lapse_and_a_doubt_are_both_told():
    story = acknowledged()
    story.press("cancel")
    text = story.wait(600)[-1].text
    assert text.startswith("Mum was going")
    assert text.endswith("whoever has the device pressed cancel: do not take it as safe")


def test_after_sos_everybody_is_called_again_and_again():
    story = Story()
    story.press("sos")
    assert [n.to for n in story.wait(270) if n.kind == "escalated"] == [EVERYONE] * 3


@pytest.mark.parametrize("story", [alarmed, acknowledged])
def test_the_wearers_cancel_leaves_an_alarm_open_and_asks(story):
    story = story()
    state = story.state
    (notice,) = story.press("cancel")
    assert (notice.kind, story.state) == ("update", state)
    assert notice.text == "whoever has the device pressed cancel: do not take it as safe"


@pytest.mark.parametrize(("action", "told"), [("resolve", "update"), ("acknowledge", "alarm")])
def test_the_wearer_without_the_pin_can_neither_end_an_alarm_nor_stop_its_chain(action, told):
    story = alarmed()
    story.press(action)
    assert story.kinds[-1] == told
    assert story.wait(90)[-1].kind == "escalated"


def test_a_caregivers_cancel_is_not_laid_into_the_wearers_mouth():
    (notice,) = alarmed().press("cancel", "Ben")
    assert notice.text == "Ben pressed cancel: do not take it as safe"


def test_the_end_says_who_closed_it_and_asks_nothing_more():
    story = acknowledged()
    story.press("cancel")
    (notice,) = story.press("resolve", "Zed")
    assert (notice.kind, notice.text) == ("resolved", "closed by Zed")
    (notice,) = alarmed().press("resolve", trusted=True)
    assert notice.text == "closed by the wearer with the PIN"


@pytest.mark.parametrize(
    ("by", "pin", "said"),
    [
        ("wearer", False, "called off in the wearer's name within 15 s, no PIN is set"),
        ("wearer", True, "called off in the wearer's name within 15 s, with the PIN"),
        ("Ben", False, "called off by Ben within 15 s, no PIN is set"),
    ],
)
def test_a_call_off_says_no_more_than_the_device_knows(by, pin, said):
    story = Story(pin_needed=pin)
    story.look()
    (notice,) = story.press("cancel", by, trusted=pin)
    assert (notice.kind, notice.text) == ("cancelled", said)


def test_a_cancel_pressed_again_and_again_is_told_once():
    story = alarmed()
    assert [len(story.press("cancel")) for _ in range(5)] == [1, 0, 0, 0, 0]


def test_a_cancel_does_not_hold_up_the_escalation():
    story = alarmed()
    story.wait(80)
    story.press("cancel")
    assert [n.kind for n in story.wait(10)] == ["escalated"]


def test_sos_after_a_cancel_is_told_and_takes_the_doubt_back():
    story = Story()
    story.press("sos")
    story.press("cancel")
    (notice,) = story.press("sos")
    assert (notice.kind, notice.text) == ("alarm", "")


@pytest.mark.parametrize(("by", "trusted"), [("Mum", False), ("wearer", True)])
@pytest.mark.parametrize("story", [alarmed, acknowledged])
def test_a_caregiver_or_the_wearer_with_the_pin_resolves(story, by, trusted):
    story = story()
    story.wait(90)
    told = story.watch.incident.told
    (notice,) = story.press("resolve", by, trusted=trusted)
    assert (notice.kind, notice.to, story.state) == ("resolved", told, "calm")


# updates


def test_the_first_position_is_told_at_once():
    story = alarmed()
    story.fix()
    (notice,) = story.wait(0.25)
    assert (notice.kind, notice.fix.latitude) == ("update", HERE[0])


def test_new_evidence_is_told_with_its_reason():
    story = alarmed()
    story.wait(29)
    story.look(0.99, "stress")
    assert {reason.cue for reason in story.wait(1)[0].reasons} == {"scream", "stress"}


def test_updates_become_rarer_but_ten_minutes_are_the_most():
    story = acknowledged(acknowledge_lasts_s=86_400.0)
    at = [story.watch.at]
    for _ in range(4 * 3600):
        story.fix(north_m=30 * story.watch.at)
        at += [notice.at for notice in story.wait(1)][:1]
    waits = [later - earlier for earlier, later in pairwise(at)]
    assert waits[1:4] == [45.0, 67.5, 101.25]
    assert max(waits) <= 600.25


def test_the_peak_is_told_even_when_the_belief_has_faded():
    story = alarmed()
    story.look(1.0)
    peak = round(story.watch.belief.probability, 4)
    story.wait(60)
    assert story.press("acknowledge", "Mum")[0].belief == peak


# pause


def test_a_paused_agent_hears_no_scream():
    story = Story()
    story.press("pause", minutes=10)
    assert story.look() == ()


def test_a_paused_agent_still_hears_sos():
    story = Story()
    story.press("pause", minutes=10)
    assert story.press("sos")[0].to == EVERYONE


def test_a_pause_does_not_stop_a_countdown():
    story = Story()
    story.look()
    story.press("pause", minutes=10)
    assert story.wait(15)[-1].kind == "alarm"


@pytest.mark.parametrize(("minutes", "seconds"), [(10.0, 600), (1e9, 12 * 3600), (float("inf"), 12 * 3600)])
def test_a_pause_ends_by_itself(minutes, seconds):
    story = Story()
    story.press("pause", minutes=minutes)
    story.feed(Tick(seconds - 0.25, WALL))
    assert story.look() == ()
    story.feed(Tick(float(seconds), WALL))
    assert story.look()[0].kind == "pre_alarm"


def test_resume_ends_a_pause():
    story = Story()
    story.press("pause", minutes=10)
    story.press("resume")
    assert story.look()[0].kind == "pre_alarm"


def test_what_was_heard_before_a_pause_does_not_count_after_it():
    story = Story()
    story.look(0.95)
    story.press("pause", minutes=1)
    story.press("resume")
    assert story.look(0.95) == ()


# the rest


def test_a_gap_never_changes_the_belief():
    story = Story()
    story.look(0.9)
    belief = story.watch.belief
    story.lose()
    story.find()
    assert story.watch.belief is belief


def test_a_drill_goes_to_everyone_marked_and_is_no_incident():
    story = Story()
    (notice,) = story.press("test", "Mum")
    assert (notice.kind, notice.test, notice.to) == ("alarm", True, EVERYONE)
    assert story.watch.incident is None


def test_a_drill_amid_an_alarm_leaves_it_alone():
    story = alarmed()
    before = story.watch.incident
    story.press("test")
    assert story.watch.incident == before


@pytest.mark.parametrize("jump", [STRANGER_TO_TIME, -STRANGER_TO_TIME])
def test_timers_do_not_care_for_a_wall_clock_that_jumps(jump):
    story = Story()
    story.look()
    story.wait(5)
    story.jump = jump
    assert [notice.at for notice in story.wait(100)] == [15.0, 105.0]


def test_wall_time_is_told_as_the_newest_tick_had_it():
    story = Story()
    story.jump = 5.0
    story.wait(1)
    assert story.look()[0].wall == pytest.approx(WALL + 5 + 1, abs=1e-3)


def test_a_receipt_changes_nothing():
    story = alarmed()
    assert story.feed(Receipt(story.watch.at, "id", 1, "sms", "+491", "failed")) == ()


def test_a_look_that_comes_late_raises_no_older_time():
    story = Story()
    story.wait(10)
    story.feed(Cue(9.0, "scream", 0.99, "scream heard"))
    assert story.told[0].at == 10.0


def test_a_policy_that_lost_a_kind_still_hears_sos():
    story = Story()
    story.look(0.9, "stress")
    story.policy = replace(story.policy, cues={"scream": POLICY.cues["scream"]})
    assert story.press("sos")[0].kind == "alarm"


def test_step_leaves_the_mind_it_was_given_alone():
    story = alarmed()
    before = repr(story.watch)
    step(story.watch, Cue(16.0, "scream", 1.0, "again"), story.policy)
    assert repr(story.watch) == before
