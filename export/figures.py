"""Figures: a row of the table, with its interval, its counts, its target and whether that was reached."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. low, high: 95 % interval, bootstrap over groups. target: with its direction.

    target is "at least" (positive sign) or "at most" (`most`); None where the figure is only told.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    counts: str = ""
    target: float | None = None
    most: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the target was reached; None without a target."""
        if self.target is None:
            return None
        return self.value <= self.target if self.most else self.value >= self.target

    def words(self) -> tuple[str, str, str, str]:
        """Value with interval, counts, target, verdict: as the table prints them."""
        about = "" if self.low is None else f" ({self.low:.3f} to {self.high:.3f})"
        sign = "" if self.target is None else f"{'<=' if self.most else '>='} {self.target:g}"
        verdict = {None: "", True: "reached", False: "missed"}[self.reached]
        return f"{self.value:.3f}{about}", self.counts, sign, verdict


def show(title: str, figures: list[Figure]) -> None:
    """Print figures as a table."""
    table = Table("figure", "value (95 %)", "counts", "target", "", title=title)
    for figure in figures:
        table.add_row(figure.name, *figure.words())
    Console(width=140).print(table)


def save(figures: list[Figure], file: Path) -> None:
    """Write figures as JSON, for the card."""
    rows = [{**asdict(figure), "reached": figure.reached} for figure in figures]
    file.write_text(json.dumps(rows, indent=1), encoding="utf-8")


def load(file: Path) -> list[Figure]:
    """What `save` wrote; OSError where evaluate has not run."""
    rows = json.loads(file.read_text(encoding="utf-8"))
    return [Figure(**{key: row[key] for key in Figure.__dataclass_fields__}) for row in rows]
