"""A BlueZ look-alike: as much of org.bluez as bleak, the band's ladder and the simulated band use.

As many small radios, it can not scan and connect at once.

It is served with dbus-fast on a private bus. The tests tell its devices what to do: to be near or not,
to refuse, to notify. An application that is registered (`band simulate`) becomes a device that can be found.
Source: BlueZ, doc/org.bluez.*.rst.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from contextlib import contextmanager

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.message_bus import BaseMessageBus

HCI = "/org/bluez/hci0"
ADAPTER, DEVICE, BATTERY = "org.bluez.Adapter1", "org.bluez.Device1", "org.bluez.Battery1"
SERVICE, CHARACTERISTIC = "org.bluez.GattService1", "org.bluez.GattCharacteristic1"
GATT, ADVERTISING = "org.bluez.GattManager1", "org.bluez.LEAdvertisingManager1"
ADVERTISE_S, DISCOVER_S = 0.02, 0.01
OBJECTS, PROPERTIES = "org.freedesktop.DBus.ObjectManager", "org.freedesktop.DBus.Properties"


@contextmanager
def private_bus():
    """The address of a D-Bus daemon of our own."""
    program = shutil.which("dbus-daemon")
    if not program:
        pytest.skip("no dbus-daemon on this machine: apt-get install dbus-daemon")
    daemon = subprocess.Popen(
        [program, "--session", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield daemon.stdout.readline().strip()
    finally:
        daemon.kill()
        daemon.wait()
        daemon.stdout.close()


class Device:
    """A device near the adapter or not. `services`: {service: {characteristic: flags}}.

    refuse: how many times Connect still fails. stuck: Connect is never answered.
    """

    def __init__(self, bluez, address, name, services, battery=None):
        self.bluez = bluez
        self.path = f"{HCI}/dev_{address.replace(':', '_')}"
        self.address, self.name, self.services, self.battery = address, name, services, battery
        self.near, self.refuse, self.paired, self.stuck = True, 0, False, False
        self.values = {}
        self.notifying = set()
        self.paths = {
            uuid: f"{self.path}/service{10 * number:04x}/char{10 * number + place:04x}"
            for number, chars in enumerate(services.values(), 1)
            for place, uuid in enumerate(chars, 1)
        }

    @property
    def connected(self):
        known = self.bluez.objects.get(self.path)
        return bool(known) and known[DEVICE]["Connected"].value

    def appear(self):
        """It comes near: a scan that runs sees it."""
        self.near = True
        self.bluez.see()

    def vanish(self, told=True):
        """It goes out of range; `told`: BlueZ notices at once that the link is gone."""
        self.near = False
        if told and self.connected:
            self.hung_up()

    def notify(self, uuid, data, times=1):
        """Send a notification to whoever listens."""
        for _ in range(times if uuid in self.notifying and self.connected else 0):
            self.bluez.changed(self.paths[uuid], CHARACTERISTIC, Value=Variant("ay", data))

    def seen(self):
        """An advertisement is received."""
        if self.path in self.bluez.objects:
            self.bluez.changed(self.path, DEVICE, RSSI=Variant("n", -60))
            return
        self.bluez.add(
            self.path,
            DEVICE,
            Address=Variant("s", self.address),
            AddressType=Variant("s", "public"),
            Name=Variant("s", self.name),
            Alias=Variant("s", self.name),
            Adapter=Variant("o", HCI),
            UUIDs=Variant("as", list(self.services)),
            RSSI=Variant("n", -60),
            Paired=Variant("b", self.paired),
            Connected=Variant("b", False),
            ServicesResolved=Variant("b", False),
        )
        if self.battery is not None:
            self.bluez.add(self.path, BATTERY, Percentage=Variant("y", self.battery))

    def answered(self):
        """A connection is made: a little later its services are known."""
        self.bluez.changed(self.path, DEVICE, Connected=Variant("b", True))
        asyncio.get_running_loop().call_later(DISCOVER_S, self.discovered)

    def discovered(self):
        """Its services are known, if it is still there."""
        if not self.connected:
            return
        for service, chars in self.services.items():
            for uuid, flags in chars.items():
                path = self.paths[uuid]
                above = path.rpartition("/")[0]
                parent = {"Device": Variant("o", self.path), "Primary": Variant("b", True)}
                self.bluez.add(above, SERVICE, UUID=Variant("s", service), **parent)
                facts = {"Service": Variant("o", above), "Flags": Variant("as", flags)}
                self.bluez.add(path, CHARACTERISTIC, UUID=Variant("s", uuid), **facts)
        self.bluez.changed(self.path, DEVICE, ServicesResolved=Variant("b", True))

    def hung_up(self):
        """The connection ends."""
        self.notifying.clear()
        off = {"Connected": Variant("b", False), "ServicesResolved": Variant("b", False)}
        self.bluez.changed(self.path, DEVICE, **off)

    async def read(self, uuid):
        return self.values.get(uuid, b"\0")

    def listen(self, uuid):
        self.notifying.add(uuid)

    def unlisten(self, uuid):
        self.notifying.discard(uuid)


class Application(Device):
    """A registered GATT application, as others would find it in the air."""

    def __init__(self, bluez, owner, objects, advertisement):
        services = {
            facts[SERVICE]["UUID"].value: {
                chars[CHARACTERISTIC]["UUID"].value: chars[CHARACTERISTIC]["Flags"].value
                for chars in objects.values()
                if CHARACTERISTIC in chars and chars[CHARACTERISTIC]["Service"].value == path
            }
            for path, facts in objects.items()
            if SERVICE in facts
        }
        super().__init__(bluez, "AA:AA:AA:AA:AA:AA", advertisement["LocalName"].value, services)
        self.advertisement, self.owner = advertisement, owner
        self.its = {
            facts[CHARACTERISTIC]["UUID"].value: path
            for path, facts in objects.items()
            if CHARACTERISTIC in facts
        }

    async def read(self, uuid):
        ask = Message(self.owner, self.its[uuid], CHARACTERISTIC, "ReadValue", signature="a{sv}", body=[{}])
        return (await self.bluez.bus.call(ask)).body[0]

    def listen(self, uuid):
        super().listen(uuid)
        self._ask(uuid, "StartNotify")

    def unlisten(self, uuid):
        super().unlisten(uuid)
        self._ask(uuid, "StopNotify")

    def hung_up(self):
        for uuid in tuple(self.notifying):
            self.unlisten(uuid)
        super().hung_up()

    def forward(self, message):
        """One of its own values changed: those who listen hear it."""
        uuid = next(uuid for uuid, path in self.its.items() if path == message.path)
        self.notify(uuid, message.body[1]["Value"].value)

    def _ask(self, uuid, member):
        self.bluez.bus.send(Message(self.owner, self.its[uuid], CHARACTERISTIC, member))


class Bluez:
    """The look-alike itself. `calls`: every method called, as (member, path)."""

    def __init__(self, address):
        self.bus = MessageBus(bus_address=address)
        self.objects = {}
        self.devices = []
        self.scans = 0
        self.calls = []
        self.application = None
        self._objects_of = {}
        self._tasks = set()

    async def __aenter__(self):
        await self.bus.connect()
        self.bus.add_message_handler(self._answer)
        self.add(
            HCI,
            ADAPTER,
            Address=Variant("s", "00:00:00:00:00:01"),
            Name=Variant("s", "here"),
            Alias=Variant("s", "here"),
            Powered=Variant("b", True),
            Roles=Variant("as", ["central", "peripheral"]),
        )
        await self.bus.request_name("org.bluez")
        return self

    async def __aexit__(self, *_):
        self.bus.disconnect()
        await self.bus.wait_for_disconnect()

    def device(self, *args, **more):
        """A new device, near."""
        self.devices.append(Device(self, *args, **more))
        self.see()
        return self.devices[-1]

    def called(self, member):
        return sum(name == member for name, _ in self.calls)

    def power(self, on):
        """Switch the adapter, and with it all that hangs on it."""
        for device in self.devices:
            if device.connected and not on:
                device.hung_up()
        self.changed(HCI, ADAPTER, Powered=Variant("b", on))

    def _air(self):
        """What is near advertises again and again, as long as somebody scans."""
        if self.scans:
            self.see()
            asyncio.get_running_loop().call_later(ADVERTISE_S, self._air)

    def see(self):
        """What is near advertises."""
        for device in self.devices:
            if self.scans and device.near and not device.connected:
                device.seen()

    def add(self, path, interface, **facts):
        if interface in self.objects.setdefault(path, {}):
            return
        self.objects[path][interface] = facts
        self._signal("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", [path, {interface: facts}])

    def changed(self, path, interface, **facts):
        self.objects[path][interface].update(facts)
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, facts, []])

    def remove(self, device):
        if device.connected:
            device.hung_up()
        for path in [path for path in self.objects if path.startswith(device.path)]:
            self._signal("/", OBJECTS, "InterfacesRemoved", "oas", [path, list(self.objects.pop(path))])

    def _signal(self, path, interface, member, signature, body):
        self.bus.send(Message.new_signal(path, interface, member, signature, body))

    def _answer(self, message):
        if message.message_type is MessageType.SIGNAL:
            if message.member == "PropertiesChanged" and self.application:
                self.application.forward(message)
            return None
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        self.calls.append((message.member, message.path))
        reply = getattr(self, f"_{message.member}", None)
        return reply(message) if reply else None

    def _device(self, path):
        return next((device for device in self.devices if path.startswith(device.path)), None)

    def _uuid(self, message):
        paths = self._device(message.path).paths
        return next(uuid for uuid, path in paths.items() if path == message.path)

    def _GetManagedObjects(self, message):  # noqa: N802
        return Message.new_method_return(message, "a{oa{sa{sv}}}", [self.objects])

    def _Get(self, message):  # noqa: N802
        interface, name = message.body
        found = self.objects.get(message.path, {}).get(interface, {}).get(name)
        if found is None:
            return _refused(message, "org.freedesktop.DBus.Error.InvalidArgs", "No such property")
        return Message.new_method_return(message, "v", [found])

    def _Set(self, message):  # noqa: N802
        self.power(message.body[2].value)
        return Message.new_method_return(message)

    def _SetDiscoveryFilter(self, message):  # noqa: N802
        return Message.new_method_return(message)

    def _StartDiscovery(self, message):  # noqa: N802
        if self.scans:
            return _refused(message, "org.bluez.Error.InProgress", "Operation already in progress")
        self.scans += 1
        asyncio.get_running_loop().call_later(ADVERTISE_S, self._air)
        return Message.new_method_return(message)

    def _StopDiscovery(self, message):  # noqa: N802
        self.scans -= 1
        return Message.new_method_return(message)

    def _RemoveDevice(self, message):  # noqa: N802
        self.remove(self._device(message.body[0]))
        return Message.new_method_return(message)

    def _Connect(self, message):  # noqa: N802
        device = self._device(message.path)
        if device is None or message.path not in self.objects:
            return _refused(message, "org.freedesktop.DBus.Error.UnknownObject", "no such device")
        if self.scans:
            return _refused(message, "org.bluez.Error.InProgress", "Operation already in progress")
        if device.stuck:
            return True
        if device.refuse or not device.near:
            device.refuse = max(0, device.refuse - 1)
            return _refused(message, "org.bluez.Error.Failed", "br-connection-unknown")
        device.answered()
        return Message.new_method_return(message)

    def _Disconnect(self, message):  # noqa: N802
        device = self._device(message.path)
        if device.connected:
            asyncio.get_running_loop().call_soon(device.hung_up)
        return Message.new_method_return(message)

    def _ReadValue(self, message):  # noqa: N802
        return self._later(self._read(message))

    async def _read(self, message):
        value = await self._device(message.path).read(self._uuid(message))
        self.bus.send(Message.new_method_return(message, "ay", [value]))

    def _StartNotify(self, message):  # noqa: N802
        self._device(message.path).listen(self._uuid(message))
        return Message.new_method_return(message)

    def _StopNotify(self, message):  # noqa: N802
        self._device(message.path).unlisten(self._uuid(message))
        return Message.new_method_return(message)

    def _RegisterApplication(self, message):  # noqa: N802
        return self._look_into(message, OBJECTS, "GetManagedObjects")

    def _RegisterAdvertisement(self, message):  # noqa: N802
        return self._look_into(message, PROPERTIES, "GetAll", "s", ["org.bluez.LEAdvertisement1"])

    def _look_into(self, message, *what):
        """BlueZ asks back before it answers."""
        return self._later(self._registered(message, *what))

    def _later(self, work):
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _registered(self, message, interface, member, signature="", body=()):
        ask = Message(
            message.sender, message.body[0], interface, member, signature=signature, body=list(body)
        )
        reply = await self.bus.call(ask)
        assert reply.message_type is MessageType.METHOD_RETURN, reply.body
        self._objects_of[member] = reply.body[0]
        if len(self._objects_of) == 2:
            self.application = Application(
                self, message.sender, self._objects_of["GetManagedObjects"], self._objects_of["GetAll"]
            )
            rule = f"type='signal',sender='{message.sender}',interface='{PROPERTIES}'"
            bus = "org.freedesktop.DBus"
            await self.bus.call(
                Message(bus, "/" + bus.replace(".", "/"), bus, "AddMatch", signature="s", body=[rule])
            )
            self.devices.append(self.application)
            self.see()
        self.bus.send(Message.new_method_return(message))


def _refused(message, name, why):
    return Message.new_error(message, name, why)


async def let_go_of_bleak():
    """End the D-Bus connection that bleak keeps for a loop's life."""
    from bleak.backends.bluezdbus import manager

    kept = manager._global_instances.pop(asyncio.get_running_loop(), None)
    bus: BaseMessageBus | None = kept and kept._bus
    if bus:
        bus.disconnect()
        await bus.wait_for_disconnect()
        await asyncio.wait({kept._bus_watcher_task})
