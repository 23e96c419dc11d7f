"""Watch and step: the whole mind, a fold over events.

`step(watch, event, policy) -> (watch, notices)`: what cannot be true is sifted out, the facts are taken
in (perceive), then it is asked which signal they are to the open story (signal_of), then the table of
incident.py is turned once (turn) and what it tells is written down. Same events, same notices, to the bit.
After a duress PIN a second mind is folded beside it, for the device to show (cover).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from agent.core import belief as beliefs
from agent.core import checkin, trouble
from agent.core.aside import Step, drill, healed, last_words, reminder, silence, trouble_told
from agent.core.cooldown import muted
from agent.core.cover import covered
from agent.core.deliveries import listed
from agent.core.events import Cue, Event, Gap, Power, Press, Tick
from agent.core.incident import Signal, overdue
from agent.core.mind import Mute, Watch, begin
from agent.core.news import anything_new
from agent.core.notice import Notice
from agent.core.perceive import perceive
from agent.core.policy import Policy
from agent.core.sieve import sift
from agent.core.turn import turn
from agent.core.wishes import lacks_pin, meaning, misses, said_before

__all__ = ["Mute", "Watch", "begin", "step"]


def step(watch: Watch, event: Event, policy: Policy) -> tuple[Watch, tuple[Notice, ...]]:
    """Take in one event; give what the mind knows now and what it wants told."""
    after, notices = _fold(watch, event, policy)
    return covered(watch, after, event, partial(_fold, policy=policy)), notices


def _fold(watch: Watch, event: Event, policy: Policy) -> Step:
    known = sift(event, watch.at)
    if known is None or (isinstance(known, Press) and lacks_pin(known, policy, watch.checkin)):
        return watch, ()
    after, notices = _decide(watch, perceive(watch, known, policy), known, policy)
    return (replace(after, deliveries=listed(after.deliveries, notices)) if notices else after), notices


def _decide(before: Watch, watch: Watch, known: Event, policy: Policy) -> Step:
    """What is told of an event, once its facts are known."""
    signal = signal_of(watch, known, policy)
    if signal is not None:
        watch, notices = turn(watch, signal, known.by if isinstance(known, Press) else None, policy)
        if notices:
            return watch, notices
    match known:
        case Gap() if trouble.is_new(before.gaps, known):
            return trouble_told(watch, trouble.in_words(known), policy)
        case Power():
            return last_words(watch, known, policy)
        case Press(action="test"):
            return drill(watch, known.by, policy)
        case Tick():
            told = reminder(watch, policy) or healed(watch, policy) or silence(watch, policy)
            return told or (watch, ())
    return watch, ()


def signal_of(watch: Watch, event: Event, policy: Policy) -> Signal | None:
    """What an event is to the story that is open, or to calm."""
    incident = watch.incident
    match event:
        case Cue():
            return Signal.SUSPECT if _suspicious(watch, policy) else None
        case Tick():
            return _due(watch, policy)
        case Press() if not misses(event, incident):
            signal = meaning(event)
            return None if incident and said_before(incident, signal) else signal
    return None


def _due(watch: Watch, policy: Policy) -> Signal | None:
    incident = watch.incident
    if incident and overdue(incident, watch.at, policy):
        return Signal.TIMEOUT
    if watch.checkin and checkin.due(watch.checkin, watch.at, watch.offset):
        return Signal.CHECKIN
    if incident is None:
        return None
    return Signal.NEWS if anything_new(incident, watch.at, watch.belief, watch.fix, policy) else None


def _suspicious(watch: Watch, policy: Policy) -> bool:
    if not beliefs.suspicious(watch.belief, policy):
        return False
    return not muted(watch, policy)
