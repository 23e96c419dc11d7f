"""Vigil: liveness by the age of data, never by the state of a link, a task or a callback.

A sensor that is silent longer than its limit is a Gap that opens, its next valid reading one that closes.
That a recovery has to hold before it is told is the mind's business (core/trouble.py).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from agent.core.events import Gap
from agent.runtime.clock import Clock
from agent.runtime.guard import Inbox

LOOK_EVERY_S = 0.5


@dataclass(slots=True)
class Life:
    """One sensor's signs of life: when its newest reading came; why it went, where its driver said so."""

    part: str
    limit_s: float
    newest: float
    why: str = ""
    lost: bool = False

    def seen(self, at: float) -> None:
        """A valid reading came."""
        self.newest = max(self.newest, at)
        self.why = ""

    def age_s(self, at: float) -> float:
        """Age of the newest reading."""
        return at - self.newest

    def look(self, at: float) -> Gap | None:
        """The Gap that opens or closes now, if any."""
        silent = self.age_s(at) > self.limit_s
        if silent is self.lost:
            return None
        self.lost = silent
        why = (self.why or f"silent for over {self.limit_s:g} s") if silent else ""
        return Gap(at, self.part, open=silent, why=why)


async def vigil(lives: list[Life], clock: Clock, inbox: Inbox) -> None:
    """Look after all sensors, for ever."""
    while True:
        for life in lives:
            gap = life.look(clock.now())
            if gap:
                await inbox.put(gap)
        await asyncio.sleep(LOOK_EVERY_S)
