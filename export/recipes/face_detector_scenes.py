"""Scenes: people at every size, place and light, alone or in groups, set into pictures without faces.

The pack's people sit in the middle of their pictures, one in each: a detector trained on these as they are
learns "one face in the middle". So most scenes are put together here.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from export.recipes import face_detector_cutouts as cutouts
from export.recipes.face_detector_cutouts import Cutout, Floats, Place, Random
from export.recipes.face_detector_pictures import Album, Grey

HEIGHT, WIDTH = 256, 320
"""Pixels of the model's input; a frame of 4:3 fits in with a strip left over below."""
MOST = 24
"""Faces of a scene at most."""
SEEN, GUESSED = 0.45, 0.15
"""Share of a face's box that must be visible for it to count, and to be neither a hit nor a miss."""
SMALLEST, LARGEST = 8.0, 190.0
"""Widths of faces in the model's input."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A grey frame and its faces: boxes (n, 4) x, y, w, h within the frame; ignore: hardly to be seen."""

    pixels: Grey
    boxes: Floats
    ignore: NDArray[np.bool_]


@dataclass(slots=True)
class Canvas:
    """A frame on which people are set one after the other; it keeps in mind who hides whom."""

    pixels: Floats
    owner: NDArray[np.int16]
    faces: list[Place] = field(default_factory=list)

    def put(self, cut: Cutout, x: float, y: float) -> None:
        """Set a cutout so that the middle of its face is at x, y."""
        left = round(x - cut.box[0] - cut.box[2] / 2)
        top = round(y - cut.box[1] - cut.box[3] / 2)
        rows = slice(max(0, top), max(0, top + cut.pixels.shape[0]))
        columns = slice(max(0, left), max(0, left + cut.pixels.shape[1]))
        under, owner = self.pixels[rows, columns], self.owner[rows, columns]
        above = slice(max(0, -top), max(0, -top) + under.shape[0])
        aside = slice(max(0, -left), max(0, -left) + under.shape[1])
        pixels, mask = cut.pixels[above, aside], cut.mask[above, aside]
        under += (pixels - under) * mask
        if cut.seen:
            self.faces.append((left + cut.box[0], top + cut.box[1], cut.box[2], cut.box[3]))
        owner[mask > 0.5] = len(self.faces) if cut.seen else -1

    def scene(self) -> Scene:
        """What is to be seen of it: boxes cut at the frame's edges, without those that are hidden."""
        kept = []
        for number, (x, y, w, h) in enumerate(self.faces, 1):
            left, top = max(0.0, x), max(0.0, y)
            right, low = min(self.pixels.shape[1], x + w), min(self.pixels.shape[0], y + h)
            inside = self.owner[round(top) : round(low), round(left) : round(right)]
            seen = float((inside == number).sum()) / (w * h)
            if seen >= GUESSED and right > left + 2 and low > top + 2:
                kept.append((left, top, right - left, low - top, seen < SEEN))
        told = np.array(kept, np.float32).reshape(-1, 5)[-MOST:]
        pixels = np.clip(self.pixels, 0, 255).astype(np.uint8)
        return Scene(pixels, told[:, :4], told[:, 4] > 0)


def scene(some: Album, rng: Random) -> Scene:
    """One training scene."""
    if rng.random() < 0.2:
        return worn(part_of_picture(some, rng), rng)
    canvas = background(some, rng, *frame_size(rng))
    for wide in np.sort(crowd(rng)):
        canvas.put(somebody(some, float(wide), rng), *anywhere(canvas, rng))
    for _ in range(int(rng.integers(1, 6)) if rng.random() < 0.4 else 0):
        canvas.put(thing(some, rng), *anywhere(canvas, rng))
    return worn(canvas.scene(), rng)


def crowd(rng: Random) -> Floats:
    """Widths of the faces of one scene: nobody, one, a few, a group; in a group all are about as far."""
    kind = rng.choice(4, p=(0.2, 0.2, 0.25, 0.35))
    count = (0, 1, int(rng.integers(2, 5)), int(rng.integers(5, 21)))[kind]
    if kind == 3:
        middle = np.exp(rng.uniform(np.log(SMALLEST), np.log(40)))
        spread = middle * np.exp(rng.normal(0, 0.25, count))
        return np.clip(spread, SMALLEST, LARGEST).astype(np.float32)
    return np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST), count)).astype(np.float32)


def somebody(some: Album, wide: float, rng: Random) -> Cutout:
    """A person, or a face alone, under some light, now and then seen from below or above, rolled, unsharp."""
    alone = len(some.crops) and rng.random() < 0.45
    cut = cutouts.face_only(some, wide, rng) if alone else cutouts.person(some, wide, rng)
    cut = cutouts.lit(cut, rng)
    if rng.random() < 0.12:
        cut = cutouts.tilted(cut, float(rng.uniform(-0.3, 0.4)))
    if rng.random() < 0.5:
        cut = cutouts.turned(cut, float(np.clip(rng.normal(0, 15), -45, 45)))
    return cutouts.unfocused(cut, rng) if rng.random() < 0.2 else cut


def thing(some: Album, rng: Random) -> Cutout:
    """Something in the foreground, lit and blended as people are: a part of a picture without faces."""
    other = window(some.free[int(rng.integers(len(some.free)))].pixels, rng, 0.4)
    wide, high = rng.integers(10, 120, 2)
    pixels = cutouts.resized(other, int(wide), int(high))
    cut = Cutout(pixels, np.ones_like(pixels), (0.0, 0.0, float(wide), float(high)), seen=False)
    if rng.random() < 0.6:
        cut = replace(cut, mask=cutouts.oval(cut, 0.44, 0.44, float(rng.uniform(0.06, 0.4))))
    cut = cutouts.lit(cut, rng)
    return cutouts.turned(cut, float(rng.uniform(-90, 90)))


def anywhere(canvas: Canvas, rng: Random) -> tuple[float, float]:
    """A place for the middle of a face."""
    high, wide = canvas.pixels.shape
    return float(rng.uniform(0, wide)), float(rng.uniform(0, high))


def frame_size(rng: Random) -> tuple[int, int]:
    """Height and width of a frame within the model's input: most are 4:3, some upright, some small."""
    kind = rng.choice(4, p=(0.55, 0.22, 0.16, 0.07))
    if kind == 0:
        return 240, 320
    if kind == 1:
        return int(rng.integers(160, HEIGHT + 1)), WIDTH
    if kind == 2:
        return HEIGHT, int(rng.integers(160, WIDTH + 1))
    return int(rng.integers(96, 200)), int(rng.integers(96, 300))


def background(some: Album, rng: Random, high: int, wide: int) -> Canvas:
    """A frame without faces: a part of a picture without, or of two beside each other; or next to nothing."""
    if rng.random() < 0.04:
        pixels = np.full((high, wide), rng.uniform(0, 255)) + rng.normal(0, rng.uniform(0, 30), (high, wide))
        return Canvas(pixels.astype(np.float32), np.zeros((high, wide), np.int16))
    pixels = _free(some, rng, high, wide)
    if rng.random() < 0.1:
        cut = int(rng.integers(wide // 4, 3 * wide // 4))
        pixels[:, cut:] = _free(some, rng, high, wide)[:, cut:]
    return Canvas(pixels, np.zeros((high, wide), np.int16))


def window(pixels: Grey, rng: Random, least: float = 0.25) -> Grey:
    """A random part of a picture, at least this share of it each way."""
    high, wide = (max(8, round(size * rng.uniform(least, 1))) for size in pixels.shape)
    top = int(rng.integers(0, max(1, pixels.shape[0] - high)))
    left = int(rng.integers(0, max(1, pixels.shape[1] - wide)))
    return pixels[top : top + high, left : left + wide]


def part_of_picture(some: Album, rng: Random) -> Scene:
    """A part of a picture of somebody as it was taken, the face anywhere in it and of any size."""
    one = some.people[int(rng.integers(len(some.people)))]
    x, y, w, h = map(float, one.boxes[0])
    high, wide = frame_size(rng)
    zoom = float(np.exp(rng.uniform(np.log(SMALLEST * 1.5), np.log(LARGEST)))) / w
    zoom = max(zoom, min(wide / one.pixels.shape[1], high / one.pixels.shape[0]) * rng.uniform(0.5, 1))
    middle = x + w / 2 + w * rng.uniform(-0.6, 0.6), y + h / 2 + h * rng.uniform(-0.6, 0.6)
    if rng.random() < 0.6:
        middle = one.pixels.shape[1] * rng.uniform(0.3, 0.7), one.pixels.shape[0] * rng.uniform(0.3, 0.7)
    left, right = (int(np.clip(middle[0] + k * wide / zoom / 2, 0, one.pixels.shape[1])) for k in (-1, 1))
    top, low = (int(np.clip(middle[1] + k * high / zoom / 2, 0, one.pixels.shape[0])) for k in (-1, 1))
    part = one.pixels[top : max(low, top + 8), left : max(right, left + 8)]
    size = max(8, min(wide, round(part.shape[1] * zoom))), max(8, min(high, round(part.shape[0] * zoom)))
    pixels = cutouts.resized(part, *size)
    canvas = Canvas(
        pixels, np.ones(pixels.shape, np.int16), [((x - left) * zoom, (y - top) * zoom, w * zoom, h * zoom)]
    )
    return _mirrored(canvas.scene()) if rng.random() < 0.5 else canvas.scene()


def worn(made: Scene, rng: Random) -> Scene:
    """As a cheap camera gives it: too dark or too bright, noisy, out of focus, compressed."""
    grey = made.pixels
    if rng.random() < 0.3:
        soft = ImageFilter.GaussianBlur(float(abs(rng.normal(0, 1.0))))
        grey = np.asarray(Image.fromarray(grey).filter(soft))
    gain = rng.uniform(0.08, 0.5) if rng.random() < 0.12 else 2 ** rng.normal(0, 0.35)
    curve = 255 * np.linspace(0, 1, 256, dtype=np.float32) ** (2 ** rng.normal(0, 0.3)) * gain
    pixels = curve.astype(np.float32)[grey]
    if rng.random() < 0.6:
        pixels += rng.standard_normal(pixels.shape, np.float32) * np.float32(rng.normal(0, 6))
    grey = np.clip(pixels, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        packed = io.BytesIO()
        Image.fromarray(grey).save(packed, "JPEG", quality=int(rng.integers(25, 95)))
        grey = np.asarray(Image.open(packed))
    return Scene(grey, made.boxes, made.ignore)


def _free(some: Album, rng: Random, high: int, wide: int) -> Floats:
    one = some.free[int(rng.integers(len(some.free)))]
    part = window(one.pixels, rng)
    if rng.random() < 0.5:
        part = part[:, ::-1]
    pixels = cutouts.resized(np.ascontiguousarray(part), wide, high)
    if rng.random() < 0.05:
        pixels = 255 - pixels
    return np.array(pixels, np.float32)


def _mirrored(made: Scene) -> Scene:
    boxes = made.boxes.copy()
    boxes[:, 0] = made.pixels.shape[1] - boxes[:, 0] - boxes[:, 2]
    return Scene(np.ascontiguousarray(made.pixels[:, ::-1]), boxes, made.ignore)
