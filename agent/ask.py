"""Requests from the command line to the running daemon: status, sos, cancel, acknowledge and the like."""

from __future__ import annotations

import asyncio
import getpass
import json
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from agent.runtime.local import ask, where
from agent.wording.payloads import iso


def run(
    folder: Path, action: str, by: str | None = None, *, name: str = "", **facts: str | float | None
) -> int:
    """Send one request; 0 when it was heard, 1 when it was refused, with the reason.

    name: the command, where it is not called as the action is.
    """
    request = {
        "request_id": uuid.uuid4().hex,
        "action": action,
        "by": by or "wearer",
        "at": iso(time.time()),
    }
    known = {key: value for key, value in facts.items() if value is not None}
    answer = asyncio.run(ask(where(folder), request | known))
    if not answer["ok"]:
        print(f"distress-agent {name or action}: refused: {answer['error']}", file=sys.stderr)
        return 1
    print(f"{name or action}: heard; the incident is now: {answer['state']}")
    return 0


def status(folder: Path, *, as_json: bool) -> int:
    """The running daemon's state."""
    answer = asyncio.run(ask(where(folder), {"action": "status"}))
    print(json.dumps(answer) if as_json else in_words(answer))
    return 0


def usual(folder: Path, *, forget: bool, as_json: bool) -> int:
    """What the stress sense has learnt of its wearer; with `forget`, it begins anew."""
    values = asyncio.run(ask(where(folder), {"action": "forget" if forget else "usual"}))
    if as_json:
        print(json.dumps(values))
    elif not values.get("seconds"):
        print("nothing is known yet: sit still with the band on for three minutes")
    else:
        print("\n".join(f"{name:12} {value:g}" for name, value in values.items()))
    return 0


def ask_pin() -> str | None:
    """The PIN, typed unseen; None where nobody can type one."""
    try:
        return getpass.getpass("PIN (empty for none): ") or None if sys.stdin.isatty() else None
    except EOFError:
        return None


def in_words(state: dict[str, Any]) -> str:
    """What `status` prints: how things stand, what the wearer should know, each sensor, each shut way."""
    lines = [f"{state['name']}: {state['mode']}, {state['state']}, belief {state['belief']:.0%}"]
    lines += [f"  {said}" for said in (state.get("says"), *state.get("notes", ())) if said]
    lines += [f"  {part}: {of['state']} {of['why']}".rstrip() for part, of in state["sensors"].items()]
    lines += [f"  {way}: shut: {of['why']}: {of['cure']}" for way, of in state.get("ways", {}).items()]
    return "\n".join(lines)
