"""Timeline: recordings and scenarios as one row of readings and ticks, in the order of their time.

Time is in the data, so the same row gives the same decisions at any speed: `replay` folds it as fast as
it goes, `demo` walks along it at the pace of the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent.core.events import Tick
from sensors.readings import Reading

TICKS_PER_S = 4
"""As often as the daemon's clock: countdowns are exact to a quarter of a second."""

BEGAN = 1_767_301_440.0
"""Wall time at which every recording begins, 2026-01-01 21:04 UTC: replays name their incidents alike."""


def timeline(readings: Iterable[Reading], seconds: float = 0.0) -> Iterator[Reading | Tick]:
    """The readings with ticks between them, to the last reading or `seconds`, whichever is later."""
    ticks = 0
    for reading in readings:
        while ticks / TICKS_PER_S <= reading.at:
            yield tick(ticks)
            ticks += 1
        yield reading
    while ticks / TICKS_PER_S <= seconds:
        yield tick(ticks)
        ticks += 1


def tick(number: int) -> Tick:
    """The n-th tick since the beginning."""
    at = number / TICKS_PER_S
    return Tick(at, BEGAN + at)
