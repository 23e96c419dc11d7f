"""Escalation: who is told of what, tier by tier.

A countdown that ran out alarms the first tier; each `tier_delay_s` without an acknowledgement brings
the next, and the last one again and again. SOS and duress alarm everyone at once. Everything later
(who is coming, updates, the end) goes to those who were told, and to nobody else. Broadcast channels
(MQTT topics) hear every notice.
"""

from __future__ import annotations

from agent.core.incident import Act, Incident
from agent.core.notice import Address
from agent.core.policy import Contact, Policy


def next_tier(incident: Incident, act: Act, policy: Policy) -> int:
    """The last tier that has been alarmed once this act is told."""
    if act is Act.ALARM:
        return policy.tiers if incident.sos or incident.duress else max(incident.tier, 1)
    return min(incident.tier + 1, policy.tiers) if act is Act.ESCALATE else incident.tier


def audience(incident: Incident, act: Act, policy: Policy) -> tuple[Address, ...]:
    """Everyone who is told of this act; `incident.tier` is the tier that it has reached."""
    if act is Act.WARN:
        people = [c for c in policy.contacts if c.warn and c.tier == 1]
    elif act is Act.ALARM:
        people = [c for c in policy.contacts if c.tier <= incident.tier]
    elif act is Act.ESCALATE:
        people = [c for c in policy.contacts if c.tier == incident.tier]
    else:
        return unique((*policy.broadcast, *incident.told))
    return unique((*policy.broadcast, *everybody(people)))


def everybody(contacts: list[Contact] | tuple[Contact, ...]) -> tuple[Address, ...]:
    """All addresses of some contacts, in their order."""
    return tuple(address for contact in contacts for address in contact.addresses)


def unique(addresses: tuple[Address, ...]) -> tuple[Address, ...]:
    """Each address once, in the order of first appearance."""
    return tuple(dict.fromkeys(addresses))
