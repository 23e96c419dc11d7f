"""Drills: who answered the last test alarms, and how fast; whoever never does should be known before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.core.policy import Policy

IN_A_ROW = 3
"""Who answered none of so many drills is named to the wearer."""

KEEP = 6
"""Newest drills that are kept: those, and some that run."""

ANSWERED_S = 900.0
"""Within this time a drill should be answered; till then nobody's silence says anything."""

LASTS_S = 86_400.0
"""Seconds after which an answer comes too late to count."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One contact acknowledged a drill, so many seconds after it began."""

    by: str
    after_s: float


@dataclass(frozen=True, slots=True)
class Drill:
    """A test alarm: its notice's id, when it began (monotonic s), who was asked by name, who answered.

    named: the wearer has been told who was silent till then.
    """

    incident_id: str
    at: float
    asked: tuple[str, ...]
    answers: tuple[Answer, ...] = ()
    named: bool = False


Drills = tuple[Drill, ...]


def begun(drills: Drills, incident_id: str, at: float, policy: Policy) -> Drills:
    """The drills with a new one, the oldest dropped; who has no way to answer is not asked to."""
    asked = tuple(contact.name for contact in policy.contacts if contact.answers)
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


def silent(drills: Drills, at: float) -> tuple[str, ...]:
    """Who was asked in each of the last three drills, as of `at`, and has answered none, nor one since."""
    over = [drill for drill in drills if _over(drill, at)]
    if len(over) < IN_A_ROW:
        return ()
    row = over[-IN_A_ROW:]
    answering = {answer.by for drill in drills[drills.index(row[0]) :] for answer in drill.answers}
    always = set.intersection(*(set(drill.asked) for drill in row))
    return tuple(name for name in row[-1].asked if name in always - answering)


def unnamed(drills: Drills, at: float) -> tuple[str, ...]:
    """Who is silent, where a drill has ended since the wearer was told so."""
    over = [drill for drill in drills if _over(drill, at)]
    return silent(drills, at) if over and not over[-1].named else ()


def named(drills: Drills, at: float) -> Drills:
    """The drills once the wearer has been told who is silent."""
    return tuple(replace(drill, named=drill.named or _over(drill, at)) for drill in drills)


def new_answers(before: Drills, after: Drills) -> tuple[tuple[str, str], ...]:
    """The answers that came between: the drill's notice's id, and who."""
    known = {(drill.incident_id, answer.by) for drill in before for answer in drill.answers}
    all_now = ((drill.incident_id, answer.by) for drill in after for answer in drill.answers)
    return tuple(one for one in all_now if one not in known)


def _over(drill: Drill, at: float) -> bool:
    return at >= drill.at + ANSWERED_S
