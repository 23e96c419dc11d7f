"""Training of the detector: scenes written once, read in random order, mirrored and lit anew each time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor, nn

from agent.senses import faces
from export.course import Course, precision
from export.recipes.face_detector_count import Looks, best_recall
from export.recipes.face_detector_net import Detector, loss, targets
from export.recipes.face_detector_pictures import Album, Grey, Picture
from export.recipes.face_detector_scenes import GUESSED, HEIGHT, MOST, SEEN, WIDTH, Scene, scene

BATCH = 32
PART, PARTS = (160, 192), 0.75
"""Height and width of the parts of scenes that this share of the batches is made of: more faces a second."""
NONE, FACE, HIDDEN = 0, 1, 2
"""What a row of `Scenes.boxes` is."""


@dataclass(frozen=True, slots=True)
class Scenes:
    """Scenes in the model's size: pixels (n, 256, 320), boxes (n, 24, 4), kinds (n, 24), sizes (n, 2)."""

    pixels: Grey
    boxes: NDArray[np.float32]
    kinds: NDArray[np.int8]
    sizes: NDArray[np.int16]

    def put(self, number: int, one: Scene) -> None:
        """Write one scene."""
        high, wide = one.pixels.shape
        self.pixels[number, :high, :wide] = one.pixels
        self.boxes[number, : len(one.boxes)] = one.boxes
        self.kinds[number, : len(one.boxes)] = np.where(one.ignore, HIDDEN, FACE)
        self.sizes[number] = high, wide


FIELDS = {
    "pixels": (np.uint8, (HEIGHT, WIDTH)),
    "boxes": (np.float32, (MOST, 4)),
    "kinds": (np.int8, (MOST,)),
    "sizes": (np.int16, (2,)),
}


def write(some: Album, count: int, folder: Path, seed: int) -> None:
    """Put scenes together from an album; goes on where a call that asked for the same was interrupted.

    Scenes that are finished are made anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files, unfinished = {name: folder / f"{name}.npy" for name in FIELDS}, folder / "unfinished"
    asked = repr((seed, count, len(some.crops), [one.name for one in some.pictures]))
    if not unfinished.is_file() or unfinished.read_text(encoding="utf-8") != asked:
        for name, (kind, shape) in FIELDS.items():
            np.lib.format.open_memmap(files[name], "w+", kind, (count, *shape))
        unfinished.write_text(asked, encoding="utf-8")
    made = Scenes(**{name: np.load(file, mmap_mode="r+") for name, file in files.items()})
    start = int((made.sizes[:, 0] > 0).sum())
    for number in track(range(start, len(made.sizes)), "scenes"):
        made.put(number, scene(some, np.random.default_rng([seed, number])))
    unfinished.unlink()


def read(folder: Path) -> Scenes:
    """What `write` left, mapped and not read; OSError where it was interrupted."""
    if (folder / "unfinished").is_file():
        raise OSError(f"{folder}: making the scenes was interrupted; `python -m export data` goes on with it")
    return Scenes(**{name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in FIELDS})


def train(made: Scenes, held: Album, file: Path, epochs: int, device: str, seed: int) -> None:
    """Train a detector and keep the average of its last steps in `file` (a state dict), after every epoch.

    held: for the line that each epoch prints; its two hundred faces are too few to choose an epoch by. An
    interrupted training goes on (FILE.course).
    """
    torch.manual_seed(seed)
    network = Detector().to(device, memory_format=torch.channels_last)
    steps = len(made.sizes) // BATCH
    course = Course(network, network, epochs * steps, rate=3e-3, decay=0.02, average=0.998)
    course.resume(file.with_suffix(".course"))
    for epoch in range(course.epoch, epochs):
        network.train()
        lost = []
        for pixels, heat, geometry in batches(made, seed + epoch, device):
            with precision(device):
                said = network(pixels)
            lost.append(course.learn(loss(said, heat, geometry)))
        course.epoch = epoch + 1
        course.save(file.with_suffix(".course"))
        torch.save(course.average.module.state_dict(), file)
        found = best_recall(look(course.average.module, held.pictures, device))
        print(f"epoch {epoch + 1}: loss {np.mean(lost):.3f}, held out: {found}", flush=True)
    torch.save(course.average.module.state_dict(), file)  # again: a kill may have come between
    file.with_suffix(".course").unlink(missing_ok=True)


def batches(made: Scenes, seed: int, device: str) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """One epoch in random order; the last, shorter batch is left out."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(made.sizes))
    count = len(order) // BATCH
    for rows in track(np.split(order[: count * BATCH], count), "training"):
        size = PART if rng.random() < PARTS else (HEIGHT, WIDTH)
        examples = [example(made, int(row), size, rng) for row in rows]
        yield tuple(torch.from_numpy(np.stack(part)).to(device) for part in zip(*examples, strict=True))


def example(
    made: Scenes, row: int, size: tuple[int, int], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """A scene, or a part of it, as the network sees it, with its targets; every other one mirrored."""
    known = made.kinds[row] != NONE
    boxes, hidden = np.array(made.boxes[row][known]), made.kinds[row][known] == HIDDEN
    pixels = made.pixels[row].astype(np.float32) / 255
    if rng.random() < 0.5:
        wide = int(made.sizes[row, 1])
        pixels[:, :wide] = pixels[:, :wide][:, ::-1].copy()
        boxes[:, 0] = wide - boxes[:, 0] - boxes[:, 2]
    if size != pixels.shape:
        pixels, boxes, hidden = part(pixels, boxes, hidden, size, rng)
    pixels = np.clip(pixels * np.float32(rng.uniform(0.7, 1.3)), 0, 1)
    return pixels, *targets(boxes, hidden, size[0] // faces.CELL, size[1] // faces.CELL)


def part(
    pixels: NDArray[np.float32],
    boxes: NDArray[np.float32],
    hidden: NDArray[np.bool_],
    size: tuple[int, int],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """A part of a scene, mostly one with a face; faces that are cut off by more than half are hidden."""
    room = np.array(pixels.shape) - size
    place = rng.integers(0, room + 1)
    if len(boxes) and rng.random() < 0.7:
        x, y, w, h = boxes[rng.integers(len(boxes))]
        place = np.clip(np.array([y + h / 2, x + w / 2]) - rng.uniform(0, size), 0, room).astype(int)
    top, left = (int(at) for at in place)
    low = np.clip(boxes[:, :2] - (left, top), 0, size[::-1])
    high = np.clip(boxes[:, :2] + boxes[:, 2:] - (left, top), 0, size[::-1])
    seen = (high - low).prod(axis=1) / boxes[:, 2:].prod(axis=1)
    cut = np.concatenate([low, high - low], axis=1).astype(np.float32)
    known = seen >= GUESSED
    shown = pixels[top : top + size[0], left : left + size[1]]
    return shown, cut[known], (hidden | (seen < SEEN))[known]


def look(network: nn.Module, pictures: list[Picture], device: str) -> list[Looks]:
    """What the network in floating point finds in pictures, down to unlikely boxes."""
    network.eval()
    found = []
    for one in pictures:
        picture, scale = faces.letterbox(one.pixels, HEIGHT, WIDTH)
        with torch.inference_mode():
            heat, geometry = network(torch.from_numpy(picture)[None].to(device))
        boxes, logits = faces.decode(heat[0, 0].cpu().numpy(), geometry[0].cpu().numpy(), -3.0)
        boxes = faces.within(boxes / np.float32(scale), one.pixels.shape[1], one.pixels.shape[0])
        found.append(Looks(one, boxes, logits))
    return found
