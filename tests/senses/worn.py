"""Reports of bands made in code, for the tests of what is felt."""

from __future__ import annotations

import numpy as np

from sensors.readings import Vitals


def reports(seconds, begin=0, pulse=70.0, skin=2.0, g=0.01, seed=0, **without):
    """One report a second at rest (or at the given levels: numbers or one value a second)."""
    rng = np.random.default_rng([seed, int(begin)])
    levels = [np.broadcast_to(np.asarray(value, float), seconds) for value in (pulse, skin, g)]
    out = []
    levels[0] = levels[0] + rng.normal(0, 1, seconds)
    for k, (bpm, microsiemens, motion) in enumerate(zip(*levels, strict=True)):
        told = {
            "bpm": bpm,
            "microsiemens": microsiemens + rng.normal(0, 0.005),
            "g": motion * rng.uniform(0.5, 1.5),
            "rr_s": (60 / bpm + rng.normal(0, 0.03),),
        }
        out.append(Vitals(float(begin + k), **{**told, **without}))
    return out


def fright(begin, **without):
    """Two minutes: pulse 70 to 118 in 20 s, conductance up by half, the hand at rest."""
    ramp = np.clip(np.arange(120) / 20, 0, 1)
    return reports(120, begin, pulse=70 + 48 * ramp, skin=2 + 1.0 * ramp, **without)


def effort(begin, seconds=240):
    """Running: the same pulse and conductance, but the hand moves."""
    ramp = np.clip(np.arange(seconds) / 30, 0, 1)
    return reports(seconds, begin, pulse=70 + 60 * ramp, skin=2 + 1.0 * ramp, g=0.4)
