"""Clips: what every corpus is brought to, 16 kHz mono, with its label, its group and its split.

A pack is a folder with index.csv (one row a clip) and recordings, in tars or as they are. Decoded once into
one flat int16 file, so that training reads memory and not codecs.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

RATE = 16_000

Int16 = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording: where it comes from, what it is, where it may be used, where its samples lie.

    group: voice, recording or contributor; never in two splits. split: train, val, test or another word
    for "not used". trainable: the licence allows training. start, stop: samples in the flat file.
    """

    name: str
    pack: str
    corpus: str
    label: str
    tag: str
    group: str
    split: str
    paper_split: str
    trainable: bool
    licence: str
    start: int = 0
    stop: int = 0

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.stop - self.start) / RATE


@dataclass(frozen=True, slots=True)
class Library:
    """Clips and their samples: `library[clip]` is int16, shape (n,)."""

    clips: list[Clip]
    samples: Int16

    def __getitem__(self, clip: Clip) -> Int16:
        """The samples of one clip."""
        return self.samples[clip.start : clip.stop]

    def pick(self, split: str, *labels: str) -> list[Clip]:
        """The clips of a split with one of these labels (any label if none is named)."""
        return [c for c in self.clips if c.split == split and (not labels or c.label in labels)]


def read_index(pack: Path) -> list[tuple[Clip, str]]:
    """Rows of a pack's index.csv as clips, each with the name of its tar.

    The voice packs have no label column: all of it is speech, the emotion is the tag, the speaker the group.
    """
    if not (pack / "index.csv").is_file():
        raise OSError(f"{pack}: no index.csv there; is DISTRESS_DATA the folder that holds the packs?")
    with (pack / "index.csv").open(newline="", encoding="utf-8") as file:
        return [(_clip(pack.name, row), row["tar"]) for row in csv.DictReader(file)]


def _clip(pack: str, row: dict[str, str]) -> Clip:
    group = row.get("group") or f"{row['corpus']}:{row.get('speaker') or row['clip']}"
    return Clip(
        name=row["clip"],
        pack=pack,
        corpus=row["corpus"],
        label=row.get("label", "speech"),
        tag=row.get("tag") or row.get("emotion", ""),
        group=group,
        split=row["split"],
        paper_split=row.get("paper_split", ""),
        trainable=row["trainable"] in ("1", "true"),
        licence=row["licence"],
    )


def allowed(clips: Iterable[Clip], licence: str) -> list[Clip]:
    """The clips whose licence matches this regular expression (from its start, in any case)."""
    wanted = re.compile(licence, re.IGNORECASE)
    return [clip for clip in clips if wanted.match(clip.licence)]


def stated(licence: str) -> bool:
    """Whether a licence is stated at all: what has none must be cleared or replaced in a product for sale."""
    return not licence.lower().startswith(("unknown", "not stated", "all rights"))


def every(_: Clip) -> bool:
    """All clips are wanted."""
    return True


def decode(packs: list[Path], into: Path, wanted: Callable[[Clip], bool] = every) -> Library:
    """Decode the wanted clips into `into` (clips.i16, clips.json), or open what was decoded there before.

    They are decoded anew when an index has changed since.
    """
    before, now = into / "indexes.sha256", _fingerprint(packs)
    if not (into / "clips.json").is_file() or (before.is_file() and now not in ("", before.read_text())):
        into.mkdir(parents=True, exist_ok=True)
        tars = [(pack, rows) for pack in packs for rows in _by_tar(pack, wanted)]
        found = (one for pack, rows in track(tars, "decoding") for one in _read_tar(pack, *rows))
        write(found, into)
        before.write_text(now)
    return open_library(into)


def _fingerprint(packs: list[Path]) -> str:
    """A checksum of the packs' indexes; none where one is not there any more."""
    indexes = [pack / "index.csv" for pack in packs]
    if not all(index.is_file() for index in indexes):
        return ""
    return sha256(b"".join(index.read_bytes() for index in indexes)).hexdigest()


def write(sounds: Iterable[tuple[Clip, Int16]], into: Path) -> None:
    """Write clips and their samples as a library."""
    clips, at = [], 0
    with (into / "clips.i16").open("wb") as flat:
        for clip, samples in sounds:
            flat.write(samples.tobytes())
            clips.append(replace(clip, start=at, stop=at + len(samples)))
            at += len(samples)
    (into / "clips.json").write_text(json.dumps([asdict(clip) for clip in clips]), encoding="utf-8")


def open_library(folder: Path) -> Library:
    """The library that `write` left in a folder; its samples are mapped, not read."""
    clips = [Clip(**row) for row in json.loads((folder / "clips.json").read_text(encoding="utf-8"))]
    return Library(clips, np.memmap(folder / "clips.i16", np.int16, "r"))


def _by_tar(pack: Path, wanted: Callable[[Clip], bool]) -> list[tuple[str, dict[str, Clip]]]:
    tars: dict[str, dict[str, Clip]] = {}
    for clip, tar in read_index(pack):
        if wanted(clip):
            tars.setdefault(tar, {})[clip.name] = clip
    return sorted(tars.items())


def _read_tar(pack: Path, tar: str, rows: dict[str, Clip]) -> Iterator[tuple[Clip, Int16]]:
    """Decode these clips of a tar; where none is named, files of the pack's folder."""
    if not tar:
        for name, clip in rows.items():
            yield clip, _decode((pack / name).read_bytes())
        return
    with tarfile.open(pack / tar) as opened:
        for member in opened:
            file = opened.extractfile(member)
            if file is not None and member.name in rows:
                yield rows[member.name], _decode(file.read())


def _decode(data: bytes) -> Int16:
    import soundfile
    import soxr

    channels, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    sound = channels.mean(axis=1)
    if rate != RATE:  # an older libsndfile decodes Opus at 48 kHz
        sound = soxr.resample(sound, rate, RATE)
    return np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)
