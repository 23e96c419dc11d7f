"""What a user would pick instead: YAMNet's own classes on the same clips, in the same run."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
from rich.progress import track

from agent.senses.shelf import Model
from agent.senses.sound import Hearing
from export import peers, teacher
from export.augment import Floats
from export.clips import Clip, Library
from export.examples import LOOK, as_floats, clean_windows
from export.figures import Figure
from export.measures import threshold_for_recall
from export.recipes.scream_figures import alarms, labelled, ranking, scream
from export.recipes.scream_looks import Looks
from sensors.readings import Sound

CLASSES = ("Screaming", "Yell", "Shout", "Bellow", "Battle cry", "Children shouting")
"""A look's score is the loudest of these (those that its class map has)."""


def peer_rows(library: Library, clips: list[Clip]) -> list[Figure]:
    """YAMNet's ranking and false alarms on test clips; nothing where there is no YAMNet."""
    master = teacher.open_teacher()
    if master is None:
        return []
    columns = _columns(Path(os.environ["DISTRESS_TEACHERS"]) / "yamnet" / "yamnet_class_map.csv")
    output = master.net.get_output_details()[0]["index"]

    def score(window: Floats) -> float:
        master.net.set_tensor(master.given, window)
        master.net.invoke()
        return float(master.net.get_tensor(output)[0, columns].max())

    looks = [
        np.array([score(window) for window in clean_windows(as_floats(library[clip]))])
        for clip in track(clips, "YAMNet")
    ]
    heard = Looks(clips, looks)
    hits, hard = heard.where(scream), heard.where(labelled("hardneg"))
    at90 = threshold_for_recall(hits.best, 0.9)
    quiet = heard.where(labelled("ambience", "speech"))
    return [
        ranking("YAMNet: AUC against hard negatives", hits, hard),
        ranking("YAMNet: AUC against matched non-screams", hits, heard.where(labelled("nonscream"))),
        alarms("YAMNet: false alarms/h at 90 % recall, hard negatives", hard, at90),
        alarms("YAMNet: false alarms/h at 90 % recall, ambience and speech", quiet, at90),
    ]


def time_row(model: Model) -> Figure:
    """A look, from sound to probability, beside one call of YAMNet."""
    hop = np.random.default_rng(0).uniform(-0.1, 0.1, LOOK).astype(np.float32)
    hearing = Hearing(model)
    hearing.hear(Sound(0.0, hop))
    name = "time of a look, features included, as a share of one YAMNet call"
    return peers.time_row(name, lambda: hearing.hear(Sound(0.0, hop)), peers.network(peers.YAMNET), 0.3)


def _columns(class_map: Path) -> list[int]:
    with class_map.open(newline="", encoding="utf-8") as file:
        return [k for k, row in enumerate(csv.DictReader(file)) if row["display_name"] in CLASSES]
