"""Slot: the one place where load is shed. A sense that cannot keep up loses the oldest, never silently.

Pictures: `Slot(1)`, the newest frame wins. Sound: some seconds of blocks; what is dropped is counted
into `lost` of the block that follows the hole, so that the sense starts anew and the loss can be told.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from sensors.readings import Reading, Sound


class Slot:
    """A mailbox of at most `most` readings between a sensor (put, from the loop's thread) and a sense."""

    def __init__(self, most: int) -> None:
        self._waiting: asyncio.Queue[Reading] = asyncio.Queue(most)
        self._hole = 0
        self.dropped = 0

    def put(self, reading: Reading) -> None:
        """Never waits: what is oldest makes room."""
        if self._waiting.full():
            old = self._waiting.get_nowait()
            self._waiting.task_done()
            self.dropped += 1
            self._hole += len(old.samples) + old.lost if isinstance(old, Sound) else 0
        self._waiting.put_nowait(reading)

    async def take(self) -> Reading:
        """The oldest reading; say done() when it has been dealt with."""
        reading = await self._waiting.get()
        if self._hole and isinstance(reading, Sound):
            reading, self._hole = replace(reading, lost=reading.lost + self._hole), 0
        return reading

    def done(self) -> None:
        """The reading that was taken has become events."""
        self._waiting.task_done()

    async def join(self) -> None:
        """Return when everything put so far has been dealt with."""
        await self._waiting.join()
