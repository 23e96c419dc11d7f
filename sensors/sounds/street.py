"""What lies around: the bed of a street, footsteps; and the plain sounds of a test, tone and silence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np

from sensors.pcm import Samples
from sensors.readings import RATE

HOP = RATE // 4
KNEE_HZ = 150.0
"""Traffic noise is flat to about here and falls with 6 dB an octave above (tyres and engines, from afar)."""

STEPS_PER_S = 1.8
"""Ordinary walking: 1.7 to 2 steps a second (Pachi & Ji 2005, The Structural Engineer 83(3))."""


def street(rng: np.random.Generator) -> Iterator[Samples]:
    """Distant traffic: noise with the slope above, swelling and ebbing by some dB over seconds; without end.

    Frames of shaped noise under a sine window overlap by half, so that their powers add up to a constant.
    """
    frequency = np.fft.rfftfreq(2 * HOP, 1 / RATE)
    shape = np.sqrt(1 / (1 + (frequency / KNEE_HZ) ** 2)) * (frequency > 20)
    window = np.sin(np.pi * (np.arange(2 * HOP) + 0.5) / (2 * HOP))
    tail, swell = np.zeros(HOP), 0.0
    while True:
        swell = 0.95 * swell + rng.normal(0, 0.08)  # nepers; settles at +-2 dB
        frame = np.fft.irfft(np.fft.rfft(rng.standard_normal(2 * HOP)) * shape, 2 * HOP)
        frame *= window * np.exp(swell)
        yield (1.6 * (tail + frame[:HOP])).clip(-1, 1).astype(np.float32)
        tail = frame[HOP:]


def footsteps(rng: np.random.Generator) -> Iterator[Samples]:
    """One walker on stone: a heel's thump and, after it, the sole's scrape; each step a little different."""
    while True:
        yield _step(rng, round(RATE / (STEPS_PER_S * rng.normal(1, 0.03))))


def _step(rng: np.random.Generator, size: int) -> Samples:
    """Heel: a damped tone of 70 to 110 Hz, gone in 40 ms. Sole: damped noise of 1 to 4 kHz, 60 ms later."""
    t = np.arange(size) / RATE
    heel = np.sin(2 * np.pi * rng.uniform(70, 110) * t) * np.exp(-t / 0.04)
    scrape = band_noise(rng, size, 1_000, 4_000) * np.exp(-np.abs(t - 0.06) / 0.02)
    click = band_noise(rng, size, 500, 6_000) * np.exp(-t / 0.004)
    step = (0.5 * heel + 0.10 * scrape + 0.15 * click) * np.minimum(1, t / 0.001)
    return np.asarray(step * rng.uniform(0.7, 1), np.float32).clip(-1, 1)


def band_noise(rng: np.random.Generator, size: int, low_hz: float, high_hz: float) -> Samples:
    """`size` samples of noise between the two frequencies, RMS 1."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    frequency = np.fft.rfftfreq(size, 1 / RATE)
    spectrum[(frequency < low_hz) | (frequency > high_hz)] = 0
    noise = np.fft.irfft(spectrum, size)
    return np.asarray(noise / np.sqrt(np.mean(noise**2)), np.float32)


def tone(_: np.random.Generator) -> Iterator[Samples]:
    """A sine of 1 kHz at full scale; without end."""
    cycle = np.sin(2 * np.pi * 1_000 * np.arange(RATE) / RATE).astype(np.float32)
    for _number in count():
        yield cycle.copy()


def silence(_: np.random.Generator) -> Iterator[Samples]:
    """Zeros; without end."""
    for _number in count():
        yield np.zeros(RATE, np.float32)
