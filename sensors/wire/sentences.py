"""NMEA 0183 lines as positions: pure, no I/O.

Sources: NMEA 0183 as in the u-blox M8 receiver description (UBX-13003221), chapter 31: RMC, GGA, checksum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce

from sensors.readings import Position

UERE_M = 5.0
"""Range error of one satellite (1 sigma, open sky). Times HDOP it is the radius of about 68 %."""

DAY_S = 86_400.0
REAL = frozenset("12345")
"""GGA qualities with a measured position; 0 none, 6 dead reckoning, 7 typed in, 8 simulated."""

UNREAL = frozenset("NEMS")
"""RMC modes likewise: no fix, estimated, manual, simulated."""


@dataclass(frozen=True, slots=True)
class NmeaFix:
    """One sentence's valid fix: seconds of the UTC day, degrees WGS 84, HDOP if it says so."""

    clock_s: float
    latitude: float
    longitude: float
    hdop: float | None = None


def nmea(line: str) -> NmeaFix | None:
    """The fix in an RMC or GGA sentence; None for any other line, a wrong checksum, or no valid fix."""
    body = _checked(line.strip())
    if body is None:
        return None
    fields = body.split(",")
    try:
        if fields[0][2:] == "RMC":
            return _rmc(fields)
        return _gga(fields) if fields[0][2:] == "GGA" else None
    except (ValueError, IndexError):  # the checksum is right and the content is not: no fix
        return None


def track(lines: Iterable[str]) -> Iterator[Position]:
    """Positions of a recorded log, one a clock time; `at` from its first fix, past midnight, never back."""
    first: float | None = None
    at = 0.0
    kept: NmeaFix | None = None
    for fix in filter(None, map(nmea, lines)):
        if kept is not None and fix.clock_s != kept.clock_s:
            yield _position(at, kept)
            kept = None
        first = fix.clock_s if first is None else first
        at = max(at, _later(fix.clock_s - first, at))
        kept = fix if kept is None or fix.hdop is not None else kept
    if kept is not None:
        yield _position(at, kept)


def _later(since_s: float, at: float) -> float:
    """Seconds since the first fix, with a day added for each midnight since."""
    days = max(0, round((at - since_s) / DAY_S))
    return since_s + days * DAY_S


def _position(at: float, fix: NmeaFix) -> Position:
    accuracy_m = None if fix.hdop is None else fix.hdop * UERE_M
    return Position(at, fix.latitude, fix.longitude, accuracy_m)


def _checked(line: str) -> str | None:
    """The text between `$` and `*`, if the XOR of its characters is the number that follows."""
    body, star, given = line.removeprefix("$").partition("*")
    if not line.startswith("$") or not star:
        return None
    return body if f"{reduce(lambda a, b: a ^ b, body.encode(), 0):02X}" == given.upper() else None


def _rmc(fields: list[str]) -> NmeaFix | None:
    mode = fields[12] if len(fields) > 12 else ""
    if fields[2] != "A" or mode in UNREAL:
        return None
    return NmeaFix(_clock(fields[1]), _degrees(fields[3], fields[4], 90), _degrees(fields[5], fields[6], 180))


def _gga(fields: list[str]) -> NmeaFix | None:
    if fields[6] not in REAL:
        return None
    latitude, longitude = _degrees(fields[2], fields[3], 90), _degrees(fields[4], fields[5], 180)
    return NmeaFix(_clock(fields[1]), latitude, longitude, float(fields[8]) if fields[8] else None)


def _clock(text: str) -> float:
    """hhmmss.sss as seconds of the day."""
    return int(text[:2]) * 3600 + int(text[2:4]) * 60 + float(text[4:])


def _degrees(text: str, side: str, most: float) -> float:
    """(d)ddmm.mmmm with N/S/E/W as signed degrees; ValueError when there can be no such place."""
    point = text.index(".") if "." in text else len(text)
    degrees = int(text[: point - 2]) + float(text[point - 2 :]) / 60
    if not 0 <= degrees <= most or side not in ("N", "S", "E", "W"):
        raise ValueError(text)
    return -degrees if side in ("S", "W") else degrees
