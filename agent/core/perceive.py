"""Perceive: the facts of an event, taken in before anybody asks what they mean to the story."""

from __future__ import annotations

from dataclasses import replace

from agent.core import belief as beliefs
from agent.core import checkin, deliveries, drills, power, trouble
from agent.core.belief import Belief
from agent.core.cooldown import confirmed
from agent.core.events import Cue, Event, Fix, Gap, Power, Press, Receipt, Tick
from agent.core.incident import Signal, State
from agent.core.mind import Watch
from agent.core.names import meant
from agent.core.policy import Policy
from agent.core.track import walked
from agent.core.wishes import meaning, misses

PAUSE_AT_MOST_S = 12 * 3600.0
"""A pause always ends by itself: forgotten ones have silenced whole systems."""


def perceive(watch: Watch, event: Event, policy: Policy) -> Watch:
    """The facts of an event, before anybody asks what they mean."""
    watch = replace(watch, at=max(watch.at, event.at))
    match event:
        case Tick():
            watch = _later(watch, event, policy)
        case Cue() if watch.paused_until is None:
            watch = _heard(watch, beliefs.hear(watch.belief, event, policy))
        case Fix():
            watch = _located(watch, event)
        case Gap():
            watch = replace(watch, gaps=trouble.noted(watch.gaps, event))
        case Press():
            watch = _wanted(watch, event, policy)
        case Power():
            watch = replace(watch, power=power.merged(watch.power, event))
        case Receipt():
            mute = confirmed(watch.mute, event, watch.at, policy)
            watch = replace(watch, mute=mute, deliveries=deliveries.noted(watch.deliveries, event))
    return watch


def _wanted(watch: Watch, press: Press, policy: Policy) -> Watch:
    """What a press changes beside the story."""
    match press.action:
        case "pause":
            return _paused(watch, press.minutes, policy)
        case "resume":
            return replace(watch, paused_until=None)
        case "checkin":
            return _agreed(watch, press.due_wall, policy)
        case "checkin_off":
            return replace(watch, checkin=None)
        case "silence":
            return _silenced(watch)
        case "acknowledge" if watch.incident is None or misses(press, watch.incident):
            return _drilled(watch, press, policy)
    cancels = meaning(press) is Signal.CANCEL and not misses(press, watch.incident)
    return _cancelled(watch, press) if cancels else watch


def _drilled(watch: Watch, press: Press, policy: Policy) -> Watch:
    """An acknowledgement that is not of the open alarm may be of a drill."""
    known = drills.answered(watch.drills, meant(press.by, policy.contacts), watch.at, press.about)
    return replace(watch, drills=known)


def _cancelled(watch: Watch, press: Press) -> Watch:
    """Beside the story: a cancel answers a check-in, and with the right PIN it stops the siren."""
    return _silenced(_answered(watch)) if press.trusted else _answered(watch)


def _silenced(watch: Watch) -> Watch:
    incident = watch.incident
    return replace(watch, incident=replace(incident, silenced=True)) if incident else watch


def _agreed(watch: Watch, due_wall: float | None, policy: Policy) -> Watch:
    if due_wall is None or checkin.refusal(due_wall, watch.wall):
        return watch
    track = watch.checkin.track if watch.checkin else (watch.fix,) if watch.fix else ()
    return replace(watch, checkin=checkin.agreed(due_wall, watch.wall, watch.offset, policy, track))


def _located(watch: Watch, fix: Fix) -> Watch:
    """A position goes into the track of a check-in, and of the incident that one has become."""
    asked, incident = watch.checkin, watch.incident
    if asked:
        asked = replace(asked, track=walked(asked.track, fix))
    if incident and incident.track:
        incident = replace(incident, track=walked(incident.track, fix))
    return replace(watch, fix=fix, checkin=asked, incident=incident)


def _answered(watch: Watch) -> Watch:
    """A cancel answers the check-in that is near; amid an alarm it may be forced, and answers nothing."""
    near = watch.checkin and checkin.answerable(watch.checkin, watch.at, watch.offset)
    free = watch.state in (State.CALM, State.PRE_ALARM)
    return replace(watch, checkin=None) if near and free else watch


def _later(watch: Watch, tick: Tick, policy: Policy) -> Watch:
    over = watch.paused_until is not None and watch.at >= watch.paused_until
    belief = beliefs.weigh(watch.belief.traces, watch.at, policy)
    until = None if over else watch.paused_until
    zone = watch.utc_offset_s if tick.utc_offset_s is None else tick.utc_offset_s
    offset = tick.wall - tick.at
    return replace(watch, offset=offset, utc_offset_s=zone, belief=belief, paused_until=until)


def _paused(watch: Watch, minutes: float, policy: Policy) -> Watch:
    until = watch.at + min(max(minutes, 0.0) * 60, PAUSE_AT_MOST_S)
    return replace(watch, paused_until=until, belief=beliefs.forget(watch.belief, policy))


def _heard(watch: Watch, belief: Belief) -> Watch:
    incident = watch.incident
    if incident:
        incident = replace(incident, peak=max(incident.peak, belief.probability))
    return replace(watch, belief=belief, incident=incident)
