"""Trouble: which senses are blind, and when that is told: a loss at once, a recovery once it has held.

A loose plug would otherwise tell of itself every second, until nobody reads it any more. In quiet hours a
recovery waits till they end; should the part fail again meanwhile, nothing has to be told.
"""

from __future__ import annotations

from agent.core.events import Gap
from agent.core.policy import DAY_S

HELD_S = 60.0
"""Seconds that a part must have worked again before it is told."""

WAY = "way to help"
"""How the name of a part begins that is a link between the device and those who help."""

Gaps = tuple[Gap, ...]


def noted(gaps: Gaps, gap: Gap) -> Gaps:
    """The gaps once this one is known; a part that is back stays listed, not `open`, till that has held."""
    known = _of(gaps, gap.part)
    if gap.open is (known is not None and known.open):
        return gaps
    return (*(g for g in gaps if g is not known), gap)


def is_new(gaps: Gaps, gap: Gap) -> bool:
    """Whether the loss of a part has not been told yet."""
    return gap.open and _of(gaps, gap.part) is None


def healed(gaps: Gaps, at: float) -> Gap | None:
    """A part whose recovery has held and is to be told now."""
    return next((g for g in gaps if not g.open and at >= g.at + HELD_S), None)


def quiet(wall: float, utc_offset_s: float | None, hours: tuple[float, float] | None) -> bool:
    """Whether good news waits: local time lies in `hours` (seconds of the day), which may span midnight.

    Where the zone is not known nothing waits.
    """
    if hours is None or utc_offset_s is None:
        return False
    start, end = hours
    return (wall + utc_offset_s - start) % DAY_S < (end - start) % DAY_S


def in_words(gap: Gap) -> str:
    """What people read of it."""
    if not gap.open:
        return f"{gap.part} works again"
    return f"{gap.part} lost: {gap.why}" if gap.why else f"{gap.part} lost"


def way(link: str) -> str:
    """What such a link is called as a part."""
    return f"{WAY} ({link})"


def _of(gaps: Gaps, part: str) -> Gap | None:
    return next((g for g in gaps if g.part == part), None)
