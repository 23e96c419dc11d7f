"""What is wrong with a configuration: where, and what to do about it. No secret is ever shown."""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[str | int, ...]
"""The way to a value from the top of the file: keys of mappings, positions (from 0) in lists."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. `line`: from 1, or None; `cure`: what is wrong and what helps."""

    file: str
    line: int | None
    key: str
    cure: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.key}: {self.cure}" if self.key else f"{where}: {self.cure}"


class ConfigError(Exception):
    """The configuration is wrong: all faults that were found, a line each."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def key(place: Place) -> str:
    """A place as people write it: ("contacts", 0, "name") is `contacts[0].name`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(steps).removeprefix(".")
