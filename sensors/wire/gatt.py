"""What Bluetooth LE devices notify, as Vitals: the standard characteristics, and any other that is described.

Every reader takes (at, data) and raises ValueError on what is cut short or cannot be. Sources: Bluetooth SIG,
"GATT Specification Supplement", sections Heart Rate Measurement (0x2A37), Blood Pressure Measurement (0x2A35)
and Battery Level (0x2A19); numbers of 16 bits with a point: IEEE 11073-20601, SFLOAT-Type.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from math import isfinite
from typing import Any

from sensors.readings import Vitals


def uuid16(number: int) -> str:
    """A number assigned by the Bluetooth SIG as a whole UUID."""
    return f"0000{number:04x}-0000-1000-8000-00805f9b34fb"


HEART_RATE_SERVICE = uuid16(0x180D)
BLOOD_PRESSURE_SERVICE = uuid16(0x1810)
BATTERY_SERVICE = uuid16(0x180F)
HEART_RATE = uuid16(0x2A37)
BODY_LOCATION = uuid16(0x2A38)
BLOOD_PRESSURE = uuid16(0x2A35)
BATTERY = uuid16(0x2A19)

RR_HZ = 1024
"""RR intervals are counted in 1/1024 s."""
MMHG_PER_KPA = 7.500_62

CONTACT = {2: False, 3: True}
"""Bits 1 and 2 of the heart rate's flags; without bit 2 the device cannot tell."""

NOT_A_NUMBER = frozenset((0x07FE, 0x07FF, 0x0800, 0x0801, 0x0802))
"""SFLOATs that stand for: +infinity, not a number, not at this resolution, reserved, -infinity."""

Reader = Callable[[float, bytes], Vitals]
"""Makes the Vitals at `at` of one notification; ValueError when it is malformed."""


def heart_rate(at: float, data: bytes) -> Vitals:
    """Pulse in bpm (0 means unknown), all RR intervals in seconds, contact where the device can tell."""
    flags = data[0] if data else 0
    wide = flags & 1
    start = 2 + wide + (2 if flags & 8 else 0)
    beats = data[start:] if flags & 16 else b""
    if len(data) < start or len(beats) % 2:
        raise ValueError(f"a heart rate of {len(data)} bytes is cut short")
    bpm = int.from_bytes(data[1 : 2 + wide], "little")
    rr_s = tuple(count / RR_HZ for (count,) in struct.iter_unpack("<H", beats) if count)
    return Vitals(at, float(bpm) if bpm else None, rr_s, contact=CONTACT.get(flags >> 1 & 3))


def heart_rate_bytes(bpm: int, rr_s: Iterable[float] = (), contact: bool | None = None) -> bytes:
    """The notification that heart_rate reads: pulse of one byte, RR intervals in seconds."""
    beats = [min(0xFFFF, round(rr * RR_HZ)) for rr in rr_s]
    bits = {None: 0, False: 2, True: 3}[contact]
    return struct.pack(f"<BB{len(beats)}H", bits << 1 | (16 if beats else 0), bpm, *beats)


def battery(at: float, data: bytes) -> Vitals:
    """Charge as a share, 0 to 1."""
    if len(data) != 1 or data[0] > 100:
        raise ValueError(f"no battery level: {data.hex()}")
    return Vitals(at, battery=data[0] / 100)


def blood_pressure(at: float, data: bytes) -> Vitals:
    """Systolic and diastolic pressure in mmHg; None for a measurement that failed."""
    if len(data) < 7:
        raise ValueError(f"a blood pressure of {len(data)} bytes is cut short")
    unit = MMHG_PER_KPA if data[0] & 1 else 1.0
    systolic, diastolic = (_sfloat(raw, unit) for raw in struct.unpack_from("<2H", data, 1))
    return Vitals(at, systolic_mmhg=systolic, diastolic_mmhg=diastolic)


def _sfloat(raw: int, unit: float) -> float | None:
    """12 bits of mantissa and 4 of exponent (base 10), both signed."""
    if raw in NOT_A_NUMBER:
        return None
    mantissa, exponent = _signed(raw & 0xFFF, 12), _signed(raw >> 12, 4)
    if mantissa < 0:
        raise ValueError("a blood pressure below zero")
    return mantissa * 10.0**exponent * unit


def _signed(number: int, bits: int) -> int:
    return number - (1 << bits) if number >> (bits - 1) else number


VITALS = ("bpm", "rr_s", "microsiemens", "g", "contact", "systolic_mmhg", "diastolic_mmhg", "battery")
"""What a Field may tell, in the unit of its name; `battery` is a share, `contact` is yes unless 0."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value in the notifications of a characteristic that no standard describes.

    uuid: of the characteristic, whole. format: as Python's struct has it, for exactly one value; `<` is
    little-endian, `x` skips a byte. vital: one of VITALS; it is the raw value times `scale`. unknown: the
    raw value that means "not known". Raises ValueError when it is made of what cannot be.
    """

    uuid: str
    format: str
    vital: str
    scale: float = 1.0
    unknown: int | None = None

    def __post_init__(self) -> None:
        if self.vital not in VITALS:
            raise ValueError(f"{self.vital} is no vital: choose one of {', '.join(VITALS)}")
        try:
            values = struct.unpack(self.format, bytes(struct.calcsize(self.format)))
        except struct.error as error:
            raise ValueError(f"the format {self.format} cannot be read: {error}") from None
        if len(values) != 1 or isinstance(values[0], bytes):
            raise ValueError(f"the format {self.format} should hold exactly one number")

    def value(self, data: bytes) -> float | None:
        """The value in a notification (bytes after it are left alone); None where it is not known."""
        if len(data) < struct.calcsize(self.format):
            raise ValueError(f"{len(data)} bytes are too few for {self.format}")
        raw = struct.unpack_from(self.format, data)[0]
        if raw == self.unknown:
            return None
        value = float(raw * self.scale)
        if not isfinite(value) or value < 0:
            raise ValueError(f"{self.vital} cannot be {value}")
        return value


def described(fields: tuple[Field, ...], at: float, data: bytes) -> Vitals:
    """All that these fields of one characteristic tell."""
    told: dict[str, Any] = {}
    for field in fields:
        value = field.value(data)
        if value is not None:
            told[field.vital] = _typed(field.vital, value)
    return Vitals(at, **told)


def _typed(vital: str, value: float) -> float | bool | tuple[float]:
    if vital == "contact":
        return value > 0
    return (value,) if vital == "rr_s" else value


def readers(fields: Iterable[Field] = ()) -> dict[str, Reader]:
    """How to read each characteristic, by its UUID: the standard ones, and those that the fields describe."""
    known: dict[str, Reader] = {HEART_RATE: heart_rate, BLOOD_PRESSURE: blood_pressure, BATTERY: battery}
    by_uuid = sorted(fields, key=lambda field: field.uuid.lower())
    for uuid, some in groupby(by_uuid, key=lambda field: field.uuid.lower()):
        known[uuid] = partial(described, tuple(some))
    return known
