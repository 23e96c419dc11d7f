"""What the shipped scream model says of every clip: through Hearing, exactly as on the device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from agent.senses.shelf import Model
from agent.senses.sound import Hearing
from export import measures
from export.augment import Floats
from export.clips import Clip, Library
from export.examples import LOOK, WINDOW, as_floats
from sensors.readings import RATE, Sound

LOOK_S = LOOK / RATE

Change = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Looks:
    """Some clips and the probabilities of all their looks."""

    clips: list[Clip]
    looks: list[Floats]

    @property
    def best(self) -> Floats:
        """A clip's score: its loudest look."""
        return np.array([one.max() for one in self.looks])

    @property
    def hours(self) -> float:
        """How long all clips last."""
        return sum(clip.seconds for clip in self.clips) / 3600

    @property
    def groups(self) -> list[str]:
        """Whose recording each clip is."""
        return [clip.group for clip in self.clips]

    def events(self, threshold: float) -> NDArray[np.int64]:
        """Alarms in each clip."""
        return np.array([measures.events(one, threshold, LOOK_S) for one in self.looks])

    def where(self, wanted: Callable[[Clip], bool]) -> Looks:
        """The clips for which `wanted` is true."""
        kept = [k for k, clip in enumerate(self.clips) if wanted(clip)]
        return Looks([self.clips[k] for k in kept], [self.looks[k] for k in kept])

    def __add__(self, other: Looks) -> Looks:
        """Both together."""
        return Looks(self.clips + other.clips, self.looks + other.looks)


def listen(model: Model, library: Library, clips: list[Clip], change: Change | None = None) -> Looks:
    """Play clips to the model, each alone, with silence after it to the end of a look.

    change: what is done to each clip first (gain, noise, a room).
    """
    return Looks(clips, [_hear(model, _played(library, clip, change)) for clip in track(clips, "listening")])


def levels(library: Library, clips: list[Clip]) -> Looks:
    """The baseline: the level of each look (dB re full scale), and nothing else of it."""
    return Looks(clips, [_levels(_played(library, clip, None)) for clip in clips])


def _played(library: Library, clip: Clip, change: Change | None) -> Floats:
    sound = as_floats(library[clip])
    sound = change(sound) if change else sound
    missing = WINDOW - len(sound) if len(sound) < WINDOW else -(len(sound) - WINDOW) % LOOK
    return np.pad(sound, (0, missing if missing <= LOOK // 2 or len(sound) < WINDOW else 0))


def _hear(model: Model, sound: Floats) -> Floats:
    cues = Hearing(model).hear(Sound(len(sound) / RATE, sound))
    return np.array([cue.probability for cue in cues])


def _levels(sound: Floats) -> Floats:
    starts = range(0, len(sound) - WINDOW + 1, LOOK)
    power = [np.mean(np.square(sound[at : at + WINDOW])) for at in starts]
    return 10 * np.log10(np.array(power) + 1e-10)
