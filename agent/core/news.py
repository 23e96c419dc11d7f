"""News: whether an open incident has something to add, and whether it is time to say it.

Updates come after `update_s` at first, then each half as late again as the one before; without any
news the incident still speaks every `silent_at_most_s`. The first position is told at once.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from agent.core import belief as beliefs
from agent.core.belief import Belief
from agent.core.events import Fix
from agent.core.incident import Incident, State
from agent.core.policy import Policy

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius R1 of WGS 84 (IUGG)."""

GROWTH = 1.5
"""Each update waits this many times as long as the one before ..."""

GROWS = 20
"""... this many times; by then silent_at_most_s decides, and the power stays a finite number."""

MORE_NATS = 1.0
"""Added log-odds from which a known cue counts as new evidence."""


def anything_new(incident: Incident, at: float, belief: Belief, fix: Fix | None, policy: Policy) -> bool:
    """Whether an update is due now."""
    if incident.state not in (State.ACTIVE, State.ACKNOWLEDGED):
        return False
    if fix is not None and incident.told_fix is None:
        return True
    silent = at - incident.spoke
    if silent >= policy.silent_at_most_s:
        return True
    wait = policy.update_s * GROWTH ** min(incident.updates, GROWS)
    return silent >= wait and (_elsewhere(incident.told_fix, fix, policy) or _more(incident, belief, policy))


def _elsewhere(told: Fix | None, fix: Fix | None, policy: Policy) -> bool:
    if told is None or fix is None:
        return False
    return distance_m(told, fix) >= policy.moved_m or fix.at - told.at >= policy.fix_every_s


def _more(incident: Incident, belief: Belief, policy: Policy) -> bool:
    told = {reason.cue: reason.share for reason in incident.reasons}
    now = beliefs.reasons(belief, policy)
    return any(reason.share >= told.get(reason.cue, 0.0) + MORE_NATS for reason in now)


def distance_m(a: Fix, b: Fix) -> float:
    """Great-circle distance in metres (haversine; Sinnott 1984)."""
    north, east = radians(b.latitude - a.latitude), radians(b.longitude - a.longitude)
    along = cos(radians(a.latitude)) * cos(radians(b.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, sin(north / 2) ** 2 + along)))
