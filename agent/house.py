"""The house: an agent that is wired, from plain values to parts that turn.

A Plan is what it is built of (build.py makes one from the configuration, the demo bends it). `parts()` is
all that then turns, each under `supervise` in one flat TaskGroup: mailboxes and mind in the middle, the
sensors on one side, couriers and channels on the other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

from agent import __version__, replies, web
from agent.body import Body, Work
from agent.channels import Channel, Message
from agent.channels.mqtt import Mqtt
from agent.channels.mqtt_home import HOME, introduce
from agent.channels.mqtt_presence import Choices, presence
from agent.channels.sms_at import AtSettings, AtSms
from agent.channels.sms_modem import ModemSettings, ModemSms
from agent.core.drills import new_answers
from agent.core.escalation import everybody, unique
from agent.core.events import Event, Gap, Power, Press, Receipt, Tick
from agent.core.memory import restore
from agent.core.names import names
from agent.core.notice import Address, Notice
from agent.core.policy import Policy
from agent.core.shown import shown
from agent.core.watch import Watch, begin
from agent.page import Behind, respond
from agent.plan import Plan
from agent.runtime import journal, record, rowfile
from agent.runtime.board import Board, Health
from agent.runtime.canary import Chain, canary
from agent.runtime.courier import courier
from agent.runtime.door import Door
from agent.runtime.guard import INBOX_MOST, Inbox, Seen, guard
from agent.runtime.journal import Journal
from agent.runtime.local import NAME, serve
from agent.runtime.outbox import open_outbox
from agent.runtime.record import Entry
from agent.runtime.sdnotify import notify
from agent.runtime.supervise import LONGEST_S, supervise
from agent.runtime.ways import Ways
from agent.wording import state, wearer

TICK_S = 0.25
LAST_WORDS_S = 1.0
"""Longest that the last words may take: all must be over 2 s after the order to end."""

AGAIN_S = 8.0
"""Longest pause before a lost sensor is tried again: one that is back is to be used within 15 s."""

THREADS = 64
"""Threads for what can only be waited for: looking up a name that hangs holds one for half a minute, and the
usual few (processors + 4) would all be held by some contacts with such names. They are made when needed."""

log = logging.getLogger("distress_agent")


class House:
    """A wired agent: mailboxes, mind and parts. `seen` hears every step of the mind.

    Raises ModelUnfit where a model of the plan must not be used.
    """

    def __init__(self, plan: Plan, seen: Seen) -> None:
        self.plan = plan
        self.told = seen
        about = {"program": __version__, "models": dict(plan.models)}
        self.journal = Journal(plan.folder / journal.FOLDER, plan.policy, about)
        self.reports: asyncio.Queue[Entry] = asyncio.Queue()
        self.inbox: Inbox = asyncio.Queue(INBOX_MOST)
        self.rng = Random(plan.seed)
        now = plan.clock.now()
        self.board = Board(begin(now, plan.clock.wall(), plan.seed, plan.policy))
        self.body = Body(plan, self.board, self.inbox)
        put, every_s = self.inbox.put_nowait, plan.drill_every_s
        self.chain = Chain(plan.clock, self.board, plan.policy, put, plan.rehearse, every_s)
        guests = frozenset(names(plan.policy.contacts).values()) | ({HOME} if plan.home else set())
        self.door = Door(plan.clock, self.board, plan.policy, self.entered, plan.pins, guests)
        self.ways = Ways(plan.clock, self.board.report, put)
        self.channels: dict[str, Channel] = dict(plan.channels)
        self._faults: dict[str, str] = {}
        if plan.broker:
            rung = partial(self.ring, "mqtt")
            self.channels["mqtt"] = Mqtt(plan.broker, plan.device, self.answer, rung, self._open_incident)
        if plan.modem:
            self.channels["sms"] = self._modem(plan.modem)

    def _open_incident(self) -> str | None:
        incident = self.board.watch.incident
        return incident.id if incident else None

    def _modem(self, settings: ModemSettings | AtSettings) -> ModemSms | AtSms:
        """A modem whose replies knock at the door, and whose reports are receipts."""
        plan = self.plan
        who, wearer = names(plan.policy.contacts), plan.device.wearer
        heard = replies.Ear(who, wearer, plan.clock, lambda: self.board.watch, self.answer).heard
        rung, wall = partial(self.ring, "sms"), plan.clock.wall
        if isinstance(settings, AtSettings):
            return AtSms(settings, plan.device, heard, self.arrived, rung, wall)
        return ModemSms(settings, plan.device, heard, self.arrived, rung, wall)

    def arrived(self, message: Message, why: str) -> None:
        """The network's report of an SMS: it reached the telephone, or `why` not."""
        notice, at = message.notice, self.plan.clock.now()
        outcome = "failed" if why else "delivered"
        receipt = Receipt(at, notice.incident_id, notice.seq, "sms", message.recipient, outcome, why)
        self.inbox.put_nowait(receipt)
        self.reports.put_nowait(record.report(receipt, self.plan.clock.wall()))

    async def _record(self) -> None:
        """The network's reports and the answers to drills go into the record too."""
        while True:
            await self.outbox.reported(await self.reports.get())

    def seen(self, event: Event, before: Watch, after: Watch, notices: tuple[Notice, ...]) -> None:
        """Every step of the mind: into the journal, the picture of the last minutes, to whoever looks on."""
        self.journal.note(event, before, after, notices)
        for drill, by in new_answers(before.drills, after.drills):
            self.reports.put_nowait(record.seen(drill, by, after.wall))
        if self.plan.recent:
            self.plan.recent.note(event, after)
        self.told(event, before, after, notices)

    async def open(self) -> None:
        """Open the outbox and remember. Raises BlockingIOError where another agent has it."""
        path, clock = self.plan.folder / rowfile.NAME, self.plan.clock
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "wait"))
        self.outbox = await open_outbox(path, clock, addresses(self.plan.policy), self.storage)
        left = [row.to for row in await self.outbox.waiting()]  # somebody who is no longer a contact
        self.addresses = [
            to for to in unique((*addresses(self.plan.policy), *left)) if to.channel in self.channels
        ]
        kept = await self.outbox.memory()
        try:
            self.board.watch = restore(self.board.watch, kept) if kept is not None else self.board.watch
        except (KeyError, TypeError, ValueError) as error:
            log.error("what another version remembered cannot be read, the mind begins anew: %r", error)

    def parts(self) -> dict[str, Work]:
        """All that turns, by name: each is run under supervise."""
        plan = self.plan
        parts: dict[str, Work] = {
            "guard": lambda: guard(self.inbox, self.board, plan.policy, self.outbox.commit, self.seen, feed),
            "storage": self.outbox.mend,
            "journal": self.journal.keep,
            "record": self._record,
            "canary": partial(canary, self.chain),
        }
        for number, to in enumerate(self.addresses, 1):  # by number: addresses are nobody's business in a log
            parts[f"courier {number} ({to.channel})"] = partial(self._courier, to)
        if plan.ticking:
            parts["clock"] = self._tick
            parts["local socket"] = partial(serve, plan.folder / NAME, self.answer, self.asked())
        if plan.links:
            plan.links.key()  # made now: a slow disk must not hold up the first alarm
            behind = Behind(plan.links, plan.device, plan.clock, lambda: self.board.watch, self.answer)
            parts["page"] = partial(web.serve, *plan.page_at, partial(respond, behind))
        if plan.home and plan.broker:
            parts["home assistant"] = partial(introduce, plan.broker, plan.home, self.rng)
        choices = Choices(__version__, self.body.parts_told, plan.tell_scores, plan.always_locate)
        for name, channel in self.channels.items():
            if isinstance(channel, Mqtt | ModemSms | AtSms):
                parts[name] = channel.run
            if isinstance(channel, Mqtt):
                parts[f"{name} presence"] = partial(presence, channel, self.board, choices)
        return parts | self.body.parts()

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Set all parts turning in one flat group; cancelling the tasks ends them."""
        return [
            group.create_task(
                supervise(
                    name, work, self.report, self.rng, AGAIN_S if name in self.body.lives else LONGEST_S
                ),
                name=name,
            )
            for name, work in self.parts().items()
        ]

    def entered(self, event: Event) -> None:
        """What came in by the door: a drill goes through the whole chain, the rest to the mind."""
        if isinstance(event, Press) and event.action == "test":
            self.chain.asked.put_nowait(event)
        else:
            self.inbox.put_nowait(event)

    async def last_words(self, *, goes_on: bool = False) -> None:
        """Tell that the device is shutting down, and return when that has left, or no later than it may.

        goes_on: it is not; only the program was stopped, by hand.
        """
        known = self.board.watch.power or Power(0.0)
        now = replace(known, at=self.plan.clock.now(), shutting_down=False, stopping=False)
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await self.inbox.put(now)  # an end that was told the last time is over since
                await self.inbox.put(replace(now, shutting_down=not goes_on, stopping=goes_on))
                await self.inbox.join()
                await self.outbox.join()

    async def settled(self) -> None:
        """Return when all that was put in so far has been looked at, decided, written, sent and told."""
        await self.body.looked()
        await self.inbox.join()
        await self.outbox.join()
        await self.inbox.join()

    async def answer(self, payload: bytes, retained: bool = False) -> dict[str, Any]:
        """Answer a request once what it asked for has been decided and is on disk."""
        response = self.door.knock(payload, retained)
        await self.inbox.join()
        return response

    def asked(self) -> dict[str, Callable[[], dict[str, Any]]]:
        """What the device itself can be asked, beside the requests that everybody may send."""
        return {"status": self.status, "usual": self.body.usual_values, "forget": self.body.forget}

    def status(self) -> dict[str, Any]:
        """The state, as the MQTT topic tells it, and what the device has to say to its wearer."""
        watch = self.board.watch
        told = state(shown(watch), self.body.conditions(), self.plan.device, __version__, None)
        met = {} if watch.cover else self.ways.told()  # forced: no message should have met anything
        ways = {name: {"why": word.why, "cure": word.cure} for name, word in met.items()}
        says, notes = wearer.status(watch, self.plan.policy), list(wearer.notes(watch))
        return told | {"says": says, "notes": notes, "ways": ways}

    def ring(self, channel: str) -> None:
        """A channel can be reached again: its couriers need not wait."""
        self.outbox.ring(channel)

    def storage(self, part: str, trouble: str | None) -> None:
        """The outbox tells of its disk: whoever can be told should know."""
        now = self.plan.clock.now()
        self.board.report(Health(part, "faulty" if trouble else "ok", now, trouble or ""))
        self.inbox.put_nowait(Gap(now, part, open=trouble is not None, why=trouble or ""))

    def report(self, part: str, fault: Exception | None) -> None:
        """What supervise tells of a part's start (None) and end; the same fault again is not logged again."""
        if fault is not None and str(fault) != self._faults.get(part):
            self._faults[part] = str(fault)
            log.warning("%s", fault if str(fault).startswith(part) else f"{part}: {fault}")
        if part not in self.body.lives:
            self.board.report(
                Health(part, "faulty" if fault else "ok", self.plan.clock.now(), str(fault or ""))
            )
        else:
            self.body.turned(part, fault)

    async def _tick(self) -> None:
        while True:
            wall = self.plan.clock.wall()
            zone_s = time.localtime(wall).tm_gmtoff
            await self.inbox.put(Tick(self.plan.clock.now(), wall, zone_s))
            await asyncio.sleep(TICK_S)

    async def _courier(self, to: Address) -> None:
        channel, clock = self.channels[to.channel], self.plan.clock
        await courier(to, channel, self.outbox, clock, self.ways.carried, self.rng)


def feed() -> None:
    """The guard's word to systemd that events come through."""
    notify("WATCHDOG=1")


def addresses(policy: Policy) -> tuple[Address, ...]:
    """Everybody who may ever be told: each has a courier."""
    return unique((*policy.broadcast, *everybody(policy.contacts)))
