"""A device that stays where it is (a bedside, a workshop): its position comes from the configuration."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sensors import Emit
from sensors.readings import Position

EVERY_S = 30.0
"""Well within the 120 s after which a position counts as old."""


@dataclass(frozen=True, slots=True)
class FixedPosition:
    """WGS 84 degrees; `accuracy_m`: how far from there the device may be carried (None = not said)."""

    latitude: float
    longitude: float
    accuracy_m: float | None = None

    async def run(self, emit: Emit) -> None:
        """Emit the same Position, source `fixed`, again and again until cancelled."""
        while True:
            now = asyncio.get_running_loop().time()
            emit(Position(now, self.latitude, self.longitude, self.accuracy_m, "fixed"))
            await asyncio.sleep(EVERY_S)
