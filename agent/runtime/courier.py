"""Courier: carries what waits for one address through its channel; one courier an address.

So whatever is stuck, recipient or channel, delays nobody else. Within an incident the order is kept: its
oldest notice goes first, and what cannot be delivered yet holds up only what belongs to the same
incident, newest incidents going first. Times are held here, in memory, on the loop's clock; after a
restart everything waiting is simply tried. A row is done only when the far side has accepted it, so a
crash in between sends it twice: (incident_id, seq) tells. A way that is shut until somebody mends it (a wrong
password) loses nothing either: once that has lasted it is tried rarely, since asking again mends nothing.
Till then it may pass by itself: a server that is being restarted answers 404 too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

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

LASTED_S = 60.0
"""A way that does nothing but refuse for so long is shut; before, its refusals are as any failure."""

SHUT_S = 600.0
"""A way that is shut is tried this often, with one message; an incident of which there is news at once."""

DEADLY = 3
"""Deaths of its courier after which a row lets the others pass."""


@dataclass(slots=True)
class Pauses:
    """Which incidents wait for another attempt: until when (loop time), after how many failures.

    newest: the last notice of each that waited when it was tried: one behind it is news. refused: since when
    the way has done nothing but refuse. shut: until when all wait of which there is no news.
    """

    until: dict[str, float] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    newest: dict[str, Key] = field(default_factory=dict)
    refused: float | None = None
    shut: float = 0.0

    def add(self, incident_id: str, newest: Key, now: float, rng: Random) -> None:
        """One more failure: wait longer."""
        self.newest[incident_id] = newest
        self.failures[incident_id] = self.failures.get(incident_id, 0) + 1
        self.until[incident_id] = now + pause_s(self.failures[incident_id], rng)

    def judge(self, fate: Fate, now: float) -> None:
        """What an attempt says of the way: refusals that last shut it, any other answer opens it, or none."""
        if fate.cure:
            self.refused = now if self.refused is None else self.refused
            self.shut = now + SHUT_S if now - self.refused >= LASTED_S else self.shut
            return
        self.refused = None
        self.shut = self.shut if fate.outcome == "expired" else 0.0

    def clear(self) -> None:
        """There is news: everybody is tried at once, and again soon."""
        self.until.clear()
        self.failures.clear()

    def wait(self, incident_id: str, newest: Key) -> float:
        """Until when an incident has to wait; one of which there is news tries even a way that is shut."""
        known = self.newest.get(incident_id) == newest
        return max(self.until.get(incident_id, 0.0), self.shut if known else 0.0)

    def end(self, incident_id: str) -> None:
        """A notice is done with; the next of its incident may go."""
        self.until.pop(incident_id, None)
        self.failures.pop(incident_id, None)
        self.newest.pop(incident_id, None)

    def first(self, now: float) -> float | None:
        """When the next one is due."""
        due = (max(until, self.shut) for until in (*self.until.values(), self.shut))
        return min((at for at in due if at > now), default=None)


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

    report: hears every outcome: accepted, failed, expired, and `delayed` when a first attempt was in vain or
    the way refuses.
    """
    bell, pauses, now = outbox.bell(to), Pauses(), asyncio.get_running_loop().time
    bell.set()
    while True:
        if bell.is_set():
            bell.clear()
            pauses.clear()
        rows = await outbox.waiting(to)
        row = _next(rows, pauses, now(), outbox.deaths)
        if row is None:
            await _news(bell, pauses.first(now()))
            continue
        outbox.deaths[row.key] += 1
        fate = await _attempt(row, channel, clock, limit_s)
        del outbox.deaths[row.key]
        pauses.judge(fate, now())
        if fate.outcome == "delayed":
            pauses.add(row.notice.incident_id, _newest(rows)[row.notice.incident_id], now(), rng)
            await outbox.tried(row, fate.why)
        else:
            pauses.end(row.notice.incident_id)
            await outbox.settle(row, "done" if fate.outcome == "accepted" else fate.outcome, fate.why)
        if fate.outcome != "delayed" or fate.cure or row.attempts == 0:
            report(_receipt(row, clock.now(), fate))
        (outbox.stuck if fate.outcome == "delayed" else outbox.gone)(row)


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
    newest = _newest(rows)
    ready = [row for about, row in heads.items() if pauses.wait(about, newest[about]) <= now]
    return min(reversed(ready), key=lambda row: (deaths.get(row.key, 0) // DEADLY, _aside(row)), default=None)


def _newest(rows: list[Row]) -> dict[str, Key]:
    """The last notice of each incident that waits; rows come in the order in which they were told."""
    return {row.notice.incident_id: row.key for row in rows}


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


class Fate(NamedTuple):
    """What became of an attempt: accepted, delayed, failed or expired; why; what would open a shut way."""

    outcome: str
    why: str = ""
    cure: str = ""


async def _attempt(row: Row, channel: Channel, clock: Clock, limit_s: float) -> Fate:
    age = age_s(row, clock)
    if row.notice.expires_s is not None and age > row.notice.expires_s:
        return Fate("expired", f"the question was {age:.0f} s old")
    message = Message(row.notice, row.to.recipient, late=age > LATE_S, wall=clock.wall())
    try:
        async with asyncio.timeout(limit_s):
            await channel.deliver(message)
    except TimeoutError:
        return Fate("delayed", f"no answer within {limit_s:g} s")
    except Undelivered as error:
        return Fate("delayed" if error.retry or error.cure else "failed", error.why, error.cure)
    return Fate("accepted")


def age_s(row: Row, clock: Clock) -> float:
    """Seconds since the notice became true: by monotonic time in the run that wrote it, else by wall."""
    return clock.wall() - row.notice.wall if row.earlier else clock.now() - row.notice.at


def _receipt(row: Row, at: float, fate: Fate) -> Receipt:
    notice = row.notice
    return Receipt(at, notice.incident_id, notice.seq, row.to.channel, row.to.recipient, *fate)
