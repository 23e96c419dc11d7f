"""`band simulate`: a band without a wearer, on another machine with Bluetooth, for makers and for tests.

It serves the Heart Rate service, the Battery service and our profile (docs/band.md). Its wearer sits still;
every two minutes something frightens them for half a minute.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import exp, pi, sin

from agent.peripheral import Peripheral, served
from sensors.wire import gatt, profile

NAME = "Distress Band"
LAYOUT = {
    gatt.HEART_RATE_SERVICE: (gatt.HEART_RATE,),
    gatt.BATTERY_SERVICE: (gatt.BATTERY,),
    profile.SERVICE: (profile.SKIN, profile.MOTION),
}
ADVERTISED = (profile.SERVICE, gatt.HEART_RATE_SERVICE)
"""More would not fit into the 31 bytes of an advertisement."""

CALM_S, FRIGHT_S = 90.0, 30.0
BATTERY = 0.87

Report = tuple[str, bytes]
"""A characteristic's UUID and what it notifies."""


def run(adapter: str = "hci0", name: str = NAME, say: Callable[[str], None] = print) -> int:
    """Advertise until interrupted; 0. Raises SensorLost where BlueZ cannot be had."""
    with suppress(asyncio.CancelledError):
        asyncio.run(_until_stopped(adapter, name, say))
    return 0


async def _until_stopped(adapter: str, name: str, say: Callable[[str], None]) -> None:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await simulate(adapter, name, say)


async def simulate(adapter: str = "hci0", name: str = NAME, say: Callable[[str], None] = print) -> None:
    """Serve and advertise on an adapter until cancelled."""
    async with served(adapter, LAYOUT, name, ADVERTISED) as peripheral:
        say(f"{name} advertises on {adapter}; Ctrl-C ends it.")
        await _live(peripheral)


async def _live(peripheral: Peripheral) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    peripheral.tell(gatt.BATTERY, bytes([round(100 * BATTERY)]))
    for step, told in enumerate(reports(), 1):
        for uuid, value in told:
            peripheral.tell(uuid, value)
        await asyncio.sleep(began + step / profile.SKIN_HZ - loop.time())


def reports() -> Iterator[list[Report]]:
    """What is told in each quarter of a second, for ever: conductance always, the rest once a second."""
    step, beat = 0, 0.0
    while True:
        at = step / profile.SKIN_HZ
        now = body(at)
        told = [(profile.SKIN, profile.skin_bytes(at, now.microsiemens, contact=True))]
        if step % profile.SKIN_HZ == 0:
            beats = list(_beats(beat, at))
            beat += sum(beats)
            told.append((profile.MOTION, profile.motion_bytes(at, now.g)))
            told.append((gatt.HEART_RATE, gatt.heart_rate_bytes(round(now.bpm), beats, contact=True)))
        yield told
        step += 1


def _beats(last: float, until: float) -> Iterator[float]:
    """Intervals (seconds) of the beats after `last`, up to the first one past `until`."""
    while last < until:
        rr_s = 60 / body(last).bpm
        last += rr_s
        yield rr_s


@dataclass(frozen=True, slots=True)
class Body:
    """How the wearer's body is: bpm, microsiemens, motion in g."""

    bpm: float
    microsiemens: float
    g: float


def body(at: float) -> Body:
    """The body at `at` seconds: calm, then frightened while sitting still, and so on.

    A startle raises pulse and conductance within seconds; both fall slowly (Boucsein 2012, Electrodermal
    Activity, 2nd ed., Springer).
    """
    since = at % (CALM_S + FRIGHT_S) - CALM_S
    after = exp(-(since + CALM_S) / 20) if at > CALM_S else 0.0
    fright = 1 - exp(-since / 8) if since > 0 else after
    return Body(72 + 3 * sin(2 * pi * 0.1 * at) + 50 * fright, 2.5 + 0.1 * sin(at / 9) + 4 * fright, 0.02)
