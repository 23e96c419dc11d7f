"""Couriers on virtual time, over a real file."""

import asyncio
from contextlib import asynccontextmanager
from random import Random

import pytest

from agent.channels import Undelivered
from agent.core.notice import Address
from agent.runtime.courier import LASTED_S, LIMIT_S, SHUT_S, courier
from agent.runtime.ledger import Ledger
from agent.runtime.outbox import Outbox
from agent.runtime.supervise import supervise
from tests.house import BEN, EVA, LoopClock, Phone, inline, notice, unreachable
from tests.virtual import run

A, B = "01KDX0000000000000000000AA", "01KDX0000000000000000000BB"
BENS, EVAS = BEN.recipient.strip("+"), EVA.recipient.strip("+")


@asynccontextmanager
async def house(path, phone, *addresses, start=True):
    """An outbox with a supervised courier for each address; gives (outbox, receipts)."""
    clock, receipts = LoopClock(), []
    outbox = Outbox(Ledger(path), clock, addresses, lambda *_: None, inline())

    def part(to):
        return lambda: courier(to, phone, outbox, clock, receipts.append, Random(1))

    tasks = [
        asyncio.create_task(supervise(str(to), part(to), lambda *_: None, Random(2)))
        for to in (addresses if start else ())
    ]
    try:
        yield outbox, receipts
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await outbox.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "outbox.sqlite3"


def test_what_is_committed_is_delivered_at_once_in_order_and_told(path):
    async def story():
        phone = Phone()
        async with house(path, phone, BEN) as (outbox, receipts):
            await asyncio.sleep(3600)
            await outbox.commit({}, [notice(seq) for seq in (1, 2, 3)])
            await outbox.join()
            assert phone.seqs() == [(A, 1), (A, 2), (A, 3)]
            assert {at for at, _ in phone.got} == {3600}
            assert [(r.seq, r.outcome, r.recipient) for r in receipts] == [
                (seq, "accepted", BEN.recipient) for seq in (1, 2, 3)
            ]
            assert await outbox.waiting() == []

    run(story())


def test_join_waits_for_the_slow_and_not_for_what_has_no_way(path):
    async def story():
        phone = Phone(**{BENS: [5.0, unreachable()]})
        async with house(path, phone, BEN) as (outbox, _):
            await outbox.commit({}, [notice(1, to=(BEN, Address("fax", "1")))])
            await outbox.join()
            assert phone.seqs() == [(A, 1)]
            await outbox.commit({}, [notice(2), notice(3)])
            before = asyncio.get_running_loop().time()
            await outbox.join()
            assert asyncio.get_running_loop().time() - before < 0.5
            assert phone.seqs() == [(A, 1)]

    run(story())


def test_a_way_that_fails_is_tried_again_soon_then_rarer_and_told_once(path):
    async def story():
        phone = Phone(**{BENS: [unreachable() for _ in range(20)]})
        async with house(path, phone, BEN) as (outbox, receipts):
            await outbox.commit({}, [notice(at=0)])
            await asyncio.sleep(10)
            assert 3 <= phone.tries <= 6
            await asyncio.sleep(3600)
            assert phone.tries == 21
            (at, message), *_ = phone.got
            assert 8 * 60 < at < 20 * 60
            assert message.late
            assert [r.outcome for r in receipts] == ["delayed", "accepted"]
            assert receipts[0].why == "no network"

    run(story())


class Picky(Phone):
    """Does not take incident A before loop time 300."""

    async def deliver(self, message):
        if message.notice.incident_id == A and asyncio.get_running_loop().time() < 300:
            raise unreachable()
        await super().deliver(message)


def test_an_alarm_goes_at_once_though_an_older_notice_waits_out_a_long_pause(path):
    async def story():
        phone = Picky()
        async with house(path, phone, BEN) as (outbox, _):
            await outbox.commit({}, [notice(1, A, kind="update", at=0)])
            await asyncio.sleep(250)
            await outbox.commit({}, [notice(1, B, at=250)])
            await outbox.join()
            assert [at for at, _ in phone.got] == [250]

    run(story())


def test_what_cannot_go_holds_up_its_own_incident_only(path):
    async def story():
        phone = Picky()
        async with house(path, phone, BEN) as (outbox, _):
            await outbox.commit({}, [notice(1, A), notice(2, A), notice(1, B), notice(2, B)])
            await outbox.join()
            assert phone.seqs() == [(B, 1), (B, 2)]
            await asyncio.sleep(400)
            assert phone.seqs() == [(B, 1), (B, 2), (A, 1), (A, 2)]

    run(story())


def test_a_stuck_recipient_never_delays_another(path):
    async def story():
        phone = Phone(**{BENS: [1e6] * 100})
        async with house(path, phone, BEN, EVA) as (outbox, receipts):
            await outbox.commit({}, [notice(1, to=(BEN, EVA))])
            await asyncio.sleep(0.01)
            assert phone.seqs(EVA.recipient) == [(A, 1)]
            await outbox.join()
            assert asyncio.get_running_loop().time() == pytest.approx(LIMIT_S, abs=0.01)
            assert [(r.recipient, r.outcome) for r in receipts] == [
                (EVA.recipient, "accepted"),
                (BEN.recipient, "delayed"),
            ]
            assert receipts[1].why == "no answer within 120 s"

    run(story())


def test_what_never_will_be_taken_is_failed_told_and_lets_the_next_pass(path):
    async def story():
        phone = Phone(**{BENS: [Undelivered("no such number", retry=False)]})
        async with house(path, phone, BEN) as (outbox, receipts):
            await outbox.commit({}, [notice(1), notice(2)])
            await outbox.join()
            assert phone.seqs() == [(A, 2)]
            assert [(r.outcome, r.why) for r in receipts] == [("failed", "no such number"), ("accepted", "")]

    run(story())


def test_a_question_expires_and_an_alarm_never_does(path):
    async def story():
        phone = Phone(**{BENS: [unreachable() for _ in range(8)]})
        async with house(path, phone, BEN) as (outbox, receipts):
            await outbox.commit({}, [notice(1, kind="pre_alarm", at=0, expires_s=15.0), notice(2, at=0)])
            await asyncio.sleep(3600)
            assert phone.seqs() == [(A, 2)]
            assert [r.outcome for r in receipts] == ["delayed", "expired", "delayed", "accepted"]

    run(story())


def test_late_is_said_from_a_minute_on_by_monotonic_time_though_the_wall_clock_jumps(path):
    class Jumpy(LoopClock):
        def wall(self):
            return super().wall() + (86_400 * 365 if self.now() > 10 else 0)

    async def story():
        phone, clock = Phone(), Jumpy()
        outbox = Outbox(Ledger(path), clock, (), lambda *_: None, inline())
        await outbox.commit({}, [notice(1, at=0)])
        await asyncio.sleep(20)
        task = asyncio.create_task(courier(BEN, phone, outbox, clock, lambda _: None, Random(1)))
        await asyncio.sleep(1)
        assert [m.late for _, m in phone.got] == [False]
        await outbox.commit({}, [notice(2, at=-60)])
        await asyncio.sleep(1)
        assert [m.late for _, m in phone.got] == [False, True]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await outbox.close()

    run(story())


def test_after_a_restart_everything_waiting_is_tried_and_its_age_is_told_by_wall_time(path):
    async def first():
        async with house(path, Phone(), BEN, start=False) as (outbox, _):
            await outbox.commit({"x": 1}, [notice(1, at=0), notice(2, at=1000)])

    async def second():
        phone = Phone()
        async with house(path, phone, BEN) as (outbox, _):
            await asyncio.sleep(70)
            assert phone.seqs() == [(A, 1), (A, 2)]
            assert [m.late for _, m in phone.got] == [False, False]
            assert await outbox.memory() == {"x": 1}

    run(first())
    run(second())


def test_a_channel_that_is_back_is_used_at_once(path):
    async def story():
        phone = Phone(**{BENS: [unreachable() for _ in range(10)]})
        async with house(path, phone, BEN) as (outbox, _):
            await outbox.commit({}, [notice(1)])
            await asyncio.sleep(300)
            phone.rules.clear()
            outbox.ring("sms")
            await asyncio.sleep(0.01)
            assert phone.seqs() == [(A, 1)]

    run(story())


def test_a_notice_that_kills_its_courier_lets_the_alarm_behind_it_pass(path):
    class Brittle(Phone):
        async def deliver(self, message):
            if message.notice.kind == "pre_alarm":
                raise KeyError("a defect in the wording")
            await super().deliver(message)

    async def story():
        phone = Brittle()
        async with house(path, phone, BEN) as (outbox, _):
            await outbox.commit({}, [notice(1, kind="pre_alarm"), notice(2)])
            await asyncio.sleep(15)
            assert phone.seqs() == [(A, 2)]
            assert [row.notice.seq for row in await outbox.waiting()] == [1]

    run(story())


def shut():
    return Undelivered("it refused us", cure="renew the token")


def test_a_way_that_is_shut_keeps_the_alarm_tries_rarely_and_gets_it_out_once_it_is_mended(path):
    """A token that is wrong for an hour: no storm of requests, no alarm lost, each try told."""

    class Barred(Phone):
        async def deliver(self, message):
            if asyncio.get_running_loop().time() < 3600:
                self.tries += 1
                raise shut()
            await super().deliver(message)

    async def story():
        phone = Barred()
        async with house(path, phone, BEN) as (outbox, receipts):
            await outbox.commit({}, [notice(1, A, at=0), notice(2, A, at=0)])
            await asyncio.sleep(LASTED_S * 2)
            first = phone.tries
            assert 6 <= first <= 10
            await asyncio.sleep(3600 - LASTED_S * 2 - 1)
            assert phone.tries - first == 5
            assert {(r.outcome, r.why, r.cure) for r in receipts} == {
                ("delayed", "it refused us", "renew the token")
            }
            await asyncio.sleep(SHUT_S)
            assert phone.seqs() == [(A, 1), (A, 2)]
            assert [message.late for _, message in phone.got] == [True, True]
            assert [r.outcome for r in receipts[-2:]] == ["accepted", "accepted"]

    run(story())


def test_a_refusal_that_passes_by_itself_costs_seconds(path):
    """A server that is being restarted answers 404 for a moment: that is told, and no alarm waits for it."""

    async def story():
        phone = Phone(**{BENS: [shut()]})
        async with house(path, phone, BEN) as (outbox, receipts):
            await outbox.commit({}, [notice(1, A, at=0), notice(2, A, kind="update", at=0)])
            await asyncio.sleep(5)
            assert phone.seqs() == [(A, 1), (A, 2)]
            assert phone.got[0][0] <= 1
            assert [r.cure for r in receipts] == ["renew the token", "", ""]

    run(story())


def test_refusals_between_failures_of_the_network_are_none_that_last(path):
    async def story():
        phone = Phone(**{BENS: [unreachable() for _ in range(10)] + [shut(), unreachable(), shut()]})
        async with house(path, phone, BEN) as (outbox, _):
            await outbox.commit({}, [notice(1, A, at=0)])
            await asyncio.sleep(14 * 60)
            assert phone.seqs() == [(A, 1)]

    run(story())


def test_at_a_shut_way_news_of_an_incident_is_one_more_try_of_its_oldest(path):
    async def story():
        phone = Phone(**{BENS: [shut() for _ in range(1000)]})
        async with house(path, phone, BEN) as (outbox, _):
            await outbox.commit({}, [notice(1, A, at=0), notice(1, B, at=0)])
            await asyncio.sleep(LASTED_S * 2)
            before = phone.tries
            await outbox.commit({}, [notice(2, A, kind="update", at=120)])
            await asyncio.sleep(60)
            assert phone.tries == before + 1
            phone.rules.clear()
            await outbox.commit({}, [notice(3, A, kind="update", at=180)])
            await asyncio.sleep(1)
            assert phone.seqs() == [(A, 1), (A, 2), (A, 3), (B, 1)], "one that goes through opens the way"

    run(story())


def test_many_old_incidents_behind_a_shut_way_are_one_request_in_ten_minutes(path):
    async def story():
        phone = Phone(**{BENS: [shut() for _ in range(1000)]})
        async with house(path, phone, BEN) as (outbox, _):
            for number in range(20):
                await outbox.commit({}, [notice(1, f"01KDX00000000000000000{number:04}", at=0)])
            await asyncio.sleep(SHUT_S / 2)
            before = phone.tries
            assert before <= 20 * 10
            await asyncio.sleep(10 * SHUT_S)
            assert phone.tries == before + 10

    run(story())


def test_a_restart_tries_a_shut_way_at_once(path):
    async def first():
        phone = Phone(**{BENS: [shut() for _ in range(100)]})
        async with house(path, phone, BEN) as (outbox, _):
            await outbox.commit({}, [notice(1, at=0)])
            await asyncio.sleep(LASTED_S * 2)

    async def second():
        phone = Phone()
        async with house(path, phone, BEN):
            await asyncio.sleep(1)
            assert phone.seqs() == [(A, 1)]

    run(first())
    run(second())
