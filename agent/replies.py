"""Replies: what a caregiver answers, by a link or an SMS, as a request that knocks at the one door.

A caregiver's "false alarm" is a `resolve`: it ends the story for everyone who was told. (A `cancel` is the
wearer's word, and asks others to confirm it.) A link's page asks once more before that; so does an SMS, for
a slip of a thumb at night must not end an alarm. SMS: `1` I am going, `2` false alarm.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from agent.channels.phone import e164
from agent.channels.sms_desk import code
from agent.core.deliveries import WAITING
from agent.core.drills import LASTS_S
from agent.core.incident import Incident, State
from agent.core.notice import Address
from agent.core.watch import Watch
from agent.runtime.clock import Clock
from agent.wording.payloads import iso
from agent.wording.people import once_more, still_open

Answer = Callable[[bytes], Awaitable[dict[str, Any]]]
"""The door: a request as JSON -> {ok, error, state}."""

GOING, FALSE_ALARM = "acknowledge", "resolve"
AGAIN_S = (5.0, 300.0)
"""A second `2` counts so long after the first, in seconds. Sooner it is the same one, come twice: networks do
that, and nobody has read the question yet."""

Question = tuple[str, str | None]
"""Of which alarm, and who is on the way to it: with another on the way, it is another question."""


def request(action: str, by: str, request_id: str, wall: float, incident_id: str | None = None) -> bytes:
    """A request as the door reads it (docs/mqtt/request.json); `wall`: Unix seconds now."""
    told = {"request_id": request_id, "action": action, "by": by[:100], "at": iso(wall)}
    return json.dumps(told | ({"incident_id": incident_id} if incident_id else {})).encode()


def only_of(watch: Watch, to: Address) -> str | None:
    """The drill that alone can be meant from there: it has arrived, and nothing yet of the open alarm.

    None once an answer would come too late to count: then it is more likely of the alarm, heard of elsewhere.
    """
    had = {
        delivery.incident_id
        for delivery in watch.deliveries
        for outcome in delivery.outcomes
        if outcome.to == to and outcome.state != WAITING
    }
    if watch.incident is None or watch.incident.id in had:
        return None
    counts = [drill for drill in watch.drills if watch.at <= drill.at + LASTS_S]
    return next((drill.incident_id for drill in reversed(counts) if drill.incident_id in had), None)


@dataclass(slots=True)
class Ear:
    """Hears SMS: where one is a contact's and begins with a code, it knocks at the door.

    who: from core.names; seen: the mind as it is. asked: who was asked back about which alarm, at what time
    (monotonic s); told: who was told, having answered a drill, that which alarm is open, and when. Both live
    in memory alone: after a restart people are asked and told anew.
    """

    who: Mapping[Address, str]
    wearer: str
    clock: Clock
    seen: Callable[[], Watch]
    answer: Answer
    asked: dict[str, tuple[Question, float]] = field(default_factory=dict)
    told: dict[str, tuple[str, float]] = field(default_factory=dict)

    async def heard(self, number: str, text: str) -> str | None:
        """An SMS came; what to say back to the number, if anything."""
        try:
            to = Address("sms", e164(number))
        except ValueError:
            return None
        by, said, watch = self.who.get(to), code(text), self.seen()
        if said is None or by is None:
            return None
        incident = watch.incident
        drill = None if incident is None or self._knows(by, incident) else only_of(watch, to)
        if said == "1":
            await self._knock(GOING, by, drill)
        if incident and drill:
            return self._also(incident, by)
        return await self._ends(incident, by) if incident and said == "2" else None

    def _knows(self, by: str, incident: Incident) -> bool:
        """Whether somebody has been told that this alarm is open, and has had the time to read it."""
        about, at = self.told.get(by, ("", 0.0))
        return about == incident.id and self.clock.now() - at >= AGAIN_S[0]

    def _also(self, incident: Incident, by: str) -> str | None:
        """Say once, to who has answered a drill, that an alarm is open; the next answer is of that."""
        if incident.state is State.PRE_ALARM or self.told.get(by, ("",))[0] == incident.id:
            return None
        self.told[by] = (incident.id, self.clock.now())
        return still_open(self.wearer, incident.acknowledged_by, forced=incident.duress)

    async def _ends(self, incident: Incident, by: str) -> str | None:
        """End it for everyone, or ask back; who has said "I am going" knows best, and is not asked."""
        question, now = (incident.id, incident.acknowledged_by), self.clock.now()
        known, at = self.asked.get(by, (None, now))
        sure = known == question and AGAIN_S[0] <= now - at <= AGAIN_S[1]
        if sure or incident.acknowledged_by == by:
            await self._knock(FALSE_ALARM, by, incident.id)
            return None
        if known == question and now - at < AGAIN_S[0]:
            return None
        self.asked[by] = (question, now)
        return once_more(self.wearer, incident.acknowledged_by, AGAIN_S[1] / 60, forced=incident.duress)

    async def _knock(self, action: str, by: str, incident_id: str | None) -> None:
        await self.answer(request(action, by, f"sms-{uuid4().hex}", self.clock.wall(), incident_id))
