"""The bank: log-mel of every training clip in several variants, from which batches are mixed.

What must be done to samples (speed, rooms, clipping) is done here, once; noise, microphones, lines and
places in the window are drawn anew for each batch from the log-mel itself (voice_mix.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from agent.senses import features, speech
from export import augment
from export.augment import Floats, Random
from export.clips import Clip, Library
from export.examples import as_floats, resampled
from export.recipes import voice_clips as of

VARIANTS = 6
"""Of a clip in which somebody speaks; the first is as it was recorded. Of others a third as many."""


SCALE = (speech.SPAN + features.HEADROOM) / 255
"""A normalised window's whole range in 256 steps."""


@dataclass(frozen=True, slots=True)
class Held:
    """Windows to validate on, (n, 300, 48), and whose; of each clip emotion, distress, voice, corpus."""

    windows: Floats
    clip: NDArray[np.int64]
    emotion: NDArray[np.int64]
    distress: Floats
    voice: Floats
    corpus: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Bank:
    """Frames float16 (all, 48) of all variants; start, stop and clip number of each.

    Of each clip: emotion (its place in EMOTIONS or -1), distress and voice (1, 0 or nan), votes (6,).
    """

    frames: NDArray[np.float16]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    clip: NDArray[np.int32]
    emotion: NDArray[np.int64]
    distress: Floats
    voice: Floats
    votes: Floats
    pool: NDArray[np.int8]
    """Of each clip: which of voice_mix.POOLS it is drawn from."""


def make(library: Library, clips: list[Clip], told: dict[str, of.Speaker], seed: int) -> Bank:
    """The bank of these clips; `told` as voice_clips.speakers gives it."""
    rng = np.random.default_rng(seed)
    parts, which = [], []
    for number, clip in enumerate(track(clips, "log-mel of all variants")):
        sound = as_floats(library[clip])
        for variant in range(VARIANTS if of.speaks(clip) else VARIANTS // 3):
            changed = varied(sound, rng) if variant else sound
            parts.append(speech.log_mel().push(_at_least_a_frame(changed)).astype(np.float16))
            which.append(number)
    stop = np.cumsum([len(part) for part in parts])
    votes = [told[key].votes if (key := f"{c.pack}/{c.name}") in told else of._NO_VOTES for c in clips]
    return Bank(
        np.concatenate(parts),
        stop - [len(part) for part in parts],
        stop,
        np.array(which, np.int32),
        np.array([_number(of.emotion(clip)) for clip in clips]),
        np.array([of.distress(clip) for clip in clips], np.float32),
        np.array([of.speaks(clip) for clip in clips], np.float32),
        np.array(votes, np.float32),
        np.array([pool(clip) for clip in clips], np.int8),
    )


def hold(library: Library, split: str) -> Held:
    """The whole looks of this split's clips, as voice_looks hears them; clips that are not sure left out."""
    clips = [clip for clip in library.pick(split) if np.isfinite(of.speaks(clip))]
    looks = [whole_windows(as_floats(library[clip])) for clip in track(clips, "windows to validate on")]
    return Held(
        np.concatenate(looks),
        np.repeat(np.arange(len(clips)), [len(one) for one in looks]),
        np.array([_number(of.emotion(clip)) for clip in clips]),
        np.array([of.distress(clip) for clip in clips], np.float32),
        np.array([of.speaks(clip) for clip in clips], np.float32),
        np.array(["ordinary" if of.emotion(clip) == "ordinary" else clip.corpus for clip in clips]),
    )


def whole_windows(sound: Floats) -> Floats:
    """Windows (n, 300, 48) of the looks that a clip fills, silence after it."""
    frames = speech.log_mel().push(to_whole_looks(sound))
    starts = range(0, len(frames) - speech.WINDOW_FRAMES + 1, speech.LOOK_FRAMES)
    return speech.normalised(np.stack([frames[at : at + speech.WINDOW_FRAMES] for at in starts]))


def to_whole_looks(sound: Floats) -> Floats:
    """A sound with silence after it, so that it ends with a look and has a whole window at least."""
    spare = features.FRAME - features.HOP
    frames = max(speech.WINDOW_FRAMES, -(-(len(sound) - spare) // features.HOP))
    frames = -(-frames // speech.LOOK_FRAMES) * speech.LOOK_FRAMES
    return np.pad(sound, (0, frames * features.HOP + spare - len(sound)))


def pool(clip: Clip) -> int:
    """0 acted speech, 1 ordinary speech, 2 other speech, 3 no speech."""
    if not of.speaks(clip):
        return 3
    known = of.emotion(clip)
    return 2 if not known else 1 if known == "ordinary" else 0


def varied(sound: Floats, rng: Random) -> Floats:
    """Another speaker in another room: faster and higher or slower and lower, reverberant, overdriven."""
    if rng.random() < 0.8:
        sound = resampled(sound, 2 ** rng.uniform(-0.22, 0.22))
    if rng.random() < 0.4:
        sound = augment.room(np.pad(sound, (0, 1600)), rng)
    if rng.random() < 0.15:
        sound = augment.clip(sound, rng.uniform(0, 15))
    return sound


def save(bank: Bank, folder: Path) -> None:
    """One .npy a field."""
    folder.mkdir(parents=True, exist_ok=True)
    for field in Bank.__dataclass_fields__:
        np.save(folder / f"{field}.npy", getattr(bank, field))


def load(folder: Path) -> Bank:
    """What `save` left."""
    return Bank(**{field: np.load(folder / f"{field}.npy") for field in Bank.__dataclass_fields__})


def _number(emotion: str) -> int:
    return of.EMOTIONS.index(emotion) if emotion in of.EMOTIONS else -1


def _at_least_a_frame(sound: Floats) -> Floats:
    return np.pad(sound, (0, max(0, 400 - len(sound))))
