"""Deliveries: what became of each notice, for the eyes of whoever asked for help.

The outbox sees to it that a notice arrives; here is only kept, for the newest ones, what the channels told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.core.events import Receipt
from agent.core.notice import Address, Notice

KEEP = 24
"""Newest notices that are kept."""

WAITING, SENT, DELIVERED = "waiting", "sent", "delivered"
PROGRESS = {"accepted": SENT, "delivered": DELIVERED}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The newest word on one address: waiting, accepted, delivered, delayed, failed, expired; since when."""

    to: Address
    state: str
    at: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice on its way to everybody who is told of it."""

    incident_id: str
    seq: int
    kind: str
    outcomes: tuple[Outcome, ...]


Deliveries = tuple[Delivery, ...]


def listed(deliveries: Deliveries, notices: tuple[Notice, ...]) -> Deliveries:
    """The list with new notices on it, the oldest dropped."""
    return (*deliveries, *map(_begun, notices))[-KEEP:]


def _begun(notice: Notice) -> Delivery:
    outcomes = tuple(Outcome(to, WAITING, notice.at) for to in notice.to)
    return Delivery(notice.incident_id, notice.seq, notice.kind, outcomes)


def noted(deliveries: Deliveries, receipt: Receipt) -> Deliveries:
    """The list after a channel's word; one on a notice that is not on it changes nothing."""
    key = receipt.incident_id, receipt.seq
    if key not in {(delivery.incident_id, delivery.seq) for delivery in deliveries}:
        return deliveries
    return tuple(_noted(d, receipt) if (d.incident_id, d.seq) == key else d for d in deliveries)


def _noted(delivery: Delivery, receipt: Receipt) -> Delivery:
    to = Address(receipt.channel, receipt.recipient)
    word = Outcome(to, receipt.outcome, receipt.at)
    outcomes = tuple(word if old.to == to and _newer(old, word) else old for old in delivery.outcomes)
    return replace(delivery, outcomes=outcomes)


def _newer(old: Outcome, new: Outcome) -> bool:
    """What was delivered stays so: a message may be sent twice, and be accepted after it was delivered."""
    return old.state != DELIVERED or new.state == DELIVERED


def progress(deliveries: Deliveries, incident_id: str) -> str:
    """How far an incident's notices have come with anybody: waiting, sent or delivered."""
    states = {
        PROGRESS.get(outcome.state, WAITING)
        for delivery in deliveries
        if delivery.incident_id == incident_id and delivery.kind != "pre_alarm"
        for outcome in delivery.outcomes
    }
    return next((word for word in (DELIVERED, SENT) if word in states), WAITING)
