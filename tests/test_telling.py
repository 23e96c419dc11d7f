"""Telling: the JSON events of demo, replay and run."""

import json

import pytest

from agent.core.events import Cue, Fix, Gap, Power, Press, Receipt, Tick
from agent.core.notice import Address
from agent.core.policy import Policy
from agent.core.watch import begin, step
from agent.telling import tell

POLICY = Policy(broadcast=(Address("mqtt"),))


def told(*events):
    watch, lines = begin(0.0, 1e9, "seed", POLICY), []
    for event in events:
        after, notices = step(watch, event, POLICY)
        lines += tell(event, watch, after, notices, POLICY)
        watch = after
    return lines


def names(lines):
    return [line["event"] for line in lines]


def test_a_quiet_look_is_only_a_score():
    assert told(Cue(1.0, "scream", 0.012345, "scream heard")) == [
        {"event": "score", "at": 1.0, "model": "scream", "probability": 0.0123}
    ]


def test_an_overwhelming_look_is_score_cue_belief_and_pre_alarm():
    lines = told(Fix(0.5, 48.0, 11.0, 8.0), Cue(1.0, "scream", 0.99, "scream heard"))
    assert names(lines) == ["score", "cue", "belief", "pre_alarm"]
    assert lines[-1]["location"] == {
        "at": 0.5,
        "latitude": 48.0,
        "longitude": 11.0,
        "accuracy_m": 8.0,
        "source": "gps",
    }
    assert lines[-1]["reasons"][0]["cue"] == "scream"
    assert lines[-1]["reasons"][0]["text"] == "scream heard"


def test_the_countdown_ends_in_an_alarm_of_the_same_incident():
    lines = told(Cue(1.0, "scream", 0.99, "scream heard"), Tick(16.0, 1e9 + 16))
    first, last = (line for line in lines if line["event"] in ("pre_alarm", "alarm"))
    assert (first["incident_id"], first["seq"], last["seq"]) == (last["incident_id"], 1, 2)
    assert last["location"] is None


def test_an_escalation_is_an_update_that_says_its_kind():
    lines = told(Press(1.0, "sos"), Tick(92.0, 1e9 + 92))
    assert [(line["event"], line.get("kind")) for line in lines] == [
        ("alarm", "alarm"),
        ("update", "escalated"),
    ]


def test_a_lost_sensor_is_told_as_health():
    (line,) = told(Gap(3.0, "microphone", open=True, why="unplugged"))
    assert line == {"event": "health", "at": 3.0, "part": "microphone", "state": "lost", "why": "unplugged"}


def test_last_words_are_told_as_health():
    (line,) = told(Power(3.0, battery=0.2), Power(13.0, battery=0.15), Power(23.0, battery=0.14))
    why = "battery at 15 %"
    assert line == {"event": "health", "at": 13.0, "part": "power", "state": "faulty", "why": why}


def test_a_receipt_is_told_with_the_notice_it_is_of():
    (line,) = told(Receipt(3.0, "01J", 2, "mqtt", "*", "accepted"))
    assert (line["event"], line["incident_id"], line["seq"], line["outcome"]) == (
        "delivered",
        "01J",
        2,
        "accepted",
    )


@pytest.mark.parametrize("recipient", ["+4915112345678", "eva@home.example"])
def test_a_receipt_names_nobodys_number_or_address(recipient):
    (line,) = told(Receipt(3.0, "01J", 2, "sms", recipient, "failed", f"550 no {recipient} here"))
    assert recipient not in json.dumps(line)
    assert (line["channel"], told(Receipt(3.0, "01J", 2, "mqtt", "*", "accepted"))[0]["recipient"]) == (
        "sms",
        "*",
    )


def test_every_event_is_plain_json():
    lines = told(Press(1.0, "sos"), Press(2.0, "test"), Gap(3.0, "gps", open=True))
    assert all(json.loads(json.dumps(line, allow_nan=False)) == line for line in lines)
