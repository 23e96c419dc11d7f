"""SVG as text: the elements, colours and frame that our pictures share.

No script and nothing from elsewhere is in them; they follow light and dark themes and name themselves for
screen readers.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #565c69 }
.title { font-size: 19px; font-weight: 600; fill: #1c2029 }
.page { fill: #fcfbf8 } .rule { stroke: #dedbd4 } .axis { stroke: #8b909b }
.score { fill: none; stroke: #b3261e; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round }
.second { fill: none; stroke: #2f6f8f; stroke-width: 1.8; stroke-dasharray: 7 3 }
.third { fill: none; stroke: #6a5a00; stroke-width: 1.8; stroke-dasharray: 2 3 }
.fourth { fill: none; stroke: #6b2376; stroke-width: 1.8; stroke-dasharray: 9 3 2 3 }
.belief { fill: none; stroke: #1c2029; stroke-width: 2.6; stroke-linejoin: round; opacity: .75 }
.under { fill: #b3261e; opacity: .13 } .peak { fill: #b3261e }
.event { fill: #e8871e; opacity: .22 } .mark { fill: none; stroke: #ffd08a; stroke-width: 1.5 }
.threshold { stroke: #1c2029; stroke-dasharray: 5 4 } .label { font-weight: 600; fill: #a04e00 }
@media (prefers-color-scheme: dark) {
 text { fill: #a6acb8 } .title { fill: #f0eee9 } .page { fill: #14161c } .rule { stroke: #2b2f39 }
 .axis { stroke: #6c7280 } .score { stroke: #ff8f73 } .under, .peak { fill: #ff8f73 } .label { fill: #ffb765 }
 .threshold, .belief { stroke: #f0eee9 } .second { stroke: #7cc4e8 } .third { stroke: #d8c64a }
 .fourth { stroke: #d79be6 }
}
"""


def document(title: str, width: int, height: int, parts: Iterable[str]) -> str:
    """A whole picture on its page, of elements from the lowest layer to the highest."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}" rx="10"/>',
        *parts,
        "</svg>\n",
    ]
    return "\n".join(lines)


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """Words at a point."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def upright(x: float, y: float, words: str) -> str:
    """Words along an axis, to be read from the right."""
    return f'<text transform="translate({x},{y:.0f}) rotate(-90)" text-anchor="middle">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def rect(x: float, y: float, wide: float, high: float, kind: str) -> str:
    """A rectangle by its upper left corner."""
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"/>'


def curve(points: Iterable[tuple[float, float]], kind: str) -> str:
    """A line through points."""
    return f'<polyline class="{kind}" points="{joined(points)}"/>'


def joined(points: Iterable[tuple[float, float]]) -> str:
    """Points as polylines and polygons want them."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
