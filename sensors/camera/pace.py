"""How often a picture is taken: seldom where nothing moves, and while the device is hot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sensors.camera.faults import block_means
from sensors.camera.pipe import Pixels

STILL_S = 10.0
"""Rest after this long without movement."""

MOVED = 4.0
"""Grey levels by which a block's mean must differ; noise of 5 levels moves the mean of 256 pixels by 0.3."""

HOT_C = 80.0
COOL_C = 75.0
"""A Raspberry Pi slows itself down from 80 degrees Celsius on (its documentation, "Frequency management")."""

BLOCK = 16
THERMOMETER = Path("/sys/class/thermal/thermal_zone0/temp")


class Pace:
    """Pictures a second, as what was seen and the device's temperature have it."""

    def __init__(self, per_s: float, resting_per_s: float) -> None:
        self._rates = per_s, resting_per_s
        self._before: NDArray[np.float32] | None = None
        self._moved = 0.0
        self._hot = False
        self._still = False

    def per_s(self) -> float:
        """What holds now."""
        return self._rates[self._still or self._hot]

    def look(self, at: float, pixels: Pixels, celsius: float | None = None) -> None:
        """Take a picture of shape (height, width) into account; `at` in seconds."""
        blocks = block_means(pixels, BLOCK)
        if self._before is None or _moved(self._before, blocks):
            self._moved = at
        self._before = blocks
        self._still = at - self._moved >= STILL_S
        if celsius is not None:
            self._hot = celsius >= (COOL_C if self._hot else HOT_C)


def celsius() -> float | None:
    """The processor's temperature; None where it cannot be read."""
    try:
        return int(THERMOMETER.read_text()) / 1000
    except (OSError, ValueError):
        return None


def _moved(before: NDArray[np.float32], now: NDArray[np.float32]) -> bool:
    """Whether something other than the exposure changed: that changes all blocks alike."""
    if before.shape != now.shape:
        return True
    change = now - before
    return bool(np.abs(change - np.median(change)).max() > MOVED)
