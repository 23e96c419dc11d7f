"""Shown: what the device itself may let be seen and heard, by whoever stands beside it.

After a duress PIN the device behaves as after a cancel: calm, in every lamp, screen and sound. Whatever is
shown on the device is made from `shown(watch)`; what caregivers get is made from the watch itself.
"""

from __future__ import annotations

from dataclasses import replace

from agent.core.deliveries import WAITING, progress
from agent.core.incident import State
from agent.core.mind import Watch
from agent.core.policy import Policy


def shown(watch: Watch) -> Watch:
    """The watch as the device may show it: calm, and without a trace of the alarm, after a duress PIN."""
    hidden = watch.incident
    if hidden is None or not hidden.duress:
        return watch
    left = tuple(one for one in watch.deliveries if one.incident_id != hidden.id)
    return replace(watch, incident=None, checkin=None, deliveries=left)


def face(watch: Watch) -> str:
    """What a lamp or buzzer shows: calm, warned, sent, delivered, answered or trouble.

    warned: the wearer is asked to answer. trouble: a part does not work, or nobody has the alarm yet.
    """
    seen = shown(watch)
    match seen.state:
        case State.PRE_ALARM:
            return "warned"
        case State.ACKNOWLEDGED:
            return "answered"
        case State.ACTIVE if seen.incident:
            told = progress(seen.deliveries, seen.incident.id)
            return "trouble" if told == WAITING else told
    if seen.checkin and seen.checkin.reminded:
        return "warned"
    return "trouble" if any(gap.open for gap in seen.gaps) else "calm"


def outcry(watch: Watch, policy: Policy) -> str:
    """What the device does now so that bystanders take notice: nothing or siren."""
    incident = shown(watch).incident
    alarmed = incident is not None and incident.state in (State.ACTIVE, State.ACKNOWLEDGED)
    return policy.at_alarm if incident and alarmed and not incident.silenced else "nothing"
