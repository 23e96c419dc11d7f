"""Drivers that turn the world (or a file, or a scenario) into readings; they know nothing of the agent.

A sensor is anything with `run(emit)`: it calls `emit(reading)` on the event loop's thread for ever
and ends only by `SensorLost`. Hardware libraries are imported where the device is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sensors.readings import Reading

Emit = Callable[[Reading], None]


class SensorLost(Exception):
    """A sensor cannot be had (any more): which one, why, and so what to do about it."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


class Sensor(Protocol):
    """One source of readings."""

    async def run(self, emit: Emit) -> None:
        """Emit readings until cancelled; raise SensorLost when the source is gone."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A sensor that is switched on. limit_s: silence that is told; None: it speaks only now and then."""

    name: str
    sensor: Sensor
    limit_s: float | None
