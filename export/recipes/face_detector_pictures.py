"""What the face detector learns from and is measured on: the face pack, or pictures drawn in code."""

from __future__ import annotations

import csv
import gzip
import io
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from export.job import Job
from export.recipes import face_detector_drawn as drawn

if TYPE_CHECKING:
    from collections.abc import Iterator

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

WIDEST = 0.95
"""Width over height from which a box made from a hand-made head crop (caltech) is taken for a fault."""
CROP_BOX = (5.0, 0.0, 38.0, 48.0)
"""Where the face is in FER2013's 48-pixel crops, by the pack's rule for boxes: x, y, w, h."""
LICENCES = {
    "youtube": "research (frames of YouTube Faces; the repository says MIT)",
    "caltech": "CC BY 4.0 by Caltech-101's own page; not stated with the files",
    "caltech101": "CC BY 4.0 by Caltech-101's own page; not stated with the files",
    "scene15": "not stated: research (15-scene set, Lazebnik et al. 2006)",
    "fer2013": "not stated: research (FER2013, Goodfellow et al. 2013)",
    "madeup": "drawn in code",
}
"""What trains, by source. WIDER FACE (research, non-commercial) is measured on and never trains."""


DRAWN = {"train": 24, "val": 10, "test": 10}
"""Pictures drawn in code, with one face and without one each."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A grey picture with the boxes of its faces: (n, 4) x, y, w, h in pixels.

    ignore: faces too small to count. group: who is in it, or the picture's name; never in two splits.
    """

    name: str
    source: str
    group: str
    pixels: Grey
    boxes: Floats
    ignore: NDArray[np.bool_]

    @property
    def free(self) -> bool:
        """Nobody's face is in it, not even a small one."""
        return not len(self.boxes)


@dataclass(frozen=True, slots=True)
class Album:
    """The detection pictures of a split, and FER2013's crops (n, 48, 48) of more faces (train only).

    people: those of the pictures that have one face; free: those without any.
    """

    pictures: list[Picture]
    crops: Grey
    people: list[Picture]
    free: list[Picture]

    @classmethod
    def of(cls, pictures: list[Picture], crops: Grey) -> Album:
        """An album of these."""
        people = [one for one in pictures if len(one.boxes) == 1]
        return cls(pictures, crops, people, [one for one in pictures if one.free])


def album(job: Job, split: str) -> Album:
    """The pictures of a split (train, val, test); of train only what may train and is no known fault."""
    if job.quick:
        return _drawn(split, job.seed)
    folder = job.packs("face")[0]
    pictures = list(_detection(folder, split))
    if split != "train":
        return Album.of(pictures, np.zeros((0, 48, 48), np.uint8))
    used = [one for one in pictures if _allowed(one.source, job.licence) and _plausible(one)]
    crops = _fer(folder) if _allowed("fer2013", job.licence) else np.zeros((0, 48, 48), np.uint8)
    return Album.of(used, crops)


def trained_on(some: Album) -> list[dict[str, object]]:
    """A row for each corpus of a training album, for the card."""
    counts: dict[str, int] = {}
    for one in some.pictures:
        counts[one.source] = counts.get(one.source, 0) + 1
    if len(some.crops) and "madeup" not in counts:
        counts["fer2013"] = len(some.crops)
    return [
        {"pack": "face", "corpus": source, "pictures": count, "licence": LICENCES[source]}
        for source, count in sorted(counts.items())
    ]


def _drawn(split: str, seed: int) -> Album:
    rng = np.random.default_rng([seed, *split.encode()])
    pictures = []
    for number in range(2 * DRAWN[split]):
        frame = drawn.room(rng)
        told = [drawn.person(frame, rng)] if number % 2 else []
        boxes, name = np.array(told, np.float32).reshape(-1, 4), f"{split}{number}"
        pictures.append(Picture(name, "madeup", name, frame, boxes, np.zeros(len(told), bool)))
    return Album.of(pictures, np.stack([drawn.crop(rng) for _ in range(DRAWN[split])]))


def _detection(folder: Path, split: str) -> Iterator[Picture]:
    with (folder / "det_index.csv").open(encoding="utf-8") as index:
        rows = [row for row in csv.DictReader(index) if row["split"] == split]
    with tarfile.open(folder / f"det_{split}.tar") as opened:
        for row in rows:
            told = [list(map(int, one.split())) for one in row["boxes"].split(";") if one]
            boxes = np.array(told, np.float32).reshape(-1, 5)
            group = row["person"] or row["file"]
            pixels = _grey(opened, row["file"])
            yield Picture(row["file"], row["source"], group, pixels, boxes[:, :4], boxes[:, 4] == 1)


def _allowed(source: str, licence: str) -> bool:
    """Whether a source may train, and has a licence that begins as the job asks for (regular expression)."""
    return source in LICENCES and bool(re.match(licence, LICENCES[source], re.IGNORECASE))


def _plausible(one: Picture) -> bool:
    return one.source != "caltech" or bool((one.boxes[:, 2] < WIDEST * one.boxes[:, 3]).all())


def _fer(folder: Path) -> Grey:
    """FER2013's training crops that ten people took for faces, without copies of test pictures."""
    with gzip.open(folder / "fer_index.csv.gz", "rt") as index:
        rows = [row for row in csv.DictReader(index) if row["usage"] == "Training"]
    good = [not row["dup"] and row["majority"] != "9" and not set(row["flags"]) & set("BN") for row in rows]
    sheets = []
    with tarfile.open(folder / "fer_train.tar") as opened:
        for name in sorted(opened.getnames()):
            sheet = _grey(opened, name)
            cells = sheet.reshape(len(sheet) // 48, 48, -1, 48).swapaxes(1, 2)
            sheets.append(cells.reshape(-1, 48, 48))
    return np.concatenate(sheets)[: len(rows)][np.array(good)]


def _grey(opened: tarfile.TarFile, name: str) -> Grey:
    from PIL import Image

    file = opened.extractfile(name)
    if file is None:
        raise ValueError(f"{opened.name}: {name} is no file")
    return np.asarray(Image.open(io.BytesIO(file.read())).convert("L"))
