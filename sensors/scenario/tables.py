"""The tables of a scenario: what the band said (CSV), where the wearer was (CSV or NMEA).

Empty cells and left-out columns mean that the sensor did not say; `at` must be there, in order, and within
the scenario. ValueError names file, line, column and value.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from sensors.readings import Position, Vitals
from sensors.scenario.strict import nearest, span, text_of
from sensors.wire import track

BAND = ("at", "pulse_bpm", "rr_ms", "conductance_us", "motion_g", "contact")
TRACK = ("at", "latitude", "longitude", "accuracy_m")
YES_NO = {"1": True, "true": True, "0": False, "false": False, "": None}


def band(path: Path, seconds: float) -> tuple[Vitals, ...]:
    """Columns of BAND; `rr_ms` holds any number of intervals, oldest first, with spaces between."""
    return tuple(
        Vitals(
            row.time(seconds),
            bpm=row.number("pulse_bpm", 0),
            rr_s=row.intervals("rr_ms"),
            microsiemens=row.number("conductance_us", 0),
            g=row.number("motion_g", 0),
            contact=row.yes("contact"),
        )
        for row in _ordered(path, BAND, seconds)
    )


def positions(path: Path, seconds: float) -> tuple[Position, ...]:
    """A CSV with the columns of TRACK, or (any other ending) an NMEA log, cut at the scenario's end."""
    if path.suffix.lower() == ".csv":
        return tuple(_place(row, seconds) for row in _ordered(path, TRACK, seconds))
    found = tuple(takewhile(lambda fix: fix.at <= seconds, track(text_of(path).splitlines())))
    if not found:
        raise ValueError(f"{path} holds no NMEA sentence (RMC, GGA) with a valid fix")
    return found


def _place(row: _Row, seconds: float) -> Position:
    latitude, longitude = row.number("latitude", -90, 90), row.number("longitude", -180, 180)
    if latitude is None or longitude is None:
        raise row.wrong("latitude, longitude", "a position needs both")
    return Position(row.time(seconds), latitude, longitude, row.number("accuracy_m", 0))


@dataclass(frozen=True, slots=True)
class _Row:
    file: Path
    line: int
    cells: dict[str, str]

    def wrong(self, column: str, why: str) -> ValueError:
        value = f" = {self.cells[column]}" if column in self.cells else ""
        return ValueError(f"{self.file}:{self.line}: {column}{value}: {why}")

    def number(self, column: str, low: float = -math.inf, high: float = math.inf) -> float | None:
        text = self.cells.get(column, "")
        return self._number(column, text, low, high) if text else None

    def _number(self, column: str, text: str, low: float, high: float) -> float:
        try:
            number = float(text)
        except ValueError:
            raise self.wrong(column, "should be a number") from None
        if not low <= number <= high or math.isinf(number):  # NaN is in no range
            raise self.wrong(column, f"should be {span(low, high)}")
        return number

    def intervals(self, column: str) -> tuple[float, ...]:
        texts = self.cells.get(column, "").split()
        return tuple(self._number(column, text, 0, math.inf) / 1000 for text in texts)

    def yes(self, column: str) -> bool | None:
        text = self.cells.get(column, "").lower()
        if text not in YES_NO:
            raise self.wrong(column, "should be 1, 0 or empty")
        return YES_NO[text]

    def time(self, seconds: float) -> float:
        at = self.number("at", 0, seconds)
        if at is None:
            raise self.wrong("at", "every row needs its time")
        return at


def _ordered(path: Path, columns: tuple[str, ...], seconds: float) -> Iterator[_Row]:
    """The rows, whose times may not go back."""
    before = 0.0
    for row in _rows(path, columns):
        if row.time(seconds) < before:
            raise row.wrong("at", f"comes after {before:g}, rows should be in order of time")
        before = row.time(seconds)
        yield row


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[_Row]:
    reader = csv.reader(text_of(path).splitlines())
    head = [name.strip() for name in next(reader, [])]
    for name in head:
        if name not in columns or head.count(name) > 1:
            raise ValueError(f"{path}:1: {name}: no such column, or twice; {nearest(name, columns)}")
    if "at" not in head:
        raise ValueError(f"{path}:1: the column at is missing")
    for cells in filter(None, reader):
        if len(cells) != len(head):
            raise ValueError(f"{path}:{reader.line_num}: {len(cells)} cells under {len(head)} columns")
        yield _Row(path, reader.line_num, dict(zip(head, map(str.strip, cells), strict=True)))
