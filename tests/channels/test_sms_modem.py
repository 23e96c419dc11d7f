"""SMS by ModemManager, against a look-alike on a private bus."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest

pytest.importorskip("dbus_fast", reason="no dbus-fast in this environment")

from dbus_fast import Variant

from agent.channels import Undelivered, sms_desk
from agent.channels.sms_modem import ModemSettings, ModemSms, probe
from agent.channels.sms_modem_words import Refusal, trouble
from tests.bluez import private_bus
from tests.channels.notices import ASHA, message
from tests.modem import MM, STAMP_WALL, ModemManager

BEN = "+491701234567"


@pytest.fixture(scope="module")
def bus():
    with private_bus() as address:
        yield address


@pytest.fixture
async def manager(bus, monkeypatch):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
    async with ModemManager(bus) as look_alike:
        yield look_alike


class Life:
    """The channel beside the test: `heard`, `told` (delivery reports), `faults` (why run ended)."""

    def __init__(self, wall=STAMP_WALL + 30, **settings):
        self.heard, self.told, self.faults = [], [], []
        self.up = asyncio.Event()
        self.channel = ModemSms(
            ModemSettings(**settings),
            ASHA,
            self.hear,
            lambda message, why: self.told.append((message.notice.seq, why)),
            self.up.set,
            lambda: wall,
        )

    async def hear(self, number, text):
        self.heard.append((number, text))

    async def keep_running(self):
        while True:
            try:
                await self.channel.run()
            except ConnectionError as error:
                self.faults.append(str(error))
            await asyncio.sleep(0.02)


@asynccontextmanager
async def living(wait=True, **more):
    life = Life(**more)
    task = asyncio.create_task(life.keep_running())
    try:
        async with asyncio.timeout(5):
            if wait:
                await life.up.wait()
        yield life
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(true):
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.005)


async def refused(life):
    with pytest.raises(Undelivered) as why:
        await life.channel.deliver(message(BEN))
    return why.value


async def test_an_alarm_goes_out_and_nothing_stays_behind(manager):
    async with living() as life:
        await life.channel.deliver(message(BEN))
    (sent,) = manager.sent
    assert sent.number == BEN
    assert sent.text.startswith("ALARM Asha: scream heard")
    assert sent.wants_report
    assert not manager.sms


@pytest.mark.parametrize(("status", "why"), [(0, ""), (0x46, "the telephone was off for too long")])
async def test_a_delivery_report_is_told(manager, status, why):
    async with living() as life:
        await life.channel.deliver(message(BEN))
        manager.report(BEN, 1, 0x20)
        manager.report(BEN, 1, status)
        await until(lambda: life.told)
        await until(lambda: not manager.sms)
    assert life.told == [(1, why)]
    assert life.heard == []


@pytest.mark.parametrize("keep", [False, True])
async def test_an_answer_is_heard(manager, keep):
    async with living(keep=keep) as life:
        manager.receive(BEN, "1")
        await until(lambda: life.heard)
        await until(lambda: bool(manager.sms) is keep)
    assert life.heard == [(BEN, "1")]


async def test_a_long_answer_is_heard_once_it_is_whole(manager):
    async with living() as life:
        path = manager.receive(BEN, "I am", state=2)
        await asyncio.sleep(0.05)
        assert not life.heard
        manager.whole(path, "I am coming!")
        await until(lambda: life.heard)
    assert life.heard == [(BEN, "I am coming!")]


@pytest.mark.parametrize(("age_s", "heard"), [(60, [(BEN, "2")]), (7200, [])])
async def test_what_lay_there_is_heard_only_while_it_is_new(manager, age_s, heard):
    manager.receive(BEN, "2", told=False)
    async with living(wall=STAMP_WALL + age_s) as life:
        assert life.heard == heard


async def test_where_messages_stay_none_is_heard_twice(manager):
    manager.receive(BEN, "2", told=False)
    async with living(keep=True) as life:
        assert life.heard == []
    assert manager.sms


async def test_a_message_that_is_gone_harms_nothing(manager):
    async with living() as life:
        del manager.sms[manager.receive(BEN, "1")]
        manager._signal(manager.PATH, f"{MM}.Modem.Messaging", "Added", "ob", ["/none", False])
        await life.channel.deliver(message(BEN))
    assert not life.heard
    assert not life.faults


@pytest.mark.parametrize(
    ("error", "text", "retry", "words"),
    [
        (f"{MM}.Error.Message.NetworkTimeout", "Network timeout", True, "the network did not answer"),
        (f"{MM}.Error.Message.Unknown", "Unknown message error: 1", False, "this number does not exist"),
        (f"{MM}.Error.Message.Unknown", "Unknown error", True, "ModemManager refuses: Unknown error"),
        (f"{MM}.Error.Message.SimNotInserted", "", True, "there is no SIM card: put one in"),
        (f"{MM}.Error.MobileEquipment.NoNetwork", "", True, "there is no network: move the device"),
        (f"{MM}.Error.Core.InvalidArgs", "Invalid\nnumber", False, "ModemManager refuses: Invalid number"),
        (
            f"{MM}.Error.Core.Unauthorized",
            "no",
            True,
            "allow org.freedesktop.ModemManager1.Messaging in polkit",
        ),
    ],
)
async def test_a_refusal_says_why_and_whether_to_try_again(manager, error, text, retry, words):
    async with living() as life:
        manager.mood = (error, text)
        fault = await refused(life)
        assert words in fault.why
        assert fault.retry is retry
        manager.mood = "accept"
        await life.channel.deliver(message(BEN))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"State": -1, "StateFailedReason": 2}, "there is no SIM card: put one in"),
        ({"State": -1, "StateFailedReason": 1}, "the modem failed"),
        ({"State": 2, "UnlockRequired": 2}, "the SIM card wants its PIN"),
        ({"State": 2, "UnlockRequired": 4}, "wants its PUK"),
        ({"State": 3}, "the modem is switched off"),
        ({"State": 7}, "the modem is searching for a network"),
    ],
)
async def test_what_is_missing_is_said_in_words(manager, facts, words):
    manager.facts |= {name: Variant("i" if name == "State" else "u", value) for name, value in facts.items()}
    async with living(wait=False) as life:
        await until(lambda: life.faults)
        fault = await refused(life)
    assert words in life.faults[0]
    assert words in fault.why
    assert fault.retry


async def test_without_a_modem_it_says_so(manager):
    manager.plugged = False
    with pytest.raises(ConnectionError, match="there is no modem: plug it in"):
        await probe(ModemSettings())


async def test_without_the_service_it_says_so(bus, monkeypatch):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
    with pytest.raises(ConnectionError, match="ModemManager does not run: apt install modemmanager"):
        await probe(ModemSettings())


async def test_without_a_bus_it_says_so(monkeypatch):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus")
    with pytest.raises(ConnectionError, match="there is no D-Bus"):
        await probe(ModemSettings())


async def test_a_probe_tells_registration_and_signal(manager):
    assert await probe(ModemSettings()) == "registered at home, signal 62 %"


async def test_a_service_that_hangs_is_left_and_asked_anew(manager):
    async with living(timeout_s=0.1) as life:
        manager.mood = "silent"
        fault = await refused(life)
        assert fault.retry
        assert fault.why == "ModemManager did not answer to Send within 0.1 s"
        life.up.clear()
        manager.mood = "accept"
        await life.up.wait()
        await life.channel.deliver(message(BEN))
    assert len(manager.sent) == 1


async def test_trouble_of_an_idle_modem_is_told_before_an_alarm_needs_it(manager, monkeypatch):
    monkeypatch.setattr(sms_desk, "CHECK_EVERY_S", 0.05)
    async with living() as life:
        manager.facts["State"] = Variant("i", 7)
        await until(lambda: life.faults)
        life.up.clear()
        manager.facts["State"] = Variant("i", 11)
        async with asyncio.timeout(5):
            await life.up.wait()


def test_words_for_what_is_not_known():
    assert trouble({"State": 6}).startswith("there is no network")
    assert Refusal("org.example.Strange", "").words == "ModemManager refuses: org.example.Strange"
