"""The band through bleak's own BlueZ backend, against a BlueZ look-alike on a private bus."""

from __future__ import annotations

import asyncio
import logging

import pytest

from sensors import SensorLost, band
from sensors.band import Band, Field, Which, ladder, link
from sensors.band.nearby import Seen, nearby
from sensors.readings import Loss, Vitals
from sensors.wire import profile
from sensors.wire.gatt import BATTERY, HEART_RATE, HEART_RATE_SERVICE, heart_rate_bytes, uuid16

pytest.importorskip("bleak", reason="no bleak in this environment")
pytest.importorskip("dbus_fast", reason="no dbus-fast in this environment")

from tests.bluez import Bluez, let_go_of_bleak, private_bus

ADDRESS = "C0:FF:EE:00:00:01"
BELT = {HEART_RATE_SERVICE: {HEART_RATE: ["notify"]}}
OURS = {profile.SERVICE: {profile.SKIN: ["notify"], profile.MOTION: ["notify"]}, **BELT}
HR = heart_rate_bytes(72, (0.83,), contact=True)


@pytest.fixture(scope="module")
def bus():
    with private_bus() as address:
        yield address


@pytest.fixture
async def bluez(bus, monkeypatch):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
    monkeypatch.setattr(link, "SCAN_S", 1.0)
    monkeypatch.setattr(ladder, "OFF_S", 0.01)
    monkeypatch.setattr(band, "LOOK_S", 0.02)
    async with Bluez(bus) as look_alike:
        yield look_alike
        await let_go_of_bleak()


class Life:
    """A band's run beside the test: what it told, and how it ended."""

    def __init__(self, driver):
        self.driver = driver
        self.told = []
        self.lost = ""

    async def __aenter__(self):
        self.task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.wait({self.task})

    async def _run(self):
        try:
            await self.driver.run(self.told.append)
        except SensorLost as lost:
            self.lost = str(lost)

    @property
    def vitals(self):
        return [told for told in self.told if isinstance(told, Vitals)]

    @property
    def losses(self):
        return [(told.sensor, told.lost, told.why) for told in self.told if isinstance(told, Loss)]


async def until(true, why="", patience_s=15.0):
    async with asyncio.timeout(patience_s):
        while not true():
            await asyncio.sleep(0.005)


async def ended(driver):
    """Why one run ended that nobody helps."""
    async with Life(driver) as life:
        await until(life.task.done, patience_s=10)
    return life.lost


def quick(which=None, **more):
    return Band(which or Which(), **{"silent_s": 0.6, **more})


async def test_pulse_intervals_contact_skin_and_motion_arrive(bluez):
    device = bluez.device(ADDRESS, "Wrist", OURS)
    async with Life(quick(silent_s=5)) as life:
        await until(lambda: len(device.notifying) == 3)
        device.notify(HEART_RATE, heart_rate_bytes(72, (0.83, 0.84), contact=True))
        device.notify(profile.SKIN, profile.skin_bytes(1, 3.2, True))
        device.notify(profile.MOTION, profile.motion_bytes(1, 0.04))
        await until(lambda: len(life.told) == 3)
    heart, skin, motion = life.vitals
    assert (heart.bpm, heart.contact) == (72, True)
    assert heart.rr_s == pytest.approx((0.83, 0.84), abs=1e-3)
    assert skin.microsiemens == pytest.approx(3.2)
    assert (motion.g, motion.contact) == (pytest.approx(0.04), True)
    assert not device.connected, "a stopped agent hangs up"


@pytest.mark.parametrize(
    "which", [Which(address=ADDRESS.lower()), Which(name="Wrist"), Which(services=(HEART_RATE_SERVICE,))]
)
async def test_it_is_found_by_address_name_or_service(bluez, which):
    bluez.device("C0:FF:EE:00:00:09", "Thermometer", {uuid16(0x1809): {uuid16(0x2A1C): ["indicate"]}})
    device = bluez.device(ADDRESS, "Wrist", BELT)
    async with Life(quick(which, silent_s=5)):
        await until(lambda: device.notifying)


async def test_doubled_and_malformed_notifications_are_counted_and_dropped(bluez):
    device = bluez.device(ADDRESS, "Wrist", BELT)
    driver = quick(silent_s=5)
    async with Life(driver) as life:
        await until(lambda: device.notifying)
        device.notify(HEART_RATE, HR, times=2)
        device.notify(HEART_RATE, b"\x10\x48\x00")
        device.notify(HEART_RATE, heart_rate_bytes(90))
        await until(lambda: len(life.told) == 2)
    assert [vitals.bpm for vitals in life.vitals] == [72, 90]
    assert driver.intake.counts == {"reports": 2, "doubled": 1, "malformed": 1}


async def test_late_values_keep_it_alive(bluez):
    device = bluez.device(ADDRESS, "Wrist", BELT)
    async with Life(quick(silent_s=0.8)) as life:
        await until(lambda: device.notifying)
        for _ in range(3):
            await asyncio.sleep(0.3)
            device.notify(HEART_RATE, HR)
        await until(lambda: len(life.told) == 3)
        assert not life.lost


async def test_silent_while_connected(bluez):
    device = bluez.device(ADDRESS, "Wrist", BELT)
    assert "connected but silent for 0.6 s" in await ended(quick())
    assert not device.connected


async def test_broken(bluez):
    device = bluez.device(ADDRESS, "Wrist", BELT)
    async with Life(quick()) as life:
        await until(lambda: device.notifying)
        device.notify(HEART_RATE, b"\x10")
        await until(life.task.done)
    assert "broken, it sends what cannot be read (1 reports)" in life.lost


async def test_out_of_range_before_it_was_ever_seen(bluez):
    assert "out of range, it is not seen" in await ended(quick())


async def test_a_device_that_vanishes_and_returns(bluez):
    device = bluez.device(ADDRESS, "Wrist", BELT)
    driver = quick(silent_s=5)
    async with Life(driver) as life:
        await until(lambda: device.notifying)
        device.notify(HEART_RATE, HR)
        await until(lambda: life.told)
        device.vanish()
        await until(life.task.done)
    assert "out of range, the connection broke off" in life.lost
    bluez.remove(device)
    assert "out of range, it is not seen" in await ended(driver)
    async with Life(driver) as life:
        await until(lambda: bluez.scans)
        device.appear()
        await until(lambda: device.notifying)
        device.notify(HEART_RATE, HR)
        await until(lambda: life.vitals)


async def test_a_band_whose_battery_ran_out_says_so(bluez):
    device = bluez.device(ADDRESS, "Wrist", BELT, battery=8)
    driver = quick(silent_s=5)
    async with Life(driver) as life:
        await until(lambda: life.losses)
        device.vanish()
        await until(life.task.done)
    assert life.losses == [("band battery", True, "only 8% left: charge the band")]
    assert "battery low, 8% when last heard: charge it" in life.lost


async def test_battery_as_a_characteristic(bluez):
    services = {**BELT, uuid16(0x180F): {BATTERY: ["read", "notify"]}}
    device = bluez.device(ADDRESS, "Wrist", services)
    device.values[BATTERY] = bytes([64])
    async with Life(quick(silent_s=5)) as life:
        await until(lambda: len(device.notifying) == 2 and bluez.called("ReadValue"))
        await asyncio.sleep(0.05)
        device.notify(HEART_RATE, HR)
        await until(lambda: life.vitals)
    assert life.vitals[0].battery == 0.64


async def test_a_band_of_another_maker_by_description(bluez):
    service, uuid = uuid16(0xFFE0), uuid16(0xFFE1)
    device = bluez.device(ADDRESS, "Odd", {service: {uuid: ["notify"]}})
    fields = (Field(uuid, "<B", "bpm"), Field(uuid, "<xH", "microsiemens", 0.01))
    async with Life(Band(Which(name="Odd"), fields, silent_s=5)) as life:
        await until(lambda: device.notifying)
        device.notify(uuid, bytes.fromhex("502c01"))
        await until(lambda: life.vitals)
    assert (life.vitals[0].bpm, life.vitals[0].microsiemens) == (80, 3.0)


async def test_a_device_without_anything_to_hear(bluez):
    bluez.device(ADDRESS, "Bulb", {uuid16(0xFFE0): {uuid16(0xFFE1): ["write"]}})
    assert "tells nothing that is understood" in await ended(quick(Which(name="Bulb")))


async def test_each_failure_climbs_the_ladder(bluez):
    device = bluez.device(ADDRESS, "Wrist", BELT)
    driver = quick(silent_s=0.05)
    seen = []
    for _ in range(5):
        before = len(bluez.calls)
        await ended(driver)
        seen.append({name for name, _ in bluez.calls[before:]} & {"StartDiscovery", "RemoveDevice", "Set"})
    assert seen[0] == {"StartDiscovery"}
    assert seen[1] == {"StartDiscovery"}
    assert seen[2] == {"StartDiscovery", "RemoveDevice"}
    assert seen[3] == {"StartDiscovery", "Set"}
    assert seen[4] == {"StartDiscovery"}
    assert bluez.objects["/org/bluez/hci0"]["org.bluez.Adapter1"]["Powered"].value is True
    assert device.path in bluez.objects


async def test_a_link_that_held_begins_the_ladder_anew_without_a_scan(bluez, monkeypatch):
    monkeypatch.setattr(band, "STEADY_S", 0.0)
    device = bluez.device(ADDRESS, "Wrist", BELT)
    driver = quick()
    for _ in range(2):
        async with Life(driver) as life:
            await until(lambda: device.notifying)
            await asyncio.sleep(0.03)
            device.notify(HEART_RATE, HR)
            await until(lambda life=life: life.task.done())
        assert driver.failures == 0
    assert bluez.called("StartDiscovery") == 1


async def test_a_paired_band_is_not_removed(bluez):
    device = bluez.device(ADDRESS, "Wrist", BELT)
    device.paired = True
    driver = quick(silent_s=0.05)
    for _ in range(3):
        await ended(driver)
    assert not bluez.called("RemoveDevice")


async def test_a_band_that_refuses_is_tried_again_then_told(bluez):
    device = bluez.device(ADDRESS, "Wrist", BELT)
    device.refuse = 1
    async with Life(quick(silent_s=5)):
        await until(lambda: device.notifying)
    device.refuse = 99
    assert "connection failed" in await ended(quick())


async def test_two_bands_take_turns_at_the_adapter(bluez):
    devices = [bluez.device(f"C0:FF:EE:00:00:0{number}", f"Wrist {number}", BELT) for number in (1, 2)]
    drivers = [quick(Which(name=device.name), silent_s=5) for device in devices]
    async with Life(drivers[0]) as one, Life(drivers[1]) as other:
        await until(lambda: all(device.notifying for device in devices))
        for device in devices:
            device.notify(HEART_RATE, HR)
        await until(lambda: one.vitals and other.vitals)


async def test_a_connection_that_is_never_answered(bluez, monkeypatch):
    monkeypatch.setattr(band, "LINK_S", 0.5)
    bluez.device(ADDRESS, "Wrist", BELT).stuck = True
    assert "is seen but does not answer" in await ended(quick())


async def test_a_stop_while_scanning_ends_the_scan(bluez):
    async with Life(quick()):
        await until(lambda: bluez.scans)
    await until(lambda: not bluez.scans)


async def test_what_is_nearby(bluez):
    bluez.device(ADDRESS, "Wrist", OURS)
    bluez.device("C0:FF:EE:00:00:09", "Thermometer", {uuid16(0x1809): {uuid16(0x2A1C): ["indicate"]}})
    assert await nearby(0.3) == [
        Seen(ADDRESS, "Wrist", True),
        Seen("C0:FF:EE:00:00:09", "Thermometer", False),
    ]
    bluez.power(False)
    await asyncio.sleep(0.05)
    with pytest.raises(SensorLost, match="switched off"):
        await nearby(0.3)


async def test_a_band_chosen_by_service_stays_the_one(bluez):
    ours = bluez.device(ADDRESS, "Wrist", BELT)
    driver = quick(silent_s=0.05)
    await ended(driver)
    ours.vanish()
    another = bluez.device("C0:FF:EE:00:00:02", "Neighbour", BELT)
    assert "out of range" in await ended(driver)
    assert another.path not in [path for name, path in bluez.calls if name == "Connect"]


async def test_a_band_still_connected_from_an_earlier_life_is_used(bluez):
    device = bluez.device(ADDRESS, "Wrist", BELT)
    device.seen()
    device.answered()
    device.discovered()
    async with Life(quick(silent_s=5)):
        await until(lambda: device.notifying)
    assert not bluez.called("StartDiscovery")


async def test_bluetooth_switched_off(bluez):
    bluez.power(False)
    assert "Bluetooth is switched off: run `bluetoothctl power on`" in await ended(quick())


async def test_without_an_adapter(bluez):
    bluez.objects.clear()
    assert "there is no Bluetooth adapter: plug one in" in await ended(quick())


async def test_without_bluez(bus, monkeypatch):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
    assert "Bluetooth is not running" in await ended(quick())


async def test_without_dbus(tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.ERROR)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    assert "Bluetooth is not running" in await ended(quick())
