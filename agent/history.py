"""History: `distress-agent incidents`. What happened, who was told, who answered, from what is on disk.

The outbox's file says what was told and holds the record of deliveries; the journal has the events. Both
may be read while the agent runs.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from agent import bundle
from agent.channels import cap
from agent.core.notice import Notice
from agent.core.revive import bare, revive
from agent.runtime import journal, record, rowfile
from agent.runtime.record import Entry, Line
from agent.runtime.rowfile import Row
from agent.wording import Device
from agent.wording.payloads import iso

ENDS = ("resolved", "cancelled")


@dataclass(frozen=True, slots=True)
class Kept:
    """All that the outbox's file holds, and the folder with the journals."""

    rows: list[Row]
    chain: list[Line]
    folder: Path


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
    def answers(self) -> Iterator[tuple[float, str]]:
        """(Unix seconds, name) of everybody who acknowledged, in order."""
        for notice in self.notices:
            if notice.kind == "acknowledged":
                yield notice.wall, notice.acknowledged_by or "somebody"


def run(folder: Path, device: Device, options: argparse.Namespace) -> int:
    """`incidents`, of the agent that keeps its state in this folder; its exit code."""
    known = kept(folder)
    if options.verify:
        return verify(known)
    if options.incident is None:
        return show_all(known, device, as_json=options.json)
    story = find(known, options.incident)
    if options.cap:
        return show_cap(story, device)
    if options.bundle:
        return save_bundle(story, known, options.bundle)
    return show(story, device, as_json=options.json)


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


def verify(known: Kept) -> int:
    """Say whether the record is whole and fits what is told: 0, or 1 with the first entry that does not."""
    fault = record.fault(known.chain) or _contradiction(known)
    if fault:
        print(fault)
        return 1
    newest = f", the newest is {known.chain[-1][2]}" if known.chain else ""
    print(f"the record is whole: {len(known.chain)} entries{newest}")
    return 0


def _contradiction(known: Kept) -> str | None:
    """A row whose state the record does not know of: its end was cut off, or the row was changed."""
    said: dict[tuple[Any, ...], set[str]] = {}
    for entry in record.entries(known.chain):
        key = (entry["incident_id"], entry["seq"], entry.get("channel"), entry.get("recipient"))
        said.setdefault(key, set()).add(entry["what"])
    for row in known.rows:
        what = said.get((row.notice.incident_id, row.notice.seq, row.to.channel, row.to.recipient))
        if what and not _agree(row.state, what):
            name = f"{row.notice.incident_id}, message {row.notice.seq} by {row.to.channel}"
            told = ", ".join(sorted(what))
            return f"the record does not fit: {name} is {row.state}, but its entries say {told}"
    return None


def _agree(state: str, what: set[str]) -> bool:
    """Whether a row's state is what its entries say; the oldest of them may be gone."""
    if state == "waiting":
        return what <= {"queued", "tried"}
    return bool(what & {record.WHAT[state], "delivered"})


def find(known: Kept, incident_id: str) -> Story:
    """The incident of that name, or of the only name that begins so. Raises FileNotFoundError."""
    found = [story for story in stories(known) if story.id.startswith(incident_id.upper())]
    if len(found) != 1:
        why = f"{len(found)} incidents begin with" if found else "there is no incident"
        raise FileNotFoundError(f"{why} {incident_id}; `distress-agent incidents` lists them")
    return found[0]


def show_all(known: Kept, device: Device, *, as_json: bool) -> int:
    """One line an incident; what is only a device's trouble is told by its ID alone."""
    some = [story for story in stories(known) if story.kind != "device_trouble"]
    if not some and not as_json:
        print("nothing has happened yet")
    for story in some:
        print(json.dumps(_summary(story)) if as_json else _headline(story, device))
    return 0


def show(story: Story, device: Device, *, as_json: bool) -> int:
    """One incident: its reasons, who was told and what became of it, who answered and when."""
    if as_json:
        print(json.dumps(_summary(story) | {"notices": bare(story.notices), "record": story.entries}))
        return 0
    print(_headline(story, device))
    for line in _details(story, device):
        print(f"  {line}")
    return 0


def show_cap(story: Story, device: Device) -> int:
    """The newest of it as a CAP 1.2 message that refers to all before."""
    sender = f"{device.id}@distress-agent"
    *earlier, newest = story.notices
    references = [cap.reference(notice, sender) for notice in earlier]
    people = sorted({row["recipient"] for row in story.entries if "recipient" in row} - {"*"})
    addresses = people or ["caregivers"]
    print(
        cap.message(newest, sender=sender, name=device.wearer, addresses=addresses, earlier=references),
        end="",
    )
    return 0


def save_bundle(story: Story, known: Kept, file: Path) -> int:
    """Write its bundle. Raises FileNotFoundError where its events are no longer kept."""
    events = known.folder / f"{story.id}.jsonl"
    if not events.exists():
        raise FileNotFoundError(f"the events of {story.id} are not kept: {events} is missing")
    bundle.write(bundle.made(story.id, journal.read(events), story.entries), file)
    print(f"{file}: fold it again with `distress-agent replay {file}`")
    return 0


def _summary(story: Story) -> dict[str, Any]:
    last, end = story.notices[-1], story.end
    return {
        "event": "incident",
        "incident_id": story.id,
        "kind": story.kind,
        "began": iso(story.notices[0].wall),
        "ended": iso(end.wall) if end else None,
        "end": end.kind if end else None,
        "reasons": [{"cue": one.cue, "share": one.share, "text": one.text} for one in last.reasons],
        "answers": [{"by": name, "at": iso(wall)} for wall, name in story.answers],
        "duress": last.duress,
    }


def _headline(story: Story, device: Device) -> str:
    end = story.end
    went = f"{end.kind} {_when(end.wall, device)}" if end else "" if story.kind == "test" else "open"
    began = _when(story.notices[0].wall, device)
    why = ", ".join(reason.text for reason in story.notices[-1].reasons)
    return f"{story.id}  {began}  {story.kind:9}  {went}  {why}".rstrip()


def _details(story: Story, device: Device) -> Iterator[str]:
    last = story.notices[-1]
    for reason in last.reasons:
        yield f"because: {reason.text} ({reason.share:+.1f})"
    if last.fix:
        known = f" +-{last.fix.accuracy_m:.0f} m" if last.fix.accuracy_m is not None else ""
        yield f"where: {last.fix.latitude:.5f}, {last.fix.longitude:.5f}{known}, from {last.fix.source}"
    for notice in story.notices:
        by = f" by {notice.acknowledged_by}" if notice.kind == "acknowledged" else ""
        yield f"{_when(notice.wall, device)}  {notice.seq}. {notice.kind}{by}"
        yield from (f"  {line}" for line in _fates(story.entries, notice.seq, device))


def _fates(entries: Iterable[Entry], seq: int, device: Device) -> Iterator[str]:
    """What became of a notice with each who was told, one line each."""
    fates: dict[str, dict[str, str]] = {}
    for entry in entries:
        if entry["seq"] == seq and "channel" in entry:
            to = f"{entry['channel']} {entry['recipient']}".removesuffix(" *")
            why = f" ({entry['why']})" if entry.get("why") else ""
            newest = f"{entry['what']} {_when(entry['at'], device)[11:]}{why}"
            fates.setdefault(to, {})[entry["what"]] = newest  # of many tries the last one
    for to, what in fates.items():
        yield f"{to}: {', '.join(what.values())}"


def _when(wall: float, device: Device) -> str:
    return f"{datetime.fromtimestamp(wall, device.zone):%Y-%m-%d %H:%M:%S}"
