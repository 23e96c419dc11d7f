"""SMS by AT commands, against a modem on a pseudo-terminal that says everything in random pieces."""

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from random import Random

import pytest

from agent.channels import Undelivered, at_modem, sms_desk
from agent.channels.at_modem import messages, strength
from agent.channels.gsm_alphabet import GSM_7, UCS_2
from agent.channels.sms_at import AtSettings, AtSms, probe
from agent.channels.sms_line import Line
from tests.channels.notices import ASHA, message
from tests.modem import STAMP_WALL, AtModem

BEN, EVA = "+491701234567", "+491707654321"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(at_modem, "WAKE_S", 0.1)
    monkeypatch.setattr(at_modem, "SETTLE_S", 0.03)


class Life:
    """The channel beside the test: `heard`, `told` (delivery reports), `faults` (why run ended)."""

    def __init__(self, modem, device=ASHA, timeout_s=5.0, wall=STAMP_WALL + 30, **settings):
        self.heard, self.told, self.faults, self.arrivals = [], [], [], 0
        self.up = asyncio.Event()
        settings = AtSettings(modem.port, timeout_s=timeout_s, **settings)
        self.channel = AtSms(
            settings,
            device,
            self.hear,
            lambda message, why: self.told.append((message.notice.seq, why)),
            self.arrived,
            lambda: wall,
        )

    def arrived(self):
        self.arrivals += 1
        self.up.set()

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
async def living(modem, wait=True, **more):
    life = Life(modem, **more)
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


async def refused(life, **changes):
    with pytest.raises(Undelivered) as why:
        await life.channel.deliver(message(BEN, **changes))
    return why.value


@pytest.mark.parametrize("text_only", [False, True])
@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize("seed", range(3))
async def test_an_alarm_goes_out(seed, echo, text_only):
    with AtModem(seed, echo, text_only) as modem:
        async with living(modem) as life:
            await life.channel.deliver(message(BEN))
        (sent,) = modem.sent
        assert sent.number == BEN
        assert sent.text.startswith("ALARM Asha: scream heard")
        assert sent.coding == GSM_7
        assert sent.wants_report


@pytest.mark.parametrize("text_only", [False, True])
async def test_a_name_beyond_the_alphabet_makes_it_ucs_2(text_only):
    with AtModem(text_only=text_only) as modem:
        async with living(modem, device=replace(ASHA, wearer="Zoë Żak")) as life:
            await life.channel.deliver(message(BEN, kind="resolved"))
        assert modem.sent[0].coding == UCS_2
        assert "Żak" in modem.sent[0].text


async def test_a_long_text_is_one_message_in_parts(monkeypatch):
    long = "Where she is: " + "at the old mill by the river. " * 10
    monkeypatch.setattr(sms_desk, "sms", lambda message, device: long)
    with AtModem() as modem:
        modem.reports = 0
        async with living(modem) as life:
            await life.channel.deliver(message(BEN))
            await until(lambda: life.told)
        assert "".join(sent.text for sent in modem.sent) == long
        assert [sent.part[1:] for sent in modem.sent] == [(3, 1), (3, 2), (3, 3)]
        assert len({sent.part[0] for sent in modem.sent}) == 1
        assert life.told == [(1, "")]


@pytest.mark.parametrize("text_only", [False, True])
@pytest.mark.parametrize(("status", "why"), [(0, ""), (0x46, "the telephone was off for too long")])
async def test_a_delivery_report_is_told(status, why, text_only):
    with AtModem(text_only=text_only) as modem:
        modem.reports = status
        async with living(modem) as life:
            await life.channel.deliver(message(BEN))
            await until(lambda: life.told)
        assert life.told == [(1, why)]


async def test_reports_of_others_and_those_that_decide_nothing_are_not_told():
    with AtModem() as modem:
        async with living(modem) as life:
            await life.channel.deliver(message(BEN))
            modem.tell(BEN, 77, 0)
            modem.tell(EVA, 1, 0)
            modem.tell(BEN, 1, 0x20)
            modem.tell(BEN, 1, 0)
            await until(lambda: life.told)
        assert life.told == [(1, "")]


@pytest.mark.parametrize("text_only", [False, True])
@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("seed", range(3))
async def test_an_answer_is_heard(seed, stored, text_only):
    with AtModem(seed, text_only=text_only) as modem:
        async with living(modem) as life:
            modem.receive(BEN, "1", stored=stored)
            await until(lambda: life.heard)
            modem.receive(EVA, "2 ż", 7, coding=8, stored=stored)
            await until(lambda: len(life.heard) == 2)
            await until(lambda: not modem.memory)
        assert life.heard == [(BEN, "1"), (EVA, "2 ż")]


@pytest.mark.parametrize("text_only", [False, True])
@pytest.mark.parametrize("before", [False, True])
async def test_what_is_no_answer_stays_in_the_memory(before, text_only):
    with AtModem(text_only=text_only) as modem:
        if before:
            modem.receive(EVA, "Happy birthday!", 3)
        async with living(modem) as life:
            if not before:
                modem.receive(EVA, "Happy birthday!", 3)
            modem.receive(BEN, "1", 4)
            await until(lambda: len(set(life.heard)) == 2 and 4 not in modem.memory)
        assert list(modem.memory) == [3]


async def test_what_would_fill_the_memory_does_not_stay():
    with AtModem() as modem:
        async with living(modem) as life:
            modem.receive(EVA, "Buy now!", 11)
            await until(lambda: life.heard and not modem.memory)


async def test_an_answer_is_deleted_only_when_it_has_been_heard():
    with AtModem() as modem:
        async with living(modem) as life:
            hear, there = life.hear, []

            async def look(number, text):
                there.append(list(modem.memory))
                await hear(number, text)

            life.channel._heard = look
            modem.receive(BEN, "1", 4)
            await until(lambda: not modem.memory)
        assert there == [[4]]


async def test_a_long_answer_with_a_code_is_deleted_whole():
    with AtModem() as modem:
        async with living(modem) as life:
            modem.receive(BEN, "1, I am ", 1, part=(5, 2, 1))
            modem.receive(BEN, "coming!", 2, part=(5, 2, 2))
            await until(lambda: life.heard and not modem.memory)
        assert life.heard == [(BEN, "1, I am coming!")]


async def test_a_long_answer_is_joined():
    with AtModem() as modem:
        async with living(modem) as life:
            modem.receive(BEN, "coming!", 2, part=(5, 2, 2))
            modem.receive(BEN, "I am ", 1, part=(5, 2, 1))
            await until(lambda: life.heard)
        assert life.heard == [(BEN, "I am coming!")]


async def test_an_answer_amid_a_command_is_heard_and_spoils_nothing():
    with AtModem(5) as modem:
        async with living(modem) as life:
            sends = [life.channel.deliver(message(BEN, seq=seq)) for seq in range(1, 6)]
            for place in range(5):
                modem.receive(EVA, "1", place, stored=bool(place % 2))
            await asyncio.gather(*sends)
            await until(lambda: len(life.heard) == 5)
        assert len(modem.sent) == 5


@pytest.mark.parametrize(("age_s", "heard"), [(60, [(BEN, "2")]), (7200, [])])
async def test_what_lay_there_is_heard_only_while_it_is_new(age_s, heard):
    with AtModem() as modem:
        modem.receive(BEN, "2")
        async with living(modem, wall=STAMP_WALL + age_s) as life:
            assert life.heard == heard
            assert not modem.memory


@pytest.mark.parametrize(
    "noise", ["RING", "+CREG: 2", "+CMT: ,5\r\nxyz", '+CMTI: "ME",44', "+CDS: 3\r\n00", "\xff\xfe"]
)
async def test_noise_harms_nothing(noise):
    with AtModem() as modem:
        async with living(modem) as life:
            modem.say(noise)
            await life.channel.deliver(message(BEN))
        assert len(modem.sent) == 1
        assert not life.faults


@pytest.mark.parametrize(
    ("error", "retry", "words"),
    [
        ("+CMS ERROR: 42", True, "the network is busy (+CMS ERROR: 42)"),
        (
            "+CMS ERROR: 331",
            True,
            "there is no network: move the device, or check its antenna (+CMS ERROR: 331)",
        ),
        ("+CMS ERROR: 1", False, "this number does not exist (+CMS ERROR: 1)"),
        (
            "+CME ERROR: 30",
            True,
            "there is no network: move the device, or check its antenna (+CME ERROR: 30)",
        ),
        ("ERROR", True, "the modem refused (ERROR)"),
    ],
)
async def test_a_refusal_says_why_and_whether_to_try_again(error, retry, words):
    with AtModem() as modem:
        modem.answers.append(error)
        async with living(modem) as life:
            fault = await refused(life)
            await life.channel.deliver(message(BEN))
        assert (fault.why, fault.retry) == (words, retry)
        assert len(modem.sent) == 1


async def test_a_number_that_is_none_is_refused_for_good():
    with AtModem() as modem:
        async with living(modem) as life:
            with pytest.raises(Undelivered) as why:
                await life.channel.deliver(message("112"))
        assert not why.value.retry


@pytest.mark.parametrize("seed", range(3))
async def test_a_modem_that_hangs_in_mid_command_is_woken(seed):
    with AtModem(seed) as modem:
        modem.answers.append("hang")
        async with living(modem, timeout_s=0.2) as life:
            fault = await refused(life)
            assert fault.retry
            assert "did not answer to the message within 0.2 s" in fault.why
            life.up.clear()
            await life.up.wait()
            await life.channel.deliver(message(BEN))
        assert len(modem.sent) == 1
        assert modem.asked.count("ATZ") == 2


async def test_a_modem_left_at_its_prompt_is_woken():
    with AtModem() as modem:
        modem._obey("AT+CMGS=20")
        async with living(modem) as life:
            await life.channel.deliver(message(BEN))
        assert len(modem.sent) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sim": None}, "there is no SIM card: put one in (+CME ERROR: 10)"),
        ({"sim": "SIM PIN"}, "the SIM card wants its PIN"),
        ({"sim": "SIM PUK"}, "locked and wants its PUK"),
        ({"registered": 2}, "the modem is searching for a network"),
        ({"registered": 3}, "the network refuses this SIM card"),
        ({"registered": 0}, "there is no network"),
        ({"dead": True}, "the modem does not answer"),
    ],
)
async def test_what_is_missing_is_said_in_words(changes, words):
    with AtModem() as modem:
        for name, value in changes.items():
            setattr(modem, name, value)
        async with living(modem, wait=False) as life:
            await until(lambda: life.faults)
            fault = await refused(life)
        assert fault.retry
        assert words in fault.why
        assert words in life.faults[0]


async def test_lte_has_a_registration_of_its_own():
    with AtModem() as modem:
        modem.registered, modem.lte = 0, 1
        assert await probe(AtSettings(modem.port)) == "registered at home, signal good, -71 dBm"


async def test_the_pin_is_entered_once_and_a_wrong_one_never_again():
    with AtModem() as modem:
        modem.sim = "SIM PIN"
        async with living(modem, wait=False, pin="0000") as life:
            await until(lambda: len(life.faults) > 3)
        assert modem.pins == ["0000"]
        assert "PIN is wrong" in life.faults[-1]
        assert "0000" not in repr(AtSettings("port", pin="0000"))
        async with living(modem, pin="1234") as life:
            await life.channel.deliver(message(BEN))


async def test_trouble_of_an_idle_modem_is_told_before_an_alarm_needs_it(monkeypatch):
    monkeypatch.setattr(sms_desk, "CHECK_EVERY_S", 0.05)
    with AtModem() as modem:
        async with living(modem) as life:
            modem.registered = 2
            await until(lambda: life.faults)
            assert "searching" in life.faults[0]
            modem.registered = 5
            await until(lambda: life.arrivals == 2)


async def test_unplugged_it_says_so_and_waits_for_the_next():
    with AtModem() as modem:
        async with living(modem) as life:
            modem.unplug()
            await until(lambda: len(life.faults) > 1)
            assert (await refused(life)).retry
        assert life.faults[0] in ("the modem was unplugged", "the modem's port takes nothing more")
        assert "cannot be opened" in life.faults[1]


@pytest.mark.parametrize(
    ("port", "words"), [("/dev/null", "no serial port"), ("/dev/nothing", "cannot be opened")]
)
async def test_a_wrong_port_is_said_in_words(port, words):
    with pytest.raises(ConnectionError, match=words):
        await probe(AtSettings(port))


async def test_a_port_that_talks_nonsense_is_left():
    line = Line(-1)
    with suppress(ValueError):
        line.heard("x" * 5000)
    with pytest.raises(ConnectionError):
        await line.ask("AT", 0.1)


@pytest.mark.parametrize("cut", range(1, 30))
async def test_lines_may_be_cut_anywhere(cut):
    line, news = Line(-1), []
    line.told = lambda head, body: news.append((head, body))
    came = '\r\n+CMT: "1",,"t"\r\n0031\r\n\r\n+CMTI: "SM",4\r\n'
    line.heard(came[:cut])
    line.heard(came[cut:])
    assert news == [('+CMT: "1",,"t"', "0031"), ('+CMTI: "SM",4', "")]


def test_levels_in_words():
    assert strength(99) == "signal not known"
    assert strength(31) == "signal strong, -51 dBm"
    assert strength(2) == "signal very weak, -109 dBm"


def test_a_report_in_a_list_has_no_body():
    heads = ["+CMGL: 1,0,,5", "AA", '+CMGL: 2,"REC READ",6,1', "+CMGL: 3,0,,5", "BB", "OK"]
    assert messages(heads) == [(heads[0], "AA"), (heads[2], ""), (heads[3], "BB")]


# One message at a time, and updates merged


async def test_a_second_update_waits_and_the_newest_takes_its_place(monkeypatch):
    with AtModem() as modem:
        life_kind = {"kind": "update", "fix": None}
        async with living(modem) as life:
            life.channel._desk._every_s = 0.3
            for seq in range(1, 5):
                await life.channel.deliver(message(BEN, seq=seq, text=f"news {seq}", **life_kind))
            await life.channel.deliver(message(EVA, seq=4, text="news 4", **life_kind))
            assert [sent.text.split("news ")[1][0] for sent in modem.sent] == ["1", "4"]
            await until(lambda: len(modem.sent) == 3)
            await asyncio.sleep(0.4)
        assert [(sent.number, sent.text.split("news ")[1][0]) for sent in modem.sent[2:]] == [(BEN, "4")]


@pytest.mark.parametrize(("kind", "then"), [("alarm", []), ("resolved", []), ("acknowledged", ["news 2"])])
async def test_an_alarm_never_waits_and_says_more_than_a_held_update(kind, then):
    with AtModem() as modem:
        async with living(modem) as life:
            life.channel._desk._every_s = 0.2
            for seq in (1, 2):
                await life.channel.deliver(message(BEN, seq=seq, kind="update", text=f"news {seq}", fix=None))
            await life.channel.deliver(message(BEN, seq=3, kind=kind, acknowledged_by="Eva", fix=None))
            assert len(modem.sent) == 2
            await asyncio.sleep(0.4)
        assert [text for sent in modem.sent[2:] for text in ("news 2",) if text in sent.text] == then


async def test_alarms_go_before_updates():
    with AtModem() as modem:
        async with living(modem) as life:
            kinds = ["resolved", "update", "alarm"]
            numbers = [BEN, EVA, "+491700000001"]
            await asyncio.gather(
                *(
                    life.channel.deliver(message(to, kind=kind))
                    for to, kind in zip(numbers, kinds, strict=True)
                )
            )
        assert [sent.number for sent in modem.sent] == [BEN, "+491700000001", EVA]


async def test_a_held_update_that_fails_has_another_chance():
    with AtModem() as modem:
        async with living(modem) as life:
            life.channel._desk._every_s = 0.1
            await life.channel.deliver(message(BEN, seq=1, kind="update"))
            modem.answers.append("+CMS ERROR: 42")
            await life.channel.deliver(message(BEN, seq=2, kind="update"))
            await until(lambda: len(modem.sent) == 2)


async def test_a_courier_that_gives_up_early_learns_how_it_ended():
    """What has begun goes on; the next try sends nothing twice."""
    with AtModem() as modem:
        async with living(modem) as life:
            modem._drain, drain = (lambda: None), modem._drain
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await life.channel.deliver(message(BEN))
            del modem._drain
            drain()
            await until(lambda: modem.sent)
            await life.channel.deliver(message(BEN))
            assert len(modem.sent) == 1
            await life.channel.deliver(message(BEN))
            assert len(modem.sent) == 2


async def test_what_has_not_begun_is_given_back():
    with AtModem() as modem:
        modem.answers.append("hang")
        async with living(modem, timeout_s=0.5) as life:
            first = asyncio.create_task(refused(life))
            await until(lambda: modem.deaf)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await life.channel.deliver(message(EVA))
            await first
            life.up.clear()
            await life.up.wait()
            await asyncio.sleep(0.05)
        assert modem.sent == []


async def test_who_waits_is_told_when_the_modem_is_lost():
    with AtModem() as modem:
        modem.answers.append("hang")
        async with living(modem, timeout_s=0.2) as life:
            faults = await asyncio.gather(refused(life), refused(life, seq=2), refused(life, seq=3))
        assert all(fault.retry and "did not answer" in fault.why for fault in faults)


@pytest.mark.parametrize("seed", range(3))
async def test_through_a_storm_of_faults_all_arrive_in_order(seed):
    rng = Random(seed)
    with AtModem(seed) as modem:
        modem.reports = 0
        faults = ["hang", "+CMS ERROR: 42", "+CME ERROR: 30", "ERROR", None, None, None, None]
        modem.answers.extend(rng.choice(faults) for _ in range(60))
        async with living(modem, timeout_s=0.1) as life:
            for seq in range(1, 31):
                for _ in range(60):
                    with suppress(Undelivered):
                        await life.channel.deliver(message(BEN, seq=seq, text=f"news {seq};", fix=None))
                        break
                    modem.receive(EVA, "1", place=rng.randrange(9), stored=rng.random() < 0.5)
                    await asyncio.sleep(0.02)
        got = [int(sent.text.split("news ")[1].split(";")[0]) for sent in modem.sent]
        assert got == list(range(1, 31))
        assert {seq for seq, why in life.told} <= set(got)
        assert set(life.heard) == {(EVA, "1")}
