"""Position by ModemManager, on devices whose modem has a GPS of its own: its Location interface on D-Bus.

Source: ModemManager D-Bus reference, org.freedesktop.ModemManager1.Modem.Location and MMModemLocationSource.
The modem's sentences are preferred (they say quality and dilution), its plain coordinates are the fallback;
cell towers are no position that anybody could be found at. We ask instead of having positions signalled, as
signals can be heard by every program. What was enabled before stays so, and stays enabled when we end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sensors import Emit, SensorLost
from sensors.readings import Position
from sensors.wire.sentences import UERE_M, NmeaFix, nmea

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

NAME = "gps"
SERVICE, ROOT = "org.freedesktop.ModemManager1", "/org/freedesktop/ModemManager1"
LOCATION = f"{SERVICE}.Modem.Location"
GPS_RAW, GPS_NMEA = 1 << 1, 1 << 2
ASK_EVERY_S = 5.0
ANSWER_S = 10.0
PATIENCE_S = 110.0
"""As in gps.py: the cause is told before a position that is 120 s old is given up."""

NO_MODEM = "there is no modem with GPS: is it plugged in, and its SIM unlocked?"
NO_FIX = "the modem finds no satellites: it must see the sky"
SILENT = "ModemManager does not answer: systemctl restart ModemManager"
FORBIDDEN = "it may not be asked by this user: allow org.freedesktop.ModemManager1.Location in polkit"
CURES = {
    "org.freedesktop.DBus.Error.ServiceUnknown": "ModemManager does not run: apt install modemmanager",
    "org.freedesktop.DBus.Error.UnknownMethod": NO_MODEM,
    "org.freedesktop.DBus.Error.UnknownObject": NO_MODEM,
    "org.freedesktop.DBus.Error.AccessDenied": FORBIDDEN,
    f"{SERVICE}.Error.Core.Unauthorized": FORBIDDEN,
}
"""D-Bus errors, and what to do about them."""

Told = dict[int, Any]
"""What GetLocation returns: by source, a string of sentences or a dictionary of variants."""


@dataclass(frozen=True, slots=True)
class ModemLocation:
    """The first modem that has a GPS."""

    patience_s: float = PATIENCE_S
    every_s: float = ASK_EVERY_S

    async def run(self, emit: Emit) -> None:
        """Emit Position, source `modem`, until cancelled; SensorLost with the cause when there is none."""
        async with _system_bus() as bus:
            modem, sources = await _modem(bus)
            await _call(bus, modem, LOCATION, "Setup", "ub", sources, False)
            await self._ask(bus, modem, emit)

    async def _ask(self, bus: MessageBus, modem: str, emit: Emit) -> None:
        """A position is told once it differs from the answer before: the first may be hours old."""
        loop = asyncio.get_running_loop()
        key: object = None
        newest = loop.time()
        while loop.time() < newest + self.patience_s:
            (answer,) = await _call(bus, modem, LOCATION, "GetLocation")
            found = located({source: item.value for source, item in answer.items()}, loop.time())
            if found is not None and key not in (None, found[0]):
                newest = loop.time()
                emit(found[1])
            key = found[0] if found else key
            await asyncio.sleep(self.every_s)
        raise SensorLost(NAME, NO_FIX)


def located(told: Told, at: float) -> tuple[object, Position] | None:
    """The position in an answer that came at `at`, and the modem's time of it, which tells it from the last.

    ModemManager repeats its last position for ever: one answer alone says nothing of its age. Accuracy
    is HDOP x UERE_M where a sentence says it.
    """
    fix = _best(str(told.get(GPS_NMEA, "")))
    if fix is not None:
        accuracy_m = None if fix.hdop is None else fix.hdop * UERE_M
        return fix.clock_s, Position(at, fix.latitude, fix.longitude, accuracy_m, "modem")
    if told.get(GPS_NMEA):  # it knows of no fix, and plain coordinates do not say what they are worth
        return None
    return _plain(told.get(GPS_RAW, {}), at)


def _plain(answer: dict[str, Any], at: float) -> tuple[object, Position] | None:
    raw = {name: item.value for name, item in answer.items()}
    latitude, longitude = raw.get("latitude"), raw.get("longitude")
    if not isinstance(latitude, float) or not isinstance(longitude, float):
        return None
    return (raw.get("utc-time"), latitude, longitude), Position(at, latitude, longitude, None, "modem")


def _best(sentences: str) -> NmeaFix | None:
    """Of the modem's newest sentences of each kind: one that says its dilution, else any with a fix."""
    fixes = [fix for fix in map(nmea, sentences.splitlines()) if fix]
    return max(fixes, key=lambda fix: fix.hdop is not None, default=None)


async def _modem(bus: MessageBus) -> tuple[str, int]:
    """Path of the first modem with GPS, and the sources to be enabled: what is, and what GPS it has."""
    (objects,) = await _call(bus, ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
    for path, interfaces in sorted(objects.items()):
        known = {name: item.value for name, item in interfaces.get(LOCATION, {}).items()}
        if gps := known.get("Capabilities", 0) & (GPS_RAW | GPS_NMEA):
            return path, known.get("Enabled", 0) | gps
    raise SensorLost(NAME, NO_MODEM)


@asynccontextmanager
async def _system_bus() -> AsyncIterator[MessageBus]:
    try:
        from dbus_fast import BusType
        from dbus_fast.aio import MessageBus
    except ImportError:
        raise SensorLost(NAME, "dbus-fast is not installed: pip install dbus-fast") from None
    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        async with asyncio.timeout(ANSWER_S):
            await bus.connect()
    except OSError:  # TimeoutError too
        raise SensorLost(NAME, "there is no D-Bus on this machine: apt install dbus") from None
    try:
        yield bus
    finally:
        bus.disconnect()
        with suppress(OSError, EOFError):  # what the bus died of, if it did
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


async def _call(
    bus: MessageBus, path: str, interface: str, member: str, signature: str = "", *body: object
) -> list[Any]:
    """What a method returns; SensorLost with the cure where it refuses or does not answer."""
    from dbus_fast import Message, MessageType

    message = Message(SERVICE, path, interface, member, signature=signature, body=list(body))
    if not bus.connected:
        raise SensorLost(NAME, SILENT)
    try:
        async with asyncio.timeout(ANSWER_S):
            reply = await bus.call(message)
    except (OSError, EOFError):  # TimeoutError too
        raise SensorLost(NAME, SILENT) from None
    if reply.message_type is MessageType.ERROR:
        said = reply.body[0] if reply.body else reply.error_name
        raise SensorLost(NAME, CURES.get(reply.error_name or "", f"ModemManager refuses: {said}"))
    return reply.body
