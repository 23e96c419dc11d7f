"""Perceive: the facts of an event, taken in before anybody asks what they mean to the story."""

from __future__ import annotations

from dataclasses import replace

from agent.core import belief as beliefs
from agent.core import trouble
from agent.core.belief import Belief
from agent.core.events import Cue, Event, Fix, Gap, Press, Tick
from agent.core.mind import Watch
from agent.core.policy import Policy

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
