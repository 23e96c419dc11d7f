"""Payloads: the JSON of the MQTT topics, as docs/mqtt/*.json describe it. Pure.

Times are ISO 8601 in UTC with milliseconds. A number that is none (NaN, infinity) becomes null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from math import isfinite
from typing import Any, Protocol

from agent.core.drills import Drills, silent
from agent.core.events import Fix
from agent.core.notice import Message
from agent.core.power import pressing
from agent.core.watch import Watch
from agent.wording.perceiving import perceiving

SCHEMA = 1
"""Grows when a reader of the old payloads would misunderstand the new ones."""

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Device:
    """Who speaks: its id in topics, whom it protects, the zone in which people read times (None: local)."""

    id: str
    wearer: str
    zone: tzinfo | None = None


class Condition(Protocol):
    """A part's health, as the board has it."""

    @property
    def part(self) -> str:
        """Its name."""

    @property
    def state(self) -> str:
        """ok, starting, stale, lost, faulty or off."""

    @property
    def since(self) -> float:
        """When it became so (monotonic s)."""

    @property
    def why(self) -> str:
        """What is wrong, or empty."""

    @property
    def cure(self) -> str:
        """What to do about it, or empty."""


def iso(wall: float) -> str:
    """Unix seconds as 2026-01-01T21:04:00.000Z."""
    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def alert(message: Message, device: Device) -> Payload:
    """One message for one notice."""
    notice = message.notice
    return {
        "schema": SCHEMA,
        "device_id": device.id,
        "name": device.wearer,
        "incident_id": notice.incident_id,
        "seq": notice.seq,
        "kind": notice.kind,
        "at": iso(notice.wall),
        "test": notice.test,
        "late": message.late,
        "duress": notice.duress,
        "belief": number(notice.belief, 4),
        "reasons": [{"cue": r.cue, "share": number(r.share, 3), "text": r.text} for r in notice.reasons],
        "location": place(notice.fix, notice.wall - notice.at),
        "countdown_s": number(notice.countdown_s, 1),
        "tier": notice.tier,
        "acknowledged_by": notice.acknowledged_by,
        "battery": per_cent(notice.battery),
        "text": notice.text,
        "track": [place(fix, notice.wall - notice.at) for fix in notice.track],
    }


def place(fix: Fix | None, offset: float) -> Payload | None:
    """A fix; `offset` + its monotonic time is wall time."""
    if fix is None:
        return None
    return {
        "latitude": number(fix.latitude, 7),
        "longitude": number(fix.longitude, 7),
        "accuracy_m": number(fix.accuracy_m, 1),
        "at": iso(fix.at + offset),
        "source": fix.source,
    }


def location(fix: Fix, offset: float, device: Device, wall: float) -> Payload:
    """The same as OwnTracks maps want it (owntracks.org/booklet/tech/json); `wall` is now, in Unix s."""
    told = {
        "_type": "location",
        "lat": number(fix.latitude, 7),
        "lon": number(fix.longitude, 7),
        "tst": int(fix.at + offset),
        "created_at": int(wall),
        "tid": device.wearer[:2],
    }
    acc = number(fix.accuracy_m, 0)
    return told if acc is None else told | {"acc": int(acc)}


def state(
    watch: Watch, parts: Iterable[Condition], device: Device, version: str, battery: float | None = None
) -> Payload:
    """What the device is doing, as of `at`; `battery`, in per cent, if not the one that the mind knows."""
    incident, parts = watch.incident, tuple(parts)
    return {
        "schema": SCHEMA,
        "device_id": device.id,
        "name": device.wearer,
        "at": iso(watch.wall),
        "mode": "armed" if watch.paused_until is None else "paused",
        "state": watch.state.value,
        "incident_id": incident.id if incident else None,
        "belief": number(watch.belief.probability, 2),
        "checkin": iso(watch.checkin.due_wall) if watch.checkin else None,
        "silent_in_drills": list(silent(watch.drills, watch.at)),
        "last_drill": _drill(watch.drills),
        "sensors": {part.part: {"state": part.state, "why": part.why} for part in parts},
        "perceives": perceiving(parts),
        "battery": per_cent(watch.battery) if battery is None else number(battery, 0),
        "supply": [reason.text for reason in pressing(watch.worries, watch.power)],
        "version": version,
    }


def _drill(drills: Drills) -> Payload | None:
    """The newest drill, by its id, which holds its time: who answered, after how long, and who did not."""
    if not drills:
        return None
    answers = [{"by": one.by, "after_s": number(one.after_s, 1)} for one in drills[-1].answers]
    waiting = [name for name in drills[-1].asked if name not in {one.by for one in drills[-1].answers}]
    return {"incident_id": drills[-1].incident_id, "answers": answers, "no_answer": waiting}


def health(part: Condition, newest: float | None, watch: Watch, device: Device) -> Payload:
    """One part's condition; `newest`: monotonic time of its newest reading."""
    return {
        "schema": SCHEMA,
        "device_id": device.id,
        "part": part.part,
        "at": iso(watch.wall),
        "state": part.state,
        "since": iso(part.since + watch.offset),
        "age_s": None if newest is None else number(max(watch.at - newest, 0.0), 1),
        "why": part.why,
        "cure": part.cure,
    }


def scores(watch: Watch, device: Device) -> Payload:
    """The newest look of every sense, and the belief."""
    looks: Mapping[str, float] = {trace.kind: trace.looks[-1] for trace in watch.belief.traces if trace.looks}
    return {
        "schema": SCHEMA,
        "device_id": device.id,
        "at": iso(watch.wall),
        "belief": number(watch.belief.probability, 3),
        "scores": {kind: number(probability, 3) for kind, probability in looks.items()},
    }


def per_cent(share: float | None) -> float | None:
    """A share 0..1 in whole per cent."""
    return None if share is None else number(100 * share, 0)


def number(value: float | None, digits: int) -> float | None:
    """Rounded; None for what is no number, since JSON has no NaN."""
    return round(float(value), digits) if value is not None and isfinite(value) else None
