"""What sensors give: raw readings, stamped, in SI or stated units; they never leave memory.

`at` is seconds on the monotonic clock of whoever runs the sensor (or scenario time in a replay) and
means the end of what the reading describes: the last sample of a block, the exposure of a frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
"""Samples per second of every Sound: drivers and files are brought to this rate, mono."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A block of sound: float32 samples in -1..1, shape (n,), 16 kHz mono.

    `lost` counts the samples that were dropped just before this block (overflow, shed load).
    """

    at: float
    samples: NDArray[np.float32]
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: uint8, shape (height, width) grey or (height, width, 3) RGB."""

    at: float
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Vitals:
    """One report of the band; what the band did not say is None (or no RR values), never a zero.

    g: motion, the standard deviation of the acceleration's magnitude over a second. battery: 0..1, of the
    band itself, as it was last told.
    """

    at: float
    bpm: float | None = None
    rr_s: tuple[float, ...] = ()
    microsiemens: float | None = None
    g: float | None = None
    contact: bool | None = None
    systolic_mmhg: float | None = None
    diastolic_mmhg: float | None = None
    battery: float | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """WGS 84 degrees; `accuracy_m` is the radius of 68 % confidence, None if unknown."""

    at: float
    latitude: float
    longitude: float
    accuracy_m: float | None = None
    source: str = "gps"


@dataclass(frozen=True, slots=True)
class Press:
    """A button was used: `sos` (held for 2 s) or `cancel` (pressed)."""

    at: float
    press: str


@dataclass(frozen=True, slots=True)
class Power:
    """The device's own supply: battery 0..1 (None without one), `volts_low` on under-voltage.

    throttled: heat or a weak supply slows the processor down.
    """

    at: float
    battery: float | None = None
    volts_low: bool = False
    celsius: float | None = None
    throttled: bool = False


@dataclass(frozen=True, slots=True)
class Loss:
    """A sensor fell silent or came back: told by replays' faults and by whoever watches liveness."""

    at: float
    sensor: str
    lost: bool
    why: str = ""


Reading = Sound | Frame | Vitals | Position | Press | Power | Loss
