"""Board: what the world may see now: the mind, and the health of every part. Read it, never write on it.

The guard shows the mind, supervise and vigil report health. Whoever wants to know of changes takes a
bell: an event that is set on every change, and that its owner clears.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from agent.core.watch import Watch


@dataclass(frozen=True, slots=True)
class Health:
    """One part's condition: ok, starting, stale, lost, faulty or off; since when (monotonic s), why.

    cure: what to do about it, in a few words, where that is known.
    """

    part: str
    state: str
    since: float
    why: str = ""
    cure: str = ""


class Board:
    """The newest of everything. `newest`: when each sensor's newest reading came (monotonic s); no bell."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.health: dict[str, Health] = {}
        self.newest: dict[str, float] = {}
        self._bells: list[asyncio.Event] = []

    def show(self, watch: Watch) -> None:
        """The mind has taken a step."""
        changed = watch != self.watch
        self.watch = watch
        if changed:
            self._ring()

    def report(self, health: Health) -> None:
        """A part's condition; `since` is kept while its state stays the same."""
        old = self.health.get(health.part)
        if old and (old.state, old.why) == (health.state, health.why):
            return
        self.health[health.part] = health
        self._ring()

    def bell(self) -> asyncio.Event:
        """An event of the caller's own, set on every change from now on."""
        bell = asyncio.Event()
        self._bells.append(bell)
        return bell

    def let_go(self, bell: asyncio.Event) -> None:
        """A bell that nobody listens to any more."""
        self._bells.remove(bell)

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()
