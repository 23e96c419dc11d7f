"""Batches of the voice model, mixed from the bank's log-mel: another place, microphone, line and noise each.

In log-mel (natural logarithm of magnitudes) a gain is a sum, a microphone a curve over the bands, and two
sounds together have about the sum of their powers. All draws are alike for all corpora and labels: what
cannot be told from a recording cannot give its label away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.senses import features, speech
from export.augment import Floats, Random
from export.recipes.voice_bank import Bank

POOLS = (0.74, 0.10, 0.03, 0.13)
"""Shares of a batch: acted, ordinary and other speech, no speech (voice_bank.pool)."""
UNVARIED, CLEAN, AT_THE_END = 0.35, 0.5, 0.15
"""Shares of examples that are of a clip's first variant, that meet no noise, microphone or line, and that
stand at the end of a window that is not yet full."""
HUSH = 0.12
"""Share of the examples without speech that hold no sound but a microphone's hiss."""
PART = 16
"""Windows mixed at once."""
NEPER = np.float32(np.log(10) / 20)
"""Of one decibel."""
SILENT = np.float32(features.LOUD - speech.SPAN)

FRAMES, BANDS = speech.WINDOW_FRAMES, speech.BANDS
_MELS = np.linspace(np.log1p(speech.LOWEST_HZ / 700), np.log1p(speech.HIGHEST_HZ / 700), BANDS + 2)[1:-1]
CENTRES_HZ = 700 * np.expm1(_MELS)
OCTAVES = np.log2(CENTRES_HZ / 1000)


@dataclass(frozen=True, slots=True)
class Mixed:
    """windows float32 (n, 300, 48), normalised; of each its clip's number in the bank."""

    windows: Floats
    clip: NDArray[np.int32]


class Mixer:
    """Draws batches from a bank."""

    def __init__(self, bank: Bank, seed: int) -> None:
        self.bank = bank
        self.rng = np.random.default_rng(seed)
        pool = bank.pool[bank.clip]
        self._first = np.searchsorted(bank.clip, np.arange(len(bank.pool)))
        self._rows = [np.flatnonzero(pool == k) for k in range(len(POOLS))]
        shares = np.array([share * bool(len(rows)) for share, rows in zip(POOLS, self._rows, strict=True)])
        self._shares = shares / shares.sum()

    def draw(self, count: int) -> Mixed:
        """A batch of `count` examples, made in parts that fit a core's cache."""
        parts = [self._part(min(PART, count - done)) for done in range(0, count, PART)]
        windows, clip = zip(*parts, strict=True)
        return Mixed(np.concatenate(windows), np.concatenate(clip))

    def _part(self, count: int) -> tuple[Floats, NDArray[np.int32]]:
        pools = self.rng.choice(len(POOLS), count, p=self._shares)
        rows = np.array([self.rng.choice(self._rows[pool]) for pool in pools])
        rows = np.where(self.rng.random(count) < UNVARIED, self._first[self.bank.clip[rows]], rows)
        windows = np.stack([placed(self._frames(row), self.rng) for row in rows])
        windows[(pools == 3) & (self.rng.random(count) < HUSH)] = speech.SILENCE
        worse = worsened(windows, self._noise(count), self.rng)
        return masked(worse, self.rng), self.bank.clip[rows]

    def _noise(self, count: int) -> Floats:
        rows = self.rng.choice(self._rows[3], count)
        return np.stack([filled(self._frames(row), self.rng) for row in rows])

    def _frames(self, row: int) -> Floats:
        bank = self.bank
        return bank.frames[bank.start[row] : bank.stop[row]].astype(np.float32)


def placed(frames: Floats, rng: Random) -> Floats:
    """A window of a clip: at another pace, a random part of a longer one, a random place for a shorter one.

    Some hold one to three seconds at the end and silence before, as a stream's first looks do.
    """
    if rng.random() < 0.5:
        at = np.arange(0, len(frames) - 1, rng.uniform(0.87, 1.15))
        frames = frames[np.rint(at).astype(int)] if len(at) else frames
    out = np.full((FRAMES, BANDS), speech.SILENCE, np.float32)
    if rng.random() < AT_THE_END:
        part = _part(frames, int(rng.integers(FRAMES // 3, FRAMES)), rng)
        out[FRAMES - len(part) :] = part
        return out
    part = _part(frames, FRAMES, rng)
    at = int(rng.integers(0, FRAMES - len(part) + 1))
    out[at : at + len(part)] = part
    return out


def filled(frames: Floats, rng: Random) -> Floats:
    """A window of background: repeated where it is short, begun anywhere."""
    frames = np.tile(frames, (FRAMES // len(frames) + 1, 1)) if len(frames) < FRAMES else frames
    return _part(frames, FRAMES, rng)


def _part(frames: Floats, count: int, rng: Random) -> Floats:
    at = int(rng.integers(0, max(1, len(frames) - count + 1)))
    return frames[at : at + count]


def worsened(windows: Floats, noise: Floats, rng: Random) -> Floats:
    """Windows beside noise, through a microphone and a line, at one level: normalised (n, 300, 48).

    CLEAN of them stay as they were recorded.
    """
    count, loud = len(windows), features.level(windows)
    clean = _some(rng, count, CLEAN)
    under = _unless(clean | _some(rng, count, 0.2), rng.uniform(0, 30, (count, 1, 1)), 99.0)
    mixed = together(windows, noise + (loud - features.level(noise) - under * NEPER))
    mixed = mixed + _unless(clean, microphone(count, rng), 0.0) * NEPER
    mixed = mixed + _unless(clean | _some(rng, count, 0.8), line(count, rng), 0.0)
    depth = _unless(clean, rng.uniform(25, 70, (count, 1, 1)), 99.0)
    hiss = np.maximum(loud, np.float32(-8)) + (rng.uniform(-3, 1, (count, 1, 1)) * OCTAVES - depth) * NEPER
    mixed = together(mixed, hiss.astype(np.float32) + 0.3 * rng.standard_normal(mixed.shape, np.float32))
    quiet = _unless(~_some(rng, count, 0.1), rng.uniform(-6, -2, (count, 1, 1)), 0.0)
    level = np.where(loud > speech.SILENCE + 1, quiet - loud, np.float32(0))
    return speech.normalised(np.maximum(mixed + level, np.float32(speech.SILENCE)))


def _some(rng: Random, count: int, chance: float) -> NDArray[np.bool_]:
    """True for this share, (n, 1, 1)."""
    some: NDArray[np.bool_] = rng.random((count, 1, 1)) < chance
    return some


def _unless(spared: NDArray[np.bool_], values: NDArray[np.floating], otherwise: float) -> Floats:
    """The values, but for those who are spared."""
    return np.where(spared, otherwise, values).astype(np.float32)


def together(one: Floats, other: Floats) -> Floats:
    """Two sounds at once: the logarithm of the root of the sum of their powers."""
    out: Floats = np.float32(0.5) * np.log(np.exp(2 * one) + np.exp(2 * other) + np.float32(1e-12))
    return out


def microphone(count: int, rng: Random) -> Floats:
    """Curves over the bands, dB (n, 1, 48): a tilt and three soft bumps, as augment.equalise draws them."""
    curve = rng.uniform(-4, 4, (count, 1, 1)) * OCTAVES
    for _ in range(3):
        centre, width = rng.uniform(-3.5, 2.3, (count, 1, 1)), rng.uniform(0.3, 1.2, (count, 1, 1))
        curve = curve + rng.uniform(-8, 8, (count, 1, 1)) * np.exp(-0.5 * ((OCTAVES - centre) / width) ** 2)
    return curve.astype(np.float32)


def line(count: int, rng: Random) -> Floats:
    """Nepers that a telephone's band takes away outside it, (n, 1, 48)."""
    low, high = rng.uniform(80, 400, (count, 1, 1)), rng.uniform(2800, 5200, (count, 1, 1))
    lost = np.log1p((low / CENTRES_HZ) ** 18) + np.log1p((CENTRES_HZ / high) ** 18)
    return (-lost).astype(np.float32)


def masked(windows: Floats, rng: Random) -> Floats:
    """Two stripes of frames and one of bands silenced in half of them (SpecAugment: Park et al. 2019)."""
    for window in windows[: len(windows) // 2]:
        for _ in range(2):
            at, width = int(rng.integers(0, FRAMES)), int(rng.integers(0, 30))
            window[at : at + width] = SILENT
        at, width = int(rng.integers(0, BANDS)), int(rng.integers(0, 8))
        window[:, at : at + width] = SILENT
    return windows
