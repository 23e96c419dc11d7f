"""Turn: one turn of the incident's table, and the notice that its act is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agent.core import belief as beliefs
from agent.core.checkin import clock
from agent.core.cooldown import begun
from agent.core.escalation import audience, called, next_tier, unique
from agent.core.incident import RESTARTS, TABLE, Act, Incident, Signal, State, lasts
from agent.core.mind import Watch
from agent.core.notice import Address, Notice, Reason
from agent.core.policy import Policy
from agent.core.ulid import ulid

SOS_SHARE = 12.0
"""Log-odds told for a person who asks for help: beyond what any sense may add."""

TRACKED = frozenset({Act.WARN, Act.ALARM, Act.ESCALATE, Act.LAPSE, Act.UPDATE, Act.DOUBT})
"""What is told with the way since the check-in: all that may send somebody to look."""

CHECKIN_SHARE = 5.0
"""Log-odds told for a check-in that was not answered: a judgement, no measurement."""


def turn(watch: Watch, signal: Signal, by: str | None, policy: Policy) -> tuple[Watch, tuple[Notice, ...]]:
    """One turn of the table: the next state, and the notice that its act is."""
    cell = TABLE[watch.state, signal]
    if cell is None:
        return (_hastened(watch, policy) if signal is Signal.SUSPECT else watch), ()
    state, act = cell
    count = watch.count + (watch.incident is None)
    incident = watch.incident or _opened(watch, count)
    incident = _moved(incident, watch, state, act, signal, by, policy)
    to = audience(incident, act, policy)
    incident = replace(incident, told=unique((*incident.told, *to)))
    text = _ended(incident, act, by, policy) or "; ".join(_remarks(incident))
    notice = _notice(watch, incident, act, policy, to=to, text=text)
    checkin = None if signal is Signal.CHECKIN else watch.checkin
    watch = replace(watch, incident=incident, count=count, checkin=checkin)
    if state is not State.CALM:
        return watch, (notice,)
    mute = begun(incident, notice, policy) if act is Act.CALL_OFF else watch.mute
    closed = replace(watch, incident=None, mute=mute, belief=beliefs.forget(watch.belief, policy))
    return closed, (notice,)


def _hastened(watch: Watch, policy: Policy) -> Watch:
    """What is heard in a long countdown leaves no more time than a countdown of its own would."""
    incident = watch.incident
    if incident is None or incident.state is not State.PRE_ALARM or incident.countdown_s is None:
        return watch
    left = watch.at - incident.since + policy.countdown_s
    return replace(watch, incident=replace(incident, countdown_s=min(incident.countdown_s, left)))


def _opened(watch: Watch, count: int) -> Incident:
    name = ulid(watch.wall, watch.seed, count)
    return Incident(name, State.CALM, watch.at, watch.belief.probability, ())


def _moved(
    old: Incident, watch: Watch, state: State, act: Act, signal: Signal, by: str | None, policy: Policy
) -> Incident:
    """The incident after its turn: what the signal added, the new state, one more notice spoken.

    An escalation is mostly heard by the next tier alone; then for all others nothing has been said by it.
    """
    to_all = act is not Act.ESCALATE or called(old)
    new = replace(
        _voices(old, act, by),
        sos=old.sos or signal is Signal.SOS,
        duress=old.duress or signal is Signal.DURESS,
    )
    return replace(
        new,
        state=state,
        since=watch.at if state is not old.state or act in RESTARTS else old.since,
        countdown_s=policy.checkin_countdown_s if signal is Signal.CHECKIN else old.countdown_s,
        reasons=_merged(new, (*_calls(watch, signal), *beliefs.reasons(watch.belief, policy))),
        tier=next_tier(new, act, policy),
        seq=old.seq + 1,
        spoke=watch.at if to_all else old.spoke,
        updates=old.updates + 1 if act is Act.UPDATE else old.updates,
        told_fix=watch.fix if to_all else old.told_fix,
        track=watch.checkin.track if signal is Signal.CHECKIN and watch.checkin else old.track,
    )


def _voices(old: Incident, act: Act, by: str | None) -> Incident:
    """Who is coming, and who says that all is well: a new alarm begins with neither, and aloud."""
    match act:
        case Act.TELL_WHO:
            return replace(old, acknowledged_by=by, lapsed_by=None)
        case Act.DOUBT:
            return replace(old, doubted_by=by)
        case Act.LAPSE:
            return replace(old, acknowledged_by=None, lapsed_by=old.acknowledged_by)
        case Act.ALARM:
            return replace(old, acknowledged_by=None, lapsed_by=None, doubted_by=None, silenced=False)
    return old


def _calls(watch: Watch, signal: Signal) -> tuple[Reason, ...]:
    """The reason that a signal is in itself, beside all that was sensed."""
    match signal:
        case Signal.SOS:
            return (Reason("sos", SOS_SHARE, "SOS: help was asked for"),)
        case Signal.DURESS:
            return (Reason("duress", SOS_SHARE, "duress PIN: the cancel was forced"),)
        case Signal.CHECKIN if watch.checkin:
            when = clock(watch.checkin.due_wall, watch.utc_offset_s)
            return (Reason("checkin", CHECKIN_SHARE, f"check-in at {when} was not answered"),)
    return ()


def _merged(incident: Incident, more: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """All reasons of the story so far: of each kind the heaviest, a person's own call first."""
    best = {reason.cue: reason for reason in incident.reasons}
    for reason in more:
        if reason.cue not in best or reason.share > best[reason.cue].share:
            best[reason.cue] = reason
    return tuple(sorted(best.values(), key=lambda reason: (-reason.share, reason.cue)))


def _notice(
    watch: Watch, incident: Incident, act: Act, policy: Policy, *, to: tuple[Address, ...], text: str
) -> Notice:
    question = act is Act.WARN
    return Notice(
        incident_id=incident.id,
        seq=incident.seq,
        kind=act.kind,
        at=watch.at,
        wall=watch.wall,
        belief=round(incident.peak, 4),
        reasons=incident.reasons,
        fix=watch.fix,
        to=to,
        expires_s=policy.question_lasts_s if question else None,
        countdown_s=lasts(incident, policy) if question else None,
        tier=incident.tier,
        acknowledged_by=incident.acknowledged_by,
        text=text,
        duress=incident.duress,
        battery=watch.battery,
        track=incident.track if act in TRACKED else (),
    )


def _ended(incident: Incident, act: Act, by: str | None, policy: Policy) -> str:
    """Who ended it, and how sure that is; empty while it goes on."""
    match act:
        case Act.CLOSE:
            return f"closed by {'the wearer with the PIN' if by == 'wearer' else by}"
        case Act.CALL_OFF:
            who = "in the wearer's name" if by == "wearer" else f"by {by}"
            limit_s = incident.countdown_s or policy.countdown_s
            pin = "with the PIN" if policy.pin_needed else "no PIN is set"
            return f"called off {who} within {limit_s:.0f} s, {pin}"
    return ""


def _remarks(incident: Incident) -> Iterator[str]:
    """What people should know of each other."""
    if incident.lapsed_by is not None:
        yield f"{incident.lapsed_by} was going but has not closed it, so count on nobody"
    if incident.doubted_by is not None:
        by = "whoever has the device" if incident.doubted_by == "wearer" else incident.doubted_by
        yield f"{by} pressed cancel: do not take it as safe"
