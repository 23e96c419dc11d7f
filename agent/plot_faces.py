"""A picture with the faces that were found in it, and what the model says of each; SVG as text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from agent import svg
from agent.raster import GREYS, png

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agent.scoring import Look

WIDTH, LEFT, TOP = 960, 40, 80
WIDE = 560
"""The picture's width; the words stand to its right."""
MOST = 1280
"""Pixels of the longer side that are kept."""
ROW = 34


class Faces:
    """One grey picture (height, width) and the looks at its faces."""

    def __init__(self, name: str, pixels: NDArray[np.uint8], looks: list[Look]) -> None:
        self._name = "".join(c if c.isprintable() else "?" for c in name)
        self._pixels = pixels
        self._looks = looks
        self._scale = WIDE / pixels.shape[1]
        self._high = pixels.shape[0] * self._scale

    def svg(self) -> str:
        """The picture, a whole SVG document."""
        height = round(max(TOP + self._high, TOP + ROW * (len(self._looks) + 1)) + 30)
        title = f"{self._name}: faces and what they show"
        return svg.document(title, WIDTH, height, chain(self._picture(), self._boxes(), self._words()))

    def _picture(self) -> Iterator[str]:
        step = max(1, -(-max(self._pixels.shape) // MOST))
        data = b64encode(png(np.ascontiguousarray(self._pixels[::step, ::step]), GREYS)).decode()
        yield svg.text(LEFT, 36, self._name if len(self._name) < 84 else f"…{self._name[-83:]}", "title")
        yield svg.text(LEFT, 58, f"{len(self._looks)} faces found" if self._looks else "no face was found")
        yield (
            f'<image x="{LEFT}" y="{TOP}" width="{WIDE}" height="{self._high:.1f}" '
            f'preserveAspectRatio="none" href="data:image/png;base64,{data}"/>'
        )

    def _boxes(self) -> Iterator[str]:
        for number, look in enumerate(self._looks, 1):
            if look.box:
                x, y = LEFT + look.box.left * self._scale, TOP + look.box.top * self._scale
                wide, high = look.box.width * self._scale, look.box.height * self._scale
                yield svg.rect(x, y, wide, high, "mark")
                yield svg.text(x, y - 4, str(number), "label")

    def _words(self) -> Iterator[str]:
        for number, look in enumerate(self._looks, 1):
            y = TOP + ROW * number - 16
            shown = sorted(look.labels.items(), key=lambda label: -label[1])
            likeliest = ", ".join(
                f"{label} {p:.2f}" for label, p in shown if label != "distress" and p >= 0.05
            )
            yield svg.text(LEFT + WIDE + 24, y, f"{number}  anger or fear: {look.probability:.2f}", "label")
            yield svg.text(LEFT + WIDE + 24, y + 15, likeliest)
