"""wire.gatt and wire.profile: bytes of the standards, of our profile and of described fields as vitals."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.readings import Vitals
from sensors.wire import gatt, profile
from sensors.wire.gatt import Field, battery, blood_pressure, heart_rate, heart_rate_bytes, readers


@pytest.mark.parametrize(
    ("data", "vitals"),
    [
        ("0048", Vitals(1, 72)),
        ("012c01", Vitals(1, 300)),
        ("0648", Vitals(1, 72, contact=True)),
        ("0448", Vitals(1, 72, contact=False)),
        ("0248", Vitals(1, 72)),  # contact without the bit that says it can be told
        ("08000a00", Vitals(1)),
        ("08480a00", Vitals(1, 72)),
        ("1048000400020008", Vitals(1, 72, (1.0, 0.5, 2.0))),
        ("10480000", Vitals(1, 72)),  # an interval of nothing
        ("1f2c010a000004", Vitals(1, 300, (1.0,), contact=True)),
    ],
)
def test_heart_rate(data, vitals):
    assert heart_rate(1, bytes.fromhex(data)) == vitals


@pytest.mark.parametrize("data", ["", "00", "0148", "0848", "104800", "10480004ff"])
def test_a_heart_rate_cut_short(data):
    with pytest.raises(ValueError, match="cut short"):
        heart_rate(1, bytes.fromhex(data))


@given(
    st.integers(1, 255), st.lists(st.integers(1, 0xFFFF), max_size=9), st.sampled_from([None, False, True])
)
def test_a_heart_rate_there_and_back(bpm, beats, contact):
    rr_s = tuple(beat / 1024 for beat in beats)
    assert heart_rate(2, heart_rate_bytes(bpm, rr_s, contact)) == Vitals(2, bpm, rr_s, contact=contact)


def test_battery():
    assert battery(1, b"\x64").battery == 1.0
    for data in (b"", b"\x65", b"\x10\x10"):
        with pytest.raises(ValueError, match="no battery level"):
            battery(1, data)


@pytest.mark.parametrize(
    ("data", "systolic", "diastolic"),
    [
        ("00780050005d00", 120, 80),
        ("00b0f420f35d00", 120, 80),  # 1200 and 800 times 10^-1
        ("0110000b000d00", 16 * 7.50062, 11 * 7.50062),
        ("00ff07ff07ff07", None, None),
        ("1e780050005d00" + "e907010102030405" + "4800" + "01" + "0000", 120, 80),
    ],
)
def test_blood_pressure(data, systolic, diastolic):
    told = blood_pressure(1, bytes.fromhex(data))
    assert (told.systolic_mmhg, told.diastolic_mmhg) == (pytest.approx(systolic), pytest.approx(diastolic))


@pytest.mark.parametrize("data", ["", "0078005000", "00ff0f50005d00"])
def test_no_blood_pressure(data):
    with pytest.raises(ValueError, match="blood pressure"):
        blood_pressure(1, bytes.fromhex(data))


def test_our_profile_there_and_back():
    known = readers(profile.FIELDS)
    skin = known[profile.SKIN](1, profile.skin_bytes(70.0, 3.217, contact=True))
    assert skin == Vitals(1, microsiemens=pytest.approx(3.217), contact=True)
    assert known[profile.SKIN](1, profile.skin_bytes(0, None)) == Vitals(1)
    assert known[profile.MOTION](1, profile.motion_bytes(0, 1.25)) == Vitals(1, g=1.25)
    assert profile.motion_bytes(1, 99) == profile.motion_bytes(1, 65.534)


def test_reports_of_our_profile_fit_the_smallest_packet():
    assert max(map(len, (profile.skin_bytes(9, 9), profile.motion_bytes(9, 9)))) <= 20


def test_described_fields_of_one_characteristic_are_one_report():
    uuid = "0000ABCD-0000-1000-8000-00805f9b34fb"
    fields = (Field(uuid, "<xB", "bpm"), Field(uuid, "<2xh", "g", 0.5), Field(uuid, "<4xH", "rr_s", 0.001))
    known = readers(fields)
    assert known[uuid.lower()](1, bytes.fromhex("ff480400f401")) == Vitals(1, 72, (0.5,), g=2.0)
    for data in ("", "ff48", "ff48ffff0000"):
        with pytest.raises(ValueError, match=r"too few|cannot be"):
            known[uuid.lower()](1, bytes.fromhex(data))


def test_a_float_that_is_no_number_is_malformed():
    with pytest.raises(ValueError, match="cannot be nan"):
        Field(gatt.uuid16(1), "<f", "g").value(bytes.fromhex("0000c07f"))


@pytest.mark.parametrize(
    ("format_", "vital", "why"),
    [
        ("<H", "pulse", "pulse is no vital: choose one of bpm, "),
        ("<Q!", "g", "cannot be read"),
        ("<HH", "g", "exactly one number"),
        ("<4s", "g", "exactly one number"),
        ("<4x", "g", "exactly one number"),
    ],
)
def test_a_field_that_cannot_be(format_, vital, why):
    with pytest.raises(ValueError, match=why):
        Field(gatt.uuid16(1), format_, vital)


@given(st.binary(max_size=24))
def test_any_bytes_are_vitals_or_a_valueerror(data):
    for read in readers(profile.FIELDS).values():
        with suppress(ValueError):
            assert read(1, data).at == 1
