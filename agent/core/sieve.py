"""Sieve: what cannot be true is kept out of the mind, and no number can stop or silence it.

A sense may divide by zero, a receiver may place the device off the earth, a driver may stamp by the
wrong clock. Such a cue or position is dropped, as if it had not been said; a call for help never is.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite, isnan

from agent.core.events import Cue, Event, Fix, Power, Press, Tick

AHEAD_S = 60.0
"""An event stamped this far ahead of the newest Tick, or with no number, happened now: only the Tick
may move the clock far, or one wrong stamp would hold up every timer."""


def sift(event: Event, now: float) -> Event | None:
    """The event as far as it can be true at monotonic second `now`; None where nothing is left of it."""
    match event:
        case Tick():
            return _zoned(event) if isfinite(event.at) and isfinite(event.wall) else None
        case Cue() if not 0 <= event.probability <= 1:
            return None
        case Fix():
            return _stamped(_on_earth(event), now)
        case Power():
            return _stamped(_measured(event), now)
        case Press() if isnan(event.minutes):
            return _stamped(replace(event, minutes=0.0), now)
    return _stamped(event, now)


def _stamped(event: Event | None, now: float) -> Event | None:
    if event is None or -inf < event.at <= now + AHEAD_S:
        return event
    return replace(event, at=now)


def _zoned(tick: Tick) -> Tick:
    known = tick.utc_offset_s is None or isfinite(tick.utc_offset_s)
    return tick if known else replace(tick, utc_offset_s=None)


def _measured(power: Power) -> Power:
    battery = power.battery if power.battery is not None and 0 <= power.battery <= 1 else None
    celsius = power.celsius if power.celsius is not None and isfinite(power.celsius) else None
    return replace(power, battery=battery, celsius=celsius)


def _on_earth(fix: Fix) -> Fix | None:
    if not (abs(fix.latitude) <= 90 and abs(fix.longitude) <= 180):
        return None
    known = fix.accuracy_m is not None and 0 <= fix.accuracy_m < inf
    return fix if known else replace(fix, accuracy_m=None)
