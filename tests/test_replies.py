"""Replies by SMS: who is heard, what they mean, and that no slip of a thumb ends an alarm."""

from dataclasses import replace

import pytest

from agent.core.drills import LASTS_S
from agent.core.events import Press, Receipt, Tick
from agent.core.incident import State
from agent.core.names import names
from agent.core.notice import Address
from agent.core.policy import Contact
from agent.replies import AGAIN_S, Ear, only_of
from agent.wording.people import once_more, room, still_open
from tests.test_page import BEN, EVA, Mind

BENS, EVAS = "+491709999999", "+491701234567"
WHO = {Address("sms", BENS): "Ben <b>", EVA: "Eva"}


@pytest.fixture
def mind():
    """An alarm at SOS."""
    mind = Mind()
    mind.put(Press(0.0, "sos"))
    return mind


def ear_of(mind):
    return Ear(WHO, "Asha", mind.clock, lambda: mind.watch, mind.answer)


@pytest.fixture
def ear(mind):
    return ear_of(mind)


@pytest.mark.parametrize(
    ("number", "text", "state"),
    [
        ("+49 170 1234567", "1", "acknowledged"),
        ("+491701234567", " 1 - on my way", "acknowledged"),
        ("+491701234567", "2", "active"),
        ("+491701234567", "12", "active"),
        ("+491701234567", "yes", "active"),
        ("+491701234567", "", "active"),
        ("+491708888888", "1", "active"),
        ("INFO", "1", "active"),
    ],
)
async def test_it_is_heard_only_from_a_contact_and_by_the_code(mind, ear, number, text, state):
    back = await ear.heard(number, text)
    assert mind.watch.state.value == state
    assert (back is not None) is (text == "2")
    if state == "acknowledged":
        assert mind.watch.incident.acknowledged_by == "Eva"


async def test_a_second_2_ends_it_for_everyone_and_the_first_says_so(mind, ear):
    back = await ear.heard(EVAS, "2")
    assert back == (
        "Nobody is on the way to Asha yet. Sure it is a false alarm? "
        "Send 2 again within 5 min to end it for all"
    )
    mind.clock.seconds += 30
    assert await ear.heard(EVAS, "2 really") is None
    assert mind.watch.state.value == "calm"
    assert "closed by Eva" in mind.notices[-1].text


async def test_whoever_went_ends_it_at_once(mind, ear):
    await ear.heard(EVAS, "1")
    assert await ear.heard(EVAS, "2") is None
    assert mind.watch.state.value == "calm"


async def test_somebody_else_hears_who_is_on_the_way(mind, ear):
    await ear.heard(BENS, "1")
    assert (await ear.heard(EVAS, "2")).startswith("Ben <b> is on the way to Asha. Sure")
    assert mind.watch.state.value == "acknowledged"


@pytest.mark.parametrize("later_s", [0.0, AGAIN_S[0] - 1])
async def test_one_that_the_network_brings_twice_is_one(mind, ear, later_s):
    await ear.heard(EVAS, "2")
    mind.clock.seconds += later_s
    assert await ear.heard(EVAS, "2") is None
    assert mind.watch.state.value == "active"


async def test_after_five_minutes_and_from_two_people_it_is_asked_again(mind, ear):
    assert await ear.heard(EVAS, "2")
    mind.clock.seconds += 20
    assert await ear.heard(BENS, "2")
    mind.clock.seconds += AGAIN_S[1]
    assert await ear.heard(EVAS, "2")
    assert mind.watch.state.value == "active"


async def test_with_somebody_on_the_way_since_it_is_another_question(mind, ear):
    await ear.heard(EVAS, "2")
    mind.clock.seconds += 20
    await ear.heard(BENS, "1")
    assert "Ben <b> is on the way" in await ear.heard(EVAS, "2")
    assert mind.watch.state.value == "acknowledged"


async def test_a_2_of_the_last_alarm_ends_not_the_next(mind, ear):
    await ear.heard(EVAS, "2")
    mind.put(Press(0.0, "resolve", by="Ben <b>"))
    mind.put(Press(0.0, "sos"))
    mind.clock.seconds += 20
    assert await ear.heard(EVAS, "2")
    assert mind.watch.state.value == "active"


async def test_without_an_alarm_a_2_is_nothing():
    mind = Mind()
    assert await ear_of(mind).heard(EVAS, "2") is None
    assert mind.notices == []


async def test_that_a_cancel_was_forced_is_said_first(mind, ear):
    mind.put(Press(0.0, "duress", trusted=True))
    assert (await ear.heard(EVAS, "2")).startswith("The cancel was FORCED. Nobody is on the way")


def arrived(mind, notice, to=EVA):
    mind.put(Receipt(0.0, notice.incident_id, notice.seq, to.channel, to.recipient, "accepted"))


async def test_the_answer_to_a_drill_is_not_taken_for_one_to_an_alarm_that_has_not_arrived():
    mind = Mind()
    mind.put(Press(0.0, "test"))
    arrived(mind, mind.notices[0])
    mind.put(Press(0.0, "sos"))
    ear = ear_of(mind)
    assert await ear.heard(EVAS, "1") == (
        "Taken for the TEST. But a REAL alarm of Asha is open, nobody is on the way yet. "
        "Send 1 if you are going, 2 if it is false"
    )
    assert mind.watch.state.value == "active"
    assert [answer.by for answer in mind.watch.drills[-1].answers] == ["Eva"]
    assert await ear.heard(EVAS, "2") is None
    arrived(mind, mind.notices[1])
    await ear.heard(EVAS, "1")
    assert mind.watch.incident.acknowledged_by == "Eva"


def drilled():
    """A mind whose drill has arrived at Eva's."""
    mind = Mind()
    mind.put(Press(0.0, "test"))
    arrived(mind, mind.notices[0])
    return mind


async def test_who_was_told_of_the_open_alarm_answers_that_and_not_the_drill_again():
    mind = drilled()
    mind.put(Press(0.0, "sos"))
    ear = ear_of(mind)
    assert "REAL alarm" in await ear.heard(EVAS, "2")
    assert await ear.heard(EVAS, "1") is None, "come within seconds: nobody has read it yet"
    assert mind.watch.state.value == "active"
    mind.clock.seconds += AGAIN_S[0]
    assert await ear.heard(EVAS, "1") is None
    assert mind.watch.incident.acknowledged_by == "Eva"


async def test_an_answer_long_after_a_drill_is_of_the_alarm_that_has_not_arrived():
    mind = drilled()
    mind.clock.seconds += LASTS_S + 1
    mind.put(Tick(mind.clock.now(), mind.clock.wall()))
    mind.put(Press(mind.clock.now(), "sos"))
    assert only_of(mind.watch, EVA) is None
    assert await ear_of(mind).heard(EVAS, "1") is None
    assert mind.watch.incident.acknowledged_by == "Eva"


async def test_nobody_hears_of_a_pre_alarm_by_answering_a_drill():
    mind = drilled()
    mind.put(Press(0.0, "sos"))
    mind.watch = replace(mind.watch, incident=replace(mind.watch.incident, state=State.PRE_ALARM))
    assert await ear_of(mind).heard(EVAS, "1") is None
    assert [answer.by for answer in mind.watch.drills[-1].answers] == ["Eva"]


async def test_where_nothing_is_known_of_an_address_an_answer_is_of_the_alarm(mind):
    assert only_of(mind.watch, EVA) is None
    assert only_of(mind.watch, BEN) is None


async def test_a_drill_is_answered_while_all_is_calm():
    mind = Mind()
    mind.put(Press(0.0, "test"))
    await ear_of(mind).heard(EVAS, "1")
    assert [answer.by for answer in mind.watch.drills[-1].answers] == ["Eva"]


def test_the_question_is_one_message():
    assert room(once_more("Asha", "Benedikt", 5, forced=True)) >= 0
    assert room(still_open("Asha", "Benedikt", forced=True)) >= 0


def test_who_share_an_address_answer_together():
    shared = (Contact("Ben", (BEN,)), Contact("Eva", (BEN, EVA)))
    assert names(shared) == {BEN: "Ben or Eva", EVA: "Eva"}
