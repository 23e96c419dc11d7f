"""Draws docs/img/house.svg: the house, its rooms, and the way of one scream through them.

    python -m scripts.house_picture docs/img/house.svg

Lines are drawn twice with a hand that shakes a little, always in the same way: the file is the same to
the byte on every run (a test holds it). It follows light and dark themes and brings its own page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import cos, radians, sin
from pathlib import Path
from random import Random

WIDTH, HEIGHT = 1000, 600
SHAKE = 1.6
"""Points by which the hand misses."""

STYLE = """
.page { fill: #fcfbf8 } .sky { fill: #f3efe6 } .wall { fill: #fffdf8 } .core { fill: #fdf0da }
.ink { fill: none; stroke: #2a2f3a; stroke-width: 1.5; stroke-linecap: round }
.pale { fill: none; stroke: #9aa0ab; stroke-width: 1.2; stroke-linecap: round }
.way { fill: none; stroke: #c2410c; stroke-width: 3; stroke-linecap: round; stroke-linejoin: round }
.tip { fill: #c2410c } .stop { fill: #c2410c }
text { font: 13.5px system-ui, sans-serif; fill: #535966 }
.room { font-size: 17px; font-weight: 650; fill: #1c2029 } .number { font-weight: 700; fill: #fff }
.roof { font-size: 15px; font-weight: 600; fill: #1c2029 } .small { font-size: 12px }
@media (prefers-color-scheme: dark) {
 .page { fill: #14161c } .sky { fill: #1b1f29 } .wall { fill: #20242e } .core { fill: #3a2d1c }
 .ink { stroke: #e3e0d8 } .pale { stroke: #6d7482 } .way { stroke: #ff9a62 }
 .tip, .stop { fill: #ff9a62 } .number { fill: #14161c }
 text { fill: #b3b8c3 } .room, .roof { fill: #f3f1ec }
}
"""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Room:
    """A room of the house: where it is, what its door says, what is done in it."""

    left: float
    top: float
    wide: float
    high: float
    name: str
    lines: tuple[str, ...]
    kind: str = "wall"


ROOMS = (
    Room(
        200, 190, 185, 150, "senses",
        ("scream, voice, face:", "int8 models; stress, place", "a cue: P, and why"),
    ),
    Room(
        385, 190, 230, 150, "core",
        ("belief, incident, who is told", "no clock, no network,", "no chance"), "core",
    ),
    Room(615, 190, 185, 150, "wording", ("JSON, SMS, mail,", "plain words")),
    Room(
        200, 340, 185, 160, "sensors",
        ("microphone, band,", "camera, position,", "button, lamp,", "power, files"),
    ),
    Room(
        385, 340, 230, 160, "runtime",
        ("inbox: one order of events", "outbox: on disk first", "couriers: again and again"),
    ),
    Room(615, 340, 185, 160, "channels", ("MQTT, SMS, e-mail,", "push, webhooks,", "commands")),
)  # fmt: skip

WAY: tuple[Point, ...] = (
    (118, 470), (170, 470), (230, 470), (300, 470), (352, 462), (366, 430), (366, 380), (364, 335),
    (352, 312), (370, 303), (420, 301), (500, 303), (570, 303), (598, 318), (601, 360), (601, 400),
    (601, 445), (612, 468), (660, 471), (706, 470), (760, 468), (820, 468), (866, 470),
)  # fmt: skip
"""Where the scream goes, from the street to the phone."""

STOPS: tuple[Point, ...] = (
    (158, 470),
    (292, 470),
    (360, 309),
    (500, 302),
    (601, 440),
    (706, 470),
    (836, 468),
)


class Hand:
    """A pen in a hand that shakes by a seed."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)

    def line(self, points: tuple[Point, ...], kind: str = "ink", times: int = 2) -> Iterator[str]:
        """A line through these points, gone over `times` times."""
        for _ in range(times):
            yield f'<path class="{kind}" d="{self._through([self._near(point) for point in points])}"/>'

    def box(self, left: float, top: float, wide: float, high: float, kind: str) -> Iterator[str]:
        """A filled rectangle with four drawn sides."""
        right, foot = left + wide, top + high
        yield f'<rect class="{kind}" x="{left}" y="{top}" width="{wide}" height="{high}"/>'
        corners = ((left, top), (right, top), (right, foot), (left, foot), (left, top))
        for start, end in pairwise(corners):
            yield from self.line((start, self._between(start, end), end))

    def arc(
        self, middle: Point, radius: float, first: float, last: float, kind: str = "ink"
    ) -> Iterator[str]:
        """Part of a circle, from one angle to another (degrees)."""
        angles = [radians(first + (last - first) * k / 6) for k in range(7)]
        yield from self.line(
            tuple((middle[0] + radius * cos(a), middle[1] + radius * sin(a)) for a in angles), kind, 1
        )

    def _near(self, point: Point) -> Point:
        return point[0] + self._chance.gauss(0, SHAKE / 2), point[1] + self._chance.gauss(0, SHAKE / 2)

    def _between(self, start: Point, end: Point) -> Point:
        return self._near(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))

    def _through(self, points: list[Point]) -> str:
        """A smooth path: a curve to the middle of each pair, bent by the point before it."""
        path = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
        for here, following in pairwise(points[1:]):
            x, y = (here[0] + following[0]) / 2, (here[1] + following[1]) / 2
            path.append(f"Q{here[0]:.1f} {here[1]:.1f} {x:.1f} {y:.1f}")
        path.append(f"L{points[-1][0]:.1f} {points[-1][1]:.1f}")
        return " ".join(path)


def picture() -> str:
    """The whole SVG document."""
    hand = Hand(9)
    parts = (_page(), _ground(hand), _roof(hand), _rooms(hand), _street(hand), _phone(hand), _way(hand))
    title = "The house of distress-agent, and the way of one scream through it"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{title}</title><style>{STYLE}</style>",
            *(line for part in parts for line in part),
            "</svg>\n",
        ]
    )


def _page() -> Iterator[str]:
    yield f'<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="14"/>'


def _ground(hand: Hand) -> Iterator[str]:
    yield from hand.line(tuple((x, 501) for x in range(20, 990, 60)))
    for x in (40, 62, 128, 180, 826, 846, 930, 958):
        yield from hand.line(((x, 501), (x + 2, 496), (x + 4, 491)), "pale", 1)


def _roof(hand: Hand) -> Iterator[str]:
    yield '<path class="sky" d="M178 190 L500 44 L822 190 Z"/>'
    yield from hand.line(((178, 190), (339, 117), (500, 44)))
    yield from hand.line(((500, 44), (661, 117), (822, 190)))
    yield from hand.line(((178, 190), (500, 190), (822, 190)))
    yield _words(500, 120, "build, cli", "roof")
    yield _words(500, 142, "the roof knows every room;", "small")
    yield _words(500, 158, "no room knows the roof", "small")


def _rooms(hand: Hand) -> Iterator[str]:
    for room in ROOMS:
        yield from hand.box(room.left, room.top, room.wide, room.high, room.kind)
        middle = room.left + room.wide / 2
        yield _words(middle, room.top + 28, room.name, "room")
        for k, line in enumerate(room.lines):
            yield _words(middle, room.top + 50 + 17 * k, line)


def _street(hand: Hand) -> Iterator[str]:
    """Somebody who screams, and the sound."""
    yield from hand.arc((62, 420), 15, 0, 370)
    yield from hand.arc((66, 425), 4.5, 0, 370)
    yield from hand.line(((62, 436), (61, 455), (62, 474)))
    yield from hand.line(((62, 474), (56, 488), (50, 500)))
    yield from hand.line(((62, 474), (68, 488), (74, 500)))
    yield from hand.line(((61, 450), (74, 442), (84, 430)))
    yield from hand.line(((61, 450), (50, 441), (44, 428)))
    for radius in (26, 38, 50):
        yield from hand.arc((72, 424), radius, -32, 32, "way" if radius == 26 else "ink")
    yield _words(70, 532, "a scream")


def _phone(hand: Hand) -> Iterator[str]:
    yield from hand.box(876, 404, 84, 97, "wall")
    yield from hand.line(((905, 413), (918, 413), (931, 413)), "pale", 1)
    yield _words(918, 443, "ALARM", "roof")
    yield _words(918, 464, "who, why,", "small")
    yield _words(918, 480, "where", "small")
    yield _words(918, 532, "who cares")


def _way(hand: Hand) -> Iterator[str]:
    yield from hand.line(WAY, "way", 1)
    x, y = WAY[-1]
    yield f'<path class="tip" d="M{x + 6} {y} L{x - 8} {y - 7} L{x - 8} {y + 7} Z"/>'
    for number, (x, y) in enumerate(STOPS, 1):
        yield f'<circle class="stop" cx="{x}" cy="{y}" r="11"/>'
        yield _words(x, y + 5, str(number), "number")
    yield _words(
        500, 566, "Everything is decided inside the house. What leaves it is a message; sound never does."
    )


def _words(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="middle">{escape(words)}</text>'


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(picture(), encoding="utf-8")
    print(f"{sys.argv[1]} is drawn.")
