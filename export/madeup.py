"""Clips made in code, so that the whole chain can be tried without data: shapes of sound, no recordings.

What is learnt from them says nothing about the world.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from export.augment import Floats, Random
from export.clips import RATE, Clip, Int16

LABELS = ("scream", "hardneg", "nonscream", "speech", "ambience", "shout")
SPLITS = {"train": 12, "val": 6, "test": 6}
"""Clips of each label in each split."""


def clips(seed: int) -> Iterator[tuple[Clip, Int16]]:
    """Clips of every label and split, 1.5 s each."""
    rng = np.random.default_rng(seed)
    for split, count in SPLITS.items():
        for label in LABELS:
            for number in range(count):
                sound = SHAPES[label](rng)
                name = f"{label}_{split}_{number}"
                clip = Clip(name, "madeup", "madeup", label, label, name, split, "", True, "made in code")
                yield clip, np.clip(sound / np.abs(sound).max() * 16000, -32768, 32767).astype(np.int16)


def harmonics(hz: Floats, count: int, fall: float) -> Floats:
    """A voice-like sum of harmonics of a gliding pitch (Hz a sample), each weaker by k ** -fall."""
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    parts = [np.sin(k * phase) * k**-fall * (k * hz < RATE / 2) for k in range(1, count + 1)]
    return np.sum(parts, axis=0, dtype=np.float32)


def _time() -> Floats:
    return np.arange(int(1.5 * RATE), dtype=np.float32) / RATE


def _noise(rng: Random, fall: float) -> Floats:
    count = len(_time())
    shape = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20.0) ** -fall
    return np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * shape, count).astype(np.float32)


def _scream(rng: Random) -> Floats:
    glide = rng.uniform(900, 1600) * (1 + 0.2 * np.sin(2 * np.pi * rng.uniform(0.3, 0.8) * _time()))
    rough = 1 + 0.8 * np.sin(2 * np.pi * rng.uniform(50, 120) * _time())
    return harmonics(glide.astype(np.float32), 6, 0.3) * rough.astype(np.float32)


def _beeps(rng: Random) -> Floats:
    on = (np.sin(2 * np.pi * rng.uniform(2, 5) * _time()) > 0).astype(np.float32)
    return harmonics(np.full_like(_time(), rng.uniform(500, 3000)), 2, 2.0) * on


def _voice(rng: Random) -> Floats:
    pitch = rng.uniform(100, 220) * (1 + 0.1 * np.sin(2 * np.pi * 1.3 * _time()))
    syllables = np.maximum(0, np.sin(2 * np.pi * rng.uniform(2, 4) * _time())).astype(np.float32)
    return harmonics(pitch.astype(np.float32), 20, 1.0) * syllables + 0.01 * _noise(rng, 0.5)


def _roar(rng: Random) -> Floats:
    return _voice(rng) * (1 + 0.8 * np.sin(2 * np.pi * 60 * _time())).astype(np.float32)


SHAPES = {
    "scream": _scream,
    "hardneg": _beeps,
    "nonscream": _voice,
    "speech": _voice,
    "ambience": lambda rng: _noise(rng, 0.7),
    "shout": _roar,
}
