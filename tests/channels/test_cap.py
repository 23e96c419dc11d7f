"""CAP 1.2: every kind of notice is a document that the standard's schema takes."""

from datetime import datetime
from xml.etree import ElementTree

import pytest

from agent.channels import cap
from agent.core.events import Fix
from agent.core.notice import Reason
from tests.channels.cap_rules import SPACE, check
from tests.channels.notices import ALARM, ID, WALL, message

KINDS = (
    "pre_alarm",
    "alarm",
    "update",
    "escalated",
    "acknowledged",
    "resolved",
    "cancelled",
    "device_trouble",
)
EARLIER = (cap.reference(ALARM, "band-1@example.org"),)


def written(earlier=(), late=False, addresses=("desk@example.org",), **changes):
    notice = message(**changes).notice
    return cap.message(
        notice, sender="band-1@example.org", name="Asha", addresses=addresses, earlier=earlier, late=late
    )


def value(document, path):
    return ElementTree.fromstring(document.encode()).findtext(
        "/".join(SPACE + part for part in path.split("/"))
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("earlier", [(), EARLIER], ids=["first", "later"])
@pytest.mark.parametrize("test", [False, True], ids=["true", "drill"])
@pytest.mark.parametrize("fix", [None, ALARM.fix, Fix(0.0, -33.9, 18.4)], ids=["nowhere", "near", "vague"])
def test_every_notice_is_valid(kind, earlier, test, fix):
    by = "Ben" if kind == "acknowledged" else None
    document = written(earlier, late=test, kind=kind, test=test, fix=fix, acknowledged_by=by, duress=test)
    assert check(document) == []


def test_the_rules_of_the_test_catch_what_is_wrong():
    right = written()
    assert check(right.replace("<status>Actual", "<status>Real")) == ["status: 'Real'"]
    assert check(right.replace("-00:00</sent>", "Z</sent>"))
    assert (
        check(
            right.replace("<source>distress-agent</source>", "").replace(
                "<scope>", "<source>x</source><scope>"
            )
        )
        == []
    )
    moved = right.replace("<scope>Private</scope>", "").replace("</alert>", "<scope>Private</scope></alert>")
    assert any("wrong order" in wrong for wrong in check(moved))
    assert check(right.replace("<urgency>Immediate</urgency>", "")) == ["urgency: 0 times"]
    assert check(right.replace("<msgType>Alert", "<msgType>Update")) == [
        "an Update or Cancel without references"
    ]


def test_who_when_and_where():
    document = written()
    assert value(document, "identifier") == f"{ID}.1"
    assert value(document, "incidents") == ID
    assert value(document, "scope") == "Private"
    assert datetime.fromisoformat(value(document, "sent")).timestamp() == int(WALL)
    assert value(document, "sent").endswith("-00:00")
    assert value(document, "info/area/circle") == "48.13712,11.57549 0.008"
    assert "40 s before" in value(document, "info/area/areaDesc")
    assert "scream heard; pulse up <&> high" in value(document, "info/description")


def test_a_drill_is_an_exercise():
    document = written(test=True)
    assert value(document, "status") == "Exercise"
    assert "TEST" in value(document, "info/headline")


def test_follow_ups_refer_to_what_the_receiver_has():
    assert value(written(EARLIER, seq=2, kind="update"), "msgType") == "Update"
    called_off = written(EARLIER, seq=3, kind="cancelled")
    assert value(called_off, "msgType") == "Cancel"
    assert value(called_off, "references") == f"band-1@example.org,{ID}.1,{value(written(), 'sent')}"
    assert value(called_off, "info/responseType") == "AllClear"
    assert value(written((), seq=3, kind="cancelled"), "msgType") == "Alert"


@pytest.mark.parametrize(
    ("changes", "certainty"),
    [({}, "Likely"), ({"belief": 0.5}, "Possible"), ({"reasons": (Reason("sos", 12.0, "SOS"),)}, "Observed")],
)
def test_certainty_says_whether_a_person_asked(changes, certainty):
    assert value(written(**changes), "info/certainty") == certainty


def test_strange_names_stay_inside_the_standard():
    notice = message(reasons=(Reason("scream", 1.0, "a\x00b\ud800c ]]> <b>"),)).notice
    document = cap.message(
        notice, sender="my band, <1> & 2", name="Åsa\n\x07", addresses=('Desk "A" 1', "b@c.d")
    )
    assert check(document) == []
    assert value(document, "sender") == "my_band_1>_2"
    assert value(document, "addresses") == "\"Desk 'A' 1\" b@c.d"


def test_the_same_notice_gives_the_same_document():
    assert written() == written()
    assert (
        len(value(cap.message(ALARM, sender="x", name="N" * 300, addresses=("a",)), "info/headline")) == 160
    )
