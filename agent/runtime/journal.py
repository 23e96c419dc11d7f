"""Journal: the events that made an incident, so that it can be folded again and give the same decisions.

The last minute is kept in memory alone. When an incident opens it goes to disk with the mind as it was
before its first event, and all that follows goes there too, until a minute after the end. No sound and no
picture: events have none. One file of JSON lines an incident, written in batches on a thread of its own;
only an alarm is written and synced at once. What cannot be written is logged, and holds up nothing.

Lines: {"start": mind, policy, schema, versions}, then events as pack.py writes them, each with the notices
that it caused as `told`. Whatever breaks the row (a restart, a disk that failed) is followed by a new start.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections import deque
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from agent.core.events import Event
from agent.core.notice import Notice
from agent.core.pack import SCHEMA, pack, policy_hash
from agent.core.policy import Policy
from agent.core.revive import bare
from agent.core.watch import Watch

FOLDER = "incidents"
BEFORE_S = 60.0
"""How much from before the incident is kept."""
BEFORE_MOST = 2000
"""Events kept in memory: a minute of all sensors is a quarter of this."""
AFTER_S = 60.0
"""How long after its end an incident is kept on: receipts come late."""
BATCH_S = 5.0
"""Seconds of events in one write: what a kill may cost the journal, never the outbox."""
MANNERS_S = 0.3
"""An alarm's couriers go first: writing down its last minute takes the processor from them."""
PENDING_MOST = 20_000
"""Steps that wait for a failing disk; beyond it they are dropped and a new start is made."""
FILE_BYTES = 4_000_000
"""A file that has grown to this takes no more: some two hours of an incident."""
FILES = 50
"""Newest incidents kept."""

log = logging.getLogger("distress_agent")


class Step(NamedTuple):
    """One step of the mind: what it knew before, what came, what it told."""

    before: Watch
    event: Event
    notices: tuple[Notice, ...]


class Page(NamedTuple):
    """A step to be written, in which incident's file; `start`: a row of events begins with it."""

    incident_id: str
    start: bool
    step: Step


class Journal:
    """Notes every step of the mind; `about` (program, models) goes into each start."""

    def __init__(self, folder: Path, policy: Policy, about: dict[str, Any]) -> None:
        self.folder = folder
        self._policy = policy
        self._about = about
        self._recent: deque[Step] = deque(maxlen=BEFORE_MOST)
        self._open: str | None = None
        self._until: float | None = None
        self._pending: list[Page] = []
        self._written_at = 0.0
        self._bell = asyncio.Event()
        self._lock = Lock()

    def note(self, event: Event, before: Watch, after: Watch, notices: tuple[Notice, ...]) -> None:
        """One step of the mind: to memory, and to the file's next batch while an incident is on."""
        step = Step(before, event, notices)
        self._recent.append(step)
        while self._recent[0].before.at < after.at - BEFORE_S:
            self._recent.popleft()
        incident = after.incident or before.incident
        if incident and incident.id != self._open:
            self._begin(incident.id)
        elif self._open is not None:
            self._pending.append(Page(self._open, start=False, step=step))
        if self._open is not None:
            self._go_on(after)
        if self._pending and (_urgent(notices) or after.at >= self._written_at + BATCH_S):
            self._written_at = after.at
            self._bell.set()

    def _begin(self, incident_id: str) -> None:
        """A new incident, or one that a restart was in: with it goes what came just before."""
        self._open = incident_id
        self._pending += [
            Page(incident_id, start=number == 0, step=step) for number, step in enumerate(self._recent)
        ]

    def _go_on(self, after: Watch) -> None:
        """Close some time after the end; drop what a failing disk does not take, and begin anew."""
        if after.incident is not None:
            self._until = None
        elif self._until is None:
            self._until = after.at + AFTER_S
        elif after.at >= self._until:
            self._open = self._until = None
        if len(self._pending) > PENDING_MOST:
            self._open, self._pending = None, []
            self._recent.clear()

    async def keep(self) -> None:
        """Write batch after batch, and what is left at the end: a part for supervise."""
        try:
            while True:
                await self._bell.wait()
                self._bell.clear()
                await asyncio.sleep(MANNERS_S)
                await asyncio.to_thread(self.write)
        finally:
            self.write()

    def write(self) -> None:
        """Put on disk what waits; what a disk does not take waits on."""
        with self._lock:
            pages = self._pending
            try:
                for incident_id, run in groupby(list(pages), key=lambda page: page.incident_id):
                    some = list(run)
                    self._append(incident_id, some)
                    del pages[: len(some)]
            except OSError as error:
                log.warning("%s: the events of the incident cannot be written: %s", self.folder, error)

    def _append(self, incident_id: str, pages: list[Page]) -> None:
        """All of the pages or none of them."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self.folder / f"{incident_id}.jsonl"
        size = file.stat().st_size if file.exists() else 0
        if size >= FILE_BYTES:
            return
        try:
            with open(file, "a", encoding="utf-8", opener=_private) as out:
                out.writelines(self._lines(pages))
                out.flush()
                if any(_urgent(page.step.notices) for page in pages):
                    os.fsync(out.fileno())
        except OSError:
            os.truncate(file, size)
            raise
        if size == 0:
            _thin_out(self.folder)

    def _lines(self, pages: Iterable[Page]) -> Iterable[str]:
        for page in pages:
            if page.start:  # after an end of line: a kill may have left half a line before it
                yield "\n" + _line({"start": self._start(page.step.before)})
            told = {"told": bare(page.step.notices)} if page.step.notices else {}
            yield _line(pack(page.step.event) | told)

    def _start(self, watch: Watch) -> dict[str, Any]:
        hashed = {"policy": bare(self._policy), "policy_hash": policy_hash(self._policy)}
        return self._about | hashed | {"schema": SCHEMA, "watch": bare(watch)}


def read(file: Path) -> list[dict[str, Any]]:
    """The lines of one incident; half a line, which a kill left, is left out."""
    found = []
    for line in file.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict):
            found.append(told)
    return found


def _urgent(notices: Iterable[Notice]) -> bool:
    return any(notice.kind == "alarm" for notice in notices)


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False) + "\n"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _thin_out(folder: Path) -> None:
    """Names sort by time."""
    for old in sorted(folder.glob("*.jsonl"))[:-FILES]:
        old.unlink()
