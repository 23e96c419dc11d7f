"""ModemManager's Location interface: a look-alike of it on a D-Bus of our own."""

import asyncio
import shutil
import subprocess
from contextlib import asynccontextmanager, suppress
from typing import Annotated

import pytest

from sensors import SensorLost
from sensors.modem_location import FORBIDDEN, NO_FIX, NO_MODEM, SILENT, ModemLocation, located
from tests import made

dbus_fast = pytest.importorskip("dbus_fast", reason="no dbus-fast: pip install dbus-fast")
from dbus_fast import BusType, DBusError, Variant  # noqa: E402
from dbus_fast.aio import MessageBus  # noqa: E402
from dbus_fast.annotations import DBusBool, DBusSignature, DBusUInt32  # noqa: E402
from dbus_fast.constants import PropertyAccess  # noqa: E402
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property  # noqa: E402

MM, LOCATION = "org.freedesktop.ModemManager1", "org.freedesktop.ModemManager1.Modem.Location"
ROOT, MODEM = "/org/freedesktop/ModemManager1", "/org/freedesktop/ModemManager1/Modem/0"
GGA = "GPGGA,2000{:02d}.00,4808.2200,N,01134.5000,E,{},08,1.2,520.0,M,47.0,M,,"
RMC = "GPRMC,2000{:02d}.00,{},4808.2200,N,01134.5000,E,1.9,0.0,211126,,,A"
"""Some sentences of a modem."""


def test_sentences_say_how_well_the_place_is_known():
    told = {4: "\r\n".join([made.sentence(RMC.format(1, "A")), made.sentence(GGA.format(1, 1))])}
    _, position = located(told, 3.0)
    assert (position.at, position.source) == (3.0, "modem")
    assert (position.latitude, position.longitude) == pytest.approx((48.137, 11.575))
    assert position.accuracy_m == pytest.approx(6.0)


def test_without_a_dilution_the_accuracy_is_unknown():
    assert located({4: made.sentence(RMC.format(1, "A"))}, 3.0)[1].accuracy_m is None


@pytest.mark.parametrize(
    "told", [{}, {4: ""}, {1: "262,02,FF,0,0"}, {2: {}}, {2: {"latitude": Variant("s", "48")}}]
)
def test_no_place_is_no_position(told):
    assert located(told, 3.0) is None


@pytest.mark.parametrize("quality", [0, 6, 7, 8])
def test_what_the_modem_has_not_measured_is_not_told_though_its_plain_coordinates_are_there(quality):
    plain = {"latitude": Variant("d", 48.0), "longitude": Variant("d", 11.0)}
    assert located({4: made.sentence(GGA.format(1, quality)), 2: plain}, 3.0) is None


# A look-alike on a private bus


DBusLocation = Annotated[dict[int, Variant], DBusSignature("a{uv}")]


class Location(ServiceInterface):
    """`answers`: what GetLocation says, one after the other, the last for ever."""

    def __init__(self, answers, capabilities=0x47, refuses=None):
        super().__init__(LOCATION)
        self.answers, self.capabilities, self.refuses = list(answers), capabilities, refuses
        self.set_up = []

    @dbus_property(access=PropertyAccess.READ)
    def Capabilities(self) -> DBusUInt32:  # noqa: N802
        return self.capabilities

    @dbus_property(access=PropertyAccess.READ)
    def Enabled(self) -> DBusUInt32:  # noqa: N802
        return 1

    @dbus_method()
    async def Setup(self, sources: DBusUInt32, signal_location: DBusBool):  # noqa: N802
        if self.refuses == "sleeps":
            await asyncio.sleep(0.5)
        if self.refuses:
            raise DBusError(self.refuses, "it will not")
        self.set_up.append((sources, signal_location))

    @dbus_method()
    def GetLocation(self) -> DBusLocation:  # noqa: N802
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def sentences(second, quality=1):
    return {4: Variant("s", made.sentence(GGA.format(second, quality)))}


def plain(clock, latitude=48.137):
    place = {"utc-time": clock, "latitude": latitude, "longitude": 11.575}
    variants = {name: Variant("s" if name == "utc-time" else "d", value) for name, value in place.items()}
    return {2: Variant("a{sv}", variants)}


@pytest.fixture
def bus(monkeypatch, tmp_path):
    """A D-Bus of our own, which is the system's for this test."""
    if not shutil.which("dbus-daemon"):
        pytest.skip("no D-Bus on this machine: apt-get install dbus")
    address = f"unix:path={tmp_path}/bus"
    command = ["dbus-daemon", "--session", "--nofork", f"--address={address}", "--print-address=1"]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    daemon.stdout.readline()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    yield daemon
    daemon.kill()
    daemon.wait()
    daemon.stdout.close()


@asynccontextmanager
async def modem_manager(location=None):
    """ModemManager's look-alike, with one modem that has this Location, or with none."""
    there = await MessageBus(bus_type=BusType.SYSTEM).connect()
    if location is not None:
        there.export(MODEM, location)
    await there.request_name(MM)
    yield there
    there.disconnect()
    with suppress(EOFError):  # the bus may have ended first
        await there.wait_for_disconnect()


async def lost(patience_s=0.3):
    found = []
    with pytest.raises(SensorLost) as caught:
        await ModemLocation(patience_s, every_s=0.02).run(found.append)
    assert caught.value.name == "gps"
    return found, caught.value.why


async def test_positions_come_until_the_modem_repeats_itself(bus):
    location = Location([sentences(1), sentences(1), sentences(2), sentences(2), sentences(3)])
    async with modem_manager(location):
        found, why = await lost()
    assert [position.accuracy_m for position in found] == pytest.approx([6.0, 6.0])
    assert found[0].at == pytest.approx(asyncio.get_running_loop().time(), abs=5)
    assert why == NO_FIX
    assert location.set_up == [(1 | 2 | 4, False)]


async def test_a_modem_of_plain_coordinates(bus):
    location = Location([plain("200001"), plain("200002"), plain("200003", 48.2)], capabilities=2)
    async with modem_manager(location):
        found, _ = await lost()
    assert [(position.latitude, position.accuracy_m) for position in found] == [(48.137, None), (48.2, None)]
    assert location.set_up == [(1 | 2, False)]


async def test_a_simulated_position_is_never_told_as_real(bus):
    async with modem_manager(Location([sentences(1, 8), sentences(2, 8), sentences(3, 8)])):
        assert await lost() == ([], NO_FIX)


@pytest.mark.parametrize("location", [None, Location([{}], capabilities=1)])
async def test_no_modem_with_gps(bus, location):
    async with modem_manager(location):
        assert await lost() == ([], NO_MODEM)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        ("org.freedesktop.ModemManager1.Error.Core.Unauthorized", FORBIDDEN),
        ("org.freedesktop.DBus.Error.AccessDenied", FORBIDDEN),
        ("org.freedesktop.ModemManager1.Error.Core.WrongState", "ModemManager refuses: it will not"),
    ],
)
async def test_a_refusal_says_what_to_do(bus, error, why):
    async with modem_manager(Location([{}], refuses=error)):
        assert await lost() == ([], why)


async def test_no_modem_manager(bus):
    assert await lost() == ([], "ModemManager does not run: apt install modemmanager")


async def test_modem_manager_ends(bus):
    location = Location([sentences(1), sentences(2), sentences(3)])
    async with modem_manager(location):
        running = asyncio.ensure_future(lost(patience_s=30))
        while len(location.answers) > 1:
            await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        found, why = await running
    assert found
    assert "ModemManager does not run" in why


async def test_modem_manager_hangs(bus, monkeypatch):
    monkeypatch.setattr("sensors.modem_location.ANSWER_S", 0.1)
    async with modem_manager(Location([{}], refuses="sleeps")):
        assert await lost() == ([], SILENT)
        await asyncio.sleep(0.6)


async def test_the_modem_is_unplugged(bus):
    async with modem_manager(Location([sentences(1)])) as there:
        running = asyncio.ensure_future(lost(patience_s=30))
        await asyncio.sleep(0.1)
        there.unexport(MODEM)
        async with asyncio.timeout(5):
            assert await running == ([], NO_MODEM)


async def test_the_bus_ends(bus, monkeypatch):
    monkeypatch.setattr("sensors.modem_location.ANSWER_S", 0.2)
    async with modem_manager(Location([sentences(1)])):
        running = asyncio.ensure_future(lost(patience_s=30))
        await asyncio.sleep(0.1)
        bus.kill()
        async with asyncio.timeout(5):
            _, why = await running
    assert why == SILENT


async def test_no_bus(monkeypatch, tmp_path):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    assert await lost() == ([], "there is no D-Bus on this machine: apt install dbus")
