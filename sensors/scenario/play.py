"""A scenario as readings, in order of time: lazily, so that ten hours need no more memory than one minute.

The same scenario gives the same readings to the bit, at any speed.
"""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from operator import attrgetter
from pathlib import Path

import numpy as np

from sensors import Emit, media, movie, sounds
from sensors.pcm import Samples, blocks, silence
from sensors.readings import RATE, Frame, Loss, Reading, Sound
from sensors.scenario.story import PARTS, Fault, Layer, Scenario
from sensors.scenario.strict import nearest

BLOCK = RATE // 10
"""Samples of one Sound: 0.1 s, as from the microphone."""

LAYERS = {"scream": "scream", "voice": "babble"}
"""Parts that are layers of the sound, with the layer's name."""

Pace = Callable[[float], Awaitable[None]]


def readings(scenario: Scenario, without: Collection[str] = frozenset()) -> Iterator[Reading]:
    """All readings in order of `at`; a fault's Loss comes before the readings of its moment.

    `without` leaves parts out (see PARTS); ValueError for a part that there is not, OSError and ValueError
    for media as in media.py.
    """
    for part in without:
        _known(part)
    sources: dict[str, Iterable[Reading]] = {
        "microphone": _sound(scenario, {LAYERS[part] for part in without if part in LAYERS}),
        "camera": () if "face" in without else _pictures(scenario.video, scenario.seconds),
        "band": () if "band" in without else scenario.band,
        "gps": () if "position" in without else scenario.position,
    }
    heard = [_faulty(name, source, scenario.faults) for name, source in sources.items()]
    return heapq.merge(_losses(scenario.faults), scenario.presses, *heard, key=attrgetter("at"))


@dataclass(frozen=True, slots=True)
class Replay:
    """The scenario as a sensor. `await pace(at)` returns when a reading's moment has come."""

    scenario: Scenario
    pace: Pace
    without: frozenset[str] = frozenset()

    async def run(self, emit: Emit) -> None:
        """Emit all readings, then return: a scenario, unlike the world, has an end."""
        for reading in readings(self.scenario, self.without):
            await self.pace(reading.at)
            emit(reading)


def _known(part: str) -> None:
    if part not in PARTS:
        raise ValueError(f"no part of a scenario is called {part}; {nearest(part, PARTS)}")


def _losses(faults: Iterable[Fault]) -> list[Loss]:
    ends = [Loss(fault.start, fault.sensor, True, "fault of the scenario") for fault in faults]
    ends += [Loss(fault.end, fault.sensor, False) for fault in faults]
    return sorted(ends, key=attrgetter("at"))


def _faulty(sensor: str, source: Iterable[Reading], faults: Iterable[Fault]) -> Iterator[Reading]:
    spans = [(fault.start, fault.end) for fault in faults if fault.sensor == sensor]
    for reading in source:
        if not any(start <= reading.at < end for start, end in spans):
            yield reading


def _pictures(video: Path | None, seconds: float) -> Iterator[Frame]:
    for frame in movie.frames(video) if video else ():
        if frame.at > seconds:
            return
        yield frame


def _sound(scenario: Scenario, dropped: Collection[str]) -> Iterator[Sound]:
    """The mix in blocks; nothing at all from a scenario without audio. Too loud a sum is clipped."""
    if not scenario.audio:
        return
    # A layer's chance is its place in the list, so that leaving one out changes no other.
    layers = [
        _layer(layer, np.random.default_rng([scenario.seed, place]))
        for place, layer in enumerate(scenario.audio)
        if layer.name not in dropped
    ]
    count = 0
    over = np.zeros(0, np.float32)
    for mix in silence(round(scenario.seconds * RATE), BLOCK):
        for layer in layers:
            block = next(layer, over)[: len(mix)]
            mix[: len(block)] += block
        count += len(mix)
        yield Sound(count / RATE, np.clip(mix, -1, 1, out=mix))


def _layer(layer: Layer, rng: np.random.Generator) -> Iterator[Samples]:
    """One layer's sound from the scenario's start, in blocks of BLOCK samples, until it ends."""
    if layer.file:
        own: Iterator[Samples] = (sound.samples for sound in media.sound(layer.file))
    else:
        own = sounds.MAKERS[layer.synth or "silence"](rng)
    gain = np.float32(10 ** (layer.gain_db / 20))
    louder = (chunk * gain for chunk in _cut(own, layer.seconds))
    return blocks(chain(silence(round(layer.at * RATE)), louder), BLOCK)


def _cut(chunks: Iterator[Samples], seconds: float | None) -> Iterator[Samples]:
    if seconds is None:
        return chunks
    steps, rest = divmod(round(seconds * RATE), BLOCK)
    even = blocks(chunks, BLOCK)
    return chain(islice(even, steps), (chunk[:rest] for chunk in islice(even, 1)))
