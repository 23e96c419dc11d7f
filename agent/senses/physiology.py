"""What a band's values mean, in numpy alone: RR cleaning and RMSSD, skin conductance, a second's summary.

All of it is streaming: values come one report at a time, memory is constant, absent beats and lost
contact are the rule. The trainers in export/ import this very file. Theory:
RR and RMSSD: Task Force of the ESC and NASPE 1996, "Heart rate variability", Circulation 93:1043.
Skin conductance: Boucsein 2012, "Electrodermal Activity", 2nd ed., sections 2.3 and 3.1.
"""

from __future__ import annotations

from collections import deque
from math import exp, isfinite, nan, pi, sqrt
from statistics import fmean, median
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sensors.readings import Vitals

Floats = NDArray[np.float64]

SHORTEST_RR_S, LONGEST_RR_S = 0.3, 2.0
"""200 and 30 beats a minute: no heart at rest or in fear is outside."""
ECTOPIC = 0.25
"""An RR this far from the median of its neighbours, relative, is an ectopic or missed beat (Task Force: 20 %
of the beat before; the median of neighbours keeps a quick but steady change)."""
NEIGHBOURS = 9
LATE_S = 1.5
"""Reports may come this late; beats further apart than their RR values say have others missing between."""

CONTACT_US, SHORTED_US = 0.05, 1000.0
"""Outside these the electrodes do not touch the skin, or each other: no value."""
RESPONSE_US = 0.05
"""Smallest rise that counts as a response: absolute, the classic limit (Boucsein 2012, 3.1.3)."""
RISE_S = 5.0
"""A response has risen that far within this time of its trough (usual: 1 to 3 s); slower is drift."""
TONIC_HZ = 0.03
"""Corner of the low-pass that gives the tonic level."""
LOST_S = 3.0
"""After so long without a value the filter starts anew."""

SECONDS = 1800
"""Seconds of summaries that are kept: half an hour, what "lately" means to the features."""
PULSE, TONIC, RESPONSES, RISE, MOTION, SQUARES, PAIRS = range(7)
"""Columns of a second: bpm; microsiemens; responses begun; sum of rises in microsiemens; motion in g;
sum of squared successive RR differences in ms^2; how many of them."""


class Beats:
    """RR intervals in, trustworthy successive differences out."""

    def __init__(self) -> None:
        self._near: deque[float] = deque(maxlen=NEIGHBOURS)
        self._last: float | None = None
        self._until = nan

    def push(self, at: float, rr_s: tuple[float, ...]) -> list[float]:
        """Differences (seconds) between each good RR and the good one right before it.

        rr_s: the intervals of one report, oldest first. at: when the report came, seconds; beats that were
        lost between two reports break the chain, as do intervals that no heart makes and ectopic ones.
        """
        if not rr_s:
            return []
        self._follow(at, sum(rr_s))
        return [step for rr in rr_s if (step := self._step(rr)) is not None]

    def _follow(self, at: float, length_s: float) -> None:
        if not abs(at - (self._until + length_s)) <= LATE_S:
            self._last, self._until = None, at
        else:  # the beats' own clock, kept near the reports'
            self._until += length_s + 0.1 * (at - self._until - length_s)

    def _step(self, rr: float) -> float | None:
        last, self._last = self._last, None
        if not SHORTEST_RR_S <= rr <= LONGEST_RR_S:
            return None
        self._near.append(rr)
        middle = median(self._near)
        if abs(rr - middle) > ECTOPIC * middle:
            return None
        self._last = rr
        return None if last is None else rr - last


def rmssd_ms(differences_s: list[float]) -> float:
    """Root mean square of successive differences (seconds in, milliseconds out); nan without any."""
    return 1000 * sqrt(fmean(d * d for d in differences_s)) if differences_s else nan


class Conductance:
    """Skin conductance in microsiemens, one value at a time at any rate from 1 to 32 a second.

    tonic: the slow level. responses: how many began so far, from trough to peak, counted as soon as they have
    risen far enough (one that begins on the way down of another and does not lift the skin is not seen:
    Boucsein 2012, 3.1.3.1). risen: sum of all rises.
    """

    def __init__(self) -> None:
        self.tonic = nan
        self.responses = 0
        self.risen = 0.0
        self._at = nan
        self._value = nan
        self._trough, self._trough_at = nan, nan
        self._counted = False

    @property
    def phasic(self) -> float:
        """What is above (or below) the tonic level, microsiemens."""
        return self._value - self.tonic

    def push(self, at: float, microsiemens: float) -> None:
        """Take one value; one outside 0.05 to 1000 is no contact and starts over, as does a pause of 3 s."""
        if not CONTACT_US <= microsiemens <= SHORTED_US:
            self.tonic = nan
        elif not at - self._at <= LOST_S or not isfinite(self.tonic):
            self.tonic = self._value = microsiemens
            self._settle(at, microsiemens)
        else:
            self.tonic += (1 - exp(-2 * pi * TONIC_HZ * (at - self._at))) * (microsiemens - self.tonic)
            self._rise(at, microsiemens)
        self._at = at

    def _rise(self, at: float, microsiemens: float) -> None:
        before, self._value = self._value, microsiemens
        slow = not self._counted and at - self._trough_at > RISE_S
        self.risen += max(0.0, microsiemens - before)
        if microsiemens <= before or slow:
            self._settle(at, microsiemens)
        elif not self._counted and microsiemens - self._trough >= RESPONSE_US:
            self.responses, self._counted = self.responses + 1, True

    def _settle(self, at: float, trough: float) -> None:
        self._trough, self._trough_at, self._counted = trough, at, False


class Seconds:
    """Reports in, one row a second out (columns above): the last half hour, nan for what was not said."""

    def __init__(self) -> None:
        self._ring = np.full((SECONDS, 7), nan)
        self._now: int | None = None
        self._kept = 0
        self._beats = Beats()
        self._skin = Conductance()

    def push(self, vitals: Vitals) -> int:
        """Take one report; says how many new seconds began with it. Reports out of order are left out."""
        second = int(vitals.at)
        if self._now is not None and second < self._now:
            return 0
        new = self._begin(second)
        if vitals.contact is not False:
            self._fill(self._ring[second % SECONDS], vitals)
        return new

    def rows(self) -> Floats:
        """The seconds since wearing began, at most half an hour, oldest first: shape (n, 7)."""
        end = 0 if self._now is None else self._now + 1
        return self._ring[np.arange(end - self._kept, end) % SECONDS]

    def _begin(self, second: int) -> int:
        new = 1 if self._now is None else second - self._now
        for at in range(second - min(new, SECONDS) + 1, second + 1):
            self._ring[at % SECONDS] = nan
        self._now, self._kept = second, min(self._kept + new, SECONDS)
        return new

    def _fill(self, row: Floats, vitals: Vitals) -> None:
        if vitals.bpm is not None and 25 <= vitals.bpm <= 250:
            row[PULSE] = vitals.bpm
        if vitals.g is not None and vitals.g >= 0:
            row[MOTION] = np.fmax(row[MOTION], vitals.g)
        if vitals.microsiemens is not None:
            self._feel(row, vitals.at, vitals.microsiemens)
        steps = self._beats.push(vitals.at, vitals.rr_s)
        row[PAIRS] = np.nansum([row[PAIRS], len(steps)])
        row[SQUARES] = np.nansum([row[SQUARES], sum(1e6 * d * d for d in steps)])

    def _feel(self, row: Floats, at: float, microsiemens: float) -> None:
        responses, risen = self._skin.responses, self._skin.risen
        self._skin.push(at, microsiemens)
        if isfinite(self._skin.tonic):
            row[TONIC] = self._skin.tonic
            row[RESPONSES] = np.nansum([row[RESPONSES], self._skin.responses - responses])
            row[RISE] = np.nansum([row[RISE], self._skin.risen - risen])
