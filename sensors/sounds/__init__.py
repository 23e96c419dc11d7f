"""Sounds made in code by a seed: nobody's recording, no training data, good for tests and the demo.

A maker takes a random generator and gives chunks of 16 kHz mono float32 that peak near full scale, in a
stream (most never end). street.py has what lies around, voice.py what people do with their voices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import numpy as np

from sensors.pcm import Samples, blocks
from sensors.readings import RATE
from sensors.sounds.street import footsteps, silence, street, tone
from sensors.sounds.voice import babble, scream

__all__ = ["MAKERS", "Maker", "babble", "footsteps", "made", "scream", "silence", "street", "tone"]

Maker = Callable[[np.random.Generator], Iterator[Samples]]

MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        "street": street,
        "footsteps": footsteps,
        "babble": babble,
        "scream": scream,
        "tone": tone,
        "silence": silence,
    }
)
"""By the names that a scenario's `synth` knows."""


def made(name: str, seconds: float, seed: int = 0) -> Samples:
    """`seconds` of a made sound, shape (n,): zeros after its end, KeyError for a name there is not."""
    size = round(seconds * RATE)
    sound = next(blocks(MAKERS[name](np.random.default_rng(seed)), size))[:size]
    return np.pad(sound, (0, size - len(sound)))
