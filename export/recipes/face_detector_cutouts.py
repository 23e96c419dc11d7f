"""A person cut out of a picture, or only a face, made ready to be set into another picture.

Everything is drawn from the generator that is given. Where a person is shrunk, pixels are averaged as a
camera's are; boxes follow what is done to the pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from export.recipes.face_detector_pictures import CROP_BOX, Album, Grey, Picture

Floats = NDArray[np.float32]
Random = np.random.Generator
Place = tuple[float, float, float, float]
"""x, y, width, height."""


@dataclass(frozen=True, slots=True)
class Cutout:
    """Grey levels (h, w), how much of each pixel is the person's (0..1), and where in it the face is.

    seen: whether there is a face; some are painted over, so that a body alone is no face.
    """

    pixels: Floats
    mask: Floats
    box: Place
    seen: bool = True


def person(some: Album, wide: float, rng: Random) -> Cutout:
    """Somebody with hair and shoulders, the face `wide` pixels wide; half of them wear another's face."""
    cut = bust(some, wide, rng)
    if len(some.crops) and rng.random() < 0.5:
        cut = _swapped(cut, *_crop(some, rng))
    if rng.random() < 0.06:
        cut = _erased(cut, some, rng)
    elif rng.random() < 0.3:
        cut = occluded(cut, rng)
    kind = rng.random()
    if kind < 0.6:
        return cut
    return replace(cut, mask=oval(cut, 0.66, 0.72, 0.2) if kind < 0.75 else np.ones_like(cut.mask))


def bust(some: Album, wide: float, rng: Random) -> Cutout:
    """Somebody as in the picture, with hair and shoulders, the face `wide` pixels wide."""
    one = some.people[int(rng.integers(len(some.people)))]
    reach = rng.uniform((0.35, 0.3, 0.35, 0.3), (1.2, 0.75, 1.2, 1.6))
    cut = _sized(one, reach, wide, rng)
    return replace(cut, mask=_bust(cut))


def face_only(some: Album, wide: float, rng: Random) -> Cutout:
    """A face out of the crops, `wide` pixels wide, with what little hair is around it."""
    crop, (x, y, w, h) = _crop(some, rng)
    across, down = wide / w, wide / w * float(np.exp(rng.normal(0, 0.06)))
    pixels = resized(crop, max(4, round(48 * across)), max(4, round(48 * down)))
    if rng.random() < 0.5:
        pixels, x = pixels[:, ::-1], 48 - x - w
    cut = Cutout(pixels, np.ones_like(pixels), (x * across, y * down, w * across, h * down))
    if rng.random() < 0.3:
        cut = occluded(cut, rng)
    if rng.random() < 0.2:
        return cut
    return replace(cut, mask=oval(cut, *rng.uniform((0.5, 0.52, 0.06), (0.68, 0.68, 0.4))))


def aside(cut: Cutout, degrees: float) -> Cutout:
    """With the head turned to one side, as if the face were painted on a cylinder.

    The far half narrows, the near half comes to the middle; over 0: towards the right of the picture.
    """
    x, y, w, h = cut.box
    middle, radius, turn = x + w / 2, w / 2 / _ROUND, np.deg2rad(degrees)
    edge = np.arcsin(_ROUND)
    low, high = (middle + radius * np.sin(np.clip(turn + k * edge, -np.pi / 2, np.pi / 2)) for k in (-1, 1))
    at = np.arange(cut.pixels.shape[1]) + 0.5
    shown = (at - middle) / radius
    angle = np.clip(np.arcsin(np.clip(shown, -1, 1)) - turn, -np.pi / 2, np.pi / 2)
    source = np.where(np.abs(shown) < 1, middle + radius * np.sin(angle), at) - 0.5
    left = np.clip(source.astype(int), 0, len(at) - 2)
    share = np.clip(source - left, 0, 1).astype(np.float32)
    pixels = cut.pixels[:, left] * (1 - share) + cut.pixels[:, left + 1] * share
    return replace(cut, pixels=pixels, box=(float(low), y, float(high - low), h))


_ROUND = 0.85
"""Half of a face's width over the radius of the head."""
_WHOLE = np.ones((48, 48), np.float32)


def _crop(some: Album, rng: Random) -> tuple[Grey, Place]:
    """One of the crops and where the face is in it; two in five are turned aside."""
    crop = some.crops[int(rng.integers(len(some.crops)))]
    if rng.random() >= 0.4:
        return crop, CROP_BOX
    turned_aside = aside(Cutout(crop.astype(np.float32), _WHOLE, CROP_BOX), float(rng.uniform(-50, 50)))
    return turned_aside.pixels.astype(np.uint8), turned_aside.box


def unfocused(cut: Cutout, rng: Random) -> Cutout:
    """Out of focus, or moved while the picture was taken: by up to a twelfth of the face's width each way."""
    far = float(cut.box[2]) * float(rng.uniform(0, 1 / 12))
    if rng.random() < 0.6:
        soft = ImageFilter.GaussianBlur(0.75 * far)
        pixels = np.asarray(Image.fromarray(cut.pixels.astype(np.uint8)).filter(soft), np.float32)
        return replace(cut, pixels=pixels)
    angle, pixels, steps = rng.uniform(0, np.pi), np.zeros_like(cut.pixels), max(2, round(2 * far))
    for at in np.linspace(-far, far, steps):
        by = round(at * np.sin(angle)), round(at * np.cos(angle))
        pixels += np.roll(cut.pixels, by, axis=(0, 1))
    return replace(cut, pixels=(pixels / steps).astype(np.float32))


def occluded(cut: Cutout, rng: Random, kind: str = "") -> Cutout:
    """With a mask over nose and mouth, with dark glasses, under a cap, or behind a hand or a cup."""
    x, y, w, h = cut.box
    pixels = cut.pixels.copy()
    down, right = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]].astype(np.float32)
    across, along = (right - x) / w, (down - y) / h
    kind = kind or str(rng.choice(["mask", "glasses", "cap", "thing"]))
    if kind == "mask":
        over = (along > 0.55) & (along < 1.02) & (np.abs(across - 0.5) < 0.56 - 0.25 * (along - 0.55))
    elif kind == "glasses":
        over = (np.abs(along - 0.36) < 0.11) & (np.abs(across - 0.5) < 0.5) & (np.abs(across - 0.5) > 0.04)
    elif kind == "cap":
        brim = rng.uniform(0.05, 0.26)
        over = (along < brim) & (np.hypot((across - 0.5) / 0.7, (along - brim) / 0.75) < 1)
    else:
        at, size = rng.uniform(0.1, 0.9, 2), rng.uniform(0.12, 0.28, 2)
        over = ((across - at[0]) / size[0]) ** 2 + ((along - at[1]) / size[1]) ** 2 < 1
    grey = rng.uniform(5, 60) if kind == "glasses" else rng.uniform(20, 240)
    pixels[over] = grey + rng.normal(0, 4, int(over.sum()))
    return replace(cut, pixels=pixels)


def lit(cut: Cutout, rng: Random) -> Cutout:
    """Under other light: gain, contrast, a slope from one side to the other; never white all over."""
    pixels = cut.pixels
    mean = pixels.mean()
    pixels = mean + (pixels - mean) * np.float32(rng.uniform(0.5, 1.5))
    slope = np.linspace(-1, 1, pixels.shape[1], dtype=np.float32) * np.float32(rng.normal(0, 0.3))
    pixels = pixels * (1 + slope) * np.float32(2 ** rng.normal(0, 0.4))
    pixels = pixels * min(np.float32(1), _BRIGHT / max(np.float32(1), pixels.mean()))
    return replace(cut, pixels=np.clip(pixels, 0, 255).astype(np.float32))


_BRIGHT = np.float32(170)
"""Grey level that a cutout has on average at most: one that is white all over teaches nothing."""


def turned(cut: Cutout, degrees: float) -> Cutout:
    """Rolled about its middle; the box is that of the face's oval after the turn."""
    pixels, mask = (
        np.asarray(Image.fromarray(part).rotate(degrees, Image.Resampling.BILINEAR, expand=True))
        for part in (cut.pixels, cut.mask)
    )
    angle, (x, y, w, h) = np.deg2rad(degrees), cut.box
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    right, down = x + w / 2 - cut.pixels.shape[1] / 2, y + h / 2 - cut.pixels.shape[0] / 2
    at_x = pixels.shape[1] / 2 + right * cos + down * sin
    at_y = pixels.shape[0] / 2 - right * sin + down * cos
    wide, high = float(np.hypot(w * cos, h * sin)), float(np.hypot(w * sin, h * cos))
    return replace(cut, pixels=pixels, mask=mask, box=(at_x - wide / 2, at_y - high / 2, wide, high))


def tilted(cut: Cutout, amount: float) -> Cutout:
    """As seen from below (amount over 0: the forehead narrower than the chin, all flatter) or from above."""
    high, wide = cut.pixels.shape
    above, under = (max(amount, 0.0) * wide, max(-amount, 0.0) * wide)
    corners = (-above, 0, -under, high, wide + under, high, wide + above, 0)
    flat = max(4, round(high * (1 - 0.4 * abs(amount))))
    pixels, mask = (
        np.asarray(
            Image.fromarray(part).transform(
                (wide, flat), Image.Transform.QUAD, corners, Image.Resampling.BILINEAR
            )
        )
        for part in (cut.pixels, cut.mask)
    )
    x, y, w, h = cut.box
    level = (y + h / 2) / high
    out = above * (1 - level) + under * level
    span = 1 + 2 * out / wide
    middle, shrunk = (x + w / 2 + out) / span, flat / high
    return replace(
        cut, pixels=pixels, mask=mask, box=(middle - w / span / 2, y * shrunk, w / span, h * shrunk)
    )


def resized(pixels: Grey, wide: int, high: int, box: Place | None = None) -> Floats:
    """A part of a picture (x, y, width, height; all of it without a box) in another size."""
    x, y, w, h = box or (0, 0, pixels.shape[1], pixels.shape[0])
    edges = (max(0.0, x), max(0.0, y), min(x + w, pixels.shape[1]), min(y + h, pixels.shape[0]))
    small = Image.fromarray(pixels).resize((wide, high), Image.Resampling.BICUBIC, edges, reducing_gap=2.0)
    return np.asarray(small, np.float32)


def _sized(one: Picture, reach: Floats, wide: float, rng: Random) -> Cutout:
    """The part of a picture that reaches so many faces left, up, right and down of the face, in size."""
    x, y, w, h = map(float, one.boxes[0])
    left, top = max(0.0, x - reach[0] * w), max(0.0, y - reach[1] * h)
    right = min(float(one.pixels.shape[1]), x + w + reach[2] * w)
    low = min(float(one.pixels.shape[0]), y + h + reach[3] * h)
    across = wide / w
    down = across * float(np.exp(rng.normal(0, 0.06)))
    size = max(4, round((right - left) * across)), max(4, round((low - top) * down))
    pixels = resized(one.pixels, *size, (left, top, right - left, low - top))
    place = ((x - left) * across, (y - top) * down, w * across, h * down)
    if rng.random() < 0.5:
        pixels, place = pixels[:, ::-1], (pixels.shape[1] - place[0] - place[2], *place[1:])
    return Cutout(np.ascontiguousarray(pixels), np.ones_like(pixels), place)


def _swapped(cut: Cutout, crop: Grey, place: Place) -> Cutout:
    """With the crop's face, which is at `place` in it, in place of its own, in its own light."""
    x, y, w, h = cut.box
    across, down = w / CROP_BOX[2], h / CROP_BOX[3]
    face = resized(crop, max(4, round(48 * across)), max(4, round(48 * down)))
    left, top = round(x - CROP_BOX[0] * across), round(y - CROP_BOX[1] * down)
    layer, soft = np.zeros_like(cut.pixels), oval(cut, 0.5, 0.5, 0.15)
    rows, columns = slice(max(0, top), top + face.shape[0]), slice(max(0, left), left + face.shape[1])
    inside = layer[rows, columns]
    inside[:] = face[max(0, -top) :, max(0, -left) :][: inside.shape[0], : inside.shape[1]]
    known = np.zeros_like(soft)
    known[rows, columns] = 1
    soft = soft * known
    core = soft > 0.9
    if core.sum() < 9:
        return cut
    old, new = cut.pixels[core], layer[core]
    layer = (layer - new.mean()) * (old.std() + 8) / (new.std() + 8) + old.mean()
    shown = x + (place[0] - CROP_BOX[0]) * across, y, place[2] * across, h
    return replace(cut, pixels=np.clip(cut.pixels * (1 - soft) + layer * soft, 0, 255), box=shown)


def _erased(cut: Cutout, some: Album, rng: Random) -> Cutout:
    """With something else where the face was: a body, and no face."""
    other = some.free[int(rng.integers(len(some.free)))].pixels
    high, wide = (min(size, int(rng.integers(24, 200))) for size in other.shape)
    top, left = int(rng.integers(other.shape[0] - high + 1)), int(rng.integers(other.shape[1] - wide + 1))
    size = cut.pixels.shape
    layer = resized(other[top : top + high, left : left + wide], size[1], size[0])
    if rng.random() < 0.5:
        layer = np.full_like(layer, cut.pixels.mean()) + rng.normal(0, 5, size).astype(np.float32)
    soft = oval(cut, 0.54, 0.56, 0.1)
    return replace(cut, pixels=cut.pixels * (1 - soft) + layer * soft, seen=False)


def oval(cut: Cutout, half_wide: float, half_high: float, soft: float) -> Floats:
    """A soft oval about the face; half axes in widths and heights of its box."""
    x, y, w, h = cut.box
    down, right = np.mgrid[0 : cut.pixels.shape[0], 0 : cut.pixels.shape[1]].astype(np.float32)
    far = np.hypot((right + 0.5 - x - w / 2) / (half_wide * w), (down + 0.5 - y - h / 2) / (half_high * h))
    out: Floats = np.clip((1 - far) / soft + 0.5, 0, 1).astype(np.float32)
    return out


def _bust(cut: Cutout) -> Floats:
    """Head with hair, and shoulders that widen below the chin."""
    x, y, w, h = cut.box
    down, right = np.mgrid[0 : cut.pixels.shape[0], 0 : cut.pixels.shape[1]].astype(np.float32)
    across, along = np.abs(right + 0.5 - x - w / 2) / w, (down + 0.5 - y) / h
    half = 0.35 + 1.1 * np.clip((along - 0.85) / 0.6, 0, 1) ** 0.8
    shoulders = np.clip((half - across) / 0.08 + 0.5, 0, 1) * (along > 0.85)
    raised = replace(cut, box=(x, y - 0.1 * h, w, h))
    out: Floats = np.maximum(oval(raised, 0.68, 0.72, 0.12), shoulders).astype(np.float32)
    return out
