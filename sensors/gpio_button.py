"""A button on a GPIO pin."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sensors import Emit
from sensors.button import NAME, Edge, Finger, follow
from sensors.gpio import opened_input


@dataclass(frozen=True, slots=True)
class GpioButton:
    """GPIO `pin` (BCM number); pull_up: the button connects it to ground, otherwise to 3.3 V."""

    pin: int
    pull_up: bool = True

    async def run(self, emit: Emit) -> None:
        """Emit Press and Loss (stuck, free again) until cancelled; SensorLost when there is no such pin."""
        loop = asyncio.get_running_loop()
        edges: asyncio.Queue[Edge | None] = asyncio.Queue()

        def moved(down: bool) -> None:
            """On the thread of the pin library."""
            if not loop.is_closed():
                loop.call_soon_threadsafe(edges.put_nowait, Edge(down, loop.time()))

        with opened_input(NAME, self.pin, pull_up=self.pull_up) as pin:
            pin.when_activated = lambda: moved(True)
            pin.when_deactivated = lambda: moved(False)
            await follow(edges, Finger(down=bool(pin.is_active), at=loop.time()), emit)
