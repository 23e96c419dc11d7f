"""The band, by Bluetooth LE: pulse, RR intervals, skin conductance, motion, contact, blood pressure.

What counts is the age of the newest valid report, never the state of the link: `Connected` may stay true for
hours over silence (bleak-retry-connector issue 228). Why it is lost is told apart in words: out of range,
battery low, broken, silent while connected; and, as readings, that it is not worn or nearly empty.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from sensors import Emit, SensorLost
from sensors.band import bluez, ladder, link
from sensors.band.intake import NAME, Intake
from sensors.band.link import Which
from sensors.wire import profile
from sensors.wire.gatt import Field, readers

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.device import BLEDevice

__all__ = ["Band", "Field", "Which"]

SILENT_S = 10.0
"""Bands report every second at the slowest; a cuff for blood pressure is given a longer time."""
STEADY_S = 60.0
"""A link that held this long was well: its end counts as the first failure."""
LINK_S = 60.0
"""One limit around finding and connecting, because D-Bus can stall (retry-connector's own safety timeout)."""
LOOK_S = 0.25
NUDGE_EVERY_S = 12.0

UNSEEN = "out of range, it is not seen: bring it near, and see that it is charged and switched on"
BROKE_OFF = "out of range, the connection broke off: bring it near"

ADAPTER = asyncio.Lock()
"""One at a time scans or connects."""


class Band:
    """A band to listen to; `fields` describe characteristics that no standard does.

    Each run is one connection, at the rung of the ladder that its failures have reached.
    """

    def __init__(
        self, which: Which | None = None, fields: Iterable[Field] = (), silent_s: float = SILENT_S
    ) -> None:
        self.which = which or Which()
        self.silent_s = silent_s
        self.intake = Intake(readers((*profile.FIELDS, *fields)))
        self.failures = 0
        self._known: BLEDevice | None = None

    async def run(self, emit: Emit) -> None:
        """Emit Vitals, and Loss where it is not worn or nearly empty, until cancelled; or SensorLost."""
        rung = ladder.rung(self.failures)
        self.failures += 1
        with link.in_words():
            client = await self._connected(rung)
            try:
                await self._listen(client, emit)
            finally:
                await link.leave(client)

    async def _connected(self, rung: ladder.Rung) -> BleakClient:
        async with ADAPTER, asyncio.timeout(LINK_S):
            await rung.step(_path(self._known), _adapter(self._known, self.which))
            found = await link.find(self.which, None if rung.rescan else self._known)
            if found is None:
                raise SensorLost(NAME, self._in_need() or UNSEEN)
            self._stick_to(found)
            return await link.connect(found, fresh=rung.rescan)

    def _stick_to(self, found: BLEDevice) -> None:
        """A band chosen for its service alone is ours from then on: the next one seen may be another's."""
        self._known = found
        if not self.which.address and not self.which.name:
            self.which = replace(self.which, address=found.address)

    async def _listen(self, client: BleakClient, emit: Emit) -> NoReturn:
        loop = asyncio.get_running_loop()
        intake, began = self.intake, loop.time()

        def hear(uuid: str, data: bytes) -> None:
            intake.take(loop.time(), uuid, data, emit)

        intake.begin(began)
        await link.subscribe(client, intake.readers, hear)
        nudge_at = began
        while client.is_connected and loop.time() - intake.newest < self.silent_s:
            if loop.time() >= nudge_at:
                nudge_at = loop.time() + NUDGE_EVERY_S
                await self._ask(client, hear, emit)
            await asyncio.sleep(LOOK_S)
        if intake.newest - began > STEADY_S:
            self.failures = 0
        raise SensorLost(NAME, self._silence() if client.is_connected else self._in_need() or BROKE_OFF)

    async def _ask(self, client: BleakClient, hear: link.Hear, emit: Emit) -> None:
        await link.nudge(client, hear)
        path = _path(self._known)
        battery = await bluez.battery(path) if path else None
        if battery is not None:
            self.intake.charge(asyncio.get_running_loop().time(), battery, emit)

    def _in_need(self) -> str:
        """What a vanished band most likely lacks, if it told."""
        return f"battery low, {self.intake.battery:.0%} when last heard: charge it" if self.intake.low else ""

    def _silence(self) -> str:
        if self.intake.garbled:
            return f"broken, it sends what cannot be read ({self.intake.garbled} reports): restart the band"
        return f"connected but silent for {self.silent_s:g} s: restart the band"


def _path(device: BLEDevice | None) -> str | None:
    """BlueZ's path of a device."""
    return device.details["path"] if device else None


def _adapter(device: BLEDevice | None, which: Which) -> str:
    """BlueZ's path of the adapter that sees the device: the part before it."""
    path = _path(device)
    return path.rpartition("/")[0] if path else f"/org/bluez/{which.adapter or 'hci0'}"
