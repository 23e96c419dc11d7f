"""The lookout: what a caregiver is told of alerts and of silence, without a broker."""

import json
from contextlib import suppress
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.caregiver.lookout import LOST_S, Lookout
from agent.channels import Message
from agent.core.notice import Reason
from agent.wording import Device, alert
from tests.house import WALL, notice

ASHA = Device("belt", "Asha", UTC)


class Phone:
    """A lookout and its clock."""

    def __init__(self):
        self.lookout = Lookout(("belt",), 0.0, UTC)
        self.now = 0.0
        self.lookout.connected(0.0)

    def hear(self, topic, told=b"", retained=False):
        payload = told if isinstance(told, bytes) else json.dumps(told).encode()
        return self.lookout.hear("belt", topic, payload, self.now, retained=retained)

    def alert(self, **facts):
        told = notice(**facts)
        return self.hear("alert", alert(Message(told, "*", late=False, wall=told.wall), ASHA))

    def beat(self, **facts):
        return self.hear("state", {"name": "Asha", "mode": "armed", "perceives": ""} | facts)

    def wait(self, seconds):
        self.now += seconds
        return self.lookout.look(self.now)


def test_an_alarm_is_told_in_the_words_of_the_other_channels_and_once():
    phone = Phone()
    (said,) = phone.alert()
    assert said.text == (
        "ALARM Asha: scream heard, pulse up. 21:05+00 osm.org/?mlat=48.13712&mlon=11.57549 +-8m"
    )
    assert (said.event, said.loud, said.drill) == ("alert", True, None)
    assert phone.alert() == []
    (drill,) = phone.alert(seq=2, test=True)
    assert (drill.loud, drill.drill) == (False, "01KDX0000000000000000000AA")


def test_three_missed_beats_are_lost_contact_once_and_its_return_is_told():
    phone = Phone()
    phone.alert()
    phone.beat(battery=12)
    assert phone.wait(LOST_S - 1) == []
    (said,) = phone.wait(1)
    assert (said.event, said.loud) == ("lost_contact", True)
    assert said.text == (
        "Asha (belt): LOST CONTACT, silent for 3 min, last seen 21:05+00 "
        "osm.org/?mlat=48.13712&mlon=11.57549, battery 12 %; its battery was low and may be empty; else "
        "the broker has not seen it leave: its program may hang"
    )
    assert said.facts == {"silent_s": 180.0, "offline": False, "battery": 0.12}
    assert phone.wait(3600) == []
    (back,) = phone.beat()
    assert back.text == "Asha (belt): contact again after 63 min"


def test_beats_hold_contact_whatever_the_devices_clock_says():
    phone = Phone()
    for _ in range(20):
        assert phone.beat(at="1999-01-01T00:00:00.000Z") == []
        assert phone.wait(60) == []


def test_a_retained_message_is_no_sign_of_life():
    phone = Phone()
    phone.now = 170.0
    phone.hear("availability", b"online", retained=True)
    phone.hear("state", {"name": "Asha", "mode": "armed", "perceives": ""}, retained=True)
    (said,) = phone.wait(10)
    assert said.text.startswith("Asha (belt): LOST CONTACT, silent for 3 min, where it was is not known; ")


def test_the_will_says_that_crash_and_no_signal_cannot_be_told_apart():
    phone = Phone()
    phone.beat(battery=80)
    assert phone.hear("availability", b"offline") == []
    (said,) = phone.wait(LOST_S)
    assert said.text.endswith(
        "battery 80 %; it crashed, has no signal, or was cut off: that cannot be told apart"
    )
    assert said.facts["offline"]


def test_a_short_gap_of_the_signal_is_not_told():
    phone = Phone()
    phone.beat()
    phone.hear("availability", b"offline")
    assert phone.wait(100) == []
    assert phone.hear("availability", b"online") == []
    assert phone.wait(100) == []


def test_a_device_that_said_its_last_words_was_shut_down_and_is_not_called_lost():
    phone = Phone()
    shutdown = Reason("shutdown", 0.0, "the device is shutting down")
    phone.alert(kind="device_trouble", reasons=(shutdown,), battery=0.5)
    (said,) = phone.hear("availability", b"offline")
    assert (said.event, said.loud) == ("shut_down", True)
    assert said.text.startswith("Asha (belt): SHUT DOWN, as it said, last seen 21:05+00 osm.org/")
    assert phone.wait(LOST_S * 10) == []
    assert [said.event for said in phone.hear("availability", b"online")] == ["contact"]


def stopped():
    phone = Phone()
    words = Reason("stopped", 0.0, "its program was stopped by hand")
    phone.alert(kind="device_trouble", reasons=(words,))
    (said,) = phone.hear("availability", b"offline")
    assert (said.event, said.loud, said.text) == (
        "stopped",
        False,
        "Asha (belt): STOPPED by hand, as it said",
    )
    return phone


def test_a_program_that_is_stopped_and_started_again_wakes_nobody():
    phone = stopped()
    assert phone.hear("availability", b"offline") == []
    assert phone.wait(100) == []
    assert phone.hear("availability", b"online") == []
    phone.beat()
    phone.hear("availability", b"offline")
    assert "it crashed" in phone.wait(LOST_S)[0].text


def test_a_program_that_was_stopped_and_stays_away_is_lost_loudly():
    (said,) = stopped().wait(LOST_S)
    assert (said.event, said.loud) == ("lost_contact", True)
    assert said.text.endswith("its program was stopped by hand and has not been started again")


def test_without_a_broker_nothing_is_known_and_no_device_is_blamed():
    phone = Phone()
    phone.beat()
    (said,) = phone.lookout.disconnected("b:1883: refused")
    assert said.loud
    assert said.text.startswith(
        "NO CONNECTION to the broker (b:1883: refused): nothing is known of any device"
    )
    assert phone.wait(LOST_S * 10) == []
    phone.lookout.connected(phone.now)
    assert phone.wait(LOST_S - 1) == []
    assert [said.event for said in phone.wait(1)] == ["lost_contact"]


def test_what_it_cannot_perceive_and_a_pause_are_told_when_they_change():
    phone = Phone()
    assert [said.text for said in phone.beat(mode="paused")] == ["Asha (belt): paused"]
    assert [said.event for said in phone.beat(mode="paused", perceives="band: I cannot feel")] == [
        "perceives"
    ]
    assert [said.text for said in phone.beat(mode="paused")] == ["Asha (belt): all its sensors work"]


def test_a_map_position_is_where_it_was_last_seen():
    phone = Phone()
    phone.hear("location", {"_type": "location", "lat": 1.5, "lon": 2.5, "tst": WALL})
    (said,) = phone.wait(LOST_S)
    assert "last seen 21:04+00 osm.org/?mlat=1.50000&mlon=2.50000" in said.text


def test_nothing_of_a_message_reaches_the_terminal_as_a_command():
    phone = Phone()
    (said,) = phone.beat(name="A\x1b[2J\nsha", mode="paused\x07")
    assert said.text == "A[2Jsha (belt): paused"


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    st.sampled_from(["state", "alert", "location", "availability"]),
    st.binary(max_size=100)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=6) | st.integers(),
        lambda inner: st.dictionaries(
            st.sampled_from(["name", "kind", "at", "location", "latitude", "longitude", "lat", "lon", "tst"]),
            inner | st.sampled_from(["alarm", "2026-01-01T21:04:00Z"]),
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
)
def test_whatever_is_published_is_taken_or_refused_by_a_value_error(topic, payload):
    phone = Phone()
    with suppress(ValueError):
        phone.hear(topic, payload)
    phone.wait(LOST_S)


@pytest.mark.parametrize("payload", [b"x" * 100_000, b"[" * 60_000, b"[]", b"\xff"])
def test_payloads_that_are_none_are_refused(payload):
    with pytest.raises(ValueError):  # noqa: PT011 - each by another sentence
        Phone().hear("state", payload)
