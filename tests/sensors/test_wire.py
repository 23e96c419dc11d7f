"""wire: only sentences with a right checksum and a measured fix become positions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.wire import nmea, track
from tests.made import sentence

RMC = "GPRMC,235958.50,A,4807.038,N,01131.000,E,1.4,84.4,230394,,,A"
GGA = "GNGGA,235958.50,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,"


@pytest.mark.parametrize("body", [RMC, GGA])
def test_a_fix(body):
    fix = nmea(sentence(body) + "\r\n")
    assert fix is not None
    assert fix.clock_s == 86_398.5
    assert fix.latitude == pytest.approx(48.1173)
    assert fix.longitude == pytest.approx(11.516667, abs=1e-6)
    assert fix.hdop == (0.9 if "GGA" in body else None)


def test_south_and_west_are_negative():
    fix = nmea(sentence(RMC.replace(",N,", ",S,").replace(",E,", ",W,")))
    assert fix is not None
    assert fix.latitude == pytest.approx(-48.1173)
    assert fix.longitude == pytest.approx(-11.516667, abs=1e-6)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "$",
        "hello",
        "$" + RMC,  # no checksum
        sentence(RMC)[:-2] + "00",
        sentence(RMC)[1:],
        sentence(RMC.replace(",A,48", ",V,48")),
        sentence(RMC[:-1] + "S"),
        sentence(RMC[:-1] + "E"),
        sentence(GGA.replace(",E,1,", ",E,0,")),
        sentence(GGA.replace(",E,1,", ",E,8,")),
        sentence(RMC.replace("4807.038", "9107.038")),
        sentence(RMC.replace("4807.038", "")),
        sentence(RMC.replace(",N,", ",X,")),
        sentence("GPRMC,1"),
        sentence("GPGSV,3,1,11"),
    ],
)
def test_no_fix(line):
    assert nmea(line) is None


@given(st.text(max_size=90))
def test_any_text_is_no_trouble(text):
    nmea(text)
    nmea(sentence("GPRMC," + text))
    nmea(sentence("GPGGA," + text))


def test_rmc_and_gga_of_a_second_are_one_position_with_accuracy():
    fixes = list(track([sentence(RMC), sentence(GGA), "noise", sentence(RMC.replace("58.50", "59.50"))]))
    assert [fix.at for fix in fixes] == [0, 1]
    assert [fix.accuracy_m for fix in fixes] == [pytest.approx(4.5), None]


def test_time_goes_on_past_midnight_and_never_back():
    clocks = ("235958.00", "000001.00", "235959.00", "000003.00")
    fixes = list(track(sentence(RMC.replace("235958.50", clock)) for clock in clocks))
    assert [fix.at for fix in fixes] == [0, 3, 3, 5]
