"""Attend: one slow sense at work, in a thread of its own, from its slot into the inbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agent.core.events import Event
from agent.runtime.guard import Inbox
from agent.runtime.slot import Slot
from sensors.readings import Reading

STUCK_S = 20.0
"""A look takes milliseconds; a native library that hangs this long cannot be stopped from here."""


async def attend(slot: Slot, look: Callable[[Reading], list[Event]], inbox: Inbox) -> None:
    """Look at one reading after the other, for ever; TimeoutError when a look hangs."""
    while True:
        reading = await slot.take()
        try:
            async with asyncio.timeout(STUCK_S):
                events = await asyncio.to_thread(look, reading)
            for event in events:
                await inbox.put(event)
        finally:
            slot.done()
