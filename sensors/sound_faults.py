"""What is wrong with the sound: dead (zeros, or one value for ever), or clipped. Pure numpy.

A microphone that is muted or half plugged in goes on giving blocks; no alarm could come of them.
"""

from __future__ import annotations

import numpy as np

from sensors.pcm import Samples

DEAD = 2.0**-15
"""Peak to peak: one step of 16 bits. Every analogue input makes more noise than that."""

DEAD_S = 60.0
"""A noise gate may give zeros while nobody speaks; a room that is empty for a minute is not that still."""

FULL = 0.999
CLIPPED = 0.01
"""Share of a block's samples at full scale; speech that is barely clipped has less."""

CLIPPED_S = 30.0
"""A scream close by may clip, and lasts seconds."""

MUTED = "it gives not the faintest sound: is it muted, or not quite plugged in?"
LOUD = "it is far too loud to tell sounds apart: turn its level down"


class Watch:
    """Tells a fault once it has held, and its end at once."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def look(self, at: float, samples: Samples) -> str:
        """What is wrong by now (seconds), with this block of shape (n,); "" while all is well."""
        wrong = _wrong(samples)
        self._since = {wrong: self._since.get(wrong, at)} if wrong else {}
        held_s = DEAD_S if wrong == MUTED else CLIPPED_S
        return wrong if wrong and at - self._since[wrong] >= held_s else ""


def _wrong(samples: Samples) -> str:
    if not len(samples):
        return ""
    if np.ptp(samples) < DEAD:
        return MUTED
    return LOUD if np.mean(np.abs(samples) >= FULL) > CLIPPED else ""
