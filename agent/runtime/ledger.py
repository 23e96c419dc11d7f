"""Ledger: what is to be told and what the mind remembers, in memory and, following it, on disk.

A disk that is full, read-only or broken stops no alarm: what could not be written waits here, is read
and delivered from here, and goes to the file with the first write that works again. A corrupt file is
moved aside and a new one gets everything that is known here. Rows hold facts, never timers.

All methods block for the disk: outbox.py calls them on one thread. The lock is for the ghost of a
caller who was cancelled while his call went on.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

from agent.core.notice import Address, Notice
from agent.runtime import record, rowfile
from agent.runtime.record import Entry
from agent.runtime.rowfile import Key, Row


class Ledger:
    """The rows in the order they were committed, and the newest memory, in the file `path`.

    trouble: why the file cannot be written just now, else None. notes: what had to be put right in it.
    Raises BlockingIOError where another process has the file; every other fault of the disk is trouble.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble: str | None = None
        self.notes: list[str] = []
        self._rows: dict[Key, Row] = {}
        self._unwritten: dict[Key, Row] = {}
        self._said: list[Entry] = []
        self._memory: str | None = None
        self._memory_unwritten = False
        self._db: sqlite3.Connection | None = None
        self._held: int | None = None
        self._lock = Lock()
        self._write()

    def commit(self, memory: dict[str, Any] | None, notices: Iterable[Notice], wall: float) -> list[Row]:
        """What the mind remembers (None: as before) and wants told, in one transaction; the new rows.

        What is known already stays as it is.
        """
        with self._lock:
            rows = (Row(notice, to, wall, wall) for notice in notices for to in notice.to)
            new = {row.key: row for row in rows if row.key not in self._rows}
            self._rows |= new
            self._unwritten |= new
            answers = {key[:2]: row.notice for key, row in new.items() if row.notice.kind == "acknowledged"}
            self._said += map(record.answer, answers.values())
            if memory is not None:
                self._memory, self._memory_unwritten = json.dumps(memory), True
            self._write()
            return list(new.values())

    def memory(self) -> dict[str, Any] | None:
        """What the mind last committed; None at the very beginning, or where it cannot be read."""
        with self._lock:
            try:
                kept = json.loads(self._memory or "null")
            except ValueError:
                self.notes.append(f"{self.path}: what the mind remembered cannot be read; it begins anew")
                return None
            return kept if isinstance(kept, dict) else None

    def waiting(self, to: Address | None = None) -> list[Row]:
        """What is still to be told (to one address), oldest first."""
        with self._lock:
            rows = self._rows.values()
            return [row for row in rows if row.state == "waiting" and to in (None, row.to)]

    def settle(self, row: Row, state: str, why: str, wall: float) -> None:
        """A row has become done, failed or expired; on disk when this returns, if the disk works."""
        with self._lock:
            self._change(replace(row, state=state, why=why, changed=wall))
            self._prune()
            self._write()

    def tried(self, row: Row, why: str, wall: float) -> None:
        """One attempt was in vain. To disk with the next write: a retry each minute must not wear it."""
        with self._lock:
            self._change(replace(row, why=why, changed=wall, attempts=row.attempts + 1))

    def reported(self, entry: Entry) -> None:
        """What came later, for the record alone: a network's word on a message, an answer to a drill."""
        with self._lock:
            self._said.append(entry)
            self._write()

    def mend(self) -> None:
        """Write what could not be written; `trouble` says whether it went well."""
        with self._lock:
            self._write()

    def close(self) -> None:
        """Write what is left and let the file go."""
        with self._lock:
            self._write()
            self._shut()
            if self._held is not None:
                os.close(self._held)
            self._held = None

    def _change(self, row: Row) -> None:
        self._rows[row.key] = self._unwritten[row.key] = row

    def _prune(self) -> None:
        if len(self._rows) > 2 * rowfile.KEEP:
            settled = [key for key, row in self._rows.items() if row.state != "waiting"]
            for key in settled[: -rowfile.KEEP]:
                del self._rows[key]

    def _write(self) -> None:
        """Bring the file up to date, or say in `trouble` why not."""
        try:
            try:
                self._save()
            except sqlite3.DatabaseError as error:
                if not rowfile.corrupt(error):
                    raise
                self._begin_anew()
                self._save()
            self.trouble = None
        except BlockingIOError:
            raise
        except (sqlite3.Error, OSError) as error:
            self._shut()
            self.trouble = f"cannot write {self.path}: {error}"

    def _save(self) -> None:
        db = self._db or self._open()
        memory = self._memory if self._memory_unwritten else None
        if self._unwritten or self._said or memory is not None:
            rowfile.save(db, self._unwritten.values(), self._said, memory)
        self._unwritten.clear()
        self._said.clear()
        self._memory_unwritten = False

    def _open(self) -> sqlite3.Connection:
        """Open the file and take in what stands there; what is known here is newer."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._held is None:
            self._held = rowfile.lock(self.path)
        self._db = rowfile.connect(self.path)
        found, unread = rowfile.load(self._db)
        self._rows = {row.key: row for row in found} | self._rows
        self._memory = self._memory or rowfile.load_memory(self._db)
        if unread:
            self.notes.append(f"{self.path}: {unread} rows cannot be read and stay unsent")
        return self._db

    def _begin_anew(self) -> None:
        """Move the damaged file aside; everything known here belongs into the new one."""
        self._shut()
        aside = rowfile.set_aside(self.path)
        self.notes.append(f"{self.path} was corrupt: moved to {aside}, a new one is begun")
        self._unwritten = dict(self._rows)
        self._memory_unwritten = self._memory is not None

    def _shut(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()
