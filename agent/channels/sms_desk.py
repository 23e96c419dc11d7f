"""The desk before a modem: one message at a time, replies heard between them, updates merged.

Messages go out in the order they came, anything before an update. A second update to the same number within
UPDATE_EVERY_S is taken at once and held here: the newest one takes the place of those before it, and goes
out when the time is over. So updates may merge, while an alarm, an answer or an end never waits and is never
dropped. A held update lives in memory alone: after a restart, the incident's next one tells more.

A courier gives up sooner than a network may. What has begun then goes on, and the courier's next try is told
how it ended, so that people do not get it twice.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from agent.channels import Message, Undelivered
from agent.channels.gsm import Report
from agent.channels.phone import e164
from agent.wording import Device, sms

UPDATE_EVERY_S = 60.0
"""Updates come every 30 s at first; an SMS takes seconds, costs money, and operators block floods."""

CHECK_EVERY_S = 60.0
"""How often an idle modem is asked whether it is well: trouble is told before an alarm needs it."""

MOST_AWAITED = 64
"""Messages whose delivery report is still to come; many networks never send one."""

MOST_REPLIES = 16
"""Questions back that wait for the modem; older ones are let go."""

Heard = Callable[[str, str], Awaitable[str | None]]
"""Hears a message that came: the sender's number as the network gives it, and the text; what to say back."""

Delivered = Callable[[Message, str], None]
"""Hears what became of a message after the network took it: why it did not arrive, empty when it did."""

Chore = Callable[[], Awaitable[None]]


def code(text: str) -> str | None:
    """The code that a message begins with, of those that our SMS asks for (1 or 2); None for other text."""
    found = re.match(r"\s*([12])\b", text)
    return found[1] if found else None


async def unheard(number: str, text: str) -> str | None:
    """Nobody listens to what comes."""
    return None


def untold(message: Message, why: str) -> None:
    """Nobody asks what became of it."""


class Modem(Protocol):
    """What the desk needs of a modem."""

    async def send(self, number: str, text: str) -> tuple[int, ...]:
        """Send, and return the network's references of all parts.

        Raises Undelivered when it is refused, ConnectionError when the modem is lost.
        """

    async def check(self) -> None:
        """Return when messages can be sent. Raises ConnectionError with why not, in words."""


@dataclass(slots=True, eq=False)
class Job:
    """One message at the desk. `why`: what became of it, None once the network has taken it."""

    message: Message
    number: str
    begun: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)
    why: Undelivered | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """The same for every try of one message to one number."""
        return self.number, self.message.notice.incident_id, self.message.notice.seq

    @property
    def is_update(self) -> bool:
        """Whether a newer one makes it needless."""
        return self.message.notice.kind == "update"


class Desk:
    """Takes messages from couriers, and hands them to the modem while there is one."""

    def __init__(self, device: Device, delivered: Delivered, update_every_s: float = UPDATE_EVERY_S) -> None:
        self._device = device
        self._delivered = delivered
        self._every_s = update_every_s
        self._jobs: dict[tuple[str, str, int], Job] = {}
        self._held: dict[tuple[str, str], Job] = {}
        self._updated: dict[str, float] = {}
        self._awaited: dict[int, tuple[Message, set[int]]] = {}
        self._chores: deque[Chore] = deque()
        self._replies: deque[tuple[str, str]] = deque(maxlen=MOST_REPLIES)
        self._bell = asyncio.Event()
        self._open = False
        self._why = "not connected yet"

    async def deliver(self, message: Message) -> None:
        """Return when the network has taken it (an update: or when it is held). Raises Undelivered."""
        job = self._job(message)
        if self._is_early(job):
            self._held[job.number, message.notice.incident_id] = job
            self._bell.set()
            return
        self._jobs[job.key] = job
        self._bell.set()
        try:
            await job.done.wait()
        finally:
            if job.done.is_set() or not job.begun:
                self._jobs.pop(job.key, None)
        if job.why is not None:
            raise job.why

    def later(self, chore: Chore) -> None:
        """Have something done at the modem between two messages."""
        self._chores.append(chore)
        self._bell.set()

    def say_back(self, number: str, text: str) -> None:
        """Ask somebody back who wrote, once nothing else waits; only once, as nothing hangs on it."""
        self._replies.append((e164(number), text))
        self._bell.set()

    def report(self, report: Report) -> None:
        """A delivery report came: when it is the last of its message, whoever listens is told."""
        message, left = self._awaited.get(report.reference, (None, set()))
        if message is None or not report.final or not _same_number(message.recipient, report.number):
            return
        left.discard(report.reference)
        del self._awaited[report.reference]
        if not report.delivered:
            for reference in left:
                self._awaited.pop(reference, None)
            self._delivered(message, report.why)
        elif not left:
            self._delivered(message, "")

    async def serve(self, modem: Modem) -> None:
        """Send, listen and check until the modem is lost: ConnectionError."""
        self._open = True
        try:
            while True:
                await self._turn(modem)
        except ConnectionError as error:
            self._why = str(error)
            raise
        finally:
            self._close()

    def lost(self, why: str) -> None:
        """There is no modem, and this is why; what was to be done at it is done at the next one's start."""
        self._why = why
        self._chores.clear()
        self._replies.clear()

    async def _turn(self, modem: Modem) -> None:
        if self._chores:
            await self._chores.popleft()()
        elif job := self._next():
            await self._send(modem, job)
        elif self._replies:
            with suppress(Undelivered):
                await modem.send(*self._replies.popleft())
        elif not await self._rings():
            await modem.check()

    def _job(self, message: Message) -> Job:
        try:
            job = Job(message, e164(message.recipient))
        except ValueError as error:
            raise Undelivered(str(error), retry=False) from error
        if not self._open and job.key not in self._jobs:
            raise Undelivered(f"the modem cannot be used: {self._why}")
        return self._jobs.get(job.key, job)

    def _is_early(self, job: Job) -> bool:
        return job.is_update and not job.begun and self._due(job) > asyncio.get_running_loop().time()

    def _due(self, job: Job) -> float:
        """When another update to this number may go (loop time)."""
        last = self._updated.get(job.number)
        return 0.0 if last is None else last + self._every_s

    def _next(self) -> Job | None:
        """What goes out now: the oldest, but updates last, and held ones when their time has come."""
        waiting = [job for job in self._jobs.values() if not job.begun]
        now = asyncio.get_running_loop().time()
        due = [job for job in self._held.values() if self._due(job) <= now]
        return min((*waiting, *due), key=lambda job: job.is_update, default=None)

    async def _rings(self) -> bool:
        """Wait for something to do; False when nothing came for CHECK_EVERY_S."""
        loop = asyncio.get_running_loop()
        held = min((self._due(job) for job in self._held.values()), default=None)
        quiet = loop.time() + CHECK_EVERY_S
        self._bell.clear()
        try:
            async with asyncio.timeout_at(quiet if held is None else min(quiet, held)):
                await self._bell.wait()
        except TimeoutError:
            return loop.time() < quiet
        return True

    async def _send(self, modem: Modem, job: Job) -> None:
        notice = job.message.notice
        if notice.kind != "acknowledged":  # which tells nothing of the place: that is still to come
            self._held.pop((job.number, notice.incident_id), None)
        job.begun, job.why = True, Undelivered("the modem was lost while sending")
        try:
            references = await modem.send(job.number, sms(job.message, self._device))
            job.why = None
            self._await_report(job.message, references)
        except Undelivered as error:
            job.why = error
        except ConnectionError as error:
            job.why = Undelivered(str(error))
            raise
        finally:
            self._end(job)

    def _end(self, job: Job) -> None:
        """A failure that nobody waits for any more is forgotten, but a held update has its next chance."""
        job.done.set()
        was_held = job.key not in self._jobs
        if job.is_update and (was_held or job.why is None):
            self._updated[job.number] = asyncio.get_running_loop().time()
        if job.why is not None and was_held and job.why.retry:
            job.begun = False
            self._held.setdefault((job.number, job.message.notice.incident_id), job)
        elif job.why is not None:
            self._jobs.pop(job.key, None)

    def _await_report(self, message: Message, references: tuple[int, ...]) -> None:
        left = set(references)
        for reference in references:
            self._awaited.pop(reference, None)
            self._awaited[reference] = (message, left)
        while len(self._awaited) > MOST_AWAITED:
            del self._awaited[next(iter(self._awaited))]

    def _close(self) -> None:
        """Whoever waits is told at once, and tries again."""
        self._open = False
        self._chores.clear()
        for job in [job for job in self._jobs.values() if not job.begun]:
            job.why = Undelivered(f"the modem cannot be used: {self._why}")
            self._end(job)


def _same_number(ours: str, theirs: str) -> bool:
    """Whether a report is about this number: networks write it in many ways, the last digits are the same."""
    return _digits(ours)[-7:] == _digits(theirs)[-7:]


def _digits(number: str) -> str:
    return "".join(digit for digit in number if digit.isdigit())
