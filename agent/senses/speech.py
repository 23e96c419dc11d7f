"""Listening to how somebody speaks: three seconds of sound in, a `voice` cue a second out.

The model sees log-mel below 5 kHz: much speech that it learnt from holds nothing above, and every telephone
and most rooms take that part away. Windows come at one loudness, so that neither distance nor gain counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agent.core.events import Cue
from agent.senses.features import FRAME, HOP, LOUD, RATE, Floats, LogMel, normalise

if TYPE_CHECKING:
    from agent.senses.shelf import Model
    from sensors.readings import Sound

BANDS = 48
LOWEST_HZ, HIGHEST_HZ = 60.0, 5000.0
"""From below a man's pitch to where CREMA-D's recordings, sampled at 11,025 Hz, still hold everything."""

WINDOW_FRAMES = 300
"""Frames of one look: 3.015 s of sound."""
LOOK_FRAMES = 100
"""Frames from one look to the next: 1 s."""

SPAN = 6.0
"""Nepers (52 dB) under the loud part that the model still sees: what is fainter tells of the recording."""
SILENCE = -11.5
"""Log-mel of no sound at all: the logarithm of features.FLOOR."""

_DISTRESS, _VOICE = 6, 7
"""Columns of the model's answer; 0..5 are the emotions."""
EVEN = 0.5
"""P(voice) from which somebody speaks, for a model whose card does not say."""

_SILENT = np.full((WINDOW_FRAMES - LOOK_FRAMES, BANDS), SILENCE, np.float32)
"""What a stream begins with: all of a window but one look."""


def log_mel() -> LogMel:
    """The front end of this sense; one a stream."""
    return LogMel(BANDS, LOWEST_HZ, HIGHEST_HZ)


def normalised(window: Floats) -> Floats:
    """Windows (..., frames, bands) at one loudness, nothing fainter than SPAN under their loud part."""
    out: Floats = np.maximum(normalise(window), np.float32(LOUD - SPAN))
    return out


@dataclass(frozen=True, slots=True)
class Look:
    """What the model says of one window: `at` = its end on the readings' clock; probabilities (8,).

    Anger, disgust, fear, happy, neutral, sad (together 1); anger or fear; somebody speaks.
    """

    at: float
    scores: Floats

    @property
    def distress(self) -> float:
        """How likely the voice is angry or afraid, if there is one."""
        return float(self.scores[_DISTRESS])

    @property
    def voice(self) -> float:
        """How likely somebody speaks."""
        return float(self.scores[_VOICE])


class Listening:
    """The voice sense: a plain object that remembers three seconds of sound as log-mel frames."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._speaks = float(model.card["threshold"].get("voice", EVEN))
        self._log_mel = log_mel()
        self._frames = _SILENT

    def hear(self, sound: Sound) -> list[Cue]:
        """The cues of the looks that this block completed; their probabilities depend on no block size.

        A cue's probability is that of anger or fear in the voice. Where nobody speaks it is 0, which adds
        nothing to the belief: the emotions of silence, music, dogs and traffic mean nothing, and a look
        without a voice still counts as a look without a hit.
        """
        return [self.cue(look) for look in self.looks(sound)]

    def looks(self, sound: Sound) -> list[Look]:
        """All that the model says, look by look: one a second, the first a second after the stream began.

        The window is silent before the stream began, and again after lost samples: nothing is said of
        sound that was not heard, and nobody waits three seconds for a first opinion.
        """
        if sound.lost:
            self._log_mel.reset()
            self._frames = _SILENT
        self._frames = np.concatenate([self._frames, self._log_mel.push(sound.samples)])
        # The newest frame ended this long before the block did.
        newest = sound.at - (self._log_mel.pending - (FRAME - HOP)) / RATE
        count = (len(self._frames) - WINDOW_FRAMES) // LOOK_FRAMES + 1
        looks = [self._look(k, newest) for k in range(count)]
        self._frames = self._frames[max(0, count) * LOOK_FRAMES :]
        return looks

    def _look(self, k: int, newest: float) -> Look:
        end = k * LOOK_FRAMES + WINDOW_FRAMES
        window = normalised(self._frames[end - WINDOW_FRAMES : end])
        return Look(newest - (len(self._frames) - end) * HOP / RATE, self._model.scores(window))

    def cue(self, look: Look) -> Cue:
        """A look as an opinion for the mind."""
        if look.voice < self._speaks:
            return Cue(look.at, "voice", 0.0, "nobody speaks")
        return Cue(look.at, "voice", look.distress, "anger or fear in the voice")
