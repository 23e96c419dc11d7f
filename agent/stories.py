"""Stories: what is on disk of each incident, drill and trouble: what was told, and what became of it.

The outbox's file says what was told and holds the record of deliveries; the journal has the events. Both
may be read while the agent runs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from agent.core.notice import Notice
from agent.core.revive import revive
from agent.runtime import journal, record, rowfile
from agent.runtime.record import Entry, Line
from agent.runtime.rowfile import Row

ENDS = ("resolved", "cancelled")


@dataclass(frozen=True, slots=True)
class Kept:
    """All that the outbox's file holds, and the folder with the journals."""

    rows: list[Row]
    chain: list[Line]
    folder: Path


@dataclass(frozen=True, slots=True)
class Answered:
    """One acknowledgement: by whom, when (Unix s), how many seconds after the alarm."""

    by: str
    wall: float
    after_s: float


@dataclass(frozen=True, slots=True)
class Story:
    """One incident as it was told: its notices in order (at least one), its part of the record."""

    id: str
    notices: tuple[Notice, ...]
    entries: tuple[Entry, ...]

    @property
    def kind(self) -> str:
        """What it came to: test, device_trouble, alarm or pre_alarm."""
        first = self.notices[0]
        if first.test or first.kind == "device_trouble":
            return "test" if first.test else first.kind
        return "alarm" if any(notice.kind == "alarm" for notice in self.notices) else "pre_alarm"

    @property
    def end(self) -> Notice | None:
        """The notice that ended it; None while it is open, and for what has no end."""
        last = self.notices[-1]
        return last if last.kind in ENDS else None

    @property
    def hidden(self) -> bool:
        """Whether the device must not show it: open under duress, as the wearer is not alone."""
        return self.end is None and any(notice.duress for notice in self.notices)

    @property
    def answers(self) -> list[Answered]:
        """Everybody who acknowledged, in order, by the notices and, for drills, by the record."""
        told = ((n.wall, n.acknowledged_by or "somebody") for n in self.notices if n.kind == "acknowledged")
        said = ((e["at"], e["by"]) for e in self.entries if e["what"] == "acknowledged" and "by" in e)
        known = {(round(wall, 3), by) for wall, by in (*told, *said)}
        return [Answered(by, wall, max(wall - self._asked, 0.0)) for wall, by in sorted(known)]

    @property
    def _asked(self) -> float:
        """When people were first asked to come (Unix s)."""
        return next((n.wall for n in self.notices if n.kind == "alarm"), self.notices[0].wall)


def kept(folder: Path) -> Kept:
    """What is on disk; nothing where the agent has never run. Raises OSError for a file that is damaged."""
    database, journals = folder / rowfile.NAME, folder / journal.FOLDER
    if not database.exists():
        return Kept([], [], journals)
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as db:
            return Kept(rowfile.load(db)[0], record.lines(db), journals)
    except sqlite3.Error as error:
        raise OSError(f"{database} cannot be read: {error}") from error


def stories(known: Kept) -> list[Story]:
    """All incidents that may be shown, oldest first."""
    notices: dict[str, dict[int, Notice]] = {}
    for notice in _notices(known):
        notices.setdefault(notice.incident_id, {}).setdefault(notice.seq, notice)
    entries: dict[str, list[Entry]] = {}
    for entry in record.entries(known.chain):
        entries.setdefault(entry["incident_id"], []).append(entry)
    found = (
        Story(name, tuple(told[seq] for seq in sorted(told)), tuple(entries.get(name, ())))
        for name, told in sorted(notices.items())
    )
    return [story for story in found if not story.hidden]


def _notices(known: Kept) -> Iterator[Notice]:
    """Those that went out by somebody, then those that only the journal has and this version can read."""
    yield from (row.notice for row in known.rows)
    lines = (line for file in sorted(known.folder.glob("*.jsonl")) for line in journal.read(file))
    for told in (one for line in lines for one in line.get("told", ())):
        with suppress(ValueError):
            yield revive(Notice, told)


def find(known: Kept, incident_id: str) -> Story:
    """The incident of that name, or of the only name that begins so. Raises FileNotFoundError."""
    found = [story for story in stories(known) if story.id.startswith(incident_id.upper())]
    if len(found) != 1:
        why = f"{len(found)} incidents begin with" if found else "there is no incident"
        raise FileNotFoundError(f"{why} {incident_id}; `distress-agent incidents` lists them")
    return found[0]
