"""What the test pictures do not show, put together from them: near, far, cut off, covered, dark, in groups.

Each trial is a list of pictures with the boxes that are to be found.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from export.recipes import face_detector_cutouts as cutouts
from export.recipes.face_detector_count import NEARBY
from export.recipes.face_detector_cutouts import Cutout, Random
from export.recipes.face_detector_pictures import Album, Picture
from export.recipes.face_detector_scenes import Canvas, background

HIGH, WIDE = 240, 320
"""Their frame."""


def trials(some: Album, count: int, seed: int) -> dict[str, list[Picture]]:
    """Pictures by what is tried: `count` scenes are put together of each kind, pictures of one changed."""
    near = [one for one in some.people if one.source in NEARBY]
    out = {}
    for name, stage in STAGES.items():
        rng = np.random.default_rng([seed, len(out)])
        out[name] = [_staged(some, stage, rng, f"{name} {number}") for number in range(count)]
    for name, change in CHANGES.items():
        rng = np.random.default_rng([seed, len(out)])
        out[name] = [_changed(one, change, rng) for one in near]
    return out


def _at_arms_length(canvas: Canvas, some: Album, rng: Random) -> None:
    canvas.put(cutouts.bust(some, rng.uniform(110, 150), rng), rng.uniform(120, 200), rng.uniform(105, 135))


def _from_below(canvas: Canvas, some: Album, rng: Random) -> None:
    cut = cutouts.tilted(cutouts.bust(some, rng.uniform(60, 120), rng), rng.uniform(0.25, 0.4))
    canvas.put(cut, rng.uniform(80, 240), rng.uniform(90, 150))


def _half_out(canvas: Canvas, some: Album, rng: Random) -> None:
    canvas.put(cutouts.bust(some, rng.uniform(50, 110), rng), rng.choice([0, WIDE]), rng.uniform(80, 160))


def _forty_pixels(canvas: Canvas, some: Album, rng: Random) -> None:
    canvas.put(cutouts.bust(some, 40, rng), rng.uniform(40, 280), rng.uniform(40, 200))


def _several(canvas: Canvas, some: Album, rng: Random) -> None:
    count = int(rng.integers(3, 7))
    for number in range(count):
        wide = rng.uniform(24, 0.7 * WIDE / count)
        place = WIDE * (number + 0.5) / count + rng.uniform(-4, 4)
        canvas.put(cutouts.bust(some, wide, rng), place, rng.uniform(60, 150))


def _dark(cut: Cutout, rng: Random) -> Cutout:
    pixels = np.clip(cut.pixels * 0.12 + rng.normal(0, 2, cut.pixels.shape), 0, 255)
    return Cutout(np.rint(pixels).astype(np.float32), cut.mask, cut.box)


def _blurred(cut: Cutout, rng: Random) -> Cutout:
    soft = Image.fromarray(cut.pixels.astype(np.uint8)).filter(ImageFilter.GaussianBlur(cut.box[2] / 16))
    return Cutout(np.asarray(soft, np.float32), cut.mask, cut.box)


def _noisy(cut: Cutout, rng: Random) -> Cutout:
    return Cutout(np.clip(cut.pixels + rng.normal(0, 20, cut.pixels.shape), 0, 255), cut.mask, cut.box)


def _small(cut: Cutout, rng: Random) -> Cutout:
    scale = 32 / cut.box[2]
    size = [max(8, round(side * scale)) for side in cut.pixels.shape[::-1]]
    pixels = cutouts.resized(cut.pixels.astype(np.uint8), *size)
    x, y, w, h = (side * scale for side in cut.box)
    return Cutout(pixels, np.ones_like(pixels), (x, y, w, h))


STAGES: dict[str, Callable[[Canvas, Album, Random], None]] = {
    "at arm's length": _at_arms_length,
    "from below": _from_below,
    "half out of the picture": _half_out,
    "40 pixels wide": _forty_pixels,
    "several at once": _several,
}
CHANGES: dict[str, Callable[[Cutout, Random], Cutout]] = {
    "in the dark (an eighth of the light, noise)": _dark,
    "out of focus (a sixteenth of the face's width)": _blurred,
    "with noise (20 grey levels)": _noisy,
    "with a mask": lambda cut, rng: cutouts.occluded(cut, rng, "mask"),
    "with dark glasses": lambda cut, rng: cutouts.occluded(cut, rng, "glasses"),
    "rolled by 20 degrees": lambda cut, rng: cutouts.turned(cut, float(rng.choice([-20, 20]))),
    "turned aside by 35 degrees (as on a cylinder)": lambda cut, rng: cutouts.aside(
        cut, float(rng.choice([-35, 35]))
    ),
    "32 pixels wide": _small,
}


def _staged(some: Album, stage: Callable[[Canvas, Album, Random], None], rng: Random, name: str) -> Picture:
    canvas = background(some, rng, HIGH, WIDE)
    stage(canvas, some, rng)
    made = canvas.scene()
    return Picture(name, "composed", name, made.pixels, made.boxes, made.ignore)


def _changed(one: Picture, change: Callable[[Cutout, Random], Cutout], rng: Random) -> Picture:
    x, y, w, h = map(float, one.boxes[0])
    cut = change(
        Cutout(one.pixels.astype(np.float32), np.ones(one.pixels.shape, np.float32), (x, y, w, h)), rng
    )
    boxes = np.array([cut.box], np.float32)
    return Picture(one.name, one.source, one.group, cut.pixels.astype(np.uint8), boxes, one.ignore)
