"""The reconnect ladder: what is done before the next try, by how many tries have failed in a row.

A link that looks alive may be dead for hours (bleak-retry-connector issue 228), a device that BlueZ remembers
wrongly never connects, and the firmware of small radios crashes (bluez-firmware issue 12). Each rung costs
more than the one before: the last one throws every other Bluetooth device off as well, so it comes rarely.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sensors.band import bluez

OFF_S = 2.0
"""A radio's firmware needs about a second to go down."""


@dataclass(frozen=True, slots=True)
class Rung:
    """step(device, adapter) is done first, with BlueZ's paths (device: None if never seen).

    rescan: the band is then looked for anew, and nothing that was kept of its services is believed.
    """

    name: str
    step: Callable[[str | None, str], Awaitable[None]]
    rescan: bool = True


async def keep(_device: str | None, _adapter: str) -> None:
    """Nothing: the device as BlueZ knows it."""


async def forget(device: str | None, _adapter: str) -> None:
    """End a connection that may only look like one."""
    if device:
        await bluez.call(device, bluez.DEVICE, "Disconnect")


async def remove(device: str | None, adapter: str) -> None:
    """Let BlueZ forget all it knows of the device; not of a paired one, which would need its wearer again."""
    if device and not await bluez.get(device, bluez.DEVICE, "Paired"):
        await bluez.call(adapter, bluez.ADAPTER, "RemoveDevice", "o", (device,))


async def power_cycle(_device: str | None, adapter: str) -> None:
    """Switch the adapter off and on; on in any case."""
    try:
        await bluez.switch(adapter, False)
        await asyncio.sleep(OFF_S)
    finally:
        await bluez.switch(adapter, True)


RECONNECT = Rung("reconnect", keep, rescan=False)
RESCAN = Rung("forget and rescan", forget)
REMOVE = Rung("remove", remove)
POWER_CYCLE = Rung("power-cycle the adapter", power_cycle)

LADDER = (RECONNECT, RESCAN, REMOVE, POWER_CYCLE, *16 * (RESCAN,))
"""From the first failure on; after the last it begins again: with half a minute a try, every ten minutes."""


def rung(failures: int) -> Rung:
    """The rung after so many failures in a row."""
    return LADDER[failures % len(LADDER)]
