"""Canary: a drill through the whole chain, asked for or by schedule, and the link that is broken if it fails.

The chain: microphone, model (with fusion), outbox, each channel, the caregivers' end. A known scream is
rehearsed at the sensors' edge (agent/rehearsal.py); only if it would raise a pre-alarm does the drill leave,
by the true outbox and channels, marked as a test. Its receipts say how far it came, and an acknowledgement
that somebody is there. A link that is broken becomes a Gap, so that wearer and caregivers are told once,
and told again when a later drill has passed it. What could not be tried is left as it was known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from agent.core.deliveries import PROGRESS, Outcome
from agent.core.drills import ANSWERED_S, Drill
from agent.core.events import Event, Gap, Press
from agent.core.mind import Watch
from agent.core.policy import Policy
from agent.core.trouble import quiet, way
from agent.runtime.board import Board, Health
from agent.runtime.clock import Clock
from agent.runtime.vigil import GONE

SENT_S = 60.0
"""Within this time every channel must have taken the drill."""

LATER_S = 60.0
"""A scheduled drill that does not suit now is thought of again so much later."""

MICROPHONE, MODEL, OUTBOX, PEOPLE = "microphone", "model", "outbox", "caregivers"

Links = Mapping[str, str]
"""What was tried: by link, what is wrong with it ("" = nothing)."""


@dataclass(frozen=True, slots=True)
class Chain:
    """What the canary needs of the house. rehearse: why the model is deaf, or ""; None without hearing.

    asked: drills that were asked for. put: the way into the inbox. every_s: between scheduled ones, or None.
    """

    clock: Clock
    board: Board
    policy: Policy
    put: Callable[[Event], None]
    rehearse: Callable[[], str] | None = None
    every_s: float | None = None
    asked: asyncio.Queue[Press] = field(default_factory=lambda: asyncio.Queue(8))


async def canary(chain: Chain) -> None:
    """Drill whenever it is asked for or due, for ever: a part for supervise."""
    began = chain.clock.now()
    while True:
        press = await _next(chain, began)
        _tell(chain, sensing := await _sensing(chain))
        if not sensing.get(MODEL):
            await _drill(chain, press)


async def _next(chain: Chain, began: float) -> Press:
    """The next drill: one that was asked for, or that of the schedule once it is due and suits."""
    while True:
        try:
            async with asyncio.timeout(_wait_s(chain, began)):
                return await chain.asked.get()
        except TimeoutError:
            if suits(chain.board.watch, chain.policy):
                return Press(chain.clock.now(), "test", "the schedule")


def _wait_s(chain: Chain, began: float) -> float | None:
    if chain.every_s is None:
        return None
    drills = chain.board.watch.drills
    due = max(began, drills[-1].at if drills else began) + chain.every_s
    return max(due - chain.clock.now(), LATER_S)


def suits(watch: Watch, policy: Policy) -> bool:
    """Whether a scheduled drill disturbs nobody: no incident is open, and it is no quiet hour."""
    return watch.incident is None and not quiet(watch.wall, watch.utc_offset_s, policy.quiet)


async def _sensing(chain: Chain) -> dict[str, str]:
    """The links before the drill leaves the device."""
    health, links = chain.board.health, dict[str, str]()
    if MICROPHONE in health:
        links[MICROPHONE] = _lost(health[MICROPHONE])
    if chain.rehearse:
        links[MODEL] = await asyncio.to_thread(chain.rehearse)
    return links


def _lost(part: Health) -> str:
    return (part.why or f"it is {part.state}") if part.state in GONE else ""


async def _drill(chain: Chain, press: Press) -> None:
    """Send it, wait for what comes back, and tell; a drill that is asked for meanwhile ends the wait."""
    board, before = chain.board, newest(chain.board.watch)
    chain.put(press)
    if not await _until(chain, lambda: newest(board.watch) != before, SENT_S):
        return
    drill = newest(board.watch)
    if drill is None or drill == before:
        _tell(chain, {OUTBOX: "the drill did not get into it"})
        return
    if not await _until(chain, lambda: not any(delivered(board, drill).values()), SENT_S):
        return
    storage = board.health.get("storage")
    _tell(chain, {OUTBOX: _lost(storage) if storage else "", **delivered(board, drill)})
    asked = ", ".join(drill.asked)
    if asked and await _until(chain, partial(_answered, board), ANSWERED_S):
        silent = f"no answer to the drill within {ANSWERED_S / 60:.0f} min from {asked}"
        _tell(chain, {PEOPLE: "" if _answered(board) else silent})


def newest(watch: Watch) -> Drill | None:
    """The newest drill."""
    return watch.drills[-1] if watch.drills else None


def _answered(board: Board) -> bool:
    drill = newest(board.watch)
    return drill is not None and bool(drill.answers)


def delivered(board: Board, drill: Drill) -> dict[str, str]:
    """Each channel that the drill went by, and what is wrong with it."""
    found: dict[str, str] = {}
    for outcome in _outcomes(board.watch, drill):
        found[outcome.to.channel] = found.get(outcome.to.channel, "") or _undelivered(outcome, board)
    return found


def _outcomes(watch: Watch, drill: Drill) -> Iterator[Outcome]:
    for delivery in watch.deliveries:
        if delivery.incident_id == drill.incident_id:
            yield from delivery.outcomes


def _undelivered(outcome: Outcome, board: Board) -> str:
    if outcome.state in PROGRESS:
        return ""
    part = board.health.get(outcome.to.channel)
    why = _lost(part) if part else ""
    return why or f"the drill has not been taken there, it is {outcome.state}"


async def _until(chain: Chain, done: Callable[[], bool], seconds: float) -> bool:
    """Wait for it, for at most so long; False where another drill was asked for meanwhile."""
    bell = chain.board.bell()
    try:
        async with asyncio.timeout(seconds):
            while chain.asked.empty() and not done():
                bell.clear()
                await bell.wait()
    except TimeoutError:
        return True
    finally:
        chain.board.let_go(bell)
    return chain.asked.empty() or done()


def _tell(chain: Chain, links: Links) -> None:
    """A Gap for each link that broke, or that held again."""
    known = {gap.part for gap in chain.board.watch.gaps if gap.open}
    for link, why in links.items():
        part = way(link)
        if why or part in known:
            chain.put(Gap(chain.clock.now(), part, open=bool(why), why=why))
