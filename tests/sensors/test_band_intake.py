"""The band's intake, ladder and choice: what is told apart without any radio."""

from __future__ import annotations

import pytest

from sensors.band import Which, ladder, link
from sensors.band.intake import Intake
from sensors.readings import Loss, Vitals
from sensors.wire import profile
from sensors.wire.gatt import BATTERY, HEART_RATE, HEART_RATE_SERVICE, heart_rate_bytes, readers
from sensors.wire.profile import skin_bytes


@pytest.fixture
def told():
    return []


@pytest.fixture
def intake():
    intake = Intake(readers(profile.FIELDS))
    intake.begin(0.0)
    return intake


def losses(told):
    return [reading for reading in told if isinstance(reading, Loss)]


def test_equal_values_a_second_apart_are_two(intake, told):
    for at in (1.0, 2.0, 2.05, 3.0):
        intake.take(at, HEART_RATE, heart_rate_bytes(72), told.append)
    assert [vitals.at for vitals in told] == [1.0, 2.0, 3.0]
    assert intake.counts["doubled"] == 1


def test_equal_bytes_of_two_characteristics_are_two(intake, told):
    intake.take(1.0, profile.SKIN, skin_bytes(1, 2.0), told.append)
    intake.take(1.0, profile.MOTION, skin_bytes(1, 2.0), told.append)
    assert len(told) == 2


def test_a_report_that_tells_nothing_is_no_sign_of_life(intake, told):
    intake.take(5.0, HEART_RATE, heart_rate_bytes(0, contact=True), told.append)
    intake.take(6.0, BATTERY, b"\x40", told.append)
    assert (told, intake.newest, intake.counts) == ([], 0.0, {"empty": 1})


def test_not_worn_is_told_once_it_has_held_and_again_when_it_is_worn(intake, told):
    for at in range(12):
        intake.take(at, HEART_RATE, heart_rate_bytes(0, contact=False), told.append)
    assert losses(told) == [Loss(10, "band", True, "not worn: put it on, snug against the skin")]
    assert intake.newest == 11, "it lives, though nobody wears it"
    intake.take(12, HEART_RATE, heart_rate_bytes(80, contact=True), told.append)
    assert losses(told)[1:] == [Loss(12, "band", False)]


def test_a_flickering_contact_is_not_told(intake, told):
    for at in range(40):
        intake.take(at, HEART_RATE, heart_rate_bytes(80, contact=at % 8 == 0), told.append)
    assert losses(told) == []


def test_one_part_that_feels_the_skin_is_enough_and_every_report_says_so(intake, told):
    intake.take(1.0, HEART_RATE, heart_rate_bytes(80, contact=True), told.append)
    intake.take(1.2, profile.SKIN, skin_bytes(1, 0.01, contact=False), told.append)
    intake.take(1.4, profile.MOTION, profile.motion_bytes(1, 0.1), told.append)
    assert [vitals.contact for vitals in told] == [True, True, True]


def test_a_new_connection_does_not_remember_contact(intake, told):
    intake.take(1.0, HEART_RATE, heart_rate_bytes(80, contact=False), told.append)
    intake.begin(2.0)
    intake.take(3.0, profile.MOTION, profile.motion_bytes(1, 0.1), told.append)
    assert told[-1].contact is None


def test_a_low_battery_is_told_until_it_is_charged(intake, told):
    for at, share in enumerate((0.3, 0.15, 0.14, 0.17, 0.2)):
        intake.charge(at, share, told.append)
    assert told == [
        Loss(1, "band battery", True, "only 15% left: charge the band"),
        Loss(4, "band battery", False),
    ]
    assert not intake.low
    intake.take(9, HEART_RATE, heart_rate_bytes(80), told.append)
    assert told[-1] == Vitals(9, 80, battery=0.2)


def test_the_ladder():
    names = [rung.name for rung in ladder.LADDER]
    assert names[:4] == ["reconnect", "forget and rescan", "remove", "power-cycle the adapter"]
    assert set(names[4:]) == {"forget and rescan"}
    assert ladder.rung(len(names)) is ladder.LADDER[0]
    assert ladder.rung(10**6)


def test_which():
    services = (HEART_RATE_SERVICE.upper(),)
    assert Which().fits("a", None, services)
    assert not Which().fits("a", None, ())
    assert Which(name="Wrist").fits("a", "Wrist", ())
    assert not Which(name="Wrist").fits("a", "wrist 2", services)
    assert Which(address="AA:BB", name="Wrist").fits("aa:bb", "other", ())
    assert not Which(address="AA:BB", name="Wrist").fits("aa:cc", "Wrist", services)


def test_words_end_in_a_cure():
    assert all(": " in why for why in (*link.WHY.values(), link.NOT_RUNNING, link.NO_ANSWER))
