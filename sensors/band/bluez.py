"""BlueZ over D-Bus, for what bleak leaves out: to forget a device, switch the adapter, read a battery.

Source: BlueZ, doc/org.bluez.Adapter.rst, org.bluez.Device.rst, org.bluez.Battery.rst. Each call has its own
connection: they are rare, and none then outlives its use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

BLUEZ = "org.bluez"
ADAPTER, DEVICE, BATTERY = "org.bluez.Adapter1", "org.bluez.Device1", "org.bluez.Battery1"
PROPERTIES = "org.freedesktop.DBus.Properties"


async def call(
    path: str, interface: str, member: str, signature: str = "", body: Sequence[object] = ()
) -> list[Any] | None:
    """Call a method of BlueZ; what it returns, or None where it refuses. Raises OSError without D-Bus."""
    from dbus_fast import BusType, Message, MessageType
    from dbus_fast.aio import MessageBus

    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        await bus.connect()
        reply = await bus.call(Message(BLUEZ, path, interface, member, signature=signature, body=list(body)))
    finally:
        bus.disconnect()
    return reply.body if reply and reply.message_type is MessageType.METHOD_RETURN else None


async def get(path: str, interface: str, name: str) -> object | None:
    """A property, None where there is none."""
    found = await call(path, PROPERTIES, "Get", "ss", (interface, name))
    return found[0].value if found else None


async def switch(adapter: str, powered: bool) -> None:
    """Switch an adapter (its path) on or off."""
    from dbus_fast import Variant

    await call(adapter, PROPERTIES, "Set", "ssv", (ADAPTER, "Powered", Variant("b", powered)))


async def battery(device: str) -> float | None:
    """The charge (0..1) of a device (its path): BlueZ shows it here instead of as a characteristic."""
    percentage = await get(device, BATTERY, "Percentage")
    return percentage / 100 if isinstance(percentage, int) else None
