"""Row file: one SQLite file that holds what is to be told, the record of it, and the mind's memory.

WAL with synchronous=FULL: a commit that returned survives a power cut (NORMAL could lose the last one;
sqlite.org/pragma.html#pragma_synchronous). A lock beside the file keeps a second agent out, while
others may read it. Functions raise sqlite3.Error and OSError as they come; ledger.py deals with them.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from agent.core.events import Fix
from agent.core.notice import Address, Notice, Reason
from agent.runtime import record
from agent.runtime.record import Entry

NAME = "outbox.db"
KEEP = 2000
"""Settled rows kept. A count and no age: a clock that jumps must not delete anything."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (
  id INTEGER PRIMARY KEY, incident_id TEXT NOT NULL, seq INTEGER NOT NULL, channel TEXT NOT NULL,
  recipient TEXT NOT NULL, notice TEXT NOT NULL, written REAL NOT NULL, changed REAL NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed', 'expired')),
  attempts INTEGER NOT NULL, why TEXT NOT NULL, UNIQUE (incident_id, seq, channel, recipient));
CREATE TABLE IF NOT EXISTS memory (id INTEGER PRIMARY KEY CHECK (id = 0), json TEXT NOT NULL);
"""
SELECT = "SELECT notice, channel, recipient, written, changed, state, attempts, why FROM rows ORDER BY id"
UPSERT = """
INSERT INTO rows (incident_id, seq, notice, channel, recipient, written, changed, state, attempts, why)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (incident_id, seq, channel, recipient) DO UPDATE
SET changed = excluded.changed, state = excluded.state, attempts = excluded.attempts, why = excluded.why
"""
PRUNE = "DELETE FROM rows WHERE state != 'waiting' AND id <= (SELECT max(id) FROM rows) - ?"
REMEMBER = "INSERT INTO memory VALUES (0, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json"

CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

Key = tuple[str, int, Address]


@dataclass(frozen=True, slots=True)
class Row:
    """One notice to one address. state: waiting, done, failed, expired; `written`, `changed`: Unix s.

    `earlier`: an earlier run wrote it, so the monotonic time in its notice says nothing now.
    """

    notice: Notice
    to: Address
    written: float
    changed: float
    state: str = "waiting"
    attempts: int = 0
    why: str = ""
    earlier: bool = False

    @property
    def key(self) -> Key:
        """What makes it unique."""
        return self.notice.incident_id, self.notice.seq, self.to


def lock(path: Path) -> int:
    """Hold the file for this process until the descriptor is closed, which its death does too.

    Raises BlockingIOError, in one sentence, where another process holds it.
    """
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise BlockingIOError(f"{path} is in use by another distress-agent: stop that one first") from None
    return descriptor


def connect(path: Path) -> sqlite3.Connection:
    """The file, made where there is none, checked page by page (it is small)."""
    db = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
    try:
        os.chmod(path, 0o600)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.executescript(SCHEMA + record.SCHEMA)
        if db.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise corruption("the check of its pages failed")
    except (sqlite3.Error, OSError):
        db.close()
        raise
    return db


def corruption(why: str) -> sqlite3.DatabaseError:
    """The error that SQLite gives where it finds its file damaged."""
    error = sqlite3.DatabaseError(why)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def corrupt(error: sqlite3.Error) -> bool:
    """Whether the file itself is damaged, and not only the way to it."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in CORRUPT


def set_aside(path: Path) -> Path:
    """Move a damaged file (and its log) out of the way, for whoever wants to look into it."""
    aside = path.with_name(f"{path.name}.corrupt-{int(time.time())}")
    for end in ("", "-wal"):
        if path.with_name(path.name + end).exists():
            os.replace(path.with_name(path.name + end), aside.with_name(aside.name + end))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    return aside


def load(db: sqlite3.Connection) -> tuple[list[Row], int]:
    """All rows in the order of their commit, and how many could not be read."""
    rows, unread = [], 0
    for line in db.execute(SELECT).fetchall():
        try:
            rows.append(_row(*line))
        except (ValueError, TypeError, KeyError, AttributeError):
            unread += 1
    return rows, unread


def load_memory(db: sqlite3.Connection) -> str | None:
    """The mind's memory as JSON."""
    found = db.execute("SELECT json FROM memory").fetchone()
    return str(found[0]) if found else None


def save(db: sqlite3.Connection, rows: Iterable[Row], said: Iterable[Entry], memory: str | None) -> None:
    """New and changed rows, what else was `said`, and the memory unless None, in one transaction.

    The record gets an entry for each. All is on disk when it returns.
    """
    rows = list(rows)
    with db:
        db.execute("BEGIN IMMEDIATE")
        db.executemany(UPSERT, map(_line, rows))
        db.execute(PRUNE, (KEEP,))
        record.append(db, (*map(_fate, rows), *said))
        if memory is not None:
            db.execute(REMEMBER, (memory,))


def _fate(row: Row) -> Entry:
    return record.fate(row.notice, row.to, row.state, row.attempts, row.changed, row.why)


def _line(row: Row) -> tuple[object, ...]:
    notice = row.notice
    text = json.dumps(asdict(notice), ensure_ascii=False)
    facts = (row.written, row.changed, row.state, row.attempts, row.why)
    return (notice.incident_id, notice.seq, text, row.to.channel, row.to.recipient, *facts)


def _row(
    text: str, channel: str, recipient: str, written: float, changed: float, state: str, tries: int, why: str
) -> Row:
    return Row(unpack(text), Address(channel, recipient), written, changed, state, tries, why, earlier=True)


def unpack(text: str) -> Notice:
    """A notice from its JSON; what another version added is left out.

    Raises ValueError, TypeError or KeyError for anything else.
    """
    kept = json.loads(text)
    known = {field.name: kept[field.name] for field in fields(Notice) if field.name in kept}
    known["reasons"] = tuple(Reason(**reason) for reason in kept["reasons"])
    known["to"] = tuple(Address(**address) for address in kept["to"])
    known["fix"] = Fix(**kept["fix"]) if kept["fix"] else None
    known["track"] = tuple(Fix(**fix) for fix in kept.get("track", ()))
    return Notice(**known)
