"""Cool-down: after a cancel the same cause at the same strength raises nothing for a while.

It starts once somebody has the closing notice: a cancel that nobody could be told of may have been forced,
and then what is heard next must count. Where nobody is told at all it starts with the cancel. It never mutes
what is stronger by over MARGIN_NATS, nor another cause, which takes at least one hit: a faint second cue that
happens to be there is none.
"""

from __future__ import annotations

from dataclasses import replace

from agent.core import belief as beliefs
from agent.core.events import Receipt
from agent.core.incident import Incident
from agent.core.mind import Mute, Watch
from agent.core.notice import Notice
from agent.core.policy import Policy, logit

MARGIN_NATS = 1.0
"""Two looks at the same thing differ by about this much."""

ROUNDED = 1e-3
"""Shares are told with three decimals."""

TAKEN = ("accepted", "delivered")


def begun(incident: Incident, closing: Notice, policy: Policy) -> Mute:
    """The cool-down of a cancelled incident, waiting for somebody to have its closing notice."""
    until = None if closing.to else closing.at + policy.cooldown_s
    kinds = tuple(
        reason.cue for reason in incident.reasons if reason.share >= _hit(reason.cue, policy) - ROUNDED
    )
    return Mute(kinds, incident.peak, until, closing.incident_id, closing.seq)


def confirmed(mute: Mute | None, receipt: Receipt, at: float, policy: Policy) -> Mute | None:
    """The cool-down after a receipt: the first one of the closing notice that says it was taken starts it."""
    if mute is None or mute.until is not None or receipt.outcome not in TAKEN:
        return mute
    if (receipt.incident_id, receipt.seq) != (mute.incident_id, mute.seq):
        return mute
    return replace(mute, until=at + policy.cooldown_s)


def muted(watch: Watch, policy: Policy) -> bool:
    """Whether what is believed now is the same that was cancelled just before."""
    mute = watch.mute
    if mute is None or mute.until is None or watch.at >= mute.until:
        return False
    same = beliefs.hits(watch.belief, policy) <= set(mute.kinds)
    return same and logit(watch.belief.probability) <= logit(mute.strength) + MARGIN_NATS


def _hit(kind: str, policy: Policy) -> float:
    """What one hit of a kind weighs; what is no cue (a check-in) has none."""
    rule = policy.cues.get(kind)
    return rule.share(rule.hit) if rule else float("inf")
