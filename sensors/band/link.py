"""The link to a band: found, connected, listened to, by bleak; its many errors become one sentence.

Linux only, as BlueZ is. One event loop for life (bleak, docs/troubleshooting); to scan and connect at once
says InProgress (bleak issue 694), so whoever calls holds the adapter's lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sensors import SensorLost
from sensors.band.intake import NAME
from sensors.wire import profile
from sensors.wire.gatt import BATTERY, BODY_LOCATION, HEART_RATE_SERVICE, uuid16

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.characteristic import BleakGATTCharacteristic
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

GENERIC_ATTRIBUTE_SERVICE = uuid16(0x1801)
"""Nearly every device has it."""
SCAN_S = 20.0
"""Bands advertise every second or two at the slowest, and a scan hears every other one."""
NUDGE_S = 2.0
LEAVE_S = 1.0
"""BlueZ may take ten seconds to hang up; a stopping agent has two."""
ATTEMPTS = 2

Hear = Callable[[str, bytes], None]
"""Takes a notification: the characteristic's UUID, its bytes."""

WHY = {
    "NO_BLUETOOTH": "there is no Bluetooth adapter: plug one in",
    "NO_BLE_CENTRAL_ROLE": "the Bluetooth adapter knows no Low Energy: plug another one in",
    "POWERED_OFF": "Bluetooth is switched off: run `bluetoothctl power on`",
    "DENIED_BY_SYSTEM": "Bluetooth is not allowed: add the agent's user to the group bluetooth",
}
NOT_RUNNING = "Bluetooth is not running: run `sudo systemctl start bluetooth`"
NO_ANSWER = "it is seen but does not answer: is another device connected to it?"


@dataclass(frozen=True, slots=True)
class Which:
    """Which band: by its address, else by its name, else the first that offers one of the services.

    adapter: hci0, hci1 ...; None is the first one that is switched on.
    """

    address: str | None = None
    name: str | None = None
    services: tuple[str, ...] = (profile.SERVICE, HEART_RATE_SERVICE)
    adapter: str | None = None

    def fits(self, address: str, name: str | None, services: Iterable[str]) -> bool:
        """Whether a device that is seen is the one."""
        if self.address:
            return address.lower() == self.address.lower()
        if self.name:
            return name == self.name
        return bool(set(self.services) & {uuid.lower() for uuid in services})

    def scanned(self, device: BLEDevice, seen: AdvertisementData) -> bool:
        """The same, for what a scan finds."""
        return self.fits(device.address, seen.local_name or device.name, seen.service_uuids)


async def find(which: Which, known: BLEDevice | None) -> BLEDevice | None:
    """The band: the known one if BlueZ still has it, else one that is connected already, else by a scan."""
    from bleak import BleakAdapter, BleakScanner
    from bleak_retry_connector import get_device

    if known and (still := await get_device(known.address)):
        return still
    on = {"adapter": which.adapter} if which.adapter else {}
    # A band that kept its connection while the agent restarted does not advertise: no scan finds it.
    adapter = await BleakAdapter.get(bluez=on)  # type: ignore[arg-type]
    for device in await adapter.get_connected_devices([*which.services, GENERIC_ATTRIBUTE_SERVICE]):
        if which.fits(device.address, device.name, device.details["props"].get("UUIDs", ())):
            return device
    return await BleakScanner.find_device_by_filter(which.scanned, SCAN_S, bluez=on)  # type: ignore[arg-type]


async def connect(device: BLEDevice, *, fresh: bool) -> BleakClient:
    """A new client, connected; `fresh`: nothing that was kept of its services is believed."""
    from bleak_retry_connector import BleakClientWithServiceCache, establish_connection

    return await establish_connection(
        BleakClientWithServiceCache,
        device,
        device.name or device.address,
        max_attempts=ATTEMPTS,
        use_services_cache=not fresh,
    )


async def subscribe(client: BleakClient, wanted: Iterable[str], hear: Hear) -> None:
    """Listen to all wanted characteristics that the band has; SensorLost when it has none that matters."""
    wanted, found = set(wanted), set()
    for characteristic in client.services.characteristics.values():
        if characteristic.uuid in wanted and {"notify", "indicate"} & set(characteristic.properties):
            await client.start_notify(characteristic, partial(_heard, hear))
            found.add(characteristic.uuid)
    if not found - {BATTERY}:
        raise SensorLost(NAME, "it tells nothing that is understood: choose another, or describe its fields")


def _heard(hear: Hear, characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
    hear(characteristic.uuid, bytes(data))


async def nudge(client: BleakClient, hear: Hear) -> None:
    """Read something small: some bands fall silent when nobody asks for 15 s (Gadgetbridge 379, 913)."""
    from bleak.exc import BleakError

    for uuid in (BATTERY, BODY_LOCATION):
        if client.services.get_characteristic(uuid):
            with suppress(BleakError, OSError, EOFError, TimeoutError):
                async with asyncio.timeout(NUDGE_S):
                    value = await client.read_gatt_char(uuid)
                if uuid == BATTERY:
                    hear(uuid, bytes(value))
            return


async def leave(client: BleakClient) -> None:
    """Hang up, whatever BlueZ says to it."""
    from bleak.exc import BleakError

    with suppress(BleakError, OSError, EOFError, TimeoutError):
        async with asyncio.timeout(LEAVE_S):
            await client.disconnect()


@contextmanager
def in_words() -> Iterator[None]:
    """Turn whatever bleak and D-Bus raise into SensorLost."""
    from bleak.exc import BleakError
    from dbus_fast.errors import AuthError

    try:
        yield
    except (BleakError, AuthError, OSError, EOFError, TimeoutError) as error:
        raise SensorLost(NAME, _words(error)) from None


def _words(error: Exception) -> str:
    from bleak.exc import BleakBluetoothNotAvailableError
    from bleak_retry_connector import BleakNotFoundError

    if isinstance(error, BleakBluetoothNotAvailableError):
        return WHY.get(error.reason.name, str(error.args[0]))
    if isinstance(error, FileNotFoundError | ConnectionRefusedError) or "ServiceUnknown" in str(error):
        return NOT_RUNNING
    if isinstance(error, TimeoutError | BleakNotFoundError):
        return NO_ANSWER
    return f"the connection failed ({error}): it is tried again"
