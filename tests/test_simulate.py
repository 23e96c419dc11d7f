"""`band simulate`: registered with a BlueZ look-alike, found there by the band's own driver."""

from __future__ import annotations

import asyncio
from itertools import islice
from statistics import fmean

import pytest

pytest.importorskip("bleak", reason="no bleak in this environment")
pytest.importorskip("dbus_fast", reason="no dbus-fast in this environment")

from agent import simulate
from sensors import SensorLost
from sensors.band import Band, Which
from sensors.wire import gatt, profile
from tests.bluez import Bluez, let_go_of_bleak, private_bus


@pytest.fixture
def bus(monkeypatch):
    with private_bus() as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


async def ended(*tasks):
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_the_driver_hears_the_simulated_band(bus):
    said, told = [], []
    async with Bluez(bus) as bluez:
        simulated = asyncio.create_task(simulate.simulate(say=said.append))
        driver = Band(Which(name="Distress Band"))
        band = asyncio.create_task(driver.run(told.append))
        async with asyncio.timeout(10):
            while len(told) < 8:
                await asyncio.sleep(0.02)
        advertised = bluez.application.advertisement["ServiceUUIDs"].value
        await ended(simulated, band)
        await let_go_of_bleak()
    assert said == ["Distress Band advertises on hci0; Ctrl-C ends it."]
    assert advertised == [profile.SERVICE, gatt.HEART_RATE_SERVICE]
    assert 60 < next(vitals.bpm for vitals in told if vitals.bpm) < 80
    assert 2 < next(vitals.microsiemens for vitals in told if vitals.microsiemens) < 3
    assert next(vitals.g for vitals in told if vitals.g) == pytest.approx(0.02)
    assert all(vitals.contact for vitals in told)
    assert told[-1].battery == simulate.BATTERY
    assert driver.intake.counts["malformed"] == 0


async def test_where_bluez_is_missing_or_refuses(bus, monkeypatch):
    with pytest.raises(SensorLost, match=r"no band can be served on hci0 .*: is Bluetooth switched on\?"):
        await simulate.simulate()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/at/all")
    with pytest.raises(SensorLost, match="sudo systemctl start bluetooth"):
        await simulate.simulate()


def test_the_wearer_is_frightened_while_sitting_still():
    read = gatt.readers(profile.FIELDS)
    told = [read[uuid](0, data) for step in islice(simulate.reports(), 4 * 240) for uuid, data in step]
    bpm = [vitals.bpm for vitals in told if vitals.bpm]
    skin = [vitals.microsiemens for vitals in told if vitals.microsiemens]
    beats = [rr_s for vitals in told for rr_s in vitals.rr_s]
    assert len(bpm) == 240
    assert len(skin) == 960
    assert sum(beats) == pytest.approx(240, abs=1.5)
    assert fmean(bpm[30:90]) < 80
    assert max(bpm[90:120]) > 115
    assert max(skin[:360]) < 3 < 6 < max(skin[360:480])
    assert max(vitals.g for vitals in told if vitals.g) < 0.06
