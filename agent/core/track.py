"""Track: the way since a check-in was agreed, in few positions: where the wearer was when.

A position counts once it is somewhere else: 50 m away, and farther than its own accuracy, so that standing
still adds nothing however the receiver wavers. When the track is full every second position goes, but for
the first and the newest: the older the way, the coarser it is told. It ends with the check-in that is
answered, unheard by anybody.
"""

from __future__ import annotations

from agent.core.events import Fix
from agent.core.news import distance_m

MOST = 24
"""Positions kept: some 3 kB in each message."""

STEP_M = 50.0
STEP_S = 30.0
"""Least distance and time between two of them."""

Track = tuple[Fix, ...]


def walked(track: Track, fix: Fix) -> Track:
    """The track with the newest position, where that is somewhere else."""
    if track and not _elsewhere(track[-1], fix):
        return track
    longer = (*track, fix)
    return longer if len(longer) <= MOST else (*longer[:-1:2], fix)


def _elsewhere(last: Fix, fix: Fix) -> bool:
    far = distance_m(last, fix) >= max(STEP_M, fix.accuracy_m or 0.0)
    return far and fix.at >= last.at + STEP_S
