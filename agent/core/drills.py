"""Drills: who answered the last test alarms, and how fast; whoever never does should be known before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.core.policy import Policy

KEEP = 3
"""Newest drills that are kept; who answered none of so many is told to the wearer."""

LASTS_S = 86_400.0
"""Seconds after which an answer comes too late to count."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One contact acknowledged a drill, so many seconds after it began."""

    by: str
    after_s: float


@dataclass(frozen=True, slots=True)
class Drill:
    """A test alarm: its notice's id, when it began (monotonic s), who was asked by name, who answered."""

    incident_id: str
    at: float
    asked: tuple[str, ...]
    answers: tuple[Answer, ...] = ()


Drills = tuple[Drill, ...]


def begun(drills: Drills, incident_id: str, at: float, policy: Policy) -> Drills:
    """The drills with a new one, the oldest dropped."""
    asked = tuple(contact.name for contact in policy.contacts)
    return (*drills, Drill(incident_id, at, asked))[-KEEP:]


def answered(drills: Drills, names: frozenset[str], at: float, incident_id: str | None = None) -> Drills:
    """The drills after one was acknowledged, the newest where none is named; only the first time counts.

    names: whoever may have done it; several, where they share the address that it came from.
    """
    about = incident_id or (drills[-1].incident_id if drills else None)
    return tuple(_noted(drill, names, at) if drill.incident_id == about else drill for drill in drills)


def _noted(drill: Drill, names: frozenset[str], at: float) -> Drill:
    new = names - {answer.by for answer in drill.answers} if at <= drill.at + LASTS_S else frozenset()
    answers = tuple(Answer(name, at - drill.at) for name in drill.asked if name in new)
    return replace(drill, answers=(*drill.answers, *answers))


def silent(drills: Drills) -> tuple[str, ...]:
    """Who was asked in each of the last three drills and answered none; nobody before there were three."""
    if len(drills) < KEEP:
        return ()
    answering = {answer.by for drill in drills for answer in drill.answers}
    always = set.intersection(*(set(drill.asked) for drill in drills))
    return tuple(name for name in drills[-1].asked if name in always - answering)
