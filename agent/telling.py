"""Telling: what happened, as the JSON events that `demo`, `replay` and `run --json` print. Pure.

Events: score, cue, belief, pre_alarm, alarm, update, cancelled, acknowledged, resolved, health,
delivered, summary (docs: the contract's list). Numbers are rounded where more digits would say nothing;
`delivered` names the channel, and the recipient only where that is everybody there ("*").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from agent.core.belief import reasons
from agent.core.events import Cue, Event, Fix, Gap, Power, Receipt
from agent.core.notice import Notice, Reason
from agent.core.policy import Policy
from agent.core.watch import Watch

Told = dict[str, Any]

NAMES = {"escalated": "update", "device_trouble": "health"}
"""Kinds of notices that the list of events has no name of its own for."""


def tell(
    event: Event, before: Watch, after: Watch, notices: tuple[Notice, ...], policy: Policy
) -> Iterator[Told]:
    """What one step of the mind is in events, in the order of cause and effect."""
    yield from _told_event(event, notices, policy)
    if round(before.belief.probability, 2) != round(after.belief.probability, 2):
        why = [_reason(reason) for reason in reasons(after.belief, policy)]
        yield _line("belief", after.at, probability=round(after.belief.probability, 4), reasons=why)
    yield from (_notice(notice) for notice in notices if notice.kind != "device_trouble")


def _told_event(event: Event, notices: tuple[Notice, ...], policy: Policy) -> Iterator[Told]:
    match event:
        case Cue():
            p = round(event.probability, 4)
            yield _line("score", event.at, model=event.kind, probability=p)
            if event.kind in policy.cues and event.probability >= policy.cues[event.kind].hit:
                yield _line("cue", event.at, kind=event.kind, probability=p, text=event.reason)
        case Gap():
            state = "lost" if event.open else "ok"
            yield _line("health", event.at, part=event.part, state=state, why=event.why)
        case Power():
            why = "; ".join(reason.text for notice in notices for reason in notice.reasons)
            if why:
                yield _line("health", event.at, part="power", state="faulty", why=why)
        case Receipt():
            facts = asdict(event)
            if event.recipient != "*":  # telephone numbers and addresses are nobody's business in a log
                facts["why"] = event.why.replace(facts.pop("recipient"), "(an address)")
            yield _line("delivered", facts.pop("at"), **facts)


def _notice(notice: Notice) -> Told:
    return _line(
        NAMES.get(notice.kind, notice.kind),
        notice.at,
        kind=notice.kind,
        incident_id=notice.incident_id,
        seq=notice.seq,
        belief=notice.belief,
        reasons=[_reason(reason) for reason in notice.reasons],
        location=_place(notice.fix),
        test=notice.test,
        text=notice.text,
    )


def _reason(reason: Reason) -> Told:
    return {"cue": reason.cue, "share": reason.share, "text": reason.text}


def _place(fix: Fix | None) -> Told | None:
    return asdict(fix) | {"at": round(fix.at, 3)} if fix else None


def _line(name: str, at: float, **facts: object) -> Told:
    return {"event": name, "at": round(at, 3), **facts}
