"""What a button means: held for 2 s it is an SOS, pressed for less it is a cancel. Pure, but for `follow`.

A contact bounces for some milliseconds, so a level counts once it has held for BOUNCE_S (30 ms; Ganssle, "A
Guide to Debouncing", 2008, measured 1.6 ms on average, 6 ms with most switches). The SOS is told while the
button is still down. One that stays down is jammed, or lies under something: that is told, as nobody could
call for help with it; its being let go is told too. One that is down when we start has to be let go first:
a jammed button must not raise an alarm at each start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from sensors import Emit
from sensors.readings import Loss, Press

NAME = "button"
BOUNCE_S = 0.03
HOLD_S = 2.0
STUCK_S = 60.0
STUCK = "it has been down for over a minute: is it jammed, or does something lie on it?"


@dataclass(frozen=True, slots=True)
class Edge:
    """The button went down, or up, at a time of the event loop."""

    down: bool
    at: float


class Finger:
    """One button's story: edges in, readings out, asked for at `due`."""

    def __init__(self, *, down: bool, at: float) -> None:
        self._level = Edge(down, at)
        self._pressed_at = at if down else None
        self._told_sos = down
        self._told_stuck = False

    def moved(self, edge: Edge) -> None:
        """The contact has opened or closed; it may still bounce."""
        if edge.down is not self._level.down:
            self._level = edge

    def due(self) -> float | None:
        """When to look next, if nothing moves."""
        if self._level.down is (self._pressed_at is None):
            return self._level.at + BOUNCE_S
        if self._pressed_at is None or self._told_stuck:
            return None
        return self._pressed_at + (STUCK_S if self._told_sos else HOLD_S)

    def look(self, at: float) -> Iterator[Press | Loss]:
        """What is to be told by now."""
        if at >= self._level.at + BOUNCE_S:
            yield from self._settled(at)
        if self._pressed_at is None or not self._level.down:
            return
        if not self._told_sos and at >= self._pressed_at + HOLD_S:
            self._told_sos = True
            yield Press(at, "sos")
        if not self._told_stuck and at >= self._pressed_at + STUCK_S:
            self._told_stuck = True
            yield Loss(at, NAME, lost=True, why=STUCK)

    def _settled(self, at: float) -> Iterator[Press | Loss]:
        """The level has held: a press begins, or ends."""
        pressed_at = self._pressed_at
        if self._level.down and pressed_at is None:
            self._pressed_at, self._told_sos, self._told_stuck = self._level.at, False, False
        elif pressed_at is not None and not self._level.down:
            self._pressed_at = None
            if self._told_stuck:
                yield Loss(at, NAME, lost=False)
            elif not self._told_sos:  # told late, where the loop has slept over it
                yield Press(at, "sos" if self._level.at >= pressed_at + HOLD_S else "cancel")


async def follow(edges: asyncio.Queue[Edge | None], finger: Finger, emit: Emit) -> None:
    """Emit what a button's edges mean, until None says that there will be no more."""
    loop = asyncio.get_running_loop()
    while await _moved(edges, finger):
        for reading in finger.look(loop.time()):
            emit(reading)


async def _moved(edges: asyncio.Queue[Edge | None], finger: Finger) -> bool:
    """Wait for the next edge, but no longer than the finger is due; False at the end."""
    with suppress(TimeoutError):
        async with asyncio.timeout_at(finger.due()):
            edge = await edges.get()
            if edge is None:
                return False
            finger.moved(edge)
    return True
