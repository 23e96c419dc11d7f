"""Writes the sound of the demo's walk, made in code, as a WAV: something to try `score` and `replay` on.

python -m scripts.walk_recording walk.wav
"""

from __future__ import annotations

import sys

import numpy as np

from sensors import scenario, synth
from sensors.readings import RATE, Sound


def main(path: str) -> None:
    """16 kHz mono, 16 bit."""
    import soundfile

    readings = scenario.readings(synth.walk())
    sound = np.concatenate([reading.samples for reading in readings if isinstance(reading, Sound)])
    soundfile.write(path, sound, RATE, subtype="PCM_16")
    print(f"{path}: {len(sound) / RATE:.0f} s of a walk at night, made in code.")


if __name__ == "__main__":
    main(sys.argv[1])
