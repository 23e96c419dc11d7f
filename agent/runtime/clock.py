"""Clock: the two times of the house. Everything that needs one takes it as a value.

Monotonic seconds order and measure; wall time is for people and for what outlives a restart. A device
without a clock battery may jump in wall time by years, so nothing waits by it.
"""

from __future__ import annotations

import time


class Clock:
    """The device's own time."""

    def now(self) -> float:
        """Monotonic seconds; `at` of every event."""
        return time.monotonic()

    def wall(self) -> float:
        """Unix seconds."""
        return time.time()


class SetClock(Clock):
    """Scenario time: somebody else moves `seconds` on; wall time is `start` (Unix seconds) plus that."""

    def __init__(self, start: float, seconds: float = 0.0) -> None:
        self.start = start
        self.seconds = seconds

    def now(self) -> float:
        """Seconds into the scenario."""
        return self.seconds

    def wall(self) -> float:
        """Unix seconds in the scenario."""
        return self.start + self.seconds
