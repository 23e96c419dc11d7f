"""Requests: bytes from anybody, checked to the last field, or a ValueError that says why not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

ACTIONS = (
    "acknowledge",
    "resolve",
    "cancel",
    "sos",
    "pause",
    "resume",
    "test",
    "checkin",
    "checkin_off",
    "silence",
)

MOST_BYTES = 8192
PAUSE_MINUTES = 30.0
"""A pause whose length nobody says."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, every field checked; `at` and `due` (of a check-in) in Unix seconds."""

    request_id: str
    action: str
    by: str
    at: float
    incident_id: str | None
    pin: str | None
    minutes: float
    due: float | None = None


def parse(payload: bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON object in a payload. Raises ValueError with why there is none."""
    if not isinstance(payload, bytes):
        return payload
    if len(payload) > MOST_BYTES:
        raise ValueError(f"a request has at most {MOST_BYTES} bytes, this one has {len(payload)}")
    try:
        told = json.loads(payload.decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError:
        raise ValueError("it is no UTF-8") from None
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(told, dict):
        raise ValueError("it must be a JSON object")
    return told


def read(told: Mapping[str, Any]) -> Request:
    """A request from its fields (docs/mqtt/request.json); unknown ones are ignored. Raises ValueError."""
    action = _text(told, "action")
    if action not in ACTIONS:
        raise ValueError(f"action must be one of {', '.join(ACTIONS)}")
    return Request(
        request_id=_text(told, "request_id"),
        action=action,
        by=_text(told, "by"),
        at=_time(_text(told, "at")),
        incident_id=_text(told, "incident_id") if told.get("incident_id") is not None else None,
        pin=_text(told, "pin") if told.get("pin") is not None else None,
        minutes=_minutes(told.get("minutes", PAUSE_MINUTES)),
        due=_time(_text(told, "due"), "due") if told.get("due") is not None else None,
    )


def _text(told: Mapping[str, Any], key: str) -> str:
    value = told.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= 100 or not value.isprintable():
        raise ValueError(f"{key} must be a text of 1 to 100 characters")
    return value


def _time(text: str, key: str = "at") -> float:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError
        return at.timestamp()
    except (ValueError, OverflowError):
        raise ValueError(f"{key} must be a time like 2026-01-01T21:04:00.000Z") from None


def _minutes(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 10_000:
        raise ValueError("minutes must be a number from 0 to 10000")
    return float(value)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
