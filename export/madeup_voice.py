"""Voices made in code, so that the voice model's chain can be tried without data: no recordings.

What is learnt from them says nothing about the world: an "emotion" is a pitch and a pace.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from export.augment import Floats, Random
from export.clips import RATE, Clip, Int16
from export.madeup import harmonics

SPEECH = {
    "anger": (260, 5.0), "disgust": (120, 2.0), "fear": (330, 6.0), "happy": (220, 4.0),
    "neutral": (150, 3.0), "sad": (110, 1.5), "ordinary": (150, 3.5),
}  # fmt: skip
"""Pitch (Hz) and syllables a second of each way of speaking."""
SPLITS = {"train": 8, "val": 4, "test": 4}
"""Clips of each way of speaking and of each noise in each split."""
SECONDS = 2.0


def clips(seed: int) -> Iterator[tuple[Clip, Int16]]:
    """Speech of every kind and sound without speech in every split."""
    rng = np.random.default_rng(seed)
    for split, count in SPLITS.items():
        for tag in (*SPEECH, "noise"):
            for number in range(count):
                spoken = tag in SPEECH
                sound = voice(*SPEECH[tag], rng) if spoken else rng.standard_normal(int(SECONDS * RATE))
                name, label = f"{tag}_{split}_{number}", "speech" if spoken else "ambience"
                clip = Clip(name, "madeup", "madeup", label, tag, name, split, "", True, "made in code")
                yield clip, np.asarray(sound / np.abs(sound).max() * 16000, np.int16)


def voice(hz: float, pace: float, rng: Random) -> Floats:
    """Harmonics of a wavering pitch in syllables, and breath."""
    at = np.arange(int(SECONDS * RATE), dtype=np.float32) / RATE
    pitch = hz * rng.uniform(0.9, 1.1) * (1 + 0.05 * np.sin(2 * np.pi * 1.3 * at))
    syllables = np.maximum(0, np.sin(2 * np.pi * pace * rng.uniform(0.9, 1.1) * at)).astype(np.float32)
    breath = 0.02 * rng.standard_normal(len(at)).astype(np.float32)
    out: Floats = harmonics(pitch.astype(np.float32), 12, 1.0) * syllables + breath
    return out
