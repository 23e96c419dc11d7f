"""Vigil: liveness by the age of data, never by the state of a link, a task or a callback.

A sensor that is silent longer than its limit (at its start: START_S) is a Gap that opens, its next valid
reading one that closes. So is one whose driver says that what it gives is worth nothing (a covered lens, a
band that is not worn), until the driver takes it back. That a recovery has to hold before it is told is the
mind's business (core/trouble.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

from agent.core.events import Gap
from agent.runtime.board import Health
from agent.runtime.clock import Clock
from agent.runtime.guard import Inbox

LOOK_EVERY_S = 0.5

STANDS_S = 10.0
"""What speaks only now and then (a button) is back when it has not failed for so long: longer than any pause
before its next try."""

START_S = 10.0
"""Opening a device may take so long on a slow machine; whoever fails meanwhile is told as ever."""

GONE = ("stale", "lost", "faulty")


@dataclass(slots=True)
class Life:
    """One sensor's signs of life: when its newest reading came; why it went, where its driver said so.

    `newest` is when it was started until the first reading comes; `state` is that of a Health. limit_s:
    None for what speaks only now and then; then no silence is a loss, but the end of its run is.
    why: what its last run died of. fault: what its driver says is wrong while it runs.
    """

    part: str
    limit_s: float | None
    newest: float
    why: str = ""
    fault: str = ""
    state: str = "starting"
    begun: float = 0.0
    heard: bool = False

    def started(self, at: float) -> None:
        """Its driver runs (again)."""
        self.begun = at

    def ended(self, why: str) -> None:
        """Its run is over, and with it all that its driver had said."""
        self.why, self.fault = why, ""

    def told(self, fault: str) -> None:
        """Its driver says what is wrong; "" when that is over."""
        self.fault = fault

    def seen(self, at: float) -> None:
        """A valid reading came."""
        self.newest = max(self.newest, at)
        self.why, self.heard = "", True

    def age_s(self, at: float) -> float:
        """Age of the newest reading."""
        return at - self.newest

    def look(self, at: float) -> Gap | None:
        """The Gap that opens or closes now, if any."""
        before, self.state = self.state, self._state(at)
        gone = self.state in GONE
        if gone is (before in GONE):
            return None
        return Gap(at, self.part, open=gone, why=self.in_words() if gone else "")

    def in_words(self) -> str:
        """What is wrong, or why nothing comes; "" where all is well."""
        if self.state not in GONE:
            return ""
        return self.fault or self.why or f"silent for over {self._limit_s:g} s"

    def health(self, at: float) -> Health:
        """The same for the board, the cure apart."""
        return Health(self.part, self.state, at, *parted(self.in_words()))

    def _state(self, at: float) -> str:
        if self.fault:
            return "faulty"
        if self._silent(at):
            return "lost" if self.why else "stale"
        return "ok" if self.heard or self.limit_s is None else "starting"

    def _silent(self, at: float) -> bool:
        if self.limit_s is None:
            return bool(self.why) and at - self.begun < STANDS_S
        return self.age_s(at) > self._limit_s

    @property
    def _limit_s(self) -> float:
        """Silence that is told now: while it starts, and has not failed to, START_S at least."""
        limit = self.limit_s or 0.0
        return limit if self.heard or self.why else max(limit, START_S)


def parted(why: str) -> tuple[str, str]:
    """A driver's sentence as what is wrong, and the cure that stands after its last colon, if any."""
    wrong, _, cure = why.rpartition(": ")
    whole = not wrong or wrong.count("(") != wrong.count(")")
    return (why, "") if whole else (wrong, cure)


async def vigil(
    lives: Collection[Life], clock: Clock, inbox: Inbox, report: Callable[[Health], None]
) -> None:
    """Look after all sensors, for ever."""
    while True:
        now = clock.now()
        for life in lives:
            gap = life.look(now)
            report(life.health(now))
            if gap:
                await inbox.put(gap)
        await asyncio.sleep(LOOK_EVERY_S)
