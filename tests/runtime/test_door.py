"""The door: what comes in, what is refused and why, and what nobody may notice."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agent.core.events import Gap, Press
from agent.core.policy import Contact, Policy
from agent.core.shown import face, outcry, shown
from agent.core.watch import begin, step
from agent.runtime.board import Board
from agent.runtime.clock import SetClock
from agent.runtime.door import LOCKED_S, REMEMBERED, Door, Pins
from agent.wording import Device, state
from agent.wording.wearer import status
from tests.house import WALL
from tests.virtual import run

SCHEMAS = Path(__file__).parents[2] / "docs" / "mqtt"
PINS = Pins.of("1234", "4321", b"s" * 16)


class Home:
    """A mind behind a door: what the door puts in is thought through at once."""

    def __init__(self, pins=None, *past, contacts=()):
        self.policy = Policy(pin_needed=pins is not None, contacts=contacts)
        self.clock = SetClock(WALL, 100.0)
        self.board = Board(begin(100.0, WALL + 100, "seed", self.policy))
        self.put = []
        self.count = 0
        self.door = Door(self.clock, self.board, self.policy, self.take, pins)
        for press in past:
            self.take(Press(100.0, press, "Ben", trusted=True))
        self.put.clear()

    def take(self, event):
        self.put.append(event)
        self.board.show(step(self.board.watch, event, self.policy)[0])

    def ask(self, action, by="Ben", retained=False, **more):
        """A well-formed request, or one bent by `more`; the answer, checked against its schema."""
        self.count += 1
        told = {"request_id": f"r{self.count}", "action": action, "by": by, "at": iso(WALL + 100)}
        return self.knock(json.dumps(told | more).encode(), retained)

    def knock(self, payload, retained=False):
        answer = self.door.knock(payload, retained)
        schema = json.loads((SCHEMAS / "response.json").read_text())
        Draft202012Validator(schema).validate(json.loads(json.dumps(answer)))
        return answer

    def error(self, *args, **more):
        answer = self.ask(*args, **more)
        assert answer["ok"] is False
        assert self.put == []
        return answer["error"]


def iso(wall):
    return datetime.fromtimestamp(wall, UTC).isoformat()


def test_a_call_for_help_and_its_answer():
    home = Home()
    assert home.ask("sos", "wearer") == {"request_id": "r1", "ok": True, "state": "active"}
    assert home.put == [Press(100.0, "sos", "wearer", minutes=30.0)]


@pytest.mark.parametrize(
    ("action", "state"),
    [("acknowledge", "acknowledged"), ("resolve", "calm"), ("cancel", "active"), ("test", "active")],
)
def test_what_caregivers_ask_during_an_incident(action, state):
    home = Home(None, "sos")
    name = home.board.watch.incident.id
    answer = home.ask(action, incident_id=name)
    assert answer == {"request_id": "r1", "ok": True, "state": state}
    about = None if action == "test" else name
    assert home.put == [Press(100.0, action, "Ben", minutes=30.0, about=about)]
    assert home.board.watch.state.value == state


def test_a_pause_says_how_long_or_lasts_half_an_hour():
    home = Home()
    home.ask("pause", minutes=90)
    home.ask("pause")
    home.ask("resume")
    assert [(press.action, press.minutes) for press in home.put[:2]] == [("pause", 90.0), ("pause", 30.0)]


def test_a_check_in_is_agreed_and_called_off():
    home = Home()
    assert home.ask("checkin", "wearer", due=iso(WALL + 4000))["ok"]
    assert home.board.watch.checkin.due_wall == WALL + 4000
    assert home.ask("checkin_off", "wearer")["ok"]
    assert home.board.watch.checkin is None


def test_a_check_in_needs_a_time_that_is_still_to_come():
    home = Home()
    why = "a check-in needs a time ahead of the device's clock, by at most seven days"
    assert home.error("checkin") == why
    assert home.error("checkin", due=iso(WALL)) == why
    assert home.error("checkin", due=iso(WALL + 8 * 86_400)) == why
    assert home.error("checkin", due="22:30") == "due must be a time like 2026-01-01T21:04:00.000Z"


def test_putting_a_check_in_off_or_away_needs_the_pin():
    home = Home(PINS)
    assert home.ask("checkin", "wearer", due=iso(WALL + 4000))["ok"]
    home.put.clear()
    assert home.error("checkin", "wearer", due=iso(WALL + 5000)) == "this needs the PIN"
    assert home.error("checkin_off", "wearer") == "this needs the PIN"
    assert home.ask("checkin", "wearer", due=iso(WALL + 3000))["ok"]
    assert home.ask("checkin_off", "wearer", pin="1234")["ok"]
    assert home.board.watch.checkin is None


def test_the_siren_is_silenced_by_the_wearer_with_the_pin_alone():
    home = Home(PINS, "sos")
    assert home.error("silence", "wearer") == "this needs the PIN"
    assert home.ask("silence", "wearer", pin="1234")["ok"]
    assert home.board.watch.incident.silenced


def test_a_drill_is_answered_though_no_incident_is_open():
    home = Home(None, "test")
    drill = home.board.watch.drills[-1].incident_id
    assert home.error("acknowledge", incident_id="01OLD") == "no incident is open"
    assert home.error("resolve", incident_id=drill) == "no incident is open"
    assert home.ask("acknowledge", incident_id=drill) == {"request_id": "r3", "ok": True, "state": "calm"}
    assert home.ask("acknowledge")["ok"]


def test_what_is_about_a_drill_is_never_taken_for_the_alarm_nor_the_reverse():
    people = (Contact("Ben", (), 1), Contact("Eva", (), 1))
    home = Home(None, "test", contacts=people)
    drill = home.board.watch.drills[-1].incident_id
    home.ask("sos", "wearer")
    alarm = home.board.watch.incident.id
    assert home.ask("acknowledge", incident_id=drill) == {"request_id": "r2", "ok": True, "state": "active"}
    assert [answer.by for answer in home.board.watch.drills[-1].answers] == ["Ben"]
    assert home.board.watch.incident.acknowledged_by is None
    assert home.ask("resolve", incident_id=drill)["error"].startswith("it is about another")
    home.ask("resolve", incident_id=alarm)
    assert home.ask("acknowledge", "Eva", incident_id=alarm)["error"] == "no incident is open"
    assert [answer.by for answer in home.board.watch.drills[-1].answers] == ["Ben"]


def test_what_happens_between_the_question_and_the_answer_changes_what_nothing_is_about():
    """An alarm that begins while the answer to a drill waits in the inbox is not acknowledged by it."""
    home = Home(None, "test")
    waiting = []
    home.door = Door(home.clock, home.board, home.policy, waiting.append)
    home.ask("acknowledge", incident_id=home.board.watch.drills[-1].incident_id)
    home.take(Press(100.0, "sos"))
    home.take(waiting[0])
    assert home.board.watch.state.value == "active"


def test_a_dict_from_the_local_socket_is_a_request_too():
    home = Home()
    answer = home.door.knock({"request_id": "x", "action": "sos", "by": "wearer", "at": iso(WALL + 100)})
    assert answer["ok"]


def test_what_is_refused_and_why():
    home = Home()
    assert home.error("sos", retained=True) == "a request must not be retained"
    assert home.error("sos", at=iso(WALL)) == "it is 100 s old by the device's clock; at most 60 s are heard"
    assert home.error("sos", at=iso(WALL + 200)) == "it is 100 s from the future by the device's clock"
    assert home.error("sos", at="yesterday") == "at must be a time like 2026-01-01T21:04:00.000Z"
    assert home.error("sos", at="2026-01-01T21:05:40") == "at must be a time like 2026-01-01T21:04:00.000Z"
    assert home.error("dance").startswith("action must be one of acknowledge, resolve")
    assert home.error("duress").startswith("action must be one of")
    assert home.error("sos", by="") == "by must be a text of 1 to 100 characters"
    assert home.error("sos", by=["Ben"]) == "by must be a text of 1 to 100 characters"
    assert home.error("sos", by="B\n") == "by must be a text of 1 to 100 characters"
    assert home.error("pause", minutes=-1) == "minutes must be a number from 0 to 10000"
    assert home.error("pause", minutes=True) == "minutes must be a number from 0 to 10000"
    assert home.error("pause", minutes=10**400) == "minutes must be a number from 0 to 10000"
    assert home.error("acknowledge") == "no incident is open"
    assert home.ask("sos", incident_id="01X")["ok"]


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "it is no JSON"),
        (b"\xff\xfe", "it is no UTF-8"),
        (b"[" * 8000, "it is no JSON"),
        (b'{"a":' * 1600, "it is no JSON"),
        (b"[]", "it must be a JSON object"),
        (b"null", "it must be a JSON object"),
        (b'{"minutes": NaN}', "it is no JSON"),
        (b'{"minutes": ' + b"9" * 5000 + b"}", "it is no JSON"),
        (b"x" * 10_000_000, "a request has at most 8192 bytes, this one has 10000000"),
        (b"{}", "action must be a text of 1 to 100 characters"),
        (b'{"action": "\\ud800"}', "action must be a text of 1 to 100 characters"),
    ],
    ids=range(11),
)
def test_payloads_that_are_none(payload, why):
    home = Home()
    assert home.knock(payload) == {"request_id": None, "ok": False, "error": why, "state": "calm"}
    assert home.put == []


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(),
        lambda inner: st.dictionaries(
            st.sampled_from(["request_id", "action", "by", "at", "pin", "minutes", "incident_id"]), inner
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode())
)
def test_nothing_that_comes_in_raises_an_error(payload):
    home = Home(PINS, "sos")
    assert home.knock(payload)["ok"] is False
    assert home.put == []


def test_a_request_is_heard_once():
    home = Home()
    home.ask("sos", request_id="once")
    home.put.clear()
    assert home.error("sos", request_id="once") == "this request_id was heard before"


def test_memory_of_requests_is_bounded():
    home = Home()
    for count in range(REMEMBERED + 50):
        home.ask("resume", request_id=f"many-{count}")
    assert len(home.door._seen) == REMEMBERED


def test_an_incident_that_is_over_is_not_the_open_one():
    home = Home(None, "sos", "resolve", "sos")
    assert home.error("resolve", incident_id="01OLD") == "it is about another incident than the open one"


def test_where_there_is_a_pin_silencing_needs_it():
    home = Home(PINS, "sos")
    assert home.error("cancel", "wearer") == "this needs the PIN"
    assert home.error("pause", "wearer") == "this needs the PIN"
    assert home.error("cancel", "wearer", pin="1111") == "wrong PIN"
    assert home.ask("resolve", "wearer", pin="1234") == {"request_id": "r4", "ok": True, "state": "calm"}
    assert home.put == [Press(100.0, "resolve", "wearer", trusted=True, minutes=30.0)]


def test_five_wrong_pins_lock_all_but_calls_for_help_and_tell():
    async def story():
        home = Home(PINS, "sos")
        for _ in range(5):
            assert home.ask("cancel", "wearer", pin="0000")["error"] == "wrong PIN"
        (gap,) = home.put
        assert isinstance(gap, Gap)
        assert gap.open
        assert "5 wrong PINs in a row" in gap.why
        locked = "too many wrong PINs: requests are locked for 10 minutes"
        assert home.ask("cancel", "wearer", pin="1234")["error"] == locked
        assert home.ask("resolve")["error"] == locked
        assert home.ask("sos", "wearer")["ok"]
        assert home.ask("acknowledge")["ok"]
        await asyncio.sleep(LOCKED_S + 1)
        assert home.put[-1] == Gap(100.0, "requests", open=False)
        assert home.ask("cancel", "wearer", pin="1234")["ok"]

    run(story())


def test_the_duress_pin_is_heard_unseen_while_requests_are_locked():
    async def story():
        home = Home(PINS, "sos")
        for _ in range(5):
            home.ask("cancel", "wearer", pin="0000")
        answer = home.ask("cancel", "wearer", pin="4321")
        assert answer["error"].startswith("too many wrong PINs")
        assert home.board.watch.incident.duress

    run(story())


def test_a_right_pin_forgives_the_wrong_ones_before_it():
    home = Home(PINS, "sos")
    for pin in ("0", "0", "0", "0", "1234", "0", "0", "0", "0", "1234"):
        answer = home.ask("cancel", "wearer", pin=pin)
        assert answer["ok"] is (pin == "1234")


def test_a_call_for_help_is_heard_whatever_pin_comes_with_it():
    home = Home(PINS)
    assert home.ask("sos", "wearer", pin="0000")["ok"]


@pytest.mark.parametrize(
    "past", [(), ("sos",), ("sos", "acknowledge")], ids=["calm", "active", "acknowledged"]
)
@pytest.mark.parametrize("action", ["cancel", "pause", "resolve", "checkin_off", "silence"])
def test_the_duress_pin_looks_like_the_right_one_and_alarms(past, action):
    right, forced = Home(PINS, *past), Home(PINS, *past)
    assert forced.ask(action, "wearer", pin="4321") == right.ask(action, "wearer", pin="1234")
    (press,) = forced.put
    assert (press.action, press.trusted) == ("duress", True)
    assert forced.board.watch.incident.duress
    assert forced.board.watch.state.value == "active"
    assert faces(forced) == faces(right)
    assert forced.ask("cancel", "wearer", pin="1234") == right.ask("cancel", "wearer", pin="1234")


def faces(home):
    """What the device shows: lamp, screen, siren, and the answer to `status`."""
    watch = home.board.watch
    told = state(shown(watch), (), Device("belt", "Asha"), "1", None)
    return face(watch), status(watch, home.policy), outcry(watch, home.policy), told


@pytest.mark.parametrize("action", ["sos", "cancel", "pause"])
def test_while_requests_are_locked_the_two_pins_are_answered_alike(action):
    async def story():
        right, forced = Home(PINS, "sos"), Home(PINS, "sos")
        for home in (right, forced):
            for _ in range(5):
                home.ask("cancel", "wearer", pin="0000")
        assert right.ask(action, "wearer", pin="1234") == forced.ask(action, "wearer", pin="4321")
        assert forced.board.watch.incident.duress
        assert faces(forced) == faces(right)

    run(story())


def test_after_duress_the_wearers_side_stays_calm_and_the_caregivers_sees_the_truth():
    home = Home(PINS)
    home.ask("cancel", "wearer", pin="4321")
    assert home.ask("cancel", "wearer", pin="1234")["error"] == "no incident is open"
    assert home.ask("resume", "wearer")["state"] == "calm"
    assert home.ask("acknowledge", "Ben")["state"] == "acknowledged"


def test_pins_are_kept_as_salted_hashes_and_in_no_repr():
    assert b"1234" not in PINS.right
    assert Pins.of("1234", None, b"t" * 16).right != PINS.right
    assert [PINS.says(pin) for pin in ("1234", "4321", "", "12345")] == ["right", "duress", "wrong", "wrong"]
    assert Pins.of("1", None, b"s" * 16).says("2") == "wrong"


def test_an_agent_that_is_too_busy_says_so():
    def full(_):
        raise asyncio.QueueFull

    home = Home()
    home.door = Door(home.clock, home.board, home.policy, full)
    assert home.ask("sos")["error"] == "the agent is too busy to hear it; ask again"


@pytest.mark.parametrize(
    "payload",
    [
        {"request_id": "1", "action": "sos", "by": "a", "at": iso(WALL)},
        {"request_id": "1", "action": "checkin", "by": "a", "at": iso(WALL), "due": iso(WALL + 60)},
    ],
)
def test_the_schema_of_requests_takes_what_the_door_takes(payload):
    Draft202012Validator(json.loads((SCHEMAS / "request.json").read_text())).validate(payload)


def test_where_contacts_are_named_nobody_else_ends_or_answers_but_anybody_may_call_for_help():
    home = Home(contacts=(Contact("Ben", (), 1),))
    assert home.ask("sos", "Zed")["ok"]
    home.put.clear()
    assert home.error("resolve", "Zed") == "nobody of that name is a contact"
    assert home.ask("acknowledge", "Ben")["ok"]
