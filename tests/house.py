"""Small things that many tests of the runtime and the channels need."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor

from agent.channels import Message, Undelivered
from agent.core.events import Fix
from agent.core.notice import Address, Notice, Reason
from agent.runtime.clock import Clock
from tests.virtual import Inline

BEN = Address("sms", "+4915112345678")
EVA = Address("sms", "+4915187654321")
EVERYONE = Address("mqtt")
WALL = 1_767_301_440.0
"""2026-01-01 21:04 UTC."""


def notice(seq=1, incident_id="01KDX0000000000000000000AA", kind="alarm", to=(BEN,), at=100.0, **more):
    """An alarm for Ben with one reason and a position."""
    facts = {
        "wall": WALL + at,
        "belief": 0.93,
        "reasons": (Reason("scream", 5.1, "scream heard"), Reason("stress", 1.2, "pulse up")),
        "fix": Fix(at - 3, 48.13712, 11.57549, 8.0),
        "tier": 1,
    }
    return Notice(incident_id, seq, kind, at, to=tuple(to), **{**facts, **more})


class LoopClock(Clock):
    """The loop's (virtual) time; wall time goes along."""

    def now(self):
        """Seconds of the running loop."""
        return asyncio.get_running_loop().time()

    def wall(self):
        """Unix seconds."""
        return WALL + self.now()


class Phone:
    """A channel to lie beside: takes messages, and fails by the rules it is given.

    `rules[recipient]` is a list of what to do with the next messages: an error to raise, seconds to
    think, or None; when it is empty all is taken.
    """

    def __init__(self, **rules):
        self.got: list[tuple[float, Message]] = []
        self.rules = rules
        self.tries = 0

    async def deliver(self, message):
        """Take it, or not."""
        self.tries += 1
        rules = self.rules.get(message.recipient.strip("+*"), [])
        rule = rules.pop(0) if rules else None
        if isinstance(rule, Exception):
            raise rule
        await asyncio.sleep(rule or 0)
        self.got.append((asyncio.get_running_loop().time(), message))

    def seqs(self, recipient=None):
        """(incident, seq) in the order of arrival."""
        return [(m.notice.incident_id, m.notice.seq) for _, m in self.got if recipient in (None, m.recipient)]


def unreachable(retry=True):
    """What a channel says."""
    return Undelivered("no network", retry=retry)


def inline() -> Executor:
    """A thread that takes no time."""
    return Inline()
