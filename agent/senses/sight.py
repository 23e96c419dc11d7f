"""Seeing: pictures in, a `face` cue a look out: how sure it is that a face shows anger or fear.

The camera watches a room: whether a face is the wearer's, that of somebody who threatens, or a visitor's,
nobody knows. So one face is followed, the largest: who is near matters most and is seen best. It stays the
one while it is there and no other is half as wide again, so that two people of a size do not take turns;
with another face everything begins anew. The opinion of it is the mean over the last seconds, since a face
that is caught speaking or blinking looks like anything. A picture without a face says nothing, and so does
a face too small to be read: missing is not calm.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import hypot, inf
from typing import TYPE_CHECKING

import numpy as np

from agent.core.events import Cue
from agent.senses.faces import Box, find
from agent.senses.portrait import portrait

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agent.senses.features import Floats
    from agent.senses.shelf import Model
    from sensors.readings import Frame

LOOK_S = 0.4
"""Least time from one look to the next: of the camera's five pictures a second two or three are looked at.
Most expressions last from half a second to four (Ekman 2003, Emotions Revealed): more would only cost."""
MEMORY_S = 3.0
"""So long a look counts."""
LEAST = 3
"""Looks at a face before anything is said of it."""
REACH = 1.0
"""A face whose middle moved by at most so many of its widths since the last look is the same one."""
GONE_S = 1.5
"""A face that was not found for so long is given up; until then nothing is said of another one."""
LARGER = 1.5
"""A face this much wider than the followed one is followed instead."""
SMALLEST_PX = 24.0
"""A narrower face is not judged."""
LUMA = (0.299, 0.587, 0.114)
"""Grey of red, green and blue (ITU-R BT.601)."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is thought of the followed face at a time: P of every label of the model, shape (labels,)."""

    at: float
    box: Box
    scores: Floats


class Following:
    """Whose face is looked at: remembers where it was last, and when."""

    def __init__(self) -> None:
        self._box: Box | None = None
        self._at = -inf

    def choose(self, at: float, boxes: list[Box]) -> tuple[Box | None, bool]:
        """The face to look at in this picture, and whether it is another one than before."""
        before = self._box if at - self._at <= GONE_S else None
        large = [box for box in boxes if box.width >= SMALLEST_PX]
        largest = max(large, key=lambda box: box.width, default=None)
        same = _nearest(large, before) if before else None
        known = same or before
        if largest is not None and (known is None or largest.width > LARGER * known.width):
            self._box, self._at = largest, at
            return largest, largest is not same
        if same is not None:
            self._box, self._at = same, at
        return same, False


class Seeing:
    """The sense of faces: a plain object that remembers whom it follows and the last seconds' looks."""

    def __init__(self, detector: Model, face: Model) -> None:
        self._detector = detector
        self._face = face
        self._anger, self._fear, self._distress = map(face.labels.index, ("anger", "fear", "distress"))
        self._next_at = -inf
        self._following = Following()
        self._rows: deque[tuple[float, Floats]] = deque()

    def see(self, frame: Frame) -> list[Cue]:
        """The cue of the look at this picture, where one was due and the face has been seen for a while."""
        return [self.cue(look) for look in self.looks(frame)]

    def looks(self, frame: Frame) -> list[Look]:
        """The same with all labels: none or one."""
        if frame.at < self._next_at:
            return []
        self._next_at = frame.at + LOOK_S
        pixels = grey(frame.pixels)
        box, another = self._following.choose(frame.at, find(self._detector, pixels))
        if another:
            self._rows.clear()
        if box is None:
            return []
        self._rows.append((frame.at, self._face.scores(portrait(pixels, box))))
        while self._rows[0][0] < frame.at - MEMORY_S:
            self._rows.popleft()
        if len(self._rows) < LEAST:
            return []
        return [Look(frame.at, box, np.mean([scores for _, scores in self._rows], axis=0))]

    def cue(self, look: Look) -> Cue:
        """A look as an opinion for the mind."""
        word = "fear" if look.scores[self._fear] >= look.scores[self._anger] else "anger"
        return Cue(look.at, "face", float(look.scores[self._distress]), f"{word} in a face")


def grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture (h, w) as it is, one of red, green and blue (h, w, 3) as grey."""
    if pixels.ndim == 2:
        return pixels
    return np.rint(pixels @ np.array(LUMA, np.float32)).astype(np.uint8)


def _nearest(boxes: list[Box], to: Box) -> Box | None:
    """The box whose middle is nearest to another's, if it is within reach of it."""
    near = min(boxes, key=lambda box: _apart(box, to), default=None)
    return near if near is not None and _apart(near, to) <= REACH * to.width else None


def _apart(one: Box, other: Box) -> float:
    """Pixels from the middle of one box to that of another."""
    across = one.left + one.width / 2 - other.left - other.width / 2
    down = one.top + one.height / 2 - other.top - other.height / 2
    return hypot(across, down)
