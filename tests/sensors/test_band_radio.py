"""The layout of docs/band.md over a virtual radio (bumble): advertised, discovered, subscribed, understood.

Two controllers on one link speak real HCI, L2CAP and ATT, with the smallest packets that Bluetooth LE has.
"""

from __future__ import annotations

import asyncio
from itertools import islice

import pytest

pytest.importorskip("bumble", reason="no bumble in this environment: it is a dependency of the tests")

from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData
from bumble.device import Device, Peer
from bumble.gatt import Characteristic, Service
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink

from agent import simulate
from sensors.band.intake import Intake
from sensors.wire import gatt, profile

CUFF = {gatt.BLOOD_PRESSURE_SERVICE: (gatt.BLOOD_PRESSURE,)}
LAYOUT = {**simulate.LAYOUT, **CUFF}
HEART_RATE_16 = UUID.from_16_bits(0x180D)
PRESSURE = bytes.fromhex("00780050005d00")


def device(link, name, address):
    host = Host()
    host.controller = Controller(name, link=link, public_address=address)
    return Device(name=name, address=Address(address), host=host)


def characteristic(uuid):
    props = Characteristic.Properties
    tells = props.INDICATE if uuid == gatt.BLOOD_PRESSURE else props.NOTIFY
    return Characteristic(UUID(uuid), props.READ | tells, Characteristic.READABLE, b"\x57")


@pytest.fixture
async def pair():
    """A band with all its characteristics by UUID, and the agent's side of a connection to it."""
    link = LocalLink()
    band = device(link, "band", "F5:F4:F3:F2:F1:F0")
    agent = device(link, "agent", "F0:F1:F2:F3:F4:F5")
    its = {uuid: characteristic(uuid) for uuids in LAYOUT.values() for uuid in uuids}
    for service, uuids in LAYOUT.items():
        band.add_service(Service(UUID(service), [its[uuid] for uuid in uuids]))
    band.advertising_data = advertisement()
    for side in (band, agent):
        await side.power_on()
    await band.start_advertising(auto_restart=True)
    yield band, agent, its
    for side in (agent, band):
        await side.power_off()


def advertisement():
    """What `band simulate` asks BlueZ to advertise."""
    assert simulate.ADVERTISED == (profile.SERVICE, gatt.HEART_RATE_SERVICE)
    return bytes(
        AdvertisingData(
            [
                (AdvertisingData.FLAGS, b"\x06"),
                (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(profile.SERVICE))),
                (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, bytes(HEART_RATE_16)),
            ]
        )
    )


async def test_what_a_band_tells_arrives_and_is_understood(pair):
    band, agent, its = pair
    told, intake = [], Intake(gatt.readers(profile.FIELDS))
    intake.begin(0.0)
    peer = Peer(await agent.connect(band.random_address))
    await peer.discover_services()
    await peer.discover_characteristics()
    for uuid in its:
        (found,) = peer.get_characteristics_by_uuid(UUID(uuid))

        def hear(value, uuid=uuid):
            intake.take(asyncio.get_running_loop().time(), uuid, bytes(value), told.append)

        await found.subscribe(hear)
        assert await found.read_value() == b"\x57"
    for step in islice(simulate.reports(), 8):
        for uuid, value in step:
            assert len(value) <= 20, "an ATT packet of 23 bytes has room for 20"
            await band.notify_subscribers(its[uuid], value)
    await band.indicate_subscribers(its[gatt.BLOOD_PRESSURE], PRESSURE)
    async with asyncio.timeout(5):
        while intake.counts["reports"] < 8 + 2 + 2 + 1:
            await asyncio.sleep(0.01)
    assert intake.counts == {"reports": 13}
    assert told[-1].systolic_mmhg == 120
    assert [round(vitals.bpm) for vitals in told if vitals.bpm] == [72, 74]
    assert sum(vitals.microsiemens is not None for vitals in told) == 8


async def test_the_advertisement_fits_and_names_the_services(pair):
    _, agent, _ = pair
    seen = asyncio.get_running_loop().create_future()
    agent.on("advertisement", lambda found: seen.done() or seen.set_result(found))
    await agent.start_scanning()
    async with asyncio.timeout(5):
        found = await seen
    assert len(advertisement()) <= 31
    assert UUID(profile.SERVICE) in found.data.get(
        AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS
    )
    assert HEART_RATE_16 in found.data.get(AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS)
