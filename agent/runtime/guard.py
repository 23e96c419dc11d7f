"""Guard: the one that decides. Takes events from the inbox in order, folds them, writes before it tells.

The incident's new state and the notices it causes go to the outbox in one transaction, before anything
leaves. The watchdog is fed here and only here, after a Tick has come all the way through inbox and step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from agent.core.events import Event, Tick
from agent.core.memory import dump, lasting
from agent.core.notice import Notice
from agent.core.policy import Policy
from agent.core.watch import Watch, step
from agent.runtime.board import Board

Inbox = asyncio.Queue[Event]

INBOX_MOST = 1024
"""Minutes of events: what fills this is a fault of the device, and then senses wait."""

Commit = Callable[[dict[str, Any], tuple[Notice, ...]], Awaitable[None]]
Seen = Callable[[Event, Watch, Watch, tuple[Notice, ...]], None]
"""Told of every step: the event, the mind before and after, the notices."""


async def guard(
    inbox: Inbox, board: Board, policy: Policy, commit: Commit, seen: Seen, feed: Callable[[], None]
) -> None:
    """Decide, one event after the other, for ever; `board.watch` is the mind and outlives a restart."""
    while True:
        event = await inbox.get()
        try:
            before = board.watch
            after, notices = step(before, event, policy)
            if notices or lasting(after) != lasting(before):
                await commit(dump(after), notices)
            board.show(after)
            seen(event, before, after, notices)
        finally:
            inbox.task_done()
        if isinstance(event, Tick):
            feed()
