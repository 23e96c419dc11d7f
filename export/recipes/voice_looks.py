"""What the voice model says of clips, look by look, through the very sense that the device runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from agent.senses.shelf import Model
from agent.senses.speech import LOOK_FRAMES, WINDOW_FRAMES, Listening
from export.augment import Floats
from export.clips import Clip, Library
from export.examples import as_floats
from export.recipes import voice_clips as of
from export.recipes.voice_bank import to_whole_looks
from sensors.readings import RATE, Sound

DISTRESS, VOICE = 6, 7
BEFORE_WHOLE = WINDOW_FRAMES // LOOK_FRAMES - 1
"""First looks of a stream, in which silence from before it is."""

Change = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Heard:
    """Some clips and the probabilities of all their looks, (looks, 8) each."""

    clips: list[Clip]
    looks: list[Floats]

    @property
    def said(self) -> Floats:
        """A clip's probabilities (n, 8): the mean of its whole looks, in which nothing is from before it."""
        return np.array([looks[BEFORE_WHOLE:].mean(axis=0) for looks in self.looks])

    @property
    def groups(self) -> list[str]:
        """Whose recording each clip is."""
        return [clip.group for clip in self.clips]

    @property
    def emotion(self) -> NDArray[np.int64]:
        """Each clip's place in EMOTIONS; -1 for another or none."""
        names = [of.emotion(clip) for clip in self.clips]
        return np.array([of.EMOTIONS.index(name) if name in of.EMOTIONS else -1 for name in names])

    @property
    def distressed(self) -> NDArray[np.bool_]:
        """Whether each clip is of anger or fear."""
        return np.array([of.distress(clip) == 1 for clip in self.clips])

    def speaking(self, gate: float) -> NDArray[np.bool_]:
        """Clips that pass as voice: with a look in which P(voice) reaches the gate."""
        return np.array([bool((looks[:, VOICE] >= gate).any()) for looks in self.looks])

    def fires(self, threshold: float, gate: float) -> NDArray[np.bool_]:
        """Clips that raise a cue: with a look that passes as voice and in which P(distress) is that high."""
        return np.array(
            [
                bool(((looks[:, VOICE] >= gate) & (looks[:, DISTRESS] >= threshold)).any())
                for looks in self.looks
            ]
        )

    def where(self, wanted: Callable[[Clip], bool]) -> Heard:
        """The clips for which `wanted` is true."""
        kept = [k for k, clip in enumerate(self.clips) if wanted(clip)]
        return Heard([self.clips[k] for k in kept], [self.looks[k] for k in kept])


def listen(model: Model, library: Library, clips: list[Clip], change: Change | None = None) -> Heard:
    """Play clips to the model, each alone, silence after it to the end of its last look, three at least.

    change: what is done to each clip first (gain, noise, a room).
    """
    looks = []
    for clip in track(clips, "listening"):
        sound = as_floats(library[clip])
        sound = to_whole_looks(change(sound) if change else sound)
        heard = Listening(model).looks(Sound(len(sound) / RATE, sound))
        looks.append(np.array([look.scores for look in heard]))
    return Heard(clips, looks)
