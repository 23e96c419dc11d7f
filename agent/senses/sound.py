"""Hearing: sound in, one `scream` cue a look out; a look is 0.975 s of sound, every 0.48 s."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agent.core.events import Cue
from agent.senses.features import BANDS, FRAME, HOP, LOOK_FRAMES, RATE, WINDOW_FRAMES, LogMel, normalise

if TYPE_CHECKING:
    from agent.senses.shelf import Model
    from sensors.readings import Sound

_NO_FRAMES = np.zeros((0, BANDS), np.float32)


class Hearing:
    """The scream sense: a plain object that remembers about a second of sound as log-mel frames."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._log_mel = LogMel()
        self._frames = _NO_FRAMES

    def hear(self, sound: Sound) -> list[Cue]:
        """The cues of the looks that this block completed; their probabilities depend on no block size.

        `at` of a cue is the end of its window on the reading's clock. After lost samples the window
        starts anew: nothing is said of sound that was not heard.
        """
        if sound.lost:
            self._start_over()
        self._frames = np.concatenate([self._frames, self._log_mel.push(sound.samples)])
        # The newest frame ended this long before the block did.
        newest = sound.at - (self._log_mel.pending - (FRAME - HOP)) / RATE
        looks = (len(self._frames) - WINDOW_FRAMES) // LOOK_FRAMES + 1
        cues = [self._look(k, newest) for k in range(looks)]
        self._frames = self._frames[max(0, looks) * LOOK_FRAMES :]
        return cues

    def _look(self, k: int, newest: float) -> Cue:
        end = k * LOOK_FRAMES + WINDOW_FRAMES
        window = normalise(self._frames[end - WINDOW_FRAMES : end])
        probability = float(self._model.scores(window)[0])
        return Cue(newest - (len(self._frames) - end) * HOP / RATE, "scream", probability, "scream heard")

    def _start_over(self) -> None:
        self._log_mel.reset()
        self._frames = _NO_FRAMES
