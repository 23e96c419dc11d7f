"""What each clip teaches the voice model: emotion, distress, what listeners heard, whether anybody speaks."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.augment import Floats
from export.clips import Clip

EMOTIONS = ("anger", "disgust", "fear", "happy", "neutral", "sad")
LABELS = (*EMOTIONS, "distress", "voice")
DISTRESS = ("anger", "fear")

VOICE_PACKS = ("voice", "voice_ordinary")
FAULTY = ("duplicate_other_label", "silent")
"""Faults of the voice packs' index that keep a clip out of training."""

VOICELESS = ("ambience", "hardneg")
"""Labels of the sound packs in which nobody speaks."""
UNSURE = {
    "cartoon_voice", "creature", "crowd", "crowd_sport_applause", "applause_cheer", "playground_fair",
    "singing", "singing_music", "station", "street",
}  # fmt: skip
"""Tags of them in which somebody may: they teach nothing and are told apart, as are screams and shouts."""

_EMODB = {"W": "anger", "E": "disgust", "A": "fear", "F": "happy", "N": "neutral", "T": "sad", "L": "bored"}
"""The letter that Emo-DB's file names give the emotion by (Burkhardt et al. 2005)."""

_NO_VOTES = np.full(len(EMOTIONS), np.nan, np.float32)


@dataclass(frozen=True, slots=True)
class Speaker:
    """What the index of the voice packs tells of a clip beside its label."""

    sex: str
    age: str
    race: str
    fault: str
    votes: Floats
    """Listeners who heard each of EMOTIONS, (6,); nan where nobody was asked."""


def speakers(packs: list[Path]) -> dict[str, Speaker]:
    """Speaker and listeners' votes of every clip of the voice packs, by `pack/clip`."""
    told = {}
    for pack in packs:
        with (pack / "index.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                told[f"{pack.name}/{row['clip']}"] = _speaker(row)
    return told


def _speaker(row: dict[str, str]) -> Speaker:
    votes = _NO_VOTES
    if row.get("listeners"):
        votes = np.array([float(row[f"heard_{emotion}"]) for emotion in EMOTIONS], np.float32)
    return Speaker(row["sex"], row["age"], row["race"], row["fault"], votes)


def emotion(clip: Clip) -> str:
    """What the speaker was asked for; "ordinary" where nobody acted, "" where it is not known."""
    if clip.label == "speech" and clip.pack in (*VOICE_PACKS, "madeup"):
        return clip.tag
    if clip.corpus == "emodb":
        return _EMODB[clip.name.rsplit(".", 1)[0][-2]]
    return ""


def distress(clip: Clip) -> float:
    """1 for anger and fear, 0 for every other known way of speaking, nan where it is not known."""
    known = emotion(clip)
    return float(known in DISTRESS) if known else float("nan")


def speaks(clip: Clip) -> float:
    """1 where somebody speaks, 0 where nobody does, nan where that is not sure."""
    if clip.label == "speech" or clip.tag == "speech":
        return 1.0
    return 0.0 if clip.label in VOICELESS and clip.tag not in UNSURE else float("nan")
