"""Courier: carries what waits for one address through its channel; one courier an address.

So whatever is stuck, recipient or channel, delays nobody else. Within an incident the order is kept: its
oldest notice goes first, and what cannot be delivered yet holds up only what belongs to the same
incident, newest incidents going first. Times are held here, in memory, on the loop's clock; after a
restart everything waiting is simply tried. A row is done only when the far side has accepted it, so a
crash in between sends it twice: (incident_id, seq) tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from agent.channels import Channel, Message, Undelivered
from agent.core.events import Receipt
from agent.core.notice import Address
from agent.runtime.clock import Clock
from agent.runtime.outbox import Outbox
from agent.runtime.rowfile import Key, Row
from agent.runtime.supervise import pause_s

LATE_S = 60.0
"""From this age on a message says that it is late, and when it happened."""

LIMIT_S = 120.0
"""Longest that one attempt may take where a channel forgets its own limit, which is shorter."""

DEADLY = 3
"""Deaths of its courier after which a row lets the others pass."""


@dataclass(slots=True)
class Pauses:
    """Which incidents wait for another attempt: until when (loop time), after how many failures."""

    until: dict[str, float] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)

    def add(self, incident_id: str, now: float, rng: Random) -> None:
        """One more failure: wait longer."""
        self.failures[incident_id] = self.failures.get(incident_id, 0) + 1
        self.until[incident_id] = now + pause_s(self.failures[incident_id], rng)

    def clear(self) -> None:
        """There is news: everybody is tried at once, and again soon."""
        self.until.clear()
        self.failures.clear()

    def end(self, incident_id: str) -> None:
        """The way is free again."""
        self.until.pop(incident_id, None)
        self.failures.pop(incident_id, None)

    def first(self) -> float | None:
        """When the next one is due."""
        return min(self.until.values(), default=None)


async def courier(
    to: Address,
    channel: Channel,
    outbox: Outbox,
    clock: Clock,
    report: Callable[[Receipt], None],
    rng: Random,
    limit_s: float = LIMIT_S,
) -> None:
    """Deliver everything for `to`, for ever: a part for supervise.

    report: hears every outcome: accepted, failed, expired, and `delayed` when a first attempt was in vain.
    """
    bell, pauses, now = outbox.bell(to), Pauses(), asyncio.get_running_loop().time
    bell.set()
    while True:
        if bell.is_set():
            bell.clear()
            pauses.clear()
        row = _next(await outbox.waiting(to), pauses, now(), outbox.deaths)
        if row is None:
            await _news(bell, pauses.first())
            continue
        outbox.deaths[row.key] += 1
        outcome, why = await _attempt(row, channel, clock, limit_s)
        del outbox.deaths[row.key]
        if outcome == "delayed":
            pauses.add(row.notice.incident_id, now(), rng)
            await outbox.tried(row, why)
        else:
            pauses.end(row.notice.incident_id)
            await outbox.settle(row, "done" if outcome == "accepted" else outcome, why)
        if outcome != "delayed" or row.attempts == 0:
            report(_receipt(row, clock.now(), outcome, why))
        (outbox.stuck if outcome == "delayed" else outbox.gone)(row)


def _next(rows: list[Row], pauses: Pauses, now: float, deaths: Mapping[Key, int]) -> Row | None:
    """The oldest row of the newest incident that does not have to wait; drills and device trouble last.

    One that keeps killing its courier lets everything else pass: a defect in how a question is worded
    must not hold up the alarm behind it.
    """
    heads: dict[str, Row] = {}
    for row in rows:
        head = heads.setdefault(row.notice.incident_id, row)
        if deaths.get(head.key, 0) >= DEADLY > deaths.get(row.key, 0):
            heads[row.notice.incident_id] = row
    ready = [row for name, row in heads.items() if pauses.until.get(name, now) <= now]
    return min(reversed(ready), key=lambda row: (deaths.get(row.key, 0) // DEADLY, _aside(row)), default=None)


def _aside(row: Row) -> bool:
    """Whether a row is a drill's or trouble with the device: these let every alarm pass."""
    return row.notice.test or row.notice.kind == "device_trouble"


async def _news(bell: asyncio.Event, until: float | None) -> None:
    """Sleep until the bell rings or the loop's time is `until`."""
    try:
        async with asyncio.timeout_at(until):
            await bell.wait()
    except TimeoutError:
        return


async def _attempt(row: Row, channel: Channel, clock: Clock, limit_s: float) -> tuple[str, str]:
    """(accepted | delayed | failed | expired, why)."""
    age = age_s(row, clock)
    if row.notice.expires_s is not None and age > row.notice.expires_s:
        return "expired", f"the question was {age:.0f} s old"
    message = Message(row.notice, row.to.recipient, late=age > LATE_S, wall=clock.wall())
    try:
        async with asyncio.timeout(limit_s):
            await channel.deliver(message)
    except TimeoutError:
        return "delayed", f"no answer within {limit_s:g} s"
    except Undelivered as error:
        return ("delayed" if error.retry else "failed"), error.why
    return "accepted", ""


def age_s(row: Row, clock: Clock) -> float:
    """Seconds since the notice became true: by monotonic time in the run that wrote it, else by wall."""
    return clock.wall() - row.notice.wall if row.earlier else clock.now() - row.notice.at


def _receipt(row: Row, at: float, outcome: str, why: str) -> Receipt:
    notice = row.notice
    return Receipt(at, notice.incident_id, notice.seq, row.to.channel, row.to.recipient, outcome, why)
