"""Watch and step: the whole mind, a fold over events.

`step(watch, event, policy) -> (watch, notices)`: what cannot be true is sifted out, the facts are taken
in (perceive), then it is asked which signal they are to the open story (signal_of), then the table of
incident.py is turned once (turn) and what it tells is written down. Same events, same notices, to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.core import belief as beliefs
from agent.core import trouble
from agent.core.belief import Belief
from agent.core.escalation import audience, everybody, next_tier, unique
from agent.core.events import Cue, Event, Fix, Gap, Press, Tick
from agent.core.incident import RESTARTS, TABLE, Act, Incident, Signal, State, overdue
from agent.core.news import anything_new
from agent.core.notice import Address, Notice, Reason
from agent.core.policy import Policy
from agent.core.sieve import sift
from agent.core.ulid import ulid
from agent.core.wishes import lacks_pin, meaning, said_before

PAUSE_AT_MOST_S = 12 * 3600.0
"""A pause always ends by itself: forgotten ones have silenced whole systems."""

SOS_SHARE = 12.0
"""Log-odds told for a person who asks for help: beyond what any sense may add."""


@dataclass(frozen=True, slots=True)
class Mute:
    """After a cancel: the same causes, no stronger than this belief, raise nothing until then."""

    kinds: tuple[str, ...]
    strength: float
    until: float


@dataclass(frozen=True, slots=True)
class Watch:
    """All that the mind knows. `offset` + `at` is wall time; `seed` and `count` name incidents.

    gaps: the parts that are lost (`open`), and those that are back but not for long.
    """

    at: float
    offset: float
    seed: str
    belief: Belief
    incident: Incident | None = None
    fix: Fix | None = None
    gaps: tuple[Gap, ...] = ()
    mute: Mute | None = None
    paused_until: float | None = None
    count: int = 0

    @property
    def wall(self) -> float:
        """Unix seconds now."""
        return self.at + self.offset

    @property
    def state(self) -> State:
        """Where the open story stands; calm without one."""
        return self.incident.state if self.incident else State.CALM


def begin(at: float, wall: float, seed: str, policy: Policy) -> Watch:
    """A mind that knows nothing yet."""
    return Watch(at, wall - at, seed, beliefs.weigh((), at, policy))


def step(watch: Watch, event: Event, policy: Policy) -> tuple[Watch, tuple[Notice, ...]]:
    """Take in one event; give what the mind knows now and what it wants told."""
    known = sift(event, watch.at)
    if known is None or (isinstance(known, Press) and lacks_pin(known, policy)):
        return watch, ()
    before, watch = watch, perceive(watch, known, policy)
    signal = signal_of(watch, known, policy)
    if signal is not None:
        return turn(watch, signal, known.by if isinstance(known, Press) else None, policy)
    match known:
        case Gap() if trouble.is_new(before.gaps, known):
            return _aside(watch, "device_trouble", trouble.in_words(known), policy)
        case Press(action="test"):
            return _aside(watch, "alarm", f"test, asked for by {known.by}: no help is needed", policy)
        case Tick():
            return _healed(watch, policy)
    return watch, ()


def perceive(watch: Watch, event: Event, policy: Policy) -> Watch:
    """The facts of an event, before anybody asks what they mean."""
    watch = replace(watch, at=max(watch.at, event.at))
    match event:
        case Tick():
            watch = _later(watch, event, policy)
        case Cue() if watch.paused_until is None:
            watch = _heard(watch, beliefs.hear(watch.belief, event, policy))
        case Fix():
            watch = replace(watch, fix=event)
        case Gap():
            watch = replace(watch, gaps=trouble.noted(watch.gaps, event))
        case Press(action="pause"):
            watch = _paused(watch, event.minutes, policy)
        case Press(action="resume"):
            watch = replace(watch, paused_until=None)
    return watch


def _later(watch: Watch, tick: Tick, policy: Policy) -> Watch:
    over = watch.paused_until is not None and watch.at >= watch.paused_until
    belief = beliefs.weigh(watch.belief.traces, watch.at, policy)
    until = None if over else watch.paused_until
    return replace(watch, offset=tick.wall - tick.at, belief=belief, paused_until=until)


def _paused(watch: Watch, minutes: float, policy: Policy) -> Watch:
    until = watch.at + min(max(minutes, 0.0) * 60, PAUSE_AT_MOST_S)
    return replace(watch, paused_until=until, belief=beliefs.forget(watch.belief, policy))


def _heard(watch: Watch, belief: Belief) -> Watch:
    incident = watch.incident
    if incident:
        incident = replace(incident, peak=max(incident.peak, belief.probability))
    return replace(watch, belief=belief, incident=incident)


def signal_of(watch: Watch, event: Event, policy: Policy) -> Signal | None:
    """What an event is to the story that is open, or to calm."""
    incident = watch.incident
    match event:
        case Cue():
            return Signal.SUSPECT if _suspicious(watch, policy) else None
        case Tick() if incident:
            return _due(watch, incident, policy)
        case Press():
            signal = meaning(event)
            return None if incident and said_before(incident, signal) else signal
    return None


def _due(watch: Watch, incident: Incident, policy: Policy) -> Signal | None:
    if overdue(incident, watch.at, policy):
        return Signal.TIMEOUT
    return Signal.NEWS if anything_new(incident, watch.at, watch.belief, watch.fix, policy) else None


def _suspicious(watch: Watch, policy: Policy) -> bool:
    if not beliefs.suspicious(watch.belief, policy):
        return False
    mute = watch.mute
    if mute is None or watch.at >= mute.until:
        return True
    kinds = {reason.cue for reason in beliefs.reasons(watch.belief, policy)}
    return not kinds <= set(mute.kinds) or watch.belief.probability > mute.strength


def turn(watch: Watch, signal: Signal, by: str | None, policy: Policy) -> tuple[Watch, tuple[Notice, ...]]:
    """One turn of the table: the next state, and the notice that its act is."""
    cell = TABLE[watch.state, signal]
    if cell is None:
        return watch, ()
    state, act = cell
    count = watch.count + (watch.incident is None)
    incident = watch.incident or _opened(watch, count)
    incident = _moved(incident, watch, state, act, signal, by, policy)
    to = audience(incident, act, policy)
    incident = replace(incident, told=unique((*incident.told, *to)))
    notice = _notice(watch, incident, act, policy, to=to)
    watch = replace(watch, incident=incident, count=count)
    return (_closed(watch, act, policy) if state is State.CALM else watch), (notice,)


def _opened(watch: Watch, count: int) -> Incident:
    name = ulid(watch.wall, watch.seed, count)
    return Incident(name, State.CALM, watch.at, watch.belief.probability, ())


def _moved(
    old: Incident, watch: Watch, state: State, act: Act, signal: Signal, by: str | None, policy: Policy
) -> Incident:
    """The incident after its turn: what the signal added, the new state, one more notice spoken.

    An escalation is heard by the next tier alone, so for all the others nothing has been said by it.
    """
    to_all = act is not Act.ESCALATE
    new = replace(
        _voices(old, act, by),
        sos=old.sos or signal is Signal.SOS,
        duress=old.duress or signal is Signal.DURESS,
    )
    return replace(
        new,
        state=state,
        since=watch.at if state is not old.state or act in RESTARTS else old.since,
        reasons=_merged(new, watch, policy),
        tier=next_tier(new, act, policy),
        seq=old.seq + 1,
        spoke=watch.at if to_all else old.spoke,
        updates=old.updates + 1 if act is Act.UPDATE else old.updates,
        told_fix=watch.fix if to_all else old.told_fix,
    )


def _voices(old: Incident, act: Act, by: str | None) -> Incident:
    """Who is coming, and who says that all is well: a new alarm begins with neither."""
    match act:
        case Act.TELL_WHO:
            return replace(old, acknowledged_by=by)
        case Act.DOUBT:
            return replace(old, doubted_by=by)
        case Act.ESCALATE:
            return replace(old, acknowledged_by=None)
        case Act.ALARM:
            return replace(old, acknowledged_by=None, doubted_by=None)
    return old


def _merged(incident: Incident, watch: Watch, policy: Policy) -> tuple[Reason, ...]:
    """All reasons of the story so far: of each kind the heaviest, a person's own call first."""
    calls = [Reason("sos", SOS_SHARE, "SOS: she asked for help")] if incident.sos else []
    if incident.duress:
        calls.append(Reason("duress", SOS_SHARE, "duress PIN: she was forced to cancel"))
    best = {reason.cue: reason for reason in incident.reasons}
    for reason in (*calls, *beliefs.reasons(watch.belief, policy)):
        if reason.cue not in best or reason.share > best[reason.cue].share:
            best[reason.cue] = reason
    return tuple(sorted(best.values(), key=lambda reason: (-reason.share, reason.cue)))


def _notice(watch: Watch, incident: Incident, act: Act, policy: Policy, to: tuple[Address, ...]) -> Notice:
    question = act is Act.WARN
    return Notice(
        incident_id=incident.id,
        seq=incident.seq,
        kind="update" if act is Act.DOUBT else act.value,
        at=watch.at,
        wall=watch.wall,
        belief=round(incident.peak, 4),
        reasons=incident.reasons,
        fix=watch.fix,
        to=to,
        expires_s=policy.question_lasts_s if question else None,
        countdown_s=policy.countdown_s if question else None,
        tier=incident.tier,
        acknowledged_by=incident.acknowledged_by,
        text=_doubt(incident.doubted_by),
        duress=incident.duress,
    )


def _doubt(by: str | None) -> str:
    if by is None:
        return ""
    return f"{'the wearer' if by == 'wearer' else by} says it is fine: please confirm"


def _closed(watch: Watch, act: Act, policy: Policy) -> Watch:
    """Calm again; after a cancel the same cause at the same strength is muted for a while."""
    mute = watch.mute
    if act is Act.CALL_OFF and watch.incident:
        kinds = tuple(reason.cue for reason in watch.incident.reasons)
        mute = Mute(kinds, watch.incident.peak, watch.at + policy.cooldown_s)
    return replace(watch, incident=None, mute=mute, belief=beliefs.forget(watch.belief, policy))


def _aside(watch: Watch, kind: str, text: str, policy: Policy) -> tuple[Watch, tuple[Notice, ...]]:
    """A notice outside any story: a drill, or trouble with the device."""
    drill = kind == "alarm"
    watch = replace(watch, count=watch.count + 1)
    to = unique((*policy.broadcast, *everybody(policy.contacts))) if drill else policy.broadcast
    name = ulid(watch.wall, watch.seed, watch.count)
    belief = round(watch.belief.probability, 4)
    notice = Notice(name, 1, kind, watch.at, watch.wall, belief, (), watch.fix, to, text=text, test=drill)
    return watch, (notice,)


def _healed(watch: Watch, policy: Policy) -> tuple[Watch, tuple[Notice, ...]]:
    """Tell of a part that has worked again for long enough; one a Tick."""
    gap = trouble.healed(watch.gaps, watch.at)
    if gap is None:
        return watch, ()
    watch = replace(watch, gaps=tuple(g for g in watch.gaps if g is not gap))
    return _aside(watch, "device_trouble", trouble.in_words(gap), policy)
