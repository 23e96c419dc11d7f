"""Outbox: what is to be told, on disk before anything leaves, waiting for its couriers.

The async side of ledger.py: every call goes through one named thread, so that an fsync never holds up
the loop. A commit rings the bell of each address it concerns, and couriers sleep until theirs rings.
A row is `due` from its commit until its courier has tried it once: `join()` waits for that.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from agent.core.notice import Address, Notice
from agent.runtime.clock import Clock
from agent.runtime.ledger import Ledger
from agent.runtime.record import Entry
from agent.runtime.rowfile import Key, Row

MEND_S = 10.0
"""How often a failing disk is tried again."""

T = TypeVar("T")
Tell = Callable[[str, str | None], None]
"""Told of (part, trouble in words; None: it works again)."""


class Outbox:
    """The durable mailbox between the mind and its couriers.

    `carried`: the addresses that have couriers; join() waits for no others. `tell` hears once when the
    disk fails, and once when it works again; notices are delivered all the while. `deaths`: how often
    an attempt at a row has killed its courier.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        carried: Iterable[Address],
        tell: Tell,
        thread: Executor | None = None,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._carried = frozenset(carried)
        self._tell = tell
        self._thread = thread or ThreadPoolExecutor(1, "outbox")
        self._bells: dict[Address, asyncio.Event] = {}
        self._due: set[Key] = set()
        self.deaths: Counter[Key] = Counter()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._failing = asyncio.Event()

    async def commit(self, memory: dict[str, Any] | None, notices: Iterable[Notice]) -> None:
        """Write what the mind remembers (None: as before) and wants told; then wake the couriers."""
        wall = self._clock.wall()
        rows = await self._call(lambda: self._ledger.commit(memory, notices, wall))
        self._due.update(row.key for row in rows if row.to in self._carried)
        self._hush()
        for row in rows:
            self.bell(row.to).set()

    async def memory(self) -> dict[str, Any] | None:
        """What the mind last committed."""
        return await self._call(self._ledger.memory)

    async def waiting(self, to: Address | None = None) -> list[Row]:
        """What is still to be told (to one address), oldest first."""
        return await self._call(lambda: self._ledger.waiting(to))

    async def settle(self, row: Row, state: str, why: str = "") -> None:
        """A row has become done, failed or expired."""
        wall = self._clock.wall()
        await self._call(lambda: self._ledger.settle(row, state, why, wall))

    async def tried(self, row: Row, why: str) -> None:
        """An attempt was in vain; the row waits on."""
        wall = self._clock.wall()
        await self._call(lambda: self._ledger.tried(row, why, wall))

    async def reported(self, entry: Entry) -> None:
        """What came later, for the record: a network's word on a message, an answer to a drill."""
        await self._call(lambda: self._ledger.reported(entry))

    def bell(self, to: Address) -> asyncio.Event:
        """Set when there is news for an address; its courier clears it."""
        return self._bells.setdefault(to, asyncio.Event())

    def ring(self, channel: str) -> None:
        """Wake a channel's couriers: its far side can be reached again, so waiting has no sense."""
        for to, bell in self._bells.items():
            if to.channel == channel:
                bell.set()

    def gone(self, row: Row) -> None:
        """The courier's word that a row has left, and everybody was told."""
        self._due.discard(row.key)
        self._hush()

    def stuck(self, row: Row) -> None:
        """The courier's word that a row waits for another attempt, and with it all behind it."""
        self._due -= {key for key in self._due if key[0] == row.key[0] and key[2] == row.to}
        self._hush()

    async def join(self) -> None:
        """Return when nothing waits that could go now: every row has been tried, and all told of it."""
        await self._quiet.wait()

    async def mend(self) -> None:
        """A part for supervise: while the disk fails, try again and again."""
        while True:
            await self._failing.wait()
            await asyncio.sleep(MEND_S)
            await self._call(self._ledger.mend)

    async def close(self) -> None:
        """Write what is left, let the file and the thread go."""
        await self._call(self._ledger.close)
        self._thread.shutdown()

    def _hush(self) -> None:
        (self._quiet.clear if self._due else self._quiet.set)()

    async def _call(self, work: Callable[[], T]) -> T:
        result = await asyncio.get_running_loop().run_in_executor(self._thread, work)
        self._hear_disk()
        return result

    def _hear_disk(self) -> None:
        notes, self._ledger.notes = self._ledger.notes, []
        failing = self._ledger.trouble is not None
        for note in notes:
            self._tell("storage", note)
            self._tell("storage", None)
        if failing != self._failing.is_set():
            (self._failing.set if failing else self._failing.clear)()
            self._tell("storage", self._ledger.trouble)


async def open_outbox(path: Path, clock: Clock, carried: Iterable[Address], tell: Tell) -> Outbox:
    """The outbox in the file `path`. Raises BlockingIOError where another agent has it (one sentence)."""
    thread = ThreadPoolExecutor(1, "outbox")
    ledger = await asyncio.get_running_loop().run_in_executor(thread, Ledger, path)
    return Outbox(ledger, clock, carried, tell, thread)
