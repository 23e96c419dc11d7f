"""A recording as a picture: its spectrogram, its scores over time, what reached the threshold; SVG as text.

The sound is drawn from the same log-mel that the models see (senses/features.py). Whatever the length, a
picture keeps at most COLUMNS columns: where there is more, neighbours merge into the larger one, so that
a short scream in a long night stays visible. The SVG holds no script and follows light and dark themes.
"""

from __future__ import annotations

from base64 import b64encode
from itertools import chain
from math import log1p
from typing import TYPE_CHECKING

import numpy as np

from agent import svg
from agent.raster import RAMP, Envelope, Spread, png
from agent.senses.features import (
    BANDS,
    FRAME,
    HIGHEST_HZ,
    HOP,
    LOOK_FRAMES,
    LOWEST_HZ,
    QUIET,
    RATE,
    WINDOW_FRAMES,
    Floats,
    LogMel,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from agent.core.events import Cue
    from sensors.readings import Sound

COLUMNS = 1600
LOOK_S = LOOK_FRAMES * HOP / RATE
WINDOW_S = ((WINDOW_FRAMES - 1) * HOP + FRAME) / RATE
DEPTH_DB = 60.0
"""Shown below the loudest band of the recording."""
NEPER_DB = 8.686
OTHERS = {"voice": "second", "face": "third"}
"""How the lines of the other models look."""
STEP_S, APART_S = 0.25, 2.5
"""Columns of their lines, and the hole from which on a line is interrupted: nothing was said for so long."""
LABELS = 8
"""Events that get their time written beside them, the surest first."""
STEPS_S = (
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
    10,
    20,
    30,
    60,
    120,
    300,
    600,
    1200,
    1800,
    3600,
    7200,
    14_400,
    28_800,
    86_400,
)

WIDTH, HEIGHT = 960, 500
LEFT, RIGHT = 72, 880
SOUND_TOP, SOUND_BOTTOM = 96, 286
SCORE_TOP, SCORE_BOTTOM = 310, 434


class Picture:
    """One recording on its way into a picture: give it each block and each cue, then ask for the SVG."""

    def __init__(self, name: str, threshold: float) -> None:
        self._name = "".join(c if c.isprintable() else "?" for c in name)
        self._threshold = threshold
        self._seconds = 0.0
        self._log_mel = LogMel()
        self._sound = Envelope(COLUMNS, BANDS)
        self._scores = Envelope(COLUMNS)
        self._others: dict[str, Spread] = {}
        self._first_at = 0.0
        self._best: Cue | None = None

    @property
    def any(self) -> bool:
        """Whether there is anything to draw."""
        return self._best is not None

    def hear(self, sound: Sound) -> None:
        """The next block of the recording; `at` counts from its first sample."""
        self._sound.push(self._log_mel.push(sound.samples))
        self._seconds = sound.at

    def look(self, cue: Cue) -> None:
        """The next look's score, of screams or of another model."""
        if cue.kind in OTHERS:
            self._others.setdefault(cue.kind, Spread(COLUMNS, STEP_S)).push(cue.at, cue.probability)
            return
        if not self._scores.count:
            self._first_at = cue.at
        if self._best is None or cue.probability > self._best.probability:
            self._best = cue
        self._scores.push(np.full((1, 1), cue.probability, np.float32))

    def svg(self) -> str:
        """The picture, a whole SVG document; ValueError if not one look was taken."""
        if self._best is None:
            raise ValueError(f"{self._name}: nothing to draw: not one look fits into {self._seconds:.2f} s")
        title = f"{self._name}: spectrogram and {', '.join(('scream', *self._others))} scores over time"
        return svg.document(title, WIDTH, HEIGHT, chain.from_iterable(self._parts(self._best)))

    def _parts(self, best: Cue) -> tuple[Iterator[str], ...]:
        """What is drawn, the lowest layer first."""
        return (
            self._heading(best),
            self._panel(),
            self._levels(),
            self._times(),
            self._curve(),
            self._beside(),
            self._events(),
        )

    def _x(self, at: float) -> float:
        return LEFT + (RIGHT - LEFT) * min(max(at / self._seconds, 0.0), 1.0)

    def _heading(self, best: Cue) -> Iterator[str]:
        said = f"highest score {best.probability:.2f} at {clock(best.at)}"
        yield svg.text(LEFT, 36, _short(self._name), kind="title")
        yield svg.text(LEFT, 58, f"{clock(self._seconds)} of sound, {said}")

    def _ats(self) -> NDArray[np.float64]:
        """The time of each score column: the end of its look, as in the cue."""
        return self._first_at + LOOK_S * self._scores.middles()

    def _panel(self) -> Iterator[str]:
        """The spectrogram with its frequencies. It is drawn in frames and clipped by an inner viewport."""
        high, frames = SOUND_BOTTOM - SOUND_TOP, self._seconds * RATE / HOP
        data = b64encode(png(_shades(self._sound.columns))).decode()
        yield f'<rect x="{LEFT}" y="{SOUND_TOP}" width="{RIGHT - LEFT}" height="{high}" fill="{RAMP[0]}"/>'
        yield (
            f'<svg x="{LEFT}" y="{SOUND_TOP}" width="{RIGHT - LEFT}" height="{high}" '
            f'viewBox="0 0 {frames:.2f} {BANDS}" preserveAspectRatio="none">'
            f'<image width="{len(self._sound.columns) * self._sound.per}" height="{BANDS}" '
            f'preserveAspectRatio="none" href="data:image/png;base64,{data}"/></svg>'
        )
        for hz, words in ((250, "250"), (500, "500"), (1000, "1 k"), (2000, "2 k"), (4000, "4 k")):
            y = SOUND_BOTTOM - high * (_mel(hz) - _mel(LOWEST_HZ)) / (_mel(HIGHEST_HZ) - _mel(LOWEST_HZ))
            yield svg.line(LEFT - 5, y, LEFT, y, "axis")
            yield svg.text(LEFT - 9, y + 4, words, anchor="end")
        yield svg.upright(20, (SOUND_TOP + SOUND_BOTTOM) / 2, "frequency (Hz)")
        yield from _colours()

    def _levels(self) -> Iterator[str]:
        """The axis of the scores, and the threshold."""
        for tick in (0.0, 0.5, 1.0):
            yield svg.line(LEFT, _y(tick), RIGHT, _y(tick), "rule")
            yield svg.text(LEFT - 9, _y(tick) + 4, f"{tick:g}", anchor="end")
        yield svg.upright(20, (SCORE_TOP + SCORE_BOTTOM) / 2, "P(scream)" if not self._others else "P")
        y = _y(self._threshold)
        yield svg.line(LEFT, y, RIGHT, y, "threshold")
        yield svg.text(RIGHT + 7, y + 4, f"{self._threshold:.2f}")
        yield svg.text(RIGHT + 7, y + 18, "threshold")

    def _times(self) -> Iterator[str]:
        step = next((s for s in STEPS_S if self._seconds / s <= 10), STEPS_S[-1])
        for k in range(int(self._seconds / step) + 1):
            x = self._x(k * step)
            yield svg.line(x, SCORE_BOTTOM, x, SCORE_BOTTOM + 5, "axis")
            yield svg.text(x, SCORE_BOTTOM + 20, _tick(k * step, step, self._seconds), anchor="middle")
        unit = "s" if self._seconds <= 60 else "min:s" if self._seconds <= 3600 else "h:min"
        words = f"time ({unit}); a score stands at the end of the {WINDOW_S:.3f} s that it judges"
        yield svg.text((LEFT + RIGHT) / 2, SCORE_BOTTOM + 46, words, anchor="middle")

    def _events(self) -> Iterator[str]:
        """What reached the threshold: marked in both panels, the surest with their times."""
        scores, ats = self._scores.columns[:, 0], self._ats()
        half = LOOK_S * (self._scores.per - 1) / 2
        spans = _runs(scores >= self._threshold)
        for first, last in spans:
            x = self._x(ats[first] - half - WINDOW_S)
            wide = max(self._x(ats[last] + half) - x, 1.5)
            yield svg.rect(x, SOUND_TOP, wide, SOUND_BOTTOM - SOUND_TOP, "mark")
            yield svg.rect(x, SCORE_TOP, wide, SCORE_BOTTOM - SCORE_TOP, "event")
        yield from self._peaks([first + int(scores[first : last + 1].argmax()) for first, last in spans])

    def _peaks(self, columns: list[int]) -> Iterator[str]:
        """The surest of these get a dot and their time, as far as there is room."""
        scores, ats, written = self._scores.columns[:, 0], self._ats(), list[float]()
        for column in sorted(columns, key=lambda column: -scores[column]):
            x = self._x(ats[column])
            if len(written) < LABELS and all(abs(x - other) > 60 for other in written):
                written.append(x)
                yield svg.text(min(x, RIGHT - 20), SOUND_TOP - 8, clock(ats[column]), "label", "middle")
                yield f'<circle class="peak" cx="{x:.1f}" cy="{_y(scores[column]):.1f}" r="4"/>'

    def _curve(self) -> Iterator[str]:
        scores = zip(self._ats(), self._scores.columns[:, 0], strict=True)
        points = [(self._x(at), _y(score)) for at, score in scores]
        foot = [(points[-1][0], SCORE_BOTTOM), (points[0][0], SCORE_BOTTOM)]
        yield f'<polygon class="under" points="{svg.joined([*points, *foot])}"/>'
        yield svg.curve(points, "score")

    def _beside(self) -> Iterator[str]:
        """The lines of the other models, and which line is whose."""
        for kind, series in self._others.items():
            for run in series.runs(APART_S):
                points = [(self._x(at), _y(score)) for at, score in run]
                yield svg.curve([*points, points[-1]], OTHERS[kind])
        names = {"scream": "score"} | {kind: OTHERS[kind] for kind in self._others}
        for place, (kind, look) in enumerate(names.items() if self._others else ()):
            x = RIGHT - 360 + (95 if place else 0) + 145 * max(place - 1, 0)
            yield svg.line(x, 54, x + 24, 54, look)
            yield svg.text(x + 30, 58, kind if kind == "scream" else f"{kind}: anger, fear")


def clock(seconds: float) -> str:
    """A time for people: 0:33.6, from an hour on 1:02:33."""
    minutes, rest = divmod(round(seconds, 1), 60)
    if minutes < 60:
        return f"{minutes:.0f}:{rest:04.1f}"
    return f"{minutes // 60:.0f}:{minutes % 60:02.0f}:{int(rest):02d}"


def _shades(log_mel: Floats) -> NDArray[np.uint8]:
    """Columns of log-mel (n, bands) as palette indices (bands, n), high bands on top.

    The loudest is brightest, but never anything under QUIET: silence stays dark.
    """
    top = max(float(log_mel.max()), QUIET)
    lit = 1 + (log_mel - top) * NEPER_DB / DEPTH_DB
    shades: NDArray[np.uint8] = (np.clip(lit, 0, 1).T[::-1] * 255).astype(np.uint8)
    return shades


def _runs(over: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], over, [False]]).astype(np.int8)))
    return [(int(first), int(end) - 1) for first, end in edges.reshape(-1, 2)]


def _mel(hz: float) -> float:
    return 1127.0 * log1p(hz / 700.0)


def _y(score: float) -> float:
    return SCORE_BOTTOM - (SCORE_BOTTOM - SCORE_TOP) * score


def _tick(at: float, step: float, seconds: float) -> str:
    if seconds <= 60:
        return f"{at:.1f}" if step < 1 else f"{at:.0f}"
    big, small = divmod(round(at), 60) if seconds <= 3600 else divmod(round(at / 60), 60)
    return f"{big}:{small:02d}"


def _short(name: str, most: int = 84) -> str:
    return name if len(name) <= most else f"…{name[1 - most :]}"


def _colours() -> Iterator[str]:
    """The bar that says what the colours mean."""
    high, x = SOUND_BOTTOM - SOUND_TOP, RIGHT + 10
    stops = "".join(
        f'<stop offset="{k / (len(RAMP) - 1):.3f}" stop-color="{c}"/>' for k, c in enumerate(RAMP)
    )
    yield f'<defs><linearGradient id="ramp" x1="0" y1="1" x2="0" y2="0">{stops}</linearGradient></defs>'
    yield f'<rect x="{x}" y="{SOUND_TOP}" width="9" height="{high}" fill="url(#ramp)"/>'
    for part in (0, 0.5, 1):
        words = f"−{DEPTH_DB * part:.0f}" if part else "0 dB"
        yield svg.text(x + 15, SOUND_TOP + high * part + (10, 4, 0)[int(2 * part)], words)
