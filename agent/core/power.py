"""Power: the device's last words, said while it still can: battery, supply, heat, shutdown.

What may end it is told to the people who are told of trouble. What asks for nobody in the night, that it is
slowed down (from 60 degrees on, by some models) and that its program is stopped by hand, is told quietly; the
stop only where somebody listens to the topics.

Each worry is told once, and again only after it has been over for HELD_S: supplies sag with every peak of
the load, and batteries waver around a limit. A Pi slows down from 80 degrees Celsius on and stops at 85
(Raspberry Pi documentation, "Frequency management and thermal control").
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from agent.core.events import Power
from agent.core.notice import Reason

LOW, EMPTY = 0.15, 0.05
CHARGED = 0.05
"""Share of the battery by which it must be over a limit again."""

HOT_C, COOLED_C = 80.0, 70.0
QUIET = frozenset({"throttled", "stopped"})
"""Worries that wake nobody."""

ENDS = frozenset({"shutdown", "stopped"})
"""Worries that are news each time."""

HELD_S = 3600.0
"""Seconds that a worry must have been over before it can be told anew."""


@dataclass(frozen=True, slots=True)
class Worry:
    """One thing that is wrong, as of `at` (monotonic s), and has been told."""

    name: str
    at: float


Worries = tuple[Worry, ...]


def merged(old: Power | None, new: Power) -> Power:
    """The newest report; a battery that it does not speak of is as it was."""
    return replace(new, battery=old.battery) if old and new.battery is None else new


def worries(old: Worries, power: Power, at: float) -> Worries:
    """What is wrong at `at`, and what was so lately, from the least to the worst."""
    known = {worry.name: worry for worry in old}
    wrong = {name: Worry(name, at) for name in _wrong(power, frozenset(known))}
    lately = {name: worry for name, worry in known.items() if at < worry.at + HELD_S and name not in ENDS}
    return tuple((lately | wrong).values())


def reasons(old: Worries, new: Worries, power: Power) -> tuple[Reason, ...]:
    """The worries that have not been told yet, in words."""
    told = {worry.name for worry in old}
    fresh = [worry.name for worry in new if worry.name not in told]
    return tuple(Reason(name, 0.0, _in_words(name, power)) for name in fresh if not _implied(name, fresh))


def pressing(known: Worries, power: Power | None) -> tuple[Reason, ...]:
    """What is wrong now, told or not, in words."""
    if power is None:
        return ()
    names = _wrong(power, frozenset(worry.name for worry in known))
    return tuple(Reason(name, 0.0, _in_words(name, power)) for name in names if not _implied(name, names))


def _implied(name: str, names: Collection[str]) -> bool:
    """Whether another of the worries says it already."""
    worse = {"battery_low": {"battery_empty"}, "throttled": {"too_hot", "volts_low"}}
    return bool(worse.get(name, set()) & set(names))


def _wrong(power: Power, told: frozenset[str]) -> list[str]:
    """The names of what is wrong, with a margin for what has been told."""
    limits = {"battery_low": LOW, "battery_empty": EMPTY}
    names = [name for name, limit in limits.items() if _under(power.battery, limit, name in told)]
    names += ["volts_low"] * power.volts_low
    hot_c = COOLED_C if "too_hot" in told else HOT_C
    names += ["too_hot"] * (power.celsius is not None and power.celsius >= hot_c)
    names += ["throttled"] * power.throttled
    return names + ["shutdown"] * power.shutting_down + ["stopped"] * power.stopping


def _under(battery: float | None, limit: float, told: bool) -> bool:
    return battery is not None and battery <= limit + CHARGED * told


def _in_words(name: str, power: Power) -> str:
    """A worry for people."""
    left = f"battery at {power.battery or 0.0:.0%}".replace("%", " %")
    return {
        "battery_low": left,
        "battery_empty": f"{left}, the device will fall silent",
        "volts_low": "supply voltage too low, the device may stop",
        "too_hot": f"device too hot: {power.celsius or 0.0:.0f} degrees C",
        "throttled": "slowed down by heat or a weak supply",
        "shutdown": "the device is shutting down",
        "stopped": "its program was stopped by hand: nothing is heard until it is started again",
    }[name]
