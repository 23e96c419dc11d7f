"""The expression pack: FER2013's pictures with FER's own labels and the ten votes of FER+.

A face's labels here are those of FER+ (Barsoum et al. 2016): eight emotions, and distress, which is anger or
fear. Votes given once are dropped, as the authors do; what is left says how people are divided.
"""

from __future__ import annotations

import csv
import gzip
import io
import tarfile
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.senses.portrait import SIDE

EMOTIONS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
VOTED = (*EMOTIONS, "unknown", "NF")
"""The ten boxes of a ballot; NF: not a face."""
FER = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
"""FER2013's own seven labels, in its order."""
DISTRESS = ("anger", "fear")
LABELS = (*EMOTIONS, "distress")

USAGES = {"train": "Training", "public": "PublicTest", "private": "PrivateTest"}
"""The pack's archives and FER2013's names of its parts: train, val and test here."""
SPLITS = {"train": "train", "public": "val", "private": "test"}
_SHEET = 32
"""Pictures across a sheet."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures uint8 (n, 48, 48); row in FER2013; split; votes (n, 10); majority 0..9; fer 0..6; flags.

    majority: of FER+'s reference code; 8 and 9 are unknown and not a face. copy: of a picture of a later
    split, so never to be trained on. unfit: blank, or with another picture's votes.
    """

    pixels: NDArray[np.uint8]
    row: NDArray[np.int64]
    split: NDArray[np.str_]
    votes: NDArray[np.int64]
    majority: NDArray[np.int64]
    fer: NDArray[np.int64]
    copy: NDArray[np.bool_]
    unfit: NDArray[np.bool_]

    def where(self, wanted: NDArray[np.bool_]) -> Pictures:
        """The rows for which `wanted` is true."""
        return Pictures(*(getattr(self, field.name)[wanted] for field in fields(self)))

    def of(self, split: str) -> Pictures:
        """A split: train and val without copies, test as it was published."""
        return self.where((self.split == split) & (~self.copy | (split == "test")))

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether most people agree on one of the eight emotions."""
        return (self.majority < len(EMOTIONS)) & ~self.unfit

    @property
    def shares(self) -> NDArray[np.float32]:
        """How people are divided over the eight emotions (n, 8); zeros where nobody named one."""
        named = self.votes[:, : len(EMOTIONS)]
        kept = np.where(named > 1, named, 0)
        kept = np.where(kept.sum(axis=1, keepdims=True) > 0, kept, named)
        return (kept / np.maximum(1, kept.sum(axis=1, keepdims=True))).astype(np.float32)

    @property
    def distress(self) -> NDArray[np.float32]:
        """The share of anger and fear in `shares` (n,)."""
        return self.shares[:, [EMOTIONS.index(name) for name in DISTRESS]].sum(axis=1)

    @property
    def faces(self) -> NDArray[np.bool_]:
        """Whether it is a face that somebody saw an emotion in: what trains, and what distress is told of."""
        named = self.votes[:, : len(EMOTIONS)].sum(axis=1)
        return (self.majority != VOTED.index("NF")) & ~self.unfit & (named > 0)


def read(folder: Path) -> Pictures:
    """The whole pack; OSError where a file of it is missing."""
    with gzip.open(folder / "fer_index.csv.gz", "rt", encoding="utf-8") as index:
        rows = list(csv.DictReader(index))
    pixels = []
    for part, usage in USAGES.items():
        count = sum(row["usage"] == usage for row in rows)
        pixels.append(_sheets(folder / f"fer_{part}.tar")[:count])
    split_of = {usage: SPLITS[part] for part, usage in USAGES.items()}
    return Pictures(
        np.concatenate(pixels),
        np.array([int(row["row"]) for row in rows]),
        np.array([split_of[row["usage"]] for row in rows]),
        np.array([[int(row[name]) for name in VOTED] for row in rows]),
        np.array([int(row["majority"]) for row in rows]),
        np.array([int(row["fer"]) for row in rows]),
        np.array([bool(row["dup"]) for row in rows]),
        np.array([bool(set(row["flags"]) & set("BV")) for row in rows]),
    )


def save(pictures: Pictures, file: Path) -> None:
    """Write all of it as one .npz."""
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(file, **{field.name: getattr(pictures, field.name) for field in fields(pictures)})


def load(file: Path) -> Pictures:
    """What `save` wrote."""
    with np.load(file) as kept:
        return Pictures(*(kept[field.name] for field in fields(Pictures)))


def _sheets(file: Path) -> NDArray[np.uint8]:
    """The pictures of an archive of sheets, row by row (n, 48, 48)."""
    from PIL import Image

    out = []
    with tarfile.open(file) as archive:
        for member in sorted(archive.getmembers(), key=lambda one: one.name):
            packed = archive.extractfile(member)
            if packed is None:
                raise ValueError(f"{file}: {member.name} is no file")
            sheet = np.asarray(Image.open(io.BytesIO(packed.read())).convert("L"))
            cells = sheet.reshape(-1, SIDE, _SHEET, SIDE).swapaxes(1, 2)
            out.append(cells.reshape(-1, SIDE, SIDE))
    return np.concatenate(out)
