"""Sound as a device hears it: other levels, rooms, lines, microphones and neighbours, made from clips.

All functions take and give float32 samples at 16 kHz, and draw every choice from the generator they are
given. Loudness gives the label away in the packs, so `gain` comes last and is drawn alike for all classes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 16_000

Floats = NDArray[np.float32]
Random = np.random.Generator


def decibels(level_db: float) -> np.float32:
    """The factor of a gain in decibels."""
    return np.float32(10 ** (level_db / 20))


def rms(sound: Floats) -> float:
    """Root mean square, never quite zero."""
    return float(np.sqrt(np.mean(np.square(sound), dtype=np.float64)) + 1e-9)


def mix(sound: Floats, other: Floats, snr_db: float) -> Floats:
    """`other` under `sound` at this ratio of their mean powers."""
    return sound + other * np.float32(rms(sound) / rms(other) / 10 ** (snr_db / 20))


def fit(sound: Floats, count: int, rng: Random) -> Floats:
    """`count` samples of a sound: a random part of a longer one, a random place for a shorter one."""
    if len(sound) >= count:
        at = int(rng.integers(0, len(sound) - count + 1))
        return sound[at : at + count]
    before = int(rng.integers(0, count - len(sound) + 1))
    return np.pad(sound, (before, count - len(sound) - before))


def filtered(sound: Floats, response: NDArray[np.inexact[Any]], size: int) -> Floats:
    """A sound through a filter given by its spectrum over rfft bins of `size`."""
    out: Floats = np.fft.irfft(np.fft.rfft(sound, size) * response.astype(np.complex64), size)
    return out[: len(sound)]


def room(sound: Floats, rng: Random) -> Floats:
    """A made-up room: a direct path and an exponentially decaying tail, 0.15 to 1.2 s to -60 dB.

    The polite model of Polack (1988): late reverberation is white noise under an exponential.
    """
    decay_s, distance_db = rng.uniform(0.15, 1.2), rng.uniform(-12, 9)
    count = int(decay_s * RATE)
    tail = rng.standard_normal(count, np.float32) * np.exp(-6.9 * np.arange(count, dtype=np.float32) / count)
    tail[: int(rng.uniform(0.002, 0.02) * RATE)] = 0.0
    tail *= 10 ** (distance_db / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    size = _power_of_two(len(sound) + count)
    return filtered(sound, np.fft.rfft(tail, size), size)


def equalise(sound: Floats, rng: Random) -> Floats:
    """Another microphone: a tilt of up to 4 dB an octave and three soft bumps of up to 8 dB."""
    size = _power_of_two(len(sound))
    at = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / RATE), 30.0) / 1000.0)
    octaves = np.linspace(-5.1, 3.0, 65)
    shape_db = rng.uniform(-4, 4) * octaves
    for _ in range(3):
        centre, width = rng.uniform(-3, 3), rng.uniform(0.3, 1.2)
        shape_db = shape_db + rng.uniform(-8, 8) * np.exp(-0.5 * ((octaves - centre) / width) ** 2)
    return filtered(sound, np.interp(at, octaves, 10 ** (shape_db / 20)), size)


def band(sound: Floats, lowest_hz: float, highest_hz: float) -> Floats:
    """Only what lies between, with edges of a third of an octave; a telephone has 300 to 3400 Hz."""
    size = _power_of_two(len(sound))
    hz = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 1.0)
    steep = 18.0
    return filtered(sound, 1 / (1 + (lowest_hz / hz) ** steep) / (1 + (hz / highest_hz) ** steep), size)


def clip(sound: Floats, over_db: float) -> Floats:
    """Cut at full scale after turning the loudest sample that far over it, then back."""
    peak = float(np.abs(sound).max()) + 1e-9
    return np.clip(sound, -peak / decibels(over_db), peak / decibels(over_db))


def gain(sound: Floats, level_db: float) -> Floats:
    """At another level: cut at full scale and rounded to 16 bits, as a microphone does."""
    turned = np.clip(sound * decibels(level_db), -1.0, 32767 / 32768)
    return (np.rint(turned * 32768) / 32768).astype(np.float32)


def hiss(sound: Floats, level_db: float, rng: Random) -> Floats:
    """The microphone's own noise: white, at this level re full scale."""
    return sound + rng.standard_normal(len(sound), np.float32) * decibels(level_db)


def _power_of_two(count: int) -> int:
    return 1 << (count - 1).bit_length()
