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


def answered(drills: Drills, by: str, at: float) -> Drills:
    """The drills after somebody acknowledged the newest one; only the first time counts."""
    if not drills or not _awaits(drills[-1], by, at):
        return drills
    last = drills[-1]
    return (*drills[:-1], replace(last, answers=(*last.answers, Answer(by, at - last.at))))


def _awaits(drill: Drill, by: str, at: float) -> bool:
    silent = by in drill.asked and by not in {answer.by for answer in drill.answers}
    return silent and at <= drill.at + LASTS_S


def silent(drills: Drills) -> tuple[str, ...]:
    """Who was asked in each of the last three drills and answered none; nobody before there were three."""
    if len(drills) < KEEP:
        return ()
    answering = {answer.by for drill in drills for answer in drill.answers}
    always = set.intersection(*(set(drill.asked) for drill in drills))
    return tuple(name for name in drills[-1].asked if name in always - answering)
