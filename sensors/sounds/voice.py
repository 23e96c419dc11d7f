"""Voices by source and filter (Fant 1960): harmonics of the vocal folds, weighed by the tract's resonances.

A scream and talk come from the same organ; what sets a scream apart was measured by
- Arnal et al. 2015, Current Biology 25(15), doi 10.1016/j.cub.2015.06.043: roughness, i.e. the loudness
  beats 30 to 150 times a second, where speech moves at 4 to 5 Hz. Gives ROUGH_HZ and SYLLABLE_S.
- Schwartz, Engelberg & Gouzoules 2020, Journal of Nonverbal Behavior 44, doi 10.1007/s10919-019-00325-y:
  heard as screams are high pitch with roughness, a pitch that varies widely and arcs, energy gathered in a
  narrow band. Gives the arc ARC and the wide range of PEAK_HZ.
- Engelberg & Gouzoules 2019, Quarterly Journal of Experimental Psychology 72(8): listeners could not tell
  acted screams from natural ones: what makes a scream is in its sound, and that can be made.
- Fitch, Neubauer & Herzel 2002, Animal Behaviour 63(3): calls out of chaos. Folds driven too hard leave
  regular vibration: subharmonics (every other cycle differs), jitter, noise. Gives the episodes in _scream.
Nothing here was fitted to a detector.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sensors.pcm import Samples
from sensors.readings import RATE
from sensors.sounds.street import band_noise

Curve = NDArray[np.float64]
"""One number a sample."""

SCREAM_S = 2.5
"""One long breath."""

PEAK_HZ = (1_400.0, 2_200.0)
"""Top of the arc; with ARC a scream runs through about 800 to 2200 Hz."""

ARC = ((0.0, 0.55), (0.15, 0.90), (0.40, 1.00), (0.75, 0.85), (1.0, 0.55))
"""Pitch along a scream: (share of its length, share of its peak)."""

ROUGH_HZ = (50.0, 110.0)
OPEN_MOUTH = ((1_000.0, 250.0), (1_600.0, 300.0), (2_900.0, 400.0), (4_100.0, 500.0))
"""Formants (Hz, bandwidth Hz) of a wide open [a]: F1 raised by the jaw, all broadened by the mouth."""

VOWELS = (
    (270.0, 2290.0, 3010.0),
    (530.0, 1840.0, 2480.0),
    (730.0, 1090.0, 2440.0),
    (570.0, 840.0, 2410.0),
    (300.0, 870.0, 2240.0),
)
"""Formants of heed, head, hod, hawed, who'd, men (Peterson & Barney 1952, J. Acoust. Soc. Am. 24(2))."""

TALK_HZ = 120.0
"""Talking pitch of a man (same source: 130 Hz in read words); women's is near 210."""

SYLLABLE_S = (0.16, 0.28)
TOP_HZ = 7_600.0
HIGHER = ((5_500.0, 400.0), (6_500.0, 500.0), (7_500.0, 600.0))
"""A tube of 17 cm resonates every 1000 Hz on: without these the sum would be too dark (Fant's correction)."""

_GRID = np.arange(0.0, 8_001.0, 16.0)


def scream(rng: np.random.Generator) -> Iterator[Samples]:
    """One scream of SCREAM_S, peaking at 0.9."""
    yield _levelled(_scream(rng, round(SCREAM_S * RATE)))


def babble(rng: np.random.Generator) -> Iterator[Samples]:
    """Talk without words: syllables on a falling pitch, 4 to 9 to a breath, then a pause; without end."""
    while True:
        start_hz = TALK_HZ * rng.normal(1.15, 0.08)
        number = int(rng.integers(4, 10))
        for place in range(number):
            yield _syllable(rng, start_hz * (1 - 0.3 * place / number))
        yield np.zeros(round(rng.uniform(0.3, 0.9) * RATE), np.float32)


def voiced(f0: Curve, formants: tuple[tuple[float, float], ...], tilt: float, part: float = 1.0) -> Curve:
    """Harmonics of f0 (Hz, one a sample) through the formants (Hz, bandwidth Hz).

    Harmonic k has the strength k ** -tilt (1 = 6 dB an octave: talk, radiation at the lips included; pressed,
    loud voices are flatter). part=0.5 gives only what lies halfway between them: the subharmonics.
    """
    gain = _tract(_GRID, formants)
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    sound = np.zeros(len(f0))
    for order in np.arange(part, TOP_HZ / f0.min()):
        frequency = order * f0
        weight = np.interp(frequency, _GRID, gain) * (frequency < TOP_HZ) * order**-tilt
        sound += weight * np.sin(order * phase)
    return sound


def _tract(frequency: Curve, formants: tuple[tuple[float, float], ...]) -> Curve:
    return np.asarray(np.prod([_resonance(frequency, *formant) for formant in formants + HIGHER], axis=0))


def _resonance(frequency: Curve, centre: float, width: float) -> Curve:
    """Size of a two-pole resonance, 1 at 0 Hz (Fant 1960)."""
    return np.asarray(centre**2 / np.hypot(centre**2 - frequency**2, width * frequency))


def _scream(rng: np.random.Generator, size: int) -> Curve:
    """Regular voice, subharmonics and noise, the last two in episodes, all beating roughly."""
    f0 = _arc(rng, size)
    episodes = _slow(rng, size, 3.0)
    regular = _unit(voiced(f0, OPEN_MOUTH, 0.5))
    halves = _unit(voiced(f0, OPEN_MOUTH, 0.5, part=0.5))
    breath = _unit(_through(band_noise(rng, size, 300, TOP_HZ), OPEN_MOUTH))
    sound = regular + 0.5 * np.clip(episodes, 0, 1) * halves
    sound += (0.12 + 0.25 * np.clip(-episodes, 0, 1)) * breath
    return sound * _roughness(rng, size) * _fades(size, 0.06, 0.35)


def _arc(rng: np.random.Generator, size: int) -> Curve:
    """Pitch in Hz: the arc, a waver of 3 % at about 6 Hz, and jitter of 1 % from one cycle to the next."""
    shares, heights = zip(*ARC, strict=True)
    arc = rng.uniform(*PEAK_HZ) * np.interp(np.linspace(0, 1, size), shares, heights)
    jitter = np.repeat(rng.normal(0, 0.01, size // 12 + 1), 12)[:size]  # 12 samples: a cycle at 1.3 kHz
    return np.asarray(arc * (1 + 0.03 * _slow(rng, size, 6.0) + jitter))


def _roughness(rng: np.random.Generator, size: int) -> Curve:
    """Loudness beating at a wandering rate within ROUGH_HZ, down to between 80 % and 30 %."""
    low, high = ROUGH_HZ
    rate = (low + high) / 2 + (high - low) / 2 * np.clip(_slow(rng, size, 2.0), -1, 1)
    depth = 0.45 + 0.25 * np.clip(_slow(rng, size, 2.0), -1, 1)
    return np.asarray(1 - depth * (0.5 + 0.5 * np.sin(2 * np.pi * np.cumsum(rate) / RATE)))


def _syllable(rng: np.random.Generator, pitch_hz: float) -> Samples:
    """Maybe a breath of a consonant, then a vowel whose pitch falls a little."""
    size = round(rng.uniform(*SYLLABLE_S) * RATE)
    centres = VOWELS[rng.integers(len(VOWELS))]
    formants = tuple(zip((*centres, 3_500.0, 4_500.0), (60.0, 90.0, 150.0, 200.0, 300.0), strict=True))
    vowel = _unit(voiced(np.linspace(1.05, 0.95, size) * pitch_hz, formants, 1.0)) * _fades(size, 0.04, 0.07)
    burst = band_noise(rng, size, 2_500, 7_000) * np.exp(-np.arange(size) / (0.025 * RATE))
    sound = 0.2 * rng.uniform(0.6, 1) * (vowel + 0.3 * rng.integers(2) * burst * _fades(size, 0.01, 0.01))
    return np.asarray(sound, np.float32).clip(-1, 1)


def _through(noise: Samples, formants: tuple[tuple[float, float], ...]) -> Curve:
    frequency = np.asarray(np.fft.rfftfreq(len(noise), 1 / RATE), np.float64)
    gain = _tract(frequency, formants)
    return np.fft.irfft(np.fft.rfft(noise) * gain, len(noise))


def _slow(rng: np.random.Generator, size: int, rate_hz: float) -> Curve:
    """A smooth random curve around 0, of size 1 or so, with a new direction `rate_hz` times a second."""
    points = max(2, round(size / RATE * rate_hz * 2))
    return np.interp(np.linspace(0, points - 1, size), np.arange(points), rng.normal(0, 0.7, points))


def _fades(size: int, rise_s: float, fall_s: float) -> Curve:
    t = np.arange(size) / RATE
    ramp = np.minimum(1, np.minimum(t / rise_s, t[::-1] / fall_s))
    return np.asarray(np.sin(np.pi / 2 * ramp) ** 2)


def _unit(sound: Curve) -> Curve:
    return np.asarray(sound / np.sqrt(np.mean(sound**2)))


def _levelled(sound: Curve) -> Samples:
    return np.asarray(0.9 * sound / np.abs(sound).max(), np.float32)
