"""Pack: events survive JSON to the bit, and give the same decisions again."""

import json
import re
from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.events import Cue, Fix, Gap, Power, Press, Receipt, Tick
from agent.core.pack import KINDS, pack, policy_hash, unpack
from agent.core.policy import Contact
from agent.core.watch import begin, step
from tests.core.story import BEN, EVE, HERE, MUM, POLICY, WALL

EVENTS = st.one_of([st.from_type(kind) for kind in KINDS.values()])


def through_json(event):
    return unpack(json.loads(json.dumps(pack(event), allow_nan=False)))


def test_every_event_can_be_packed():
    assert set(KINDS) == {"Cue", "Fix", "Press", "Gap", "Power", "Receipt", "Tick"}


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(EVENTS)
def test_an_event_comes_back_to_the_bit(event):
    assert repr(through_json(event)) == repr(event)


@pytest.mark.parametrize("number", [nan, inf, -inf, -0.0, 5e-324, 0.1 + 0.2, 1.8e9 + 1e-6, 1e308])
def test_every_number_comes_back(number):
    assert repr(through_json(Tick(number, number))) == repr(Tick(number, number))


def a_night():
    """A check-in, a walk, a scream, a duress PIN: one incident and all that led to it."""
    yield Press(0.0, "checkin", due_wall=WALL + 90)
    for quarter in range(1, 1200):
        at = quarter / 4
        yield Tick(at, WALL + at + 0.1 / quarter, 3600.0)
        if quarter % 40 == 0:
            yield Fix(at, HERE[0] + at / 1e4, HERE[1], 1 / 3)
        if quarter % 2 == 0:
            yield Cue(at, "scream", (quarter * 7 % 100) / 103, "scream heard")
    yield Receipt(at, "id", 1, "sms", "+491", "accepted")
    yield Gap(at, "microphone", open=True, why="unplugged")
    yield Power(at, 0.049)
    yield Press(at, "duress", trusted=True)


def lived(events):
    watch, told = begin(0.0, WALL, "seed", POLICY), []
    for event in events:
        watch, notices = step(watch, event, POLICY)
        told += notices
    return repr(watch), repr(told)


def test_packed_and_unpacked_a_night_gives_the_same_decisions_to_the_bit():
    night = list(a_night())
    assert lived(night) == lived(map(through_json, night))
    assert "duress" in lived(night)[1]


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        ({}, "no such event: None"),
        ({"event": "Dance", "at": 1.0}, "no such event: 'Dance'"),
        ({"event": []}, "no such event"),
        ({"event": "Tick", "at": 1.0}, "utc_offset_s, wall"),
        ({"event": "Gap", "at": 1.0, "part": "gps", "open": True}, "other fields than these: why"),
        (
            {"event": "Tick", "at": 1.0, "wall": 2.0, "utc_offset_s": None, "x": 1},
            "other fields than these: x",
        ),
        ({"event": "Tick", "at": "soon", "wall": 2.0, "utc_offset_s": None}, "at must be float, not 'soon'"),
        ({"event": "Tick", "at": True, "wall": 2.0, "utc_offset_s": None}, "at must be float, not True"),
        ({"event": "Tick", "at": None, "wall": 2.0, "utc_offset_s": None}, "at must be float, not None"),
        ({"event": "Gap", "at": 1.0, "part": 5, "open": True, "why": ""}, "part must be str, not 5"),
        ({"event": "Gap", "at": 1.0, "part": "gps", "open": 1, "why": ""}, "open must be bool, not 1"),
    ],
)
def test_what_pack_did_not_give_is_refused_in_one_sentence(packed, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        unpack(packed)


def test_a_policy_has_one_hash():
    assert policy_hash(POLICY) == policy_hash(replace(POLICY))
    assert len(policy_hash(POLICY)) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"k": 3},
        {"countdown_s": 16.0},
        {"contacts": POLICY.contacts[:2]},
        {"broadcast": ()},
        {"quiet": (0.0, 1.0)},
    ],
)
def test_another_rule_is_another_hash(change):
    assert policy_hash(replace(POLICY, **change)) != policy_hash(POLICY)


def test_who_the_contacts_are_is_not_in_it():
    people = Contact("Ben", (EVE,)), Contact("Eve", (MUM,)), Contact("Ben", (BEN,))
    by_sms, also_by_sms, by_mail = (policy_hash(replace(POLICY, contacts=(one,))) for one in people)
    assert by_sms == also_by_sms != by_mail
