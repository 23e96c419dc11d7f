"""One band on one wrist: its seconds and its wearer's usual values, and whether there is anything to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.senses.arousal import LEAST_S, mean
from agent.senses.baseline import Baseline
from agent.senses.physiology import MOTION, PULSE, TONIC, Floats, Seconds

if TYPE_CHECKING:
    from sensors.readings import Vitals

OFF_S = 10.0
"""A contact bit may flicker for this long before the band counts as taken off."""
FRESH_S = 15
"""A look needs a pulse or a conductance within these last seconds."""
TOLD = 0.5
"""Share of the last minute's seconds in which one of them must have been told."""


class Wearing:
    """Takes reports; gives, once a second, the finished seconds if they are worth a look."""

    def __init__(self, baseline: Baseline) -> None:
        self.baseline = baseline
        self._seconds = Seconds()
        self._on_at: float | None = None

    def push(self, vitals: Vitals) -> Floats | None:
        """Take one report. Returns the finished seconds (n, 7) when one was finished and all is known.

        None: within a second, in the first minute, until the usual values are learnt, with too little
        told, and while the band is not worn.
        """
        if self._taken_off(vitals):
            self._seconds = Seconds()
            self.baseline.put_on()
            return None
        new = self._seconds.push(vitals)
        rows = self._seconds.rows()[:-1] if new else None
        if rows is None or len(rows) < new:
            return None
        self.baseline.learn(rows[-new], mean(rows[-30:, MOTION]))
        return rows if self.baseline.known and _telling(rows) else None

    def _taken_off(self, vitals: Vitals) -> bool:
        if self._on_at is None or vitals.contact is not False:
            self._on_at = vitals.at
        return vitals.at - self._on_at > OFF_S


def _telling(rows: Floats) -> bool:
    if len(rows) < LEAST_S:
        return False
    told = ~np.isnan(rows[-LEAST_S:, [PULSE, TONIC]])
    return bool(told[-FRESH_S:].any() and told.mean(axis=0).max() >= TOLD)
