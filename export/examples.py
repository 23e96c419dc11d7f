"""Training windows of the scream model: a clip in the foreground, the world around it, as int8 log-mel.

The teacher hears the clean foreground; the student must say the same of it through rooms, lines, noise
and at every level. Written once, so that training reads ready windows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from agent.senses import features
from export import augment, teacher
from export.augment import Floats, Random
from export.clips import Clip, Library

WINDOW = features.FRAME + (features.WINDOW_FRAMES - 1) * features.HOP
"""Samples of one look: 15,600."""
LOOK = features.LOOK_FRAMES * features.HOP
SCALE = (features.SPAN + features.HEADROOM) / 255
ZERO_POINT = round(-128 - (features.LOUD - features.SPAN) / SCALE)
"""The whole range of a normalised window in 256 steps; the student's input has these too."""

BEHIND = ("ambience", "speech", "nonscream", "hardneg")
"""Labels of the background."""
UNSURE = ("shout", "scream_weak")
"""Labels and tags that teach no yes or no: only the teacher's opinion of them is learnt."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """How foregrounds are drawn.

    shares: how often a label is one; within a label a tag by the root of its clips. among_others: the share
    that is two sounds at once, for the teacher too. sped, octaves: the share that is higher or lower, by at
    most so much. views: how many ways each is made worse; one epoch learns one of them.
    """

    shares: Mapping[str, float]
    among_others: float
    sped: float
    octaves: float
    views: int


FIRST = Mixture(
    {"scream": 0.27, "hardneg": 0.38, "shout": 0.08, "nonscream": 0.06, "speech": 0.1, "ambience": 0.11},
    among_others=0.25,
    sped=0.5,
    octaves=0.3,
    views=3,
)
"""Near what was recorded."""
SECOND = Mixture(
    {"scream": 0.22, "hardneg": 0.38, "shout": 0.08, "nonscream": 0.06, "speech": 0.13, "ambience": 0.13},
    among_others=0.4,
    sped=0.7,
    octaves=0.4,
    views=2,
)
"""Farther from what was recorded: worse on val for who learns from it alone, better after FIRST (LOG.md)."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Windows int8 (n, views, 96, 64) of n foregrounds; of each foreground its truth, 1, 0 or nan (no
    opinion), the number of its clip, and the teacher's embedding, logits and opinion.
    """

    windows: NDArray[np.int8]
    truth: Floats
    clip: NDArray[np.int32]
    embedding: NDArray[np.float16]
    logits: NDArray[np.float16]
    opinion: Floats


def clean_windows(sound: Floats) -> list[Floats]:
    """A clip as the looks of a stream: every 0.48 s, padded with silence to one at least."""
    if len(sound) < WINDOW:
        sound = np.pad(sound, (0, WINDOW - len(sound)))
    starts = list(range(0, len(sound) - WINDOW + 1, LOOK))
    if len(sound) - WINDOW - starts[-1] > LOOK // 2:
        starts.append(len(sound) - WINDOW)
    return [sound[at : at + WINDOW] for at in starts]


def as_floats(samples: NDArray[np.int16]) -> Floats:
    """16-bit samples in -1..1."""
    return samples.astype(np.float32) / np.float32(32768)


def input_steps(sound: Floats) -> NDArray[np.int8]:
    """What the model is given of one window of sound: int8 (96, 64)."""
    window = features.normalise(features.LogMel().push(sound))
    return features.quantize(window, SCALE, ZERO_POINT)


def trainable(library: Library) -> list[Clip]:
    """The clips that may train: their split says train and their licence allows it."""
    return [clip for clip in library.pick("train") if clip.trainable]


def learn_head(
    master: teacher.Teacher, library: Library, clips: list[Clip]
) -> tuple[teacher.Head, NDArray[np.float64]]:
    """The teacher's own opinion of a scream, fitted to the clean windows of the training clips.

    And for each clip how often it is worth hearing: clips without a scream in which the teacher still
    hears one come up to four times as often as those that nobody could mistake.
    """
    known = [k for k, clip in enumerate(clips) if np.isfinite(_truth(clip))]
    found, truth, which = [], [], []
    for k in track(known, "teacher, clean windows"):
        clip = clips[k]
        for window in clean_windows(as_floats(library[clip])):
            found.append(master.listen(window))
            truth.append(clip.label == "scream")
            which.append(k)
    embeddings, logits = (np.array(part) for part in zip(*found, strict=True))
    which, calm = np.array(which), ~np.array(truth)
    head = teacher.fit_head(embeddings, logits, ~calm, which)
    best = np.full(len(clips), np.inf)
    best[which[calm]] = -np.inf
    np.maximum.at(best, which[calm], head(embeddings[calm], logits[calm]))
    return head, 1 / 3 + 1 / (1 + np.exp(-best))


@dataclass(frozen=True, slots=True)
class Learnt:
    """The teacher with its opinion of a scream, and for each clip how often it is worth hearing."""

    master: teacher.Teacher | None
    head: teacher.Head | None
    worth: NDArray[np.float64]


def learn(library: Library, clips: list[Clip]) -> Learnt:
    """What examples of these clips are made with, where there is a teacher."""
    master = teacher.open_teacher()
    if master is None:
        print("no teacher (DISTRESS_TEACHERS is not set): training goes on without distillation")
        return Learnt(None, None, np.ones(len(clips)))
    return Learnt(master, *learn_head(master, library, clips))


def make(
    library: Library, clips: list[Clip], count: int, seed: int, learnt: Learnt, mixture: Mixture = FIRST
) -> Examples:
    """`count` examples from the clips, with the teacher's opinion where there is a teacher."""
    rng, out = np.random.default_rng(seed), _empty(count, mixture.views)
    pools = Pools(clips, learnt.worth, mixture.shares)
    for row in track(range(count), "examples"):
        number = pools.front(rng)
        front = foreground(library[clips[number]], rng, mixture)
        if rng.random() < mixture.among_others:
            front = augment.mix(front, _background(library, clips, pools, rng), rng.uniform(0, 20))
        for view in range(mixture.views):
            behind = _background(library, clips, pools, rng)
            out.windows[row, view] = input_steps(worsen(front, behind, rng))
        out.truth[row], out.clip[row] = _truth(clips[number]), number
        if learnt.master and learnt.head:
            embedding, logits = learnt.master.listen(front)
            out.embedding[row], out.logits[row] = embedding, logits
            out.opinion[row] = learnt.head(embedding[None], logits[None])[0]
    return out


def _background(library: Library, clips: list[Clip], pools: Pools, rng: Random) -> Floats:
    """A window of some other clip, in which nobody screams."""
    return as_floats(augment.fit(library[clips[pools.behind(rng)]], WINDOW, rng))


class Pools:
    """Clips to draw from: a label by its share, in it a tag by the root of its clips, a clip by its worth."""

    def __init__(
        self, clips: list[Clip], worth: NDArray[np.float64], shares: Mapping[str, float] = FIRST.shares
    ) -> None:
        rows = {label: [i for i, c in enumerate(clips) if c.label == label] for label in shares}
        self._rows = {label: np.array(found) for label, found in rows.items() if found}
        tags = Counter((clip.label, clip.tag) for clip in clips)
        each = worth / np.sqrt([tags[clip.label, clip.tag] for clip in clips])
        self._chances = {label: each[found] / each[found].sum() for label, found in self._rows.items()}
        chances = np.array([shares[label] for label in self._rows])
        self._shares = chances / chances.sum()

    def front(self, rng: Random) -> int:
        """A clip for the foreground."""
        label = str(rng.choice(list(self._rows), p=self._shares))
        return int(rng.choice(self._rows[label], p=self._chances[label]))

    def behind(self, rng: Random) -> int:
        """A clip for the background, in which nobody screams."""
        label = rng.choice([label for label in BEHIND if label in self._rows])
        return int(rng.choice(self._rows[str(label)]))


def foreground(samples: NDArray[np.int16], rng: Random, mixture: Mixture = FIRST) -> Floats:
    """One window of a clip, at a random place (the loudest of two), often a little higher or lower."""
    speed = 2 ** rng.uniform(-mixture.octaves, mixture.octaves) if rng.random() < mixture.sped else 1.0
    padded, needed = np.pad(samples, WINDOW // 3), int(WINDOW * speed) + 2
    found = max((as_floats(augment.fit(padded, needed, rng)) for _ in range(2)), key=augment.rms)
    return found[:WINDOW] if speed == 1.0 else resampled(found, speed)[:WINDOW]


def resampled(sound: Floats, speed: float) -> Floats:
    """Faster and higher (speed over 1) or slower and lower, by linear interpolation."""
    at = np.arange(0, len(sound) - 1, speed)
    return np.interp(at, np.arange(len(sound)), sound).astype(np.float32)


def worsen(sound: Floats, other: Floats, rng: Random) -> Floats:
    """The same window through a room, another microphone, a line, beside other sound, at any level."""
    if rng.random() < 0.3:
        sound = augment.room(sound, rng)
    if rng.random() < 0.25:
        other = rng.standard_normal(len(sound)).astype(np.float32)
    if rng.random() < 0.5:
        sound = augment.mix(sound, other, rng.uniform(-2, 25))
    if rng.random() < 0.4:
        sound = augment.equalise(sound, rng)
    if rng.random() < 0.1:
        sound = augment.band(sound, rng.uniform(100, 400), rng.uniform(3000, 5000))
    if rng.random() < 0.25:
        sound = augment.clip(sound, rng.uniform(0, 26))
    sound = sound / np.float32(augment.rms(sound))
    return augment.gain(
        augment.hiss(sound * augment.decibels(rng.uniform(-45, -8)), rng.uniform(-90, -55), rng), 0.0
    )


def save(examples: Examples, folder: Path) -> None:
    """One .npy a field, so that they can be mapped."""
    folder.mkdir(parents=True, exist_ok=True)
    for field in Examples.__dataclass_fields__:
        np.save(folder / f"{field}.npy", getattr(examples, field))


def load(folder: Path) -> Examples:
    """What `save` left, mapped and not read."""
    fields = Examples.__dataclass_fields__
    return Examples(**{field: np.load(folder / f"{field}.npy", mmap_mode="r") for field in fields})


def _truth(clip: Clip) -> float:
    unsure = clip.label in UNSURE or clip.tag in UNSURE
    return float("nan") if unsure else float(clip.label == "scream")


def _empty(count: int, views: int) -> Examples:
    shape = (count, views, features.WINDOW_FRAMES, features.BANDS)
    return Examples(
        np.zeros(shape, np.int8),
        np.zeros(count, np.float32),
        np.zeros(count, np.int32),
        np.zeros((count, teacher.EMBEDDING), np.float16),
        np.zeros((count, teacher.LOGITS), np.float16),
        np.full(count, np.nan, np.float32),
    )
