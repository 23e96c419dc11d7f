"""Wishes: what a press means to the story, by who wants it and with which right.

Acknowledge, cancel, resolve and pause are different words with different rights. The wearer may be
forced: without the PIN, all that the wearer ends is but a cancel, which never ends an alarm. Help may
always be called.
"""

from __future__ import annotations

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


def meaning(press: Press) -> Signal | None:
    """Which signal a press is; None for what is no part of the story (pause, resume, test)."""
    ends = press.action in ("acknowledge", "resolve")
    if ends and press.by == "wearer" and not press.trusted:
        return Signal.CANCEL
    return SIGNALS.get(press.action)


def lacks_pin(press: Press, policy: Policy) -> bool:
    """Whether it would silence the agent and came without the PIN that this takes."""
    silences = press.action == "pause" or meaning(press) is Signal.CANCEL
    return policy.pin_needed and silences and not press.trusted


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
