"""The supply, from a tree of files as the kernel shows it."""

from __future__ import annotations

import asyncio

import pytest

from sensors import power
from sensors.power import Supply, battery, celsius, held_back, read, volts_low
from sensors.readings import Power

VOLT = "class/hwmon/hwmon1"
FIRMWARE = "devices/platform/soc/soc:firmware/get_throttled"


@pytest.fixture
def sys(tmp_path):
    """Write files into the tree: sys({path: content}); its root."""

    def write(files):
        for path, content in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{content}\n")
        return tmp_path

    return write


def supply(name="BAT0", **files):
    """A battery's files."""
    return {
        f"class/power_supply/{name}/{key}": content for key, content in {"type": "Battery", **files}.items()
    }


def test_a_machine_that_says_nothing(tmp_path):
    assert read(tmp_path, 4.0) == Power(4.0, None, False, None)
    assert not held_back(tmp_path)


@pytest.mark.parametrize(
    ("files", "charge"),
    [
        ({"capacity": 73}, 0.73),
        ({"capacity": 0}, 0.0),
        ({"type": "UPS", "capacity": 50}, 0.5),
        ({"capacity": 73, "scope": "System"}, 0.73),
        ({"capacity": 73, "scope": "Device"}, None),
        ({"capacity": 73, "present": 0}, None),
        ({"type": "Mains", "capacity": 73}, None),
        ({"capacity": 255}, None),
        ({"capacity": "?"}, None),
        ({"energy_now": 20_000, "energy_full": 40_000}, 0.5),
        ({"charge_now": 41_000, "charge_full": 40_000}, 1.0),
        ({"charge_now": 10_000, "charge_full": 0}, None),
        ({"capacity": -1, "charge_now": 10_000, "charge_full": 40_000}, 0.25),
        ({}, None),
    ],
)
def test_the_battery(sys, files, charge):
    assert battery(sys(supply(**files))) == charge


def test_two_batteries_are_one_supply(sys):
    assert battery(sys({**supply("BAT0", capacity=20), **supply("BAT1", capacity=80)})) == 0.5


def test_a_driver_without_an_answer(sys):
    root = sys(supply(capacity=50))
    (root / "class/power_supply/BAT0/capacity").unlink()
    (root / "class/power_supply/BAT0/capacity").mkdir()  # reading it is an OSError
    assert battery(root) is None


@pytest.mark.parametrize(("alarm", "low"), [(1, True), (0, False), ("", False)])
def test_under_voltage_by_the_kernels_alarm(sys, alarm, low):
    files = {f"{VOLT}/name": "rpi_volt", f"{VOLT}/in0_lcrit_alarm": alarm, FIRMWARE: "50005"}
    assert volts_low(sys(files)) is low


def test_another_chips_alarm_is_not_the_supplys(sys):
    assert not volts_low(sys({f"{VOLT}/name": "ina219", f"{VOLT}/in0_lcrit_alarm": 1}))


@pytest.mark.parametrize(
    ("bits", "low", "slow"),
    [
        ("0", False, False),
        ("50000", False, False),
        ("50005", True, True),
        ("e0008", False, True),
        ("0x1", True, False),
        ("?", False, False),
    ],
)
def test_under_voltage_and_throttling_by_the_firmwares_bits(sys, bits, low, slow):
    root = sys({FIRMWARE: bits})
    assert (volts_low(root), held_back(root)) == (low, slow)


def test_the_firmware_of_a_pi_5(sys):
    assert held_back(sys({"devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled": "4"}))


def test_the_hottest_zone_counts_and_what_is_not_connected_does_not(sys):
    zones = {0: 48312, 1: 61000, 2: -274000, 3: 900000, 4: ""}
    assert celsius(sys({f"class/thermal/thermal_zone{n}/temp": temp for n, temp in zones.items()})) == 61.0


async def test_readings_come_at_once_and_every_fifth_look_and_miss_no_sag(sys, monkeypatch):
    monkeypatch.setattr(power, "LOOK_S", 0.01)
    sags = iter([False, False, False, True, False])
    monkeypatch.setattr(power, "volts_low", lambda _: next(sags, False))
    root = sys({**supply(capacity=40), "class/thermal/thermal_zone0/temp": 50_000})
    found = []
    running = asyncio.ensure_future(Supply(root).run(found.append))
    async with asyncio.timeout(5):
        while len(found) < 3:
            await asyncio.sleep(0.005)
    running.cancel()
    assert [reading.volts_low for reading in found] == [False, True, False]
    assert {(reading.battery, reading.celsius) for reading in found} == {(0.4, 50.0)}
    assert found[0].at == pytest.approx(asyncio.get_running_loop().time(), abs=5)
