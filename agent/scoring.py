"""What the models say of sound and pictures: the daemon's own senses, with every label of every look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from agent.core.events import Cue
from agent.raster import Envelope
from agent.senses import shelf, sight, sound, speech
from agent.senses.faces import Box, find
from agent.senses.features import FRAME, HOP, LOOK_FRAMES, WINDOW_FRAMES, Floats
from agent.senses.portrait import portrait
from agent.senses.shelf import Model
from sensors.readings import RATE, Frame, Sound

SCREAM_S = LOOK_FRAMES * HOP / RATE
VOICE_S = speech.LOOK_FRAMES * HOP / RATE
PAUSE_S = 1.0
"""A face that was seen less often than this is not counted for the time between."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look of a model: P of what it is for (a scream, distress), P of each label, and of which face."""

    model: str
    at: float
    probability: float
    labels: Mapping[str, float]
    box: Box | None = None


@dataclass
class Track:
    """What is kept of one model's looks at one file.

    over_s: seconds at or over the threshold. best: the surest look. outline: at most 48 columns.
    """

    name: str
    threshold: float
    look_s: float
    looks: int = 0
    over_s: float = 0.0
    best: Look | None = None
    outline: Envelope = field(default_factory=lambda: Envelope(48))
    totals: dict[str, float] = field(default_factory=dict)
    _last: float | None = None

    def add(self, look: Look) -> None:
        """Take note of a look."""
        took = self.look_s if self._last is None else min(look.at - self._last, max(self.look_s, PAUSE_S))
        self._last = look.at
        self.looks += 1
        self.over_s += took * (look.probability >= self.threshold)
        if self.best is None or look.probability > self.best.probability:
            self.best = look
        self.outline.push(np.full((1, 1), look.probability, np.float32))
        for label, probability in look.labels.items():
            self.totals[label] = self.totals.get(label, 0.0) + probability

    def means(self) -> list[tuple[str, float]]:
        """The labels with their mean probability, the likeliest first."""
        pairs = ((name, total / self.looks) for name, total in self.totals.items())
        return sorted(pairs, key=lambda pair: -pair[1])


class Models:
    """The models that files are scored by, each loaded when it is first wanted. Raises ModelUnfit."""

    def __init__(self) -> None:
        self._get = cache(shelf.load)

    def ears(self) -> list[Ear]:
        """What sound is heard with, a fresh one a file: for screams, and for voices."""
        return [_screams(self._get("scream")), _voices(self._get("voice"))]

    def eyes(self) -> Eyes:
        """What pictures are seen with, fresh for a file."""
        return Eyes(self._get("face_detector"), self._get("face"))


@dataclass(frozen=True, slots=True)
class Ear:
    """One sense of sound, and what is kept of it. first_s: seconds of sound until its first look."""

    track: Track
    first_s: float
    hear: Callable[[Sound], list[Look]]


def _screams(model: Model) -> Ear:
    hearing = sound.Hearing(model)

    def hear(block: Sound) -> list[Look]:
        return [_look(cue, {"scream": cue.probability}) for cue in hearing.hear(block)]

    return Ear(Track("scream", model.threshold, SCREAM_S), _seconds(WINDOW_FRAMES), hear)


def _voices(model: Model) -> Ear:
    listening = speech.Listening(model)

    def hear(block: Sound) -> list[Look]:
        return [_look(listening.cue(look), named(model, look.scores)) for look in listening.looks(block)]

    return Ear(Track("voice", model.threshold, VOICE_S), _seconds(speech.LOOK_FRAMES), hear)


class Eyes:
    """The sense of faces, for a video, or for a single picture."""

    def __init__(self, detector: Model, face: Model) -> None:
        self._detector, self._face = detector, face
        self._seeing = sight.Seeing(detector, face)
        self.track = Track("face", face.threshold, sight.LOOK_S)

    def see(self, frame: Frame) -> list[Look]:
        """The look at the followed face of a video, if one was due."""
        looks = self._seeing.looks(frame)
        return [_look(self._seeing.cue(look), named(self._face, look.scores), look.box) for look in looks]

    def faces(self, frame: Frame) -> list[Look]:
        """All faces of one picture, the surest find first."""
        pixels = sight.grey(frame.pixels)
        looks = []
        for box in find(self._detector, pixels):
            labels = named(self._face, self._face.scores(portrait(pixels, box)))
            looks.append(Look("face", frame.at, labels["distress"], labels, box))
        return looks


def _seconds(frames: int) -> float:
    return ((frames - 1) * HOP + FRAME) / RATE


def named(model: Model, scores: Floats) -> dict[str, float]:
    """Scores by their labels."""
    return {label: float(score) for label, score in zip(model.labels, scores, strict=True)}


def _look(cue: Cue, labels: Mapping[str, float], box: Box | None = None) -> Look:
    return Look(cue.kind, cue.at, cue.probability, labels, box)
