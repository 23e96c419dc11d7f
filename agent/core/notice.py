"""Notice: one thing to tell. (incident_id, seq) is its idempotency key, wherever it arrives."""

from __future__ import annotations

from dataclasses import dataclass

from agent.core.events import Fix


@dataclass(frozen=True, slots=True)
class Reason:
    """One cue's part in the belief: `share` in added log-odds (nats), `text` for people."""

    cue: str
    share: float
    text: str


@dataclass(frozen=True, slots=True)
class Address:
    """One place to deliver to: a channel's name and whom it reaches there ("*" = its whole audience)."""

    channel: str
    recipient: str = "*"


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told, to whom (`to`), and since when it is true.

    kind: pre_alarm, alarm, update, escalated, acknowledged, resolved, cancelled, device_trouble.
    at: monotonic seconds; wall: Unix seconds, attached once. expires_s: seconds after which it must
    not be sent any more (questions); None for alarms, which never expire. text: one sentence more.
    battery: the device's own, 0..1, None where it has none. track: the way since the check-in that was not
    answered, oldest position first.
    """

    incident_id: str
    seq: int
    kind: str
    at: float
    wall: float
    belief: float
    reasons: tuple[Reason, ...]
    fix: Fix | None
    to: tuple[Address, ...] = ()
    expires_s: float | None = None
    countdown_s: float | None = None
    tier: int = 0
    acknowledged_by: str | None = None
    text: str = ""
    test: bool = False
    duress: bool = False
    battery: float | None = None
    track: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A notice on its way to one recipient; `late` when over 60 s old as it leaves; `wall` = leaving."""

    notice: Notice
    recipient: str
    late: bool
    wall: float
