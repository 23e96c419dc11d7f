"""Wishes: what a press means to the story, by who wants it and with which right.

Acknowledge, cancel, resolve and pause are different words with different rights. The wearer may be
forced: without the PIN, all that the wearer ends is but a cancel, which never ends an alarm. Help may
always be called.
"""

from __future__ import annotations

from agent.core.checkin import CheckIn
from agent.core.events import Press
from agent.core.incident import Incident, Signal, State
from agent.core.policy import Policy

SIGNALS = {
    "sos": Signal.SOS,
    "cancel": Signal.CANCEL,
    "duress": Signal.DURESS,
    "acknowledge": Signal.ACKNOWLEDGE,
    "resolve": Signal.RESOLVE,
}
SILENCING = ("pause", "checkin_off", "silence")


def meaning(press: Press) -> Signal | None:
    """Which signal a press is; None for what is no part of the story (pause, test ...)."""
    if press.by == "wearer" and not press.trusted and press.action in ("acknowledge", "resolve"):
        return Signal.CANCEL if press.action == "resolve" else None
    return SIGNALS.get(press.action)


def misses(press: Press, incident: Incident | None) -> bool:
    """Whether an answer is about another story than the open one; then it means nothing to that."""
    answer = press.action in ("acknowledge", "resolve", "cancel")
    return answer and press.about is not None and (incident is None or press.about != incident.id)


def lacks_pin(press: Press, policy: Policy, running: CheckIn | None = None) -> bool:
    """Whether it would silence the agent and came without the PIN that this takes.

    running: the check-in that is agreed, if any; to put it off is to silence it.
    """
    puts_off = press.action == "checkin" and running is not None and _later(press, running)
    silences = press.action in SILENCING or meaning(press) is Signal.CANCEL or puts_off
    return policy.pin_needed and silences and not press.trusted


def _later(press: Press, running: CheckIn) -> bool:
    return press.due_wall is not None and press.due_wall > running.due_wall


def said_before(incident: Incident, signal: Signal | None) -> bool:
    """Whether people have been told just this already: pressed twenty times in fear, it is told once."""
    alarmed = incident.state is State.ACTIVE and incident.doubted_by is None
    match signal:
        case Signal.SOS:
            return alarmed and incident.sos
        case Signal.DURESS:
            return alarmed and incident.duress
        case Signal.CANCEL:
            return incident.doubted_by is not None
    return False
