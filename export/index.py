"""A folder of one's own recordings becomes a pack: FOLDER/LABEL/*.wav -> FOLDER/index.csv.

    python -m export.index FOLDER [--licence NAME]

LABEL: scream, hardneg, nonscream, shout, speech or ambience. Recordings of one person, or cut from one
recording, belong together: give them a folder, FOLDER/LABEL/ANNA/*.wav, or names that begin alike up to
the first "_" (anna_1.wav). No such group is in two splits. Run it again after adding recordings: a group
that the index knows keeps its split, so that nobody who was tested on is trained on later.
"""

from __future__ import annotations

import argparse
import csv
import sys
from hashlib import sha256
from pathlib import Path

LABELS = ("scream", "hardneg", "nonscream", "shout", "speech", "ambience")
SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3")
COLUMNS = ("tar", "clip", "corpus", "label", "tag", "group", "split", "trainable", "licence")
SHARES = {"train": 3, "val": 1, "test": 1}
"""How the groups of a label are dealt out."""


def main(arguments: list[str] | None = None) -> int:
    """Write the index and say what is in it; 65: it cannot be split into train, val and test."""
    parser = argparse.ArgumentParser("python -m export.index", description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--licence", default="own recordings")
    asked = parser.parse_args(arguments)
    try:
        rows = write(asked.folder, asked.licence)
    except ValueError as error:
        print(f"export: {error}", file=sys.stderr)
        return 65
    for split in SHARES:
        counts = {label: sum(r["label"] == label and r["split"] == split for r in rows) for label in LABELS}
        print(f"{split:6}", ", ".join(f"{count} {label}" for label, count in counts.items() if count))
    return 0


def write(folder: Path, licence: str) -> list[dict[str, str]]:
    """Write FOLDER/index.csv, one row a recording; its rows. ValueError where a label has too few groups."""
    found = [(label, file) for label in LABELS for file in sorted((folder / label).rglob("*"))]
    sounds = [(label, file) for label, file in found if file.suffix.lower() in SUFFIXES]
    if len({label for label, _ in sounds}) < 2 or sounds[0][0] != "scream":
        raise ValueError(f"{folder}: recordings are wanted in scream and in one of {', '.join(LABELS[1:])}")
    index = folder / "index.csv"
    splits = dealt([(label, group_of(folder / label, file)) for label, file in sounds], _known(index))
    rows = []
    for label, file in sounds:
        group = group_of(folder / label, file)
        name, corpus = file.relative_to(folder).as_posix(), folder.resolve().name
        row = ("", name, corpus, label, label, group, splits[group], "1", licence)
        rows.append(dict(zip(COLUMNS, row, strict=True)))
    with index.open("w", newline="", encoding="utf-8") as opened:
        out = csv.DictWriter(opened, COLUMNS)
        out.writeheader()
        out.writerows(rows)
    return rows


def group_of(label: Path, file: Path) -> str:
    """Whose recording it is: its folder under the label, or its name up to the first "_"."""
    inside = file.relative_to(label)
    return inside.parts[0] if len(inside.parts) > 1 else file.stem.split("_")[0]


def dealt(named: list[tuple[str, str]], known: dict[str, str]) -> dict[str, str]:
    """The split of each group of these (label, group); the known ones keep theirs."""
    groups = {label: sorted({g for of, g in named if of == label}, key=_shuffled) for label, _ in named}
    splits = dict(known)
    for label, some in sorted(groups.items(), key=lambda item: len(item[1])):
        has = [splits[group] for group in some if group in splits]
        for group in some:
            if group not in splits:
                splits[group] = _next(has)
                has.append(splits[group])
        if not set(SHARES) <= set(has):
            raise ValueError(f"{label}: {len(some)} groups are too few for train, val and test")
    return splits


def _next(has: list[str]) -> str:
    """The split that has least of its share so far."""
    return min(SHARES, key=lambda split: has.count(split) / SHARES[split])


def _shuffled(group: str) -> str:
    return sha256(group.encode()).hexdigest()


def _known(index: Path) -> dict[str, str]:
    if not index.is_file():
        return {}
    with index.open(newline="", encoding="utf-8") as file:
        return {row["group"]: row["split"] for row in csv.DictReader(file)}


if __name__ == "__main__":
    sys.exit(main())
