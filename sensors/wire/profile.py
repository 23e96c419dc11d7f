"""The band profile of our own: skin conductance and motion, for which the Bluetooth SIG has no service.

It stands in docs/band.md for makers. All numbers are unsigned and little-endian. Each report begins with a
clock of 16 bits in milliseconds that wraps, so that two reports of equal content are one that came twice.
"""

from __future__ import annotations

import struct

from sensors.wire.gatt import Field

SERVICE = "88750001-9ac9-4e4e-bc7a-a14b0607508a"
SKIN = "88750002-9ac9-4e4e-bc7a-a14b0607508a"
MOTION = "88750003-9ac9-4e4e-bc7a-a14b0607508a"

SKIN_HZ = 4
"""Reports a second: conductance rises within 1 to 3 s (Boucsein 2012, Electrodermal Activity, 2.3)."""
MOTION_HZ = 1
UNKNOWN = 0xFFFF
NO_CONTACT_SENSE = 0xFF

FIELDS = (
    Field(SKIN, "<2xH", "microsiemens", 0.001, UNKNOWN),
    Field(SKIN, "<4xB", "contact", 1, NO_CONTACT_SENSE),
    Field(MOTION, "<2xH", "g", 0.001, UNKNOWN),
)
"""Skin conductance 0 to 65.534 microsiemens and contact (1 worn, 0 not worn); motion 0 to 65.534 g."""


def skin_bytes(at: float, microsiemens: float | None, contact: bool | None = None) -> bytes:
    """The notification of SKIN; at: seconds of the band's clock."""
    return struct.pack(
        "<HHB", _clock(at), _milli(microsiemens), NO_CONTACT_SENSE if contact is None else contact
    )


def motion_bytes(at: float, g: float | None) -> bytes:
    """The notification of MOTION; g: standard deviation of the acceleration's magnitude over the second."""
    return struct.pack("<HH", _clock(at), _milli(g))


def _clock(at: float) -> int:
    return round(at * 1000) & 0xFFFF


def _milli(value: float | None) -> int:
    return UNKNOWN if value is None else max(0, min(UNKNOWN - 1, round(value * 1000)))
