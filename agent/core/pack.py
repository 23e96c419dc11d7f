"""Pack: events as plain JSON and back, exact to the bit, so that an incident can be replayed elsewhere.

JSON keeps every finite float (RFC 8259, and Python writes the shortest digits that give it back); what is no
number it cannot keep, so that is written as a word. `policy_hash` tells whether the replaying mind decides
by the same rules; it does not know names and addresses, which decide nothing and are nobody's business.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from hashlib import sha256
from math import isfinite
from typing import Any, get_args

from agent.core.events import Event
from agent.core.policy import Policy

KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Event)}
SCHEMA = 2
"""Grows with the fields of events, mind or policy: what was kept before then cannot be folded to the bit."""
NO_NUMBERS = ("nan", "inf", "-inf")


def pack(event: Event) -> dict[str, Any]:
    """An event as a JSON object: its kind under `event`, then its fields."""
    facts = {key: _packed(value) for key, value in asdict(event).items()}
    return {"event": type(event).__name__, **facts}


def unpack(packed: dict[str, Any]) -> Event:
    """The event again. Raises ValueError, in one sentence, for what pack() did not give."""
    kind = KINDS.get(str(packed.get("event")))
    if kind is None:
        raise ValueError(f"no such event: {packed.get('event')!r}")
    types = {field.name: str(field.type) for field in fields(kind)}
    given = {key: value for key, value in packed.items() if key != "event"}
    if given.keys() != types.keys():
        odd = ", ".join(sorted(given.keys() ^ types.keys()))
        raise ValueError(f"event {kind.__name__} has other fields than these: {odd}")
    event: Event = kind(**{key: _unpacked(kind, key, value, types[key]) for key, value in given.items()})
    return event


def policy_hash(policy: Policy) -> str:
    """SHA-256 (hex) of all that the mind decides by."""
    rules = asdict(policy) | {
        "contacts": [
            [c.tier, c.warn, c.answers, [to.channel for to in c.addresses]] for c in policy.contacts
        ],
        "broadcast": [to.channel for to in policy.broadcast],
    }
    return sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()


def _packed(value: object) -> object:
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def _unpacked(kind: type[Any], key: str, value: object, declared: str) -> object:
    """A field's value, checked against its declared type."""
    names = declared.split(" | ")
    if "float" in names and value in NO_NUMBERS:
        return float(str(value))
    allowed = {type(value).__name__, "float" if type(value) is int else ""}
    if (value is None and "None" in names) or allowed & set(names):
        return value
    raise ValueError(f"event {kind.__name__}: {key} must be {declared}, not {value!r}")
