"""Nearby: which Bluetooth LE devices are seen just now, for whoever wants to choose a band."""

from __future__ import annotations

from dataclasses import dataclass

from sensors.band.link import Which, in_words


@dataclass(frozen=True, slots=True)
class Seen:
    """A device in range. band: whether it advertises a service that is understood without a description."""

    address: str
    name: str
    band: bool


async def nearby(seconds: float = 5.0, adapter: str | None = None) -> list[Seen]:
    """Scan for so long; bands first, then by address. SensorLost, with the cure, without Bluetooth."""
    from bleak import BleakScanner

    on = {"adapter": adapter} if adapter else {}
    with in_words():
        found = await BleakScanner.discover(seconds, return_adv=True, bluez=on)  # type: ignore[call-overload]
    which = Which()
    seen = [
        Seen(device.address, heard.local_name or device.name or "", which.scanned(device, heard))
        for device, heard in found.values()
    ]
    return sorted(seen, key=lambda one: (not one.band, one.address))
