"""Trouble: which senses are blind, and when that is told: a loss at once, a recovery once it has held.

A loose plug would otherwise tell of itself every second, until nobody reads it any more.
"""

from __future__ import annotations

from agent.core.events import Gap

HELD_S = 60.0
"""Seconds that a part must have worked again before it is told."""

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


def in_words(gap: Gap) -> str:
    """What people read of it."""
    if not gap.open:
        return f"{gap.part} works again"
    return f"{gap.part} lost: {gap.why}" if gap.why else f"{gap.part} lost"


def _of(gaps: Gaps, part: str) -> Gap | None:
    return next((g for g in gaps if g.part == part), None)
