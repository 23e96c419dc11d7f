"""Tryout: every sensor really runs for some seconds, all at once; what came of it, for people.

The words are for somebody who is afraid and knows no computers: what the agent perceives, or what is wrong
and the one thing to do about it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agent.runtime.vigil import parted
from sensors import Sensor, SensorLost, readings
from sensors.gps import Gps
from sensors.modem_location import ModemLocation
from sensors.readings import Frame, Loss, Position, Power, Reading, Sound, Vitals

PATIENCE_S = {"microphone": 4.0, "camera": 15.0, "band": 30.0, "gps": 20.0, "button": 1.0, "power": 5.0}
"""Longest tryout; a camera opens in 2 to 5 s, a band is looked for for 20 s."""
LISTEN_S = 1.5
"""After the first reading: to hear a level, and what a driver finds fault with."""

NAMES = {"gps": "position"}
"""What the configuration calls it, where the driver's name is another."""

QUIET = 1e-5
"""-100 dBFS: no microphone that works is so quiet, in any room."""

NOTHING = {
    "microphone": "plug it out and in again",
    "camera": "check its cable, then restart this device",
    "band": "bring the band near, put it on, and see that it is charged",
    "gps": "take this device to a window or outside: its receiver must see the sky",
    "power": "this is no danger; set sensors.power.enabled: false if it stays",
}
"""What to do about a sensor that gave nothing and said nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `cure`: what to do; empty where it works."""

    part: str
    ok: bool
    found: str
    cure: str = ""


async def tried(sensors: Mapping[str, Sensor]) -> list[Finding]:
    """Run all of them at once, none longer than its PATIENCE_S; one finding each."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_tried(name, sensor)) for name, sensor in sensors.items()]
    return [task.result() for task in tasks]


async def _tried(name: str, sensor: Sensor) -> Finding:
    loop, heard = asyncio.get_running_loop(), list[Reading]()
    patience_s = PATIENCE_S[name]
    if isinstance(sensor, Gps | ModemLocation):
        sensor = replace(sensor, patience_s=patience_s - 1)  # it knows why there is no position
    try:
        async with asyncio.timeout(patience_s) as limit:

            def emit(reading: Reading) -> None:
                if not heard:
                    limit.reschedule(loop.time() + LISTEN_S)
                heard.append(reading)

            await sensor.run(emit)
    except TimeoutError:
        return judged(name, heard)
    except SensorLost as lost:
        return _trouble(name, lost.why)
    return _trouble(name, "it ended by itself")


def judged(name: str, heard: Sequence[Reading]) -> Finding:
    """What a sensor gave, in words."""
    faults = {reading.sensor: reading for reading in heard if isinstance(reading, Loss)}
    for fault in faults.values():
        if fault.lost:
            return _trouble(fault.sensor, fault.why)
    told = [reading for reading in heard if not isinstance(reading, Loss)]
    if name == "button":
        return Finding(name, True, "is there; a short press cancels, holding it for 2 s calls for help")
    if not told:
        return Finding(called(name), False, "gives nothing", NOTHING[name])
    if isinstance(told[0], Sound):
        return _heard(name, [sound for sound in told if isinstance(sound, Sound)])
    return Finding(called(name), True, _in_words(told))


def running(parts: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """The same, as told by the agent that runs and has the sensors: its `sensors` of docs/mqtt/state.json."""
    for name, told in parts.items():
        well = told["state"] in ("ok", "starting")
        yield Finding(called(name), True, "works") if well else _trouble(name, told["why"])


def called(name: str) -> str:
    """A sensor as the configuration calls it."""
    return NAMES.get(name, name)


def _trouble(name: str, why: str) -> Finding:
    wrong, cure = parted(why)
    return Finding(called(name), False, wrong, cure or NOTHING.get(name, ""))


def _heard(name: str, sounds: Iterable[Sound]) -> Finding:
    samples = np.concatenate([sound.samples for sound in sounds])
    loudest = float(np.abs(samples).max(initial=0.0))
    if loudest < QUIET:
        return _trouble(name, "it is on, but gives not the faintest sound: is it muted, or the wrong one?")
    return Finding(
        name, True, f"hears; loudest just now: {20 * np.log10(loudest):.0f} dB (0 is the most it can take)"
    )


def _in_words(told: Sequence[Reading]) -> str:
    match told[-1]:
        case Frame(pixels=pixels):
            return f"sees, in pictures of {pixels.shape[1]} x {pixels.shape[0]}"
        case Vitals():
            return f"feels: {_felt([one for one in told if isinstance(one, Vitals)])}"
        case Position() as position:
            radius = "" if position.accuracy_m is None else f", give or take {position.accuracy_m:.0f} m"
            return f"{position.latitude:.5f}, {position.longitude:.5f}{radius}"
        case Power() as power:
            return _supply(power)
    return "works"


def _felt(told: Iterable[Vitals]) -> str:
    """The newest of each."""
    newest: dict[str, object] = {}
    for vitals in told:
        known = {"pulse": vitals.bpm, "skin": vitals.microsiemens, "motion": vitals.g}
        newest |= {name: value for name, value in known.items() if value is not None}
    units = {"pulse": "pulse {:.0f}", "skin": "skin conductance {:.1f} microsiemens", "motion": "motion"}
    return (
        ", ".join(units[name].format(newest[name]) for name in units if name in newest) or "that it is worn"
    )


def _supply(power: readings.Power) -> str:
    battery = "no battery is known here" if power.battery is None else f"battery at {power.battery:.0%}"
    heat = "" if power.celsius is None else f", {power.celsius:.0f} degrees C"
    slow = ", slowed down by heat or a weak supply" * power.throttled
    return f"{battery}{heat}{slow}{', but the voltage is too low' * power.volts_low}"
