"""What gpsd says, as positions: pure, no I/O.

Source: gpsd_json(5), protocol 3: one JSON object a line, told apart by `class`. VERSION, SKY, PPS and others
say nothing that is needed here.

The time of a fix is never read as a time, as receivers without a fix say 1980, and others jump by years when
their week counter wraps. It only tells one fix from the next: a receiver that repeats itself goes silent.
"""

from __future__ import annotations

import json
from math import hypot
from typing import Any

from sensors.readings import Position

WATCH = b'?WATCH={"enable":true,"json":true};\n'
"""What gpsd has to hear before it reports."""

LONGEST_LINE = 65_536
"""Bytes. SKY, the longest report, has some thousand; what is longer is no gpsd."""

NOTHING = "gpsd reports no receiver: plug it in, or name it in /etc/default/gpsd"
UNPLUGGED = "the receiver was unplugged: plug it in again"
NO_FIX = "the receiver finds no satellites: it must see the sky"
UNREAL = {
    5: "the receiver only guesses on from its last position: it must see the sky",
    7: "the receiver repeats a position that was typed in: end its survey mode",
    8: "the receiver plays a simulated position: end its simulation",
}
"""Values of `status` that are no measurement (dead reckoning, surveyed, simulated), and why none is told."""


class Talk:
    """One connection's half that gpsd speaks. `why`: why there is no position (yet), with the cure."""

    def __init__(self) -> None:
        self.why = NOTHING
        self._rest = b""
        self._times: dict[object, object] = {}

    def heard(self, data: bytes, at: float) -> list[Position]:
        """The positions in the next bytes, cut anywhere, that came at `at`; garbage is passed over."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            self._rest = b""
        found = [self._report(_object(line), at) for line in lines]
        return [position for position in found if position is not None]

    def _report(self, report: dict[str, Any], at: float) -> Position | None:
        match report.get("class"):
            case "DEVICES":
                self.why = NO_FIX if report.get("devices") else NOTHING
            case "DEVICE":  # `activated` is 0 once a receiver has gone, otherwise since when it is there
                self.why = NO_FIX if report.get("activated") else UNPLUGGED
            case "TPV":
                return self._fix(report, at)
        return None

    def _fix(self, report: dict[str, Any], at: float) -> Position | None:
        """The position of a TPV, if it has a measured one that has not been told yet."""
        status = report.get("status")
        if isinstance(status, int) and status in UNREAL:
            self.why = UNREAL[status]
            return None
        latitude, longitude = _number(report.get("lat"), 90), _number(report.get("lon"), 180)
        if report.get("mode") not in (2, 3) or latitude is None or longitude is None:
            self.why = NO_FIX
            return None
        return Position(at, latitude, longitude, accuracy_m(report)) if self._is_new(report) else None

    def _is_new(self, report: dict[str, Any]) -> bool:
        device, time = str(report.get("device")), report.get("time")
        known = time is not None and self._times.get(device) == time
        self._times[device] = time
        return not known


def accuracy_m(report: dict[str, Any]) -> float | None:
    """Radius of at least 68 % from a TPV's error estimates in metres; None where it has none.

    gpsd calls their certainty unknown: 95 % where it has only dilutions to go by (19 m x HDOP by its source),
    mostly 68 % where receivers say it. They are taken as they are: better too wide than too narrow.
    Without `eph` it is the distance root mean square of epx and epy, which holds 63 to 68 %.
    """
    whole, east, north = (_number(report.get(key), 1e6) for key in ("eph", "epx", "epy"))
    if whole:
        return abs(whole)
    return hypot(east, north) if east and north else None


def _object(line: bytes) -> dict[str, Any]:
    """The JSON object in a line; an empty one for anything else."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: object, most: float) -> float | None:
    """A number in -most..most; None for anything else, NaN and numbers beyond any float too."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        return None
    return float(value)
