"""Escalation: who is told of what, tier by tier.

A countdown that ran out alarms the first tier; each `tier_delay_s` without an acknowledgement brings
the next, and the last one again and again. SOS and duress alarm everyone at once, and again and again.
An acknowledgement that lapsed is told to all who rely on it, and to the next tier. Everything later (who
is coming, updates, the end) goes to those who were told, and to nobody else. Trouble with the device goes
to the first tier. Broadcast channels (MQTT topics) hear every notice.
"""

from __future__ import annotations

from agent.core.incident import Act, Incident
from agent.core.notice import Address
from agent.core.policy import Contact, Policy


def next_tier(incident: Incident, act: Act, policy: Policy) -> int:
    """The last tier that has been alarmed once this act is told."""
    if act is Act.ALARM:
        return policy.tiers if called(incident) else max(incident.tier, 1)
    return min(incident.tier + 1, policy.tiers) if act in (Act.ESCALATE, Act.LAPSE) else incident.tier


def audience(incident: Incident, act: Act, policy: Policy) -> tuple[Address, ...]:
    """Everyone who is told of this act; `incident.tier` is the tier that it has reached."""
    everyone, newest = range(1, incident.tier + 1), range(incident.tier, incident.tier + 1)
    told: tuple[Address, ...] = ()
    match act:
        case Act.WARN:
            people = [contact for contact in _tiers(range(1, 2), policy) if contact.warn]
        case Act.ALARM:
            people = _tiers(everyone, policy)
        case Act.ESCALATE:
            people = _tiers(everyone if called(incident) else newest, policy)
        case Act.LAPSE:
            people, told = _tiers(newest, policy), incident.told
        case _:
            people, told = [], incident.told
    return unique((*policy.broadcast, *told, *everybody(people)))


def _tiers(tiers: range, policy: Policy) -> list[Contact]:
    return [contact for contact in policy.contacts if contact.tier in tiers]


def called(incident: Incident) -> bool:
    """Whether the wearer called for help: then all tiers have been alarmed."""
    return incident.sos or incident.duress


def concerned(told: tuple[Address, ...], policy: Policy) -> tuple[Address, ...]:
    """Who is told of trouble with the device: the first tier, and whoever was `told` of an open incident."""
    return unique((*policy.broadcast, *told, *everybody(_tiers(range(1, 2), policy))))


def everybody(contacts: list[Contact] | tuple[Contact, ...]) -> tuple[Address, ...]:
    """All addresses of some contacts, in their order."""
    return tuple(address for contact in contacts for address in contact.addresses)


def unique(addresses: tuple[Address, ...]) -> tuple[Address, ...]:
    """Each address once, in the order of first appearance."""
    return tuple(dict.fromkeys(addresses))
