"""Recent: what the senses gave and the agent believed in the last minutes, as a picture for letters.

One value a second and kind, the highest; in memory alone, no sound and no picture. Nobody waits for it: it
is kept as the mind goes on, and drawn in some milliseconds when a letter leaves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, cycle

from agent import svg
from agent.channels import Message
from agent.channels.letter import Picture
from agent.core.events import Cue, Event
from agent.core.watch import Watch
from agent.wording import Device

KEEP_S = 900
"""Seconds kept: an alarm that could leave only so much later still has its picture."""

SHOWN_S = 180
"""Seconds shown, up to the moment that the letter tells of."""

APART_S = 15
"""A kind that was silent for longer has a hole in its line: missing is not calm."""

PICTURED = ("pre_alarm", "alarm", "escalated", "update")
BELIEF = "belief"

WIDTH, HEIGHT = 720, 310
LEFT, RIGHT, TOP, BOTTOM = 52, 640, 72, 250
TICK_S = 30
KEY_TOP, KEY_WIDE = 292, 130
LOOKS = ("score", "second", "third", "fourth")
"""How the senses' lines look, in the order of their names; a fifth looks like the first again."""


@dataclass(frozen=True, slots=True)
class Second:
    """One second: Unix time, and the highest probability of each kind of cue and of the belief."""

    at: int
    values: dict[str, float] = field(default_factory=dict)


class Recent:
    """The last minutes of a mind: `note` every step, ask for a `picture` when a letter leaves."""

    def __init__(self, device: Device, threshold: float) -> None:
        self._device = device
        self._threshold = threshold
        self._seconds: deque[Second] = deque(maxlen=KEEP_S)

    def note(self, event: Event, after: Watch) -> None:
        """One step of the mind."""
        values = self._second(int(after.wall)).values
        seen = {BELIEF: after.belief.probability}
        if isinstance(event, Cue):
            seen[event.kind] = event.probability
        values.update({kind: max(p, values.get(kind, 0.0)) for kind, p in seen.items()})

    def _second(self, at: int) -> Second:
        """The second that runs; after a leap back of the wall clock all before it is forgotten."""
        if self._seconds and at < self._seconds[-1].at:
            self._seconds.clear()
        if not self._seconds or at > self._seconds[-1].at:
            self._seconds.append(Second(at))
        return self._seconds[-1]

    def picture(self, message: Message) -> Picture | None:
        """The minutes before what a message tells of; None for one that needs none, or without any look."""
        notice = message.notice
        if notice.test or notice.kind not in PICTURED:
            return None
        end = int(notice.wall)
        shown = [second for second in self._seconds if end - SHOWN_S <= second.at <= end]
        kinds = sorted({kind for second in shown for kind in second.values} - {BELIEF})
        return self._drawn(shown, kinds, end) if kinds else None

    def _drawn(self, shown: list[Second], kinds: list[str], end: int) -> Picture:
        until = f"the last {SHOWN_S // 60} minutes up to {self._clock(end)}"
        said = "; ".join(self._in_words(shown, kind) for kind in (*kinds, BELIEF))
        words = f"What was perceived in {until}: {said} (it asks from {_per_cent(self._threshold)})."
        title = f"What was perceived in {until}"
        parts = chain(self._heading(title), self._axes(end), self._curves(shown, kinds, end))
        return Picture(svg.document(words, WIDTH, HEIGHT, parts), words)

    def _heading(self, title: str) -> Iterator[str]:
        yield svg.text(LEFT, 34, title, "title")
        yield svg.text(LEFT, 54, f"the highest probability in each second, of {self._device.wearer}'s device")

    def _in_words(self, shown: list[Second], kind: str) -> str:
        had = [second for second in shown if kind in second.values]
        top = max(had, key=lambda second: second.values[kind])
        return f"{kind} at most {_per_cent(top.values[kind])}, at {self._clock(top.at)}"

    def _axes(self, end: int) -> Iterator[str]:
        for level in (0.0, 0.5, 1.0):
            yield svg.line(LEFT, _y(level), RIGHT, _y(level), "rule")
            yield svg.text(LEFT - 8, _y(level) + 4, _per_cent(level), anchor="end")
        y = _y(self._threshold)
        yield svg.line(LEFT, y, RIGHT, y, "threshold")
        yield svg.text(RIGHT + 6, y + 4, "asks from")
        yield svg.text(RIGHT + 6, y + 18, _per_cent(self._threshold))
        for at in range(end - SHOWN_S, end + 1, TICK_S):
            yield svg.line(_x(at, end), BOTTOM, _x(at, end), BOTTOM + 5, "axis")
            yield svg.text(_x(at, end), BOTTOM + 20, self._clock(at), anchor="middle")

    def _curves(self, shown: list[Second], kinds: list[str], end: int) -> Iterator[str]:
        """Each kind's line with holes where it was silent, and its name below; the belief above all."""
        looks = [*zip(kinds, cycle(LOOKS), strict=False), (BELIEF, BELIEF)]
        for number, (kind, look) in enumerate(looks):
            for run in _runs([second for second in shown if kind in second.values]):
                points = [(_x(second.at, end), _y(second.values[kind])) for second in run]
                yield svg.curve([*points, points[-1]], look)
            x = LEFT + number * KEY_WIDE
            yield svg.line(x, KEY_TOP, x + 24, KEY_TOP, look)
            yield svg.text(x + 30, KEY_TOP + 4, kind)

    def _clock(self, wall: int) -> str:
        return f"{datetime.fromtimestamp(wall, self._device.zone):%H:%M:%S}"


def _runs(seconds: list[Second]) -> Iterator[list[Second]]:
    """The stretches without a hole."""
    run: list[Second] = []
    for second in seconds:
        if run and second.at - run[-1].at > APART_S:
            yield run
            run = []
        run.append(second)
    if run:
        yield run


def _per_cent(probability: float) -> str:
    return f"{100 * probability:.0f} %"


def _x(at: int, end: int) -> float:
    return RIGHT + (RIGHT - LEFT) * (at - end) / SHOWN_S


def _y(probability: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * probability
