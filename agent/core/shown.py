"""Shown: what the device itself may let be seen and heard, by whoever stands beside it.

After a duress PIN the device behaves as after the right PIN, in every lamp, screen and sound. Whatever is
shown on the device is made from `shown(watch)`; what caregivers get is made from the watch itself.
"""

from __future__ import annotations

from agent.core.deliveries import WAITING, progress
from agent.core.incident import State
from agent.core.mind import Watch
from agent.core.policy import Policy
from agent.core.power import QUIET, pressing


def shown(watch: Watch) -> Watch:
    """The watch as the device may show it: as after the right PIN, though it was the duress PIN."""
    return watch.cover or watch


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
    weak = any(reason.cue not in QUIET for reason in pressing(seen.worries, seen.power))
    return "trouble" if weak or any(gap.open for gap in seen.gaps) else "calm"


def outcry(watch: Watch, policy: Policy) -> str:
    """What the device does now so that bystanders take notice: nothing, lamp or siren."""
    incident = shown(watch).incident
    alarmed = incident is not None and incident.state in (State.ACTIVE, State.ACKNOWLEDGED)
    return policy.at_alarm if incident and alarmed and not incident.silenced else "nothing"
