"""Record: what became of each notice with each recipient, as a chain of hashes that shows any change.

Every entry is canonical JSON (sorted keys, no spaces) and holds the SHA-256 of the entry before it, as in
a linked timestamp (Haber and Stornetta, "How to time-stamp a digital document", 1991). Entries are written
in the transaction that changes their row. The chain shows damage and careless edits. Whoever may write the
file could forge all of it anew; who has noted the newest hash elsewhere sees that too.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from agent.core.events import Receipt
from agent.core.notice import Address, Notice

KEEP = 20_000
"""Newest entries kept; the oldest of them is taken at its word on what came before."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS record (id INTEGER PRIMARY KEY, entry TEXT NOT NULL, sha256 TEXT NOT NULL);
"""
THERE = "SELECT 1 FROM sqlite_master WHERE name = 'record'"
LAST = "SELECT id, sha256 FROM record ORDER BY id DESC LIMIT 1"
ALL = "SELECT id, entry, sha256 FROM record ORDER BY id"
APPEND = "INSERT INTO record VALUES (?, ?, ?)"
PRUNE = "DELETE FROM record WHERE id <= (SELECT max(id) FROM record) - ?"

WHAT = {"done": "accepted", "failed": "failed", "expired": "expired"}
"""What has happened to a row in this state; one that waits was queued, or tried in vain."""

Entry = dict[str, Any]
Line = tuple[int, str, str]
"""Number, canonical JSON, its SHA-256."""


def fate(notice: Notice, to: Address, state: str, attempts: int, at: float, why: str) -> Entry:
    """What has become of a row; `at` is Unix seconds."""
    what = WHAT.get(state, "tried" if attempts else "queued")
    where = {"channel": to.channel, "recipient": to.recipient}
    return _entry(notice.incident_id, notice.seq, what, at, **where, why=why)


def answer(notice: Notice) -> Entry:
    """Who acknowledged, and when, by the notice that tells the others."""
    return _entry(notice.incident_id, notice.seq, "acknowledged", notice.wall, by=notice.acknowledged_by)


def seen(incident_id: str, by: str, at: float) -> Entry:
    """Who answered a drill, and when."""
    return _entry(incident_id, 1, "acknowledged", at, by=by)


def report(receipt: Receipt, at: float) -> Entry:
    """What a network said of a message later: it was delivered, or it was not."""
    to = {"channel": receipt.channel, "recipient": receipt.recipient}
    return _entry(receipt.incident_id, receipt.seq, receipt.outcome, at, **to, why=receipt.why)


def _entry(incident_id: str, seq: int, what: str, at: float, **more: str | None) -> Entry:
    told = {key: value for key, value in more.items() if value}
    return {"incident_id": incident_id, "seq": seq, "what": what, "at": round(at, 3), **told}


def append(db: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Chain entries to what is there, within the caller's transaction."""
    last, before = db.execute(LAST).fetchone() or (0, "")
    for number, entry in enumerate(entries, last + 1):
        text = canonical(entry | {"before": before})
        before = digest(text)
        db.execute(APPEND, (number, text, before))
    db.execute(PRUNE, (KEEP,))


def canonical(entry: Entry) -> str:
    """The one way to write an entry."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """SHA-256 in hex."""
    return sha256(text.encode()).hexdigest()


def lines(db: sqlite3.Connection) -> list[Line]:
    """The whole record, oldest first; empty in a file that is older than it."""
    return db.execute(ALL).fetchall() if db.execute(THERE).fetchone() else []


def entries(some: Iterable[Line]) -> Iterator[Entry]:
    """What the lines say, as far as they can be read."""
    for _, text, _ in some:
        try:
            entry = json.loads(text)
        except ValueError:
            continue
        if isinstance(entry, dict) and {"incident_id", "seq", "what", "at"} <= entry.keys():
            yield entry


def fault(chain: Iterable[Line]) -> str | None:
    """The first entry that does not fit, in one sentence; None where the chain is whole."""
    last: tuple[int, str] | None = None
    for number, text, told in chain:
        why = _misfit(number, text, told, last)
        if why:
            return f"entry {number} of the record does not fit: {why}"
        last = number, told
    return None


def _misfit(number: int, text: str, told: str, last: tuple[int, str] | None) -> str | None:
    try:
        entry = json.loads(text)
    except ValueError:
        return "it is no JSON"
    if digest(text) != told:
        return "its text was changed after it was written"
    if last and number != last[0] + 1:
        return f"what stood between {last[0]} and it is missing"
    if last and (not isinstance(entry, dict) or entry.get("before") != last[1]):
        return "it does not follow from the one before"
    return None
