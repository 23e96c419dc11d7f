"""History: `distress-agent incidents`. What happened, who was told, who answered, from what is on disk."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from agent import bundle
from agent.channels import cap
from agent.core.revive import bare
from agent.runtime import journal, record
from agent.runtime.record import Entry
from agent.stories import Kept, Story, find, kept, stories
from agent.wording import Device
from agent.wording.payloads import iso


def run(folder: Path, device: Device, contacts: Sequence[str], options: argparse.Namespace) -> int:
    """`incidents`, of the agent that keeps its state in this folder; its exit code. contacts: their names."""
    known = kept(folder)
    if options.verify:
        return verify(known)
    if options.answers:
        return show_answers(known, contacts, as_json=options.json)
    if options.incident is None:
        return show_all(known, device, as_json=options.json)
    story = find(known, options.incident)
    if options.cap:
        return show_cap(story, device)
    if options.bundle:
        return save_bundle(story, known, options.bundle)
    return show(story, device, as_json=options.json)


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


def show_all(known: Kept, device: Device, *, as_json: bool) -> int:
    """One line an incident; what is only a device's trouble is told by its ID alone."""
    some = [story for story in stories(known) if story.kind != "device_trouble"]
    if not some and not as_json:
        print("nothing has happened yet")
    for story in some:
        print(json.dumps(_summary(story)) if as_json else _headline(story, device))
    return 0


def show_answers(known: Kept, contacts: Sequence[str], *, as_json: bool) -> int:
    """One line a contact, and whoever else has answered: how fast, to drills and to alarms."""
    some = stories(known)
    drills = sum(story.kind == "test" for story in some)
    names = dict.fromkeys((*contacts, *(one.by for story in some for one in story.answers)))
    if not names and not as_json:
        print("there are no contacts, and nobody has answered yet")
    for name in names:
        times = {kind: _times(some, name, kind) for kind in ("test", "alarm")}
        told = {"by": name, "drills": drills, "drills_s": times["test"], "alarms_s": times["alarm"]}
        print(json.dumps(told) if as_json else _answers(name, drills, times))
    return 0


def _times(some: Iterable[Story], name: str, kind: str) -> list[float]:
    """Seconds to a contact's first answer in each story of that kind, oldest story first."""
    first = (
        next((one for one in story.answers if one.by == name), None) for story in some if story.kind == kind
    )
    return [round(one.after_s, 1) for one in first if one]


def _answers(name: str, drills: int, times: dict[str, list[float]]) -> str:
    tests, alarms = times["test"], times["alarm"]
    said = [
        f"{len(tests)} of {drills} drills answered"
        + (f", mostly within {lasted(median(tests))}" if tests else "")
    ]
    if alarms:
        said.append(f"alarms answered after {', '.join(map(lasted, alarms))}")
    return f"{name:20} {'; '.join(said)}"


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
        "answers": [
            {"by": one.by, "at": iso(one.wall), "after_s": round(one.after_s, 1)} for one in story.answers
        ],
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
    for one in story.answers:
        yield f"{one.by} answered {_when(one.wall, device)}, after {lasted(one.after_s)}"


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


def lasted(seconds: float) -> str:
    """A time to answer for people: 42 s, 3 min 5 s, 2 h 10 min."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _when(wall: float, device: Device) -> str:
    return f"{datetime.fromtimestamp(wall, device.zone):%Y-%m-%d %H:%M:%S}"
