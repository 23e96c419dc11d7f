"""A Bluetooth LE peripheral by BlueZ: a tree of services served over D-Bus, advertised, its values notified.

Source: BlueZ, doc/org.bluez.GattManager.rst, org.bluez.GattCharacteristic.rst, org.bluez.LEAdvertisement.rst.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from sensors import SensorLost

if TYPE_CHECKING:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

ROOT = "/org/distress_agent/band"
ADVERTISEMENT = "/org/distress_agent/advertisement"
SERVICE, CHARACTERISTIC = "org.bluez.GattService1", "org.bluez.GattCharacteristic1"
PROPERTIES = "org.freedesktop.DBus.Properties"

Layout = Mapping[str, Sequence[str]]
"""UUIDs of services, each with those of its characteristics; all of these are read and notified."""
Facts = dict[str, Any]
"""Properties of one D-Bus interface, each a Variant."""


class Peripheral:
    """A GATT application as data: BlueZ asks for its objects, reads values, and is told of new ones."""

    def __init__(self, bus: MessageBus, layout: Layout, name: str, advertised: Sequence[str]) -> None:
        self.objects, self.paths = _tree(layout)
        self.advertisement = _advertisement(name, advertised)
        self.values = dict.fromkeys(self.paths, b"")
        self.notifying: set[str] = set()
        self._bus = bus

    def tell(self, uuid: str, value: bytes) -> None:
        """A characteristic's new value: kept for who reads it, notified to who listens."""
        from dbus_fast import Message, Variant

        path = self.paths[uuid]
        self.values[uuid] = value
        if path in self.notifying:
            changed = [CHARACTERISTIC, {"Value": Variant("ay", value)}, []]
            self._bus.send(Message.new_signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", changed))

    def answer(self, message: Message) -> Message | None:
        """The answer to a call of BlueZ; None for what is no such call."""
        from dbus_fast import Message, MessageType

        if message.message_type is not MessageType.METHOD_CALL:
            return None
        path = message.path or ""
        match message.member:
            case "GetManagedObjects" if path == ROOT:
                return Message.new_method_return(message, "a{oa{sa{sv}}}", [self.objects])
            case "GetAll":
                return Message.new_method_return(message, "a{sv}", [self._facts(path, message.body[0])])
            case "ReadValue":
                return Message.new_method_return(message, "ay", [self._value(path)])
            case "StartNotify":
                self.notifying.add(path)
                return Message.new_method_return(message)
            case "StopNotify":
                self.notifying.discard(path)
                return Message.new_method_return(message)
        return None

    def _facts(self, path: str, interface: str) -> Facts:
        return self.advertisement if path == ADVERTISEMENT else self.objects.get(path, {}).get(interface, {})

    def _value(self, path: str) -> bytes:
        return next((self.values[uuid] for uuid, its in self.paths.items() if its == path), b"")


@asynccontextmanager
async def served(
    adapter: str, layout: Layout, name: str, advertised: Sequence[str]
) -> AsyncIterator[Peripheral]:
    """Serve and advertise on an adapter (hci0). Raises SensorLost, in words, where BlueZ cannot be had."""
    from dbus_fast import BusType
    from dbus_fast.aio import MessageBus

    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        await _connect(bus)
        peripheral = Peripheral(bus, layout, name, advertised)
        bus.add_message_handler(peripheral.answer)
        await _register(bus, adapter, "org.bluez.GattManager1", "RegisterApplication", ROOT)
        await _register(
            bus, adapter, "org.bluez.LEAdvertisingManager1", "RegisterAdvertisement", ADVERTISEMENT
        )
        yield peripheral
    finally:
        bus.disconnect()  # with the connection BlueZ drops what was registered


async def _connect(bus: MessageBus) -> None:
    try:
        await bus.connect()
    except OSError:
        raise SensorLost("bluetooth", "it is not running: run `sudo systemctl start bluetooth`") from None


async def _register(bus: MessageBus, adapter: str, interface: str, member: str, path: str) -> None:
    from dbus_fast import Message, MessageType

    on = f"/org/bluez/{adapter}"
    reply = await bus.call(Message("org.bluez", on, interface, member, signature="oa{sv}", body=[path, {}]))
    if reply is None or reply.message_type is MessageType.ERROR:
        why = reply.body[0] if reply and reply.body else "no answer"
        raise SensorLost(
            "bluetooth", f"no band can be served on {adapter} ({why}): is Bluetooth switched on?"
        )


def _tree(layout: Layout) -> tuple[dict[str, dict[str, Facts]], dict[str, str]]:
    """The application's objects by path and interface, and the path of each characteristic."""
    from dbus_fast import Variant

    objects: dict[str, dict[str, Facts]] = {}
    paths: dict[str, str] = {}
    for number, (service, characteristics) in enumerate(layout.items()):
        above = f"{ROOT}/service{number}"
        objects[above] = {SERVICE: {"UUID": Variant("s", service), "Primary": Variant("b", True)}}
        for place, uuid in enumerate(characteristics):
            paths[uuid] = f"{above}/char{place}"
            facts = {"UUID": Variant("s", uuid), "Service": Variant("o", above)}
            objects[paths[uuid]] = {CHARACTERISTIC: {**facts, "Flags": Variant("as", ["read", "notify"])}}
    return objects, paths


def _advertisement(name: str, services: Sequence[str]) -> Facts:
    from dbus_fast import Variant

    return {
        "Type": Variant("s", "peripheral"),
        "ServiceUUIDs": Variant("as", list(services)),
        "LocalName": Variant("s", name),
    }
