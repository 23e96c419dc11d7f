"""Ways to reach people: one room a channel, each a `deliver(message)` that returns when the far side has it.

Retry, order and the durable queue are not here: couriers (runtime/courier.py) do them for all alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from agent.core.notice import Message

__all__ = ["Channel", "Link", "Message", "Undelivered"]

Link = Callable[[Message], str | None]
"""A link by which the recipient answers: what is replied to a way that only sends, nobody hears."""


class Undelivered(Exception):
    """The far side does not have it. `retry`: later it may; otherwise it never will.

    cure: the way itself is shut until somebody does this (a wrong password, no credit): nothing is wrong with
    the message, so it is kept, tried rarely, and the trouble is told.
    """

    def __init__(self, why: str, *, retry: bool = True, cure: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.retry = retry
        self.cure = cure


class Channel(Protocol):
    """One way to reach people."""

    async def deliver(self, message: Message) -> None:
        """Return when the far side has accepted the message; raise Undelivered when it has not."""
