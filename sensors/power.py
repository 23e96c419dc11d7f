"""The device's own supply: battery, under-voltage, temperature, from the kernel's files.

Sources: Linux, Documentation/ABI/testing/sysfs-class-power (UPS HATs with a driver appear there),
Documentation/hwmon/raspberrypi-hwmon.rst, Documentation/driver-api/thermal/sysfs-api.rst; Raspberry Pi
documentation, "vcgencmd get_throttled". Raspberry Pi OS has under-voltage as the alarm of the hwmon device
rpi_volt, which the kernel asks of the firmware and clears every 2 s; systems without it may have the older
file get_throttled. What a machine does not have is None, or no trouble.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from sensors import Emit
from sensors.readings import Power

SYS = Path("/sys")
LOOK_S = 2.0
"""As often as the kernel looks: a shorter sag of the supply would be missed."""

LOOKS = 5
"""Looks for each reading: one every 10 s."""

UNDER_VOLTAGE, HELD_BACK = 0x1, 0xE
"""Bits of get_throttled that are true now; 0xE: frequency capped, throttled, soft temperature limit."""

CELSIUS = range(-55, 151)
"""What a thermal zone may say; sensors that are not connected say -274 and the like."""


@dataclass(frozen=True, slots=True)
class Supply:
    """The machine whose kernel shows itself below `root`."""

    root: Path = SYS

    async def run(self, emit: Emit) -> None:
        """Emit Power at once and every 10 s; `volts_low` if it was, at any look since the last."""
        loop, low = asyncio.get_running_loop(), False
        for look in count():  # in a thread, as a battery gauge on a slow bus may take its time
            low |= await asyncio.to_thread(volts_low, self.root)
            if look % LOOKS == 0:
                power = await asyncio.to_thread(read, self.root, loop.time())
                emit(replace(power, volts_low=low))
                low = False
            await asyncio.sleep(LOOK_S)


def read(root: Path, at: float) -> Power:
    """The state now."""
    return Power(at, battery(root), volts_low(root), celsius(root), held_back(root))


def battery(root: Path = SYS) -> float | None:
    """Charge 0..1, the mean of all batteries that feed this machine; None without one."""
    charges = [charge for supply in _feeding(root) if (charge := _charge(supply)) is not None]
    return sum(charges) / len(charges) if charges else None


def volts_low(root: Path = SYS) -> bool:
    """Whether the supply's voltage is too low now (under 4.63 V on a Pi)."""
    alarms = [_number(path) for path in _found(root, "class/hwmon/hwmon*/in0_lcrit_alarm") if _is_pi(path)]
    return any(alarms) if alarms else bool(_throttled(root) & UNDER_VOLTAGE)


def held_back(root: Path = SYS) -> bool:
    """Whether heat or a weak supply slows the processor down now, where the kernel has get_throttled."""
    return bool(_throttled(root) & HELD_BACK)


def celsius(root: Path = SYS) -> float | None:
    """The hottest thermal zone; None where there is none."""
    zones = (_number(path) for path in _found(root, "class/thermal/thermal_zone*/temp"))
    degrees = [milli / 1000 for milli in zones if milli is not None and milli // 1000 in CELSIUS]
    return max(degrees, default=None)


def _feeding(root: Path) -> Iterator[Path]:
    """Batteries of the machine, not those of a mouse or a headset (scope Device)."""
    for supply in _found(root, "class/power_supply/*"):
        if _text(supply / "type") in ("Battery", "UPS") and _text(supply / "scope") != "Device":
            yield supply


def _charge(supply: Path) -> float | None:
    """From its per cent, or else from what it has of what it can have."""
    if _text(supply / "present") == "0":
        return None
    per_cent = _number(supply / "capacity")
    if per_cent is not None and 0 <= per_cent <= 100:
        return per_cent / 100
    for kind in ("energy", "charge"):
        now, full = _number(supply / f"{kind}_now"), _number(supply / f"{kind}_full")
        if now is not None and full:
            return min(1.0, max(0.0, now / full))
    return None


def _throttled(root: Path) -> int:
    """Bits of the firmware's answer, 0 where it cannot be had."""
    words = [_text(path) for path in _found(root, "devices/platform/soc*/*firmware/get_throttled")]
    try:
        return int(words[0], 16) if words else 0
    except ValueError:
        return 0


def _is_pi(alarm: Path) -> bool:
    return _text(alarm.parent / "name") == "rpi_volt"


def _found(root: Path, pattern: str) -> list[Path]:
    return sorted(root.glob(pattern))


def _number(path: Path) -> int | None:
    try:
        return int(_text(path))
    except ValueError:
        return None


def _text(path: Path) -> str:
    """The file's only line; nothing where it is missing, or its driver has no answer (ENODATA, EIO)."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
