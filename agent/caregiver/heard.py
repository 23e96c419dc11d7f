"""Heard: what a device published, checked, since anybody at the broker may have sent it. Pure.

Texts come out in one line without control characters: they go to a terminal. Everything else raises
ValueError.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from agent.core.events import Fix
from agent.core.notice import Notice, Reason
from agent.wording.people import HEADS

MOST_BYTES = 65_536
LONGEST_TEXT = 500

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """Of a device's state: whose it is, armed or paused, what it cannot perceive, battery in per cent."""

    name: str
    mode: str
    perceives: str
    battery: float | None


def parsed(payload: bytes) -> Told:
    """The JSON object of a payload. Raises ValueError where there is none."""
    if len(payload) > MOST_BYTES:
        raise ValueError(f"a message of {len(payload)} bytes is none of ours")
    try:
        told = json.loads(payload)
    except RecursionError:
        raise ValueError("it is no JSON") from None
    if not isinstance(told, dict):
        raise ValueError("it is no JSON object")
    return told


def state(told: Told) -> State:
    """The topic `state`."""
    return State(text(told, "name"), text(told, "mode"), text(told, "perceives"), number(told, "battery"))


def notice(told: Told) -> Notice:
    """The topic `alert`, as the notice that it was; monotonic times count from its own moment."""
    kind = text(told, "kind")
    if kind not in HEADS:
        raise ValueError(f"{kind!r} is no kind of alert")
    wall, battery = _wall(told.get("at")), number(told, "battery")
    return Notice(
        incident_id=text(told, "incident_id"),
        seq=int(number(told, "seq") or 0),
        kind=kind,
        at=0.0,
        wall=wall,
        belief=number(told, "belief") or 0.0,
        reasons=tuple(_reasons(told)),
        fix=place(told.get("location"), wall),
        acknowledged_by=text(told, "acknowledged_by") or None,
        text=text(told, "text"),
        test=told.get("test") is True,
        duress=told.get("duress") is True,
        battery=None if battery is None else battery / 100,
    )


def place(told: object, wall: float) -> Fix | None:
    """A position of an alert; its `at` in seconds from `wall`."""
    if not isinstance(told, dict):
        return None
    return _fix(number(told, "latitude"), number(told, "longitude"), number(told, "accuracy_m"), told, wall)


def owntracks(told: Told) -> Fix | None:
    """The topic `location`; its `at` in Unix seconds."""
    where = number(told, "lat"), number(told, "lon"), number(told, "acc")
    fix = _fix(*where, {}, 0.0)
    return fix and Fix(number(told, "tst") or 0.0, fix.latitude, fix.longitude, fix.accuracy_m)


def text(told: Told, key: str) -> str:
    """A text of one line, printable; "" where there is none."""
    value = told.get(key)
    if not isinstance(value, str):
        return ""
    return "".join(letter for letter in value[:LONGEST_TEXT] if letter.isprintable())


def number(told: Told, key: str) -> float | None:
    """A finite number; None where there is none."""
    value = told.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 and isfinite(value) else None


def _reasons(told: Told) -> list[Reason]:
    found = told.get("reasons")
    return [
        Reason(text(reason, "cue"), number(reason, "share") or 0.0, text(reason, "text"))
        for reason in (found if isinstance(found, list) else [])
        if isinstance(reason, dict)
    ]


def _fix(
    latitude: float | None, longitude: float | None, accuracy_m: float | None, told: Told, wall: float
) -> Fix | None:
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    at = _wall(told["at"]) - wall if "at" in told else 0.0
    return Fix(at, latitude, longitude, accuracy_m)


def _wall(at: object) -> float:
    """Unix seconds of an ISO time."""
    if not isinstance(at, str):
        raise ValueError("it does not say when")
    try:
        return datetime.fromisoformat(at).timestamp()
    except OverflowError:
        raise ValueError("it is of no time that there is") from None
