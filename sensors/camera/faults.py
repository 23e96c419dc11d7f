"""What is wrong with the pictures: dark, covered, blurred, frozen. Pure numpy.

Measured on 183 of the face detection pictures, 320 wide, as they are and out of focus (Gaussian, sigma
6 pixels: no face can be seen) with noise of 3 grey levels: nothing was found wrong with the sharp ones, and
97 % of the others were called blurred.

What may be wrong with a camera: Saglam and Temizel, "Real-time adaptive camera tamper detection for video
surveillance", AVSS 2009.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.camera.pipe import Pixels

DARK = 40.0
"""A dark picture's 98th percentile, in grey levels, is below this; by day that is over 134."""

FLAT = 6.0
"""A covered picture's standard deviation over blocks, in grey levels; that of sharp ones is over 27."""

BLURRED = 0.06
"""Sharpness below this is blur; the least of the sharp pictures is 0.09, the median of the blurred 0.03."""

HELD_S = 5.0
"""A hand passing by or a light switched off for a moment is no fault."""

FROZEN_S = 30.0
"""A sensor's noise makes no two pictures alike, but a stream may repeat one until its next key frame."""

BLOCK = 4


def fault(pixels: Pixels) -> str:
    """Why nothing can be seen in this picture of shape (height, width); "" for a good one."""
    if np.percentile(pixels, 98) < DARK:
        return "it is too dark to see, or the lens is covered"
    small = block_means(pixels, BLOCK)
    if small.std() < FLAT:
        return "the lens is covered"
    if sharpness(small) < BLURRED:
        return "the picture is blurred: wipe the lens"
    return ""


def sharpness(pixels: NDArray[np.floating]) -> float:
    """Variance of the Laplacian over the variance of the picture: so that a weak contrast is no blur.

    Source: LAP4 in Pertuz, Puig and Garcia, "Analysis of focus measure operators for shape-from-focus",
    Pattern Recognition 46(5), 2013.
    """
    middle = pixels[1:-1, 1:-1]
    around = pixels[:-2, 1:-1] + pixels[2:, 1:-1] + pixels[1:-1, :-2] + pixels[1:-1, 2:]
    return float((around - 4 * middle).var() / max(middle.var(), 1e-6))


class Watch:
    """Tells a fault once it has held, and its end at once."""

    def __init__(self) -> None:
        self._fault = ""
        self._since = 0.0
        self._last: Pixels | None = None
        self._changed = 0.0

    def look(self, at: float, pixels: Pixels) -> str:
        """The fault that has held up to this picture, in words; "" for none. `at`: seconds."""
        if self._last is None or not np.array_equal(pixels, self._last):
            self._last, self._changed = pixels.copy(), at
        now = fault(pixels)
        if now != self._fault:
            self._fault, self._since = now, at
        if now and at - self._since >= HELD_S:
            return now
        return "the picture is frozen: restart the camera" if at - self._changed >= FROZEN_S else ""


def block_means(pixels: Pixels, side: int) -> NDArray[np.float32]:
    """Means of blocks of `side` x `side`: without a sensor's noise, which looks sharp."""
    height, width = (length // side * side for length in pixels.shape)
    blocks = pixels[:height, :width].reshape(height // side, side, width // side, side)
    means: NDArray[np.float32] = blocks.mean(axis=(1, 3), dtype=np.float32)
    return means
