"""Wearer: what the device's own screen says, to its wearer and to whoever looks on. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.checkin import clock
from agent.core.deliveries import DELIVERED, SENT, WAITING, progress
from agent.core.drills import silent
from agent.core.incident import Incident, State, lasts
from agent.core.mind import Watch
from agent.core.policy import Policy
from agent.core.power import pressing
from agent.core.shown import shown

FARTHEST = {
    WAITING: "your people are being told, nobody has it yet",
    SENT: "the alarm is sent",
    DELIVERED: "the alarm is delivered",
}


def status(watch: Watch, policy: Policy) -> str:
    """One line: how things stand; calm after a duress PIN, whatever is going on."""
    seen = shown(watch)
    if seen.incident:
        return _story(seen, seen.incident, policy)
    return "paused" if seen.paused_until is not None else "calm"


def _story(watch: Watch, incident: Incident, policy: Policy) -> str:
    if incident.state is State.PRE_ALARM:
        left_s = incident.since + (lasts(incident, policy) or 0.0) - watch.at
        return f"are you all right? {max(left_s, 0.0):.0f} s left to cancel"
    if incident.state is State.ACKNOWLEDGED:
        return f"{incident.acknowledged_by or 'somebody'} is on the way"
    return FARTHEST[progress(watch.deliveries, incident.id)]


def notes(watch: Watch) -> Iterator[str]:
    """What the wearer should know beside it: the check-in, what is lost or weak, who answers no drill."""
    seen = shown(watch)
    if seen.checkin:
        answer = ": one press answers it" if seen.checkin.reminded else ""
        yield f"check-in at {clock(seen.checkin.due_wall, seen.utc_offset_s)}{answer}"
    yield from (f"{gap.part} lost" for gap in seen.gaps if gap.open)
    yield from (reason.text for reason in pressing(seen.worries, seen.power))
    yield from (f"{name} has not answered the last three drills" for name in silent(seen.drills, seen.at))
