"""Payloads against their schemas; sentences and SMS as people read them."""

import json
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agent.channels import Message
from agent.core.belief import Belief, Trace
from agent.core.events import Fix
from agent.core.incident import Incident, State
from agent.core.notice import Reason
from agent.core.policy import Policy
from agent.core.watch import begin
from agent.runtime.board import Health
from agent.wording import Device, alert, health, location, scores, sentence, sms, state
from agent.wording.people import GSM_7, HEADS, plain, room
from tests.house import WALL, notice

SCHEMAS = Path(__file__).parents[1] / "docs" / "mqtt"
ASHA = Device("asha-1", "Asha", ZoneInfo("Europe/Paris"))


def valid(name, payload):
    """The payload as a reader gets it, checked against docs/mqtt."""
    told = json.loads(json.dumps(payload, allow_nan=False))
    Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text())).validate(told)
    return told


def message(late=False, after=0.0, **facts):
    told = notice(**facts)
    return Message(told, "+4915112345678", late, told.wall + after)


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: file.stem)
def test_the_schemas_are_schemas(file):
    Draft202012Validator.check_schema(json.loads(file.read_text()))


@pytest.mark.parametrize("kind", HEADS)
def test_every_kind_of_alert_fits_its_schema(kind):
    valid("alert", alert(message(kind=kind, countdown_s=15.0, battery=0.816), ASHA))


def test_an_alert_says_what_the_contract_says():
    assert alert(message(late=True, acknowledged_by="Ben", battery=0.12), ASHA) == {
        "schema": 1,
        "device_id": "asha-1",
        "name": "Asha",
        "incident_id": "01KDX0000000000000000000AA",
        "seq": 1,
        "kind": "alarm",
        "at": "2026-01-01T21:05:40.000Z",
        "test": False,
        "late": True,
        "duress": False,
        "belief": 0.93,
        "reasons": [
            {"cue": "scream", "share": 5.1, "text": "scream heard"},
            {"cue": "stress", "share": 1.2, "text": "pulse up"},
        ],
        "location": {
            "latitude": 48.13712,
            "longitude": 11.57549,
            "accuracy_m": 8.0,
            "at": "2026-01-01T21:05:37.000Z",
            "source": "gps",
        },
        "countdown_s": None,
        "tier": 1,
        "acknowledged_by": "Ben",
        "battery": 12.0,
        "text": "",
        "track": [],
    }


def test_what_is_no_number_becomes_null():
    odd = message(
        belief=float("nan"),
        reasons=(Reason("x", float("inf"), "x"),),
        fix=Fix(1.0, 1.0, 2.0, float("nan")),
    )
    told = valid("alert", alert(odd, ASHA))
    assert told["belief"] is None
    assert told["reasons"][0]["share"] is None
    assert told["location"]["accuracy_m"] is None


def a_watch():
    watch = begin(500.0, WALL + 500, "seed", Policy())
    fix = Fix(490.0, 48.13712, 11.57549, 7.6)
    incident = Incident("01KDX0000000000000000000AA", State.ACTIVE, 450.0, 0.9, ())
    heard = Belief(500.0, 0.87654, (Trace("scream", 499.0, 5.0, "scream heard", (0.1, 0.98)),))
    return type(watch)(500.0, watch.offset, "seed", heard, incident, fix)


def test_state_health_scores_and_location_fit_their_schemas():
    watch, part = a_watch(), Health("microphone", "lost", 440.0, "silent for over 2 s", "plug it in")
    told = valid("state", state(watch, [part], ASHA, "0.1.0", None))
    assert (told["mode"], told["state"], told["belief"]) == ("armed", "active", 0.88)
    assert told["sensors"] == {"microphone": {"state": "lost", "why": "silent for over 2 s"}}
    told = valid("health", health(part, 438.5, watch, ASHA))
    assert (told["since"], told["age_s"], told["cure"]) == ("2026-01-01T21:11:20.000Z", 61.5, "plug it in")
    assert valid("scores", scores(watch, ASHA))["scores"] == {"scream": 0.98}
    told = valid("location", location(watch.fix, watch.offset, ASHA, watch.wall))
    assert (told["tst"], told["acc"], told["created_at"]) == (int(WALL) + 490, 8, int(WALL) + 500)


def test_a_sentence_reads_as_in_the_contract():
    told = notice(at=0, wall=WALL - 3600, fix=Fix(0, 48.13712, 11.57549, 8.0))
    assert sentence(told, ASHA) == (
        "ALARM Asha: scream heard, pulse up. 21:04+01 osm.org/?mlat=48.13712&mlon=11.57549 +-8m"
    )


def test_an_sms_reads_as_in_the_contract():
    told = message(at=0, wall=WALL - 3600, fix=Fix(0, 48.13712, 11.57549, 8.0))
    assert sms(told, ASHA) == (
        "ALARM Asha: scream heard, pulse up. 21:04+01 osm.org/?mlat=48.13712&mlon=11.57549 +-8m."
        " Reply 1=going 2=false"
    )


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"kind": "acknowledged", "acknowledged_by": "Ben"}, "ANSWERED Asha: Ben is going. 22:05+01."),
        ({"kind": "cancelled"}, "CANCELLED Asha: called off. 22:05+01."),
        ({"kind": "cancelled", "text": "called off by Ben"}, "CANCELLED Asha: called off by Ben. 22:05+01."),
        ({"kind": "resolved"}, "OVER Asha: closed. 22:05+01."),
        ({"kind": "resolved", "text": "closed by Zed"}, "OVER Asha: closed by Zed. 22:05+01."),
        (
            {"kind": "device_trouble", "reasons": (), "text": "microphone lost: silent for over 2 s"},
            "DEVICE Asha: microphone lost: silent for over 2 s. 22:05+01.",
        ),
        (
            {"kind": "device_trouble", "reasons": (Reason("battery_low", 0.0, "battery at 15 %"),)},
            "DEVICE Asha: battery at 15 %. 22:05+01 osm.org/?mlat=48.13712&mlon=11.57549 +-8m.",
        ),
        (
            {"fix": None, "test": True, "reasons": ()},
            "TEST, no help needed: ALARM Asha. 22:05+01 position not known yet. Reply 1=seen",
        ),
    ],
)
def test_what_the_other_kinds_say(facts, said):
    assert sms(message(**facts), ASHA) == said


ORDER = "FORCED to cancel. DO NOT CALL BACK. Call police."


@pytest.mark.parametrize("kind", ["alarm", "escalated", "update"])
def test_a_forced_cancel_comes_before_every_reason(kind):
    reasons = (
        Reason("duress", 12.0, "duress PIN: the cancel was forced"),
        Reason("scream", 5.1, "scream heard"),
    )
    told = message(kind=kind, duress=True, reasons=reasons)
    assert sms(told, ASHA).startswith(f"{HEADS[kind]} Asha {ORDER} ")
    assert sentence(told.notice, ASHA).startswith(f"{HEADS[kind]} Asha {ORDER} ")
    assert "duress" not in sms(told, ASHA)


def test_a_remark_outlives_the_reasons():
    told = message(kind="update", text="whoever has the device pressed cancel: do not take it as safe")
    assert "do not take it as safe" in sms(told, Device("d", "Asha Verylongname", UTC))


def test_an_old_position_says_how_old_and_a_late_message_when_it_happened():
    told = sms(message(late=True, after=86_400, fix=Fix(-200, 1.0, 2.0)), ASHA)
    assert told.startswith("LATE ALARM Asha: scream heard, pulse up. 1.1. 22:05+01 ")
    assert "mlon=2.00000 5min old." in told


def test_a_zone_of_half_hours_is_written_whole():
    assert "+0530" in sms(message(), Device("d", "Asha", ZoneInfo("Asia/Kolkata")))
    assert "21:05+00 " in sms(message(), Device("d", "Asha", UTC))


def test_names_keep_their_letters_and_everything_else_stays_in_gsm_7():
    told = message(reasons=(Reason("stress", 1.0, "2 µS – “rising”, café, ☂"),))
    assert set(sms(told, Device("d", "Zoë", UTC))) - GSM_7 == {"ë"}
    assert sms(told, ASHA).startswith("ALARM Asha: 2 ?S ? ?rising?, café, ?. ")
    assert plain("Łódź ÉÇ") == "?odz ÉÇ"


def test_a_name_outside_gsm_7_still_fits_one_segment_with_what_who_when_and_where():
    text = sms(message(late=True), Device("d", "Ольга", UTC))
    assert room(text) >= 0
    assert "Ольга" in text
    assert "osm.org/?mlat=48.13712&mlon=11.57549" in text


NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=80)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    name=NAMES,
    by=st.none() | NAMES,
    kind=st.sampled_from(sorted(HEADS)),
    texts=st.lists(st.text(max_size=90), max_size=5),
    late=st.booleans(),
    duress=st.booleans(),
)
def test_every_alarm_fits_one_segment_and_says_where(name, by, kind, texts, late, duress):
    reasons = tuple(Reason("cue", 1.0, text) for text in texts)
    told = message(late=late, kind=kind, reasons=reasons, acknowledged_by=by, duress=duress)
    text = sms(told, Device("d", name, UTC))
    if kind in ("alarm", "escalated", "update", "pre_alarm"):
        assert room(text) >= 0
        assert "mlat=48.13712&mlon=11.57549" in text
        assert (ORDER[:-1] in text) is duress
    assert "\n" not in text


def test_room_counts_as_networks_do():
    assert room("a" * 160) == 0
    assert room("€" * 80) == 0
    assert room("я" * 70) == 0
    assert room("😀" * 35) == 0
    assert room("a" * 161) == -1


# the way since a check-in

WAY = (Fix(-4000.0, 48.1, 11.5, 8.0), Fix(-500.0, 48.13712, 11.57549))
UNANSWERED = {"reasons": (Reason("checkin", 5.0, "check-in at 22:30 was not answered"),), "track": WAY}


def test_the_way_since_a_check_in_fits_the_schema_oldest_first():
    told = valid("alert", alert(message(**UNANSWERED), ASHA))
    assert [(place["latitude"], place["at"]) for place in told["track"]] == [
        (48.1, "2026-01-01T19:57:20.000Z"),
        (48.13712, "2026-01-01T20:55:40.000Z"),
    ]


def test_an_sms_says_since_when_the_last_place_is_the_place():
    text = sms(message(**UNANSWERED), ASHA)
    assert text == (
        "ALARM Asha: check-in at 22:30 was not answered. 22:05+01 osm.org/?mlat=48.13712&mlon=11.57549 +-8m"
        " there since 21:55+01. Reply 1=going 2=false"
    )
    assert room(text) >= 0
    assert "there since 21:55+01" in sentence(message(**UNANSWERED).notice, ASHA)


@pytest.mark.parametrize(
    "facts",
    [
        {"track": (Fix(0.0, 48.1, 11.5),)},
        {"track": ()},
        {"track": WAY, "fix": None},
        {"track": WAY, "kind": "resolved"},
    ],
)
def test_who_has_just_come_or_whose_way_is_not_known_is_not_said_to_stay(facts):
    assert "there since" not in sms(message(**UNANSWERED | facts), ASHA)


def test_where_there_is_no_room_it_is_since_when_that_goes_first():
    text = sms(message(**UNANSWERED), Device("d", "Wilhelmina-Charlotte Featherstonehaugh", ASHA.zone))
    assert "there since" not in text
    assert "+-8m" in text
    assert "Reply 1=going" in text
