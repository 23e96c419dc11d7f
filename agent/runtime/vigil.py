"""Vigil: liveness by the age of data, never by the state of a link, a task or a callback.

A sensor that is silent longer than its limit is a Gap that opens, its next valid reading one that closes.
That a recovery has to hold before it is told is the mind's business (core/trouble.py).
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


@dataclass(slots=True)
class Life:
    """One sensor's signs of life: when its newest reading came; why it went, where its driver said so.

    `newest` is when it was started until the first reading comes; `state` is that of a Health.
    """

    part: str
    limit_s: float
    newest: float
    why: str = ""
    state: str = "starting"

    def seen(self, at: float) -> None:
        """A valid reading came."""
        self.newest = max(self.newest, at)
        self.why = ""
        if self.state == "starting":
            self.state = "ok"

    def age_s(self, at: float) -> float:
        """Age of the newest reading."""
        return at - self.newest

    def look(self, at: float) -> Gap | None:
        """The Gap that opens or closes now, if any."""
        gone = self.state in ("stale", "lost")
        silent = self.age_s(at) > self.limit_s
        if silent is gone:
            return None
        self.state = "ok" if not silent else "lost" if self.why else "stale"
        return Gap(at, self.part, open=silent, why=self.in_words() if silent else "")

    def in_words(self) -> str:
        """Why nothing comes."""
        return self.why or f"silent for over {self.limit_s:g} s"


async def vigil(
    lives: Collection[Life], clock: Clock, inbox: Inbox, report: Callable[[Health], None]
) -> None:
    """Look after all sensors, for ever."""
    while True:
        now = clock.now()
        for life in lives:
            gap = life.look(now)
            why = life.in_words() if life.state in ("stale", "lost") else ""
            report(Health(life.part, life.state, now, why))
            if gap:
                await inbox.put(gap)
        await asyncio.sleep(LOOK_EVERY_S)
