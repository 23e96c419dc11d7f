"""Every sensor pulled out and put back, again and again: how long until that is told, and until it is used.

    python -m bench.pull [--minutes 10]

The daemon runs as a process of its own with the default limits. Its microphone is a PulseAudio null sink,
its band a BlueZ look-alike on a private D-Bus, its receiver a real gpsd fed by gpsfake; what it tells is
read where a caregiver reads it, at a real Mosquitto. Promised: a loss is told within 15 s of its limit, a
return used within 15 s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

import aiomqtt
import numpy as np
import soundfile

from sensors.readings import RATE
from sensors.sounds import made
from sensors.wire import profile
from sensors.wire.gatt import HEART_RATE, HEART_RATE_SERVICE, heart_rate_bytes
from tests.bluez import Bluez, Device, private_bus
from tests.conftest import Mosquitto, free_port
from tests.pulse import Pulse, pulse
from tests.sensors.test_gps import GpsFake, walk

PROMISED_S = 15.0
PATIENCE_S = 60.0
"""After this long beyond what was promised nothing more is waited for."""
SETTLED_S = 5.0
"""Between two turns."""
STREET_S, LONGEST_S = 30.0, 900.0
"""The street is played from a file that outlasts every turn."""

NEEDED = ("pulseaudio", "pactl", "mosquitto", "gpsfake", "gpsd", "dbus-daemon")
ADDRESS = "C0:FF:EE:00:00:01"
SERVICES = {
    profile.SERVICE: {profile.SKIN: ["notify"], profile.MOTION: ["notify"]},
    HEART_RATE_SERVICE: {HEART_RATE: ["notify"]},
}
CONFIG = """
device: {{id: belt}}
sensors:
  band: {{enabled: true, address: "{address}"}}
  position: {{source: gpsd, port: {gps}}}
channels: {{mqtt: {{host: 127.0.0.1, port: {mqtt}}}}}
storage: {{folder: {folder}/state}}
"""
GONE = ("stale", "lost", "faulty")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Plug:
    """One sensor that can be pulled out and put back. how: in how many ways, by the turn's number."""

    name: str
    limit_s: float
    out: Callable[[int], None]
    back: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Turn:
    """One loss and return: seconds until told (over the limit), and until used."""

    name: str
    over_s: float
    used_s: float


class Watcher:
    """Reads the daemon's `state` as a caregiver does."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sensors: dict[str, Any] = {}
        self.perceives = ""
        self.news = asyncio.Event()

    async def run(self) -> None:
        """For ever."""
        async with aiomqtt.Client("127.0.0.1", self.port) as client:
            await client.subscribe("distress/belt/state", qos=1)
            async for message in client.messages:
                state = json.loads(message.payload)
                self.sensors, self.perceives = state["sensors"], state["perceives"]
                self.news.set()

    async def seconds_until(self, name: str, states: tuple[str, ...], patience_s: float) -> float:
        """How long until a sensor is told to be in one of these states; TimeoutError after patience_s."""
        began = time.monotonic()
        async with asyncio.timeout(patience_s):
            while self.sensors.get(name, {}).get("state") not in states:
                self.news.clear()
                await self.news.wait()
        return time.monotonic() - began


class Room:
    """A microphone in a street: one that hears nothing at all would count as muted."""

    def __init__(self, sound: Pulse, folder: Path) -> None:
        self.sound, self.file = sound, folder / "street.wav"
        soundfile.write(
            self.file, np.tile(0.02 * made("street", STREET_S), round(LONGEST_S / STREET_S)), RATE
        )
        self.playing: subprocess.Popen[bytes] | None = None

    def play(self) -> None:
        """Begin with the street."""
        self.playing = self.sound.start(self.file)

    def out(self, _: int = 0) -> None:
        """The sound server loses it."""
        if self.playing:
            self.playing.kill()
            self.playing.wait()
        self.sound.unplug()

    def back(self) -> None:
        """It is there again."""
        self.sound.plug()
        self.play()


class Band:
    """A band at the look-alike that reports like a real one, unless it is near but says nothing."""

    def __init__(self, bluez: Bluez) -> None:
        self.device: Device = bluez.device(ADDRESS, "Wrist", SERVICES)
        self.silent = False

    async def run(self) -> None:
        """Pulse and motion every second, conductance four times."""
        quarter = 0
        while True:
            if not self.silent:
                self._report(quarter)
            quarter += 1
            await asyncio.sleep(0.25)

    def _report(self, quarter: int) -> None:
        at = quarter / 4
        self.device.notify(profile.SKIN, profile.skin_bytes(at, 2.0, True))
        if quarter % 4 == 0:
            self.device.notify(HEART_RATE, heart_rate_bytes(72, (0.83,), contact=True))
            self.device.notify(profile.MOTION, profile.motion_bytes(at, 0.01))

    def out(self, turn: int) -> None:
        """Out of range, noticed by BlueZ, or (every other turn) connected but silent."""
        if turn % 2:
            self.silent = True
        else:
            self.device.vanish()

    def back(self) -> None:
        """Near, and talking."""
        self.silent = False
        self.device.appear()


@dataclass(frozen=True, slots=True)
class World:
    """All that the daemon has around it."""

    daemon: subprocess.Popen[bytes]
    watcher: Watcher
    plugs: tuple[Plug, ...]


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """The services, the sensors, the daemon; all end with it."""
    with ExitStack() as stack:
        sound = stack.enter_context(pulse(folder / "pulse"))
        bus = stack.enter_context(private_bus())
        broker = Mosquitto(folder, which("mosquitto")).start()
        stack.callback(broker.stop)
        gps, track = GpsFake(free_port()), walk(folder / "walk.nmea")
        stack.callback(gps.stop)
        gps.play(track, 1.0)
        async with Bluez(bus) as bluez:
            room, band, watcher = Room(sound, folder), Band(bluez), Watcher(broker.port)
            room.play()
            stack.callback(room.out)
            tasks = [asyncio.ensure_future(band.run()), asyncio.ensure_future(watcher.run())]
            daemon = _daemon(folder, sound, bus, broker.port, gps.port)
            stack.callback(_ended, daemon)
            yield World(daemon, watcher, _plugs(room, band, lambda: gps.play(track, 1.0), gps.stop))
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


def _plugs(room: Room, band: Band, play: Callable[[], None], stop: Callable[[], None]) -> tuple[Plug, ...]:
    return (
        Plug("microphone", 2.0, room.out, room.back),
        Plug("band", 30.0, band.out, band.back),
        Plug("gps", 120.0, lambda _: stop(), play),
    )


def _daemon(folder: Path, sound: Pulse, bus: str, mqtt: int, gps: int) -> subprocess.Popen[bytes]:
    file = folder / "agent.yaml"
    file.write_text(CONFIG.format(address=ADDRESS, gps=gps, mqtt=mqtt, folder=folder))
    env = {**sound.env, "DBUS_SYSTEM_BUS_ADDRESS": bus}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "agent.cli", "run", "-c", str(file)], env=env, stderr=log
        )


def _ended(daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    daemon.wait(10)


async def pulled(there: World, minutes: float) -> list[Turn]:
    """Turn after turn, until the time is over; a line each."""
    for plug in there.plugs:
        await there.watcher.seconds_until(plug.name, ("ok",), PATIENCE_S)
    turns, until, number = list[Turn](), time.monotonic() + 60 * minutes, 0
    while time.monotonic() < until:
        for plug in there.plugs:
            turns.append(await _turn(plug, number, there))
        number += 1
    return turns


async def _turn(plug: Plug, number: int, there: World) -> Turn:
    """One loss and return. The limit runs from the newest reading, which is as old as the sensor is slow."""
    watcher = there.watcher
    plug.out(number)
    told_s = await watcher.seconds_until(plug.name, GONE, plug.limit_s + PATIENCE_S)
    why = watcher.perceives
    await asyncio.to_thread(plug.back)
    used_s = await watcher.seconds_until(plug.name, ("ok",), PATIENCE_S)
    turn = Turn(plug.name, told_s - plug.limit_s, used_s)
    kept = "kept" if max(turn.over_s, turn.used_s) <= PROMISED_S else "NOT KEPT"
    print(f"{plug.name:11} told {told_s:6.1f} s (limit {plug.limit_s:g})  used {used_s:5.1f} s  {kept}")
    print(f"{'':11} {why}; {cost(there.daemon.pid)[1]:.0f} MB", flush=True)
    await asyncio.sleep(SETTLED_S)
    return turn


def cost(pid: int) -> tuple[float, float, float]:
    """Seconds of CPU so far, megabytes resident now and at most (Linux, proc(5))."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    now, most = (int(status[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))
    return (int(stat[11]) + int(stat[12])) / TICKS, now, most


async def bench(minutes: float, folder: Path) -> int:
    """Print all; 1 where a promise was not kept."""
    async with world(folder) as there:
        await asyncio.sleep(SETTLED_S)
        began, (cpu_s, early_mb, _) = time.monotonic(), cost(there.daemon.pid)
        turns = await pulled(there, minutes)
        passed_s, (cpu_end_s, late_mb, most_mb) = time.monotonic() - began, cost(there.daemon.pid)
    for name in dict.fromkeys(turn.name for turn in turns):
        own = [turn for turn in turns if turn.name == name]
        over, used = max(turn.over_s for turn in own), max(turn.used_s for turn in own)
        print(
            f"{name:11} {len(own)} turns: at most told {over:.1f} s over its limit and used in {used:.1f} s"
        )
    print(f"daemon: {passed_s:.0f} s, {(cpu_end_s - cpu_s) / passed_s:.1%} of a core,", end=" ")
    print(f"{early_mb:.0f} MB at first, {late_mb:.0f} MB at the end, {most_mb:.0f} MB at most")
    crashed = "Traceback" in (folder / "log").read_text()
    print("a traceback in its log" if crashed else "no traceback in its log")
    return int(crashed or any(max(turn.over_s, turn.used_s) > PROMISED_S for turn in turns))


def main() -> int:
    """Parse and run; 69 where a service is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    options = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin"
    if missing := [name for name in NEEDED if which(name) is None]:
        print(f"bench.pull: not on this machine: {', '.join(missing)}", file=sys.stderr)
        return 69
    with tempfile.TemporaryDirectory(prefix="distress-agent-") as folder:
        return asyncio.run(bench(options.minutes, Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
