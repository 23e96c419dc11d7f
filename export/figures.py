"""Figures: a row of the table, with its interval, its counts, its target and whether that was reached."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from math import isnan, nan
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

PARTS = ("targets", "peers", "robustness", "fairness", "apart")
"""The parts of a model's table, in their order; what stands in none comes after the targets."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. low, high: 95 % interval, bootstrap over groups. target: with its direction.

    target is "at least" (positive sign) or "at most" (`most`); None where the figure is only told.
    value: nan where nobody could measure it. part: one of PARTS, or "".
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    counts: str = ""
    target: float | None = None
    most: bool = False
    part: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target was reached; None without a target or a value."""
        if self.target is None or isnan(self.value):
            return None
        return self.value <= self.target if self.most else self.value >= self.target

    def words(self) -> tuple[str, str, str, str]:
        """Value with interval, counts, target, verdict: as the table prints them."""
        about = "" if self.low is None or self.high is None else f" ({_said(self.low)} to {_said(self.high)})"
        value = "not measured" if isnan(self.value) else _said(self.value) + about
        sign = "" if self.target is None else f"{'<=' if self.most else '>='} {self.target:g}"
        verdict = {None: "", True: "reached", False: "missed"}[self.reached]
        return value, self.counts, sign, verdict


def not_measured(name: str, why: str = "", target: float | None = None, *, most: bool = False) -> Figure:
    """A row that the table must have and nobody could measure."""
    return Figure(name, nan, counts=why, target=target, most=most)


def part(name: str, rows: Iterable[Figure]) -> list[Figure]:
    """These rows as a part of the table."""
    if name not in PARTS:
        raise ValueError(f"no part of a table is called {name}: {', '.join(PARTS)}")
    return [replace(row, part=name) for row in rows]


def by_part(figures: Iterable[Figure]) -> dict[str, list[Figure]]:
    """The rows of each part that there is, under its heading, in their order; "" where nothing is parted."""
    rows = list(figures)
    found = {name: [row for row in rows if row.part == name] for name in (PARTS[0], "", *PARTS[1:])}
    told = {name: some for name, some in found.items() if some}
    return told if list(told) == [""] else {name or "more": some for name, some in told.items()}


def show(title: str, figures: list[Figure]) -> None:
    """Print figures as a table."""
    table = Table("figure", "value (95 %)", "counts", "target", "", title=title)
    for name, rows in by_part(figures).items():
        if name:
            table.add_section()
            table.add_row(f"[bold]{name}[/bold]")
        for figure in rows:
            table.add_row(figure.name, *figure.words())
    Console(width=140).print(table)


def show_targets(models: dict[str, list[Figure] | None]) -> None:
    """Print what each model had to reach and whether it did; None: nobody could measure."""
    table = Table("model", "figure", "value (95 %)", "counts", "target", "", title="targets of all models")
    for model, figures in models.items():
        if figures is None:
            table.add_row(model, "not measured: why is said above")
        for figure in figures or []:
            if figure.target is not None:
                table.add_row(model, figure.name, *figure.words())
        table.add_section()
    Console(width=160).print(table)
    aimed = [row for figures in models.values() for row in figures or [] if row.reached is not None]
    print(f"{sum(row.reached is True for row in aimed)} of {len(aimed)} measured targets reached")


def save(figures: list[Figure], file: Path) -> None:
    """Write figures as JSON, for the card."""
    rows = [{**asdict(figure), "reached": figure.reached} for figure in figures]
    told = [row | {"value": None} if isnan(row["value"]) else row for row in rows]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(told, indent=1, allow_nan=False), encoding="utf-8")


def load(file: Path) -> list[Figure]:
    """What `save` wrote; OSError where evaluate has not run."""
    return read(json.loads(file.read_text(encoding="utf-8")))


def read(rows: Iterable[dict[str, Any]]) -> list[Figure]:
    """Rows of JSON, of `save` or of a card, as figures."""
    known = [{key: row[key] for key in Figure.__dataclass_fields__ if key in row} for row in rows]
    return [Figure(**(row | {"value": nan} if row["value"] is None else row)) for row in known]


def _said(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
