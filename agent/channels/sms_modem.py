"""SMS by ModemManager, the modem service of Raspberry Pi OS and Linux telephones, over D-Bus.

`run()` keeps a connection to the bus, hears what comes, and asks now and then whether messages could be sent;
it ends when they cannot, with why, and supervise begins anew. The modem is looked for at each message, as its
path changes with every restart of it.
Source: ModemManager D-Bus reference: Modem, Modem.Messaging, Sms, Modem.Modem3gpp, and its enumerations.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from agent.channels import Message
from agent.channels.gsm import Report
from agent.channels.sms_desk import Delivered, Desk, Heard, unheard, untold
from agent.channels.sms_modem_words import (
    BUS,
    MM,
    NO_MODEM,
    REGISTERED,
    Facts,
    Refusal,
    registration,
    trouble,
)
from agent.wording import Device

if TYPE_CHECKING:
    from dbus_fast import Message as Signal
    from dbus_fast.aio import MessageBus

ROOT = "/org/freedesktop/ModemManager1"
MODEM, MESSAGING, NETWORK = f"{MM}.Modem", f"{MM}.Modem.Messaging", f"{MM}.Modem.Modem3gpp"
SMS = f"{MM}.Sms"
BUS_PATH = "/org/freedesktop/DBus"
OBJECTS, PROPERTIES = f"{BUS}.ObjectManager", f"{BUS}.Properties"

ANSWER_S = 10.0
OLD_S = 600.0
"""What lay in the modem for longer is no answer to anything that is open now."""

DELIVER, STATUS_REPORT = 1, 3
"""MMSmsPduType."""
RECEIVED = 3
"""MMSmsState: it is complete."""
TRYING = 0x20
"""MMSmsDeliveryState, from here on: the network goes on trying."""


@dataclass(frozen=True, slots=True)
class ModemSettings:
    """How long the network may take for a message; keep: received messages stay (a telephone shows them)."""

    timeout_s: float = 60.0
    keep: bool = False


class ModemSms:
    """The channel. arrived: called whenever messages can be sent (again)."""

    def __init__(
        self,
        settings: ModemSettings,
        device: Device,
        heard: Heard = unheard,
        delivered: Delivered = untold,
        arrived: Callable[[], None] = lambda: None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._heard = heard
        self._arrived = arrived
        self._wall = wall
        self._desk = Desk(device, delivered)

    async def deliver(self, message: Message) -> None:
        """Return when the network has taken it. Raises Undelivered with ModemManager's reason, in words."""
        await self._desk.deliver(message)

    async def run(self) -> None:
        """Send and listen: a part for supervise. Raises ConnectionError with why that cannot be, in words."""
        try:
            async with _system_bus() as bus:
                modem = MmModem(bus, self._settings)
                await modem.listen(partial(self._told, modem))
                await modem.check()
                for sms in await self._stored(modem):
                    await self._take(modem, sms, self._wall() - OLD_S)
                self._arrived()
                await self._desk.serve(modem)
        except ConnectionError as error:
            self._desk.lost(str(error))
            raise

    async def _stored(self, modem: MmModem) -> list[str]:
        """What came while we were away; where messages stay, nobody could say what has been heard before."""
        return [] if self._settings.keep else await modem.stored()

    def _told(self, modem: MmModem, sms: str) -> None:
        self._desk.later(partial(self._take, modem, sms))

    async def _take(self, modem: MmModem, sms: str, since: float = 0.0) -> None:
        """A message or a report that came; a long message is told again when its last part is there."""
        facts = await modem.read(sms)
        if facts.get("State") != RECEIVED:
            return
        number, is_report = str(facts.get("Number", "")), facts.get("PduType") == STATUS_REPORT
        if is_report:
            self._desk.report(
                Report(facts.get("MessageReference", -1), number, facts.get("DeliveryState", TRYING))
            )
        elif facts.get("PduType") == DELIVER and _wall(facts.get("Timestamp", "")) >= since:
            back = await self._heard(number, str(facts.get("Text", "")))
            if back:
                self._desk.say_back(number, back)
        if is_report or not self._settings.keep:
            await modem.forget(sms)


def _wall(text: str) -> float:
    """A time as ModemManager writes it, Unix seconds; one that is not known is now, whenever now is."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return float("inf")


class MmModem:
    """ModemManager's first modem: what it can be asked to do."""

    def __init__(self, bus: MessageBus, settings: ModemSettings) -> None:
        self._bus = bus
        self._settings = settings
        self._path = ""

    async def check(self) -> None:
        """Return when messages can be sent. Raises ConnectionError with why not."""
        await self.health()

    async def health(self) -> str:
        """Registration and signal, in words. Raises ConnectionError with why messages cannot be sent."""
        self._path, interfaces = await self._modem()
        if interfaces[MODEM].get("State", 0) < REGISTERED:
            raise ConnectionError(trouble(interfaces[MODEM]))
        return registration(interfaces[MODEM], interfaces.get(NETWORK, {}))

    async def send(self, number: str, text: str) -> tuple[int, ...]:
        """Send; the network's reference. Raises Undelivered, ConnectionError."""
        from dbus_fast import Variant

        await self.check()
        report = Variant("b", True)
        wanted = {
            "number": Variant("s", number),
            "text": Variant("s", text),
            "delivery-report-request": report,
        }
        created = await self._call(self._path, MESSAGING, "Create", "a{sv}", wanted)
        if isinstance(created, Refusal):
            raise created.undelivered()
        sent = await self._call(created[0], SMS, "Send", timeout_s=self._settings.timeout_s)
        reference = (await self.read(created[0])).get("MessageReference")
        await self.forget(created[0])
        if isinstance(sent, Refusal):
            raise sent.undelivered()
        return () if reference is None else (int(reference),)

    async def read(self, sms: str) -> Facts:
        """All that is known of a message; nothing when it is gone."""
        reply = await self._call(sms, PROPERTIES, "GetAll", "s", SMS)
        return _plain(reply[0]) if isinstance(reply, list) else {}

    async def stored(self) -> list[str]:
        """The messages that lie in the modem, by path."""
        reply = await self._call(self._path, MESSAGING, "List")
        return list(reply[0]) if isinstance(reply, list) else []

    async def forget(self, sms: str) -> None:
        """Delete a message, if it is still there."""
        await self._call(self._path, MESSAGING, "Delete", "o", sms)

    async def listen(self, told: Callable[[str], None]) -> None:
        """Have `told(message's path)` called whenever a message came, or one became whole."""
        from dbus_fast import MessageType

        def heard(signal: Signal) -> None:
            if signal.message_type is not MessageType.SIGNAL:
                return
            if signal.member == "Added" and signal.body[1]:
                told(signal.body[0])
            elif signal.member == "PropertiesChanged" and _became_whole(signal.body):
                told(str(signal.path))

        self._bus.add_message_handler(heard)
        for rule in (f"interface='{MESSAGING}',member='Added'", f"interface='{PROPERTIES}',arg0='{SMS}'"):
            match = f"type='signal',sender='{MM}',{rule}"
            await self._call(BUS_PATH, BUS, "AddMatch", "s", match, service=BUS)

    async def _modem(self) -> tuple[str, dict[str, Facts]]:
        """The first modem: its path and its properties, by interface. Raises ConnectionError without one."""
        reply = await self._call(ROOT, OBJECTS, "GetManagedObjects")
        if isinstance(reply, Refusal):
            raise ConnectionError(reply.words)
        for path, interfaces in sorted(reply[0].items()):
            if MODEM in interfaces:
                return path, {name: _plain(facts) for name, facts in interfaces.items()}
        raise ConnectionError(NO_MODEM)

    async def _call(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *body: object,
        service: str = MM,
        timeout_s: float = ANSWER_S,
    ) -> list[Any] | Refusal:
        """What a method returns, or how it refuses. Raises ConnectionError without an answer."""
        from dbus_fast import Message as Call
        from dbus_fast import MessageType

        call = Call(service, path, interface, member, signature=signature, body=list(body))
        try:
            async with asyncio.timeout(timeout_s):
                reply = await self._bus.call(call)
        except (OSError, EOFError):  # TimeoutError too
            raise ConnectionError(f"ModemManager did not answer to {member} within {timeout_s:g} s") from None
        if reply is not None and reply.message_type is MessageType.ERROR:
            return Refusal(reply.error_name or "", str(reply.body[0]) if reply.body else "")
        return reply.body if reply is not None else []


async def probe(settings: ModemSettings) -> str:
    """How well the modem is, in words. Raises ConnectionError with why messages cannot be sent."""
    async with _system_bus() as bus:
        return await MmModem(bus, settings).health()


@asynccontextmanager
async def _system_bus() -> AsyncIterator[MessageBus]:
    try:
        from dbus_fast import BusType
        from dbus_fast.aio import MessageBus
    except ImportError:
        raise ConnectionError("dbus-fast is not installed: pip install dbus-fast") from None
    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        await _connect(bus)
        yield bus
    finally:
        bus.disconnect()


async def _connect(bus: MessageBus) -> None:
    from dbus_fast.errors import AuthError

    try:
        async with asyncio.timeout(ANSWER_S):
            await bus.connect()
    except (OSError, AuthError):  # TimeoutError too
        raise ConnectionError("there is no D-Bus on this machine: apt install dbus") from None


def _plain(variants: dict[str, Any]) -> Facts:
    return {name: variant.value for name, variant in variants.items()}


def _became_whole(changed: list[Any]) -> bool:
    state = changed[1].get("State") if changed[0] == SMS else None
    return state is not None and state.value == RECEIVED
