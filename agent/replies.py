"""Replies: what a caregiver answers, by a link or an SMS, as a request that knocks at the one door.

A caregiver's "false alarm" is a `resolve`: it ends the story for everyone who was told. (A `cancel` is the
wearer's word, and asks others to confirm it.)
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

from agent.channels.phone import e164
from agent.channels.sms_desk import code
from agent.core.notice import Address
from agent.runtime.clock import Clock
from agent.wording.payloads import iso

Answer = Callable[[bytes], Awaitable[dict[str, Any]]]
"""The door: a request as JSON -> {ok, error, state}."""

GOING, FALSE_ALARM = "acknowledge", "resolve"
CODES = {"1": GOING, "2": FALSE_ALARM}
"""What the SMS asks people to reply with."""


def request(action: str, by: str, request_id: str, wall: float, incident_id: str | None = None) -> bytes:
    """A request as the door reads it (docs/mqtt/request.json); `wall`: Unix seconds now."""
    told = {"request_id": request_id, "action": action, "by": by[:100], "at": iso(wall)}
    return json.dumps(told | ({"incident_id": incident_id} if incident_id else {})).encode()


async def heard(number: str, text: str, who: Mapping[Address, str], answer: Answer, clock: Clock) -> None:
    """An SMS came: where it is a contact's and begins with a code, knock at the door.

    `who`: from core.names. It is about the incident that is open: an SMS knows no other.
    """
    said = code(text)
    try:
        by = who.get(Address("sms", e164(number)))
    except ValueError:
        return
    if said and by:
        await answer(request(CODES[said], by, f"sms-{uuid4().hex}", clock.wall()))
