"""What the face model's card says beside what is read from the file itself."""

from __future__ import annotations

import json

from export.card import Card
from export.job import Job
from export.recipes.face_pictures import EMOTIONS, LABELS, Pictures


def told(job: Job, pictures: Pictures) -> Card:
    """The card's words and counts, with the calibration that was found."""
    fitted = job.folder / "calibration.json"
    found = json.loads(fitted.read_text(encoding="utf-8")) if fitted.is_file() else UNFITTED
    return {
        "version": "0.3.0",
        "labels": list(LABELS),
        **WORDS,
        **found,
        "data": {"trained_on": [_corpus(job, pictures)], "pictures": _counts(pictures), "splits": SPLITS},
        "trained_with": {"seed": job.seed, "licence": job.licence or "any that allows training"},
    }


def _corpus(job: Job, pictures: Pictures) -> Card:
    some = pictures.of("train")
    return {
        "pack": "made in code" if job.quick else "face",
        "corpus": "drawn faces" if job.quick else "FER2013 pictures, FER+ votes",
        "licence": "made in code" if job.quick else LICENCE,
        "clips": int(some.faces.sum()),
        "hours": 0.0,
    }


def _counts(pictures: Pictures) -> dict[str, dict[str, int]]:
    """How many faces each split has of each emotion by majority, and of distress."""
    out = {}
    for split in ("train", "val", "test"):
        some = pictures.of(split)
        named = some.majority[some.known]
        out[split] = {name: int((named == k).sum()) for k, name in enumerate(EMOTIONS)}
        out[split]["distress"] = int((some.distress[some.faces] > 0.5).sum())
    return out


UNFITTED: Card = {
    "calibration": [
        {"kind": "softmax", "columns": list(range(len(EMOTIONS))), "temperature": 1.0},
        {"kind": "platt", "columns": [len(EMOTIONS)], "scale": 1.0, "bias": 0.0},
    ],
    "threshold": {"value": 0.5, "chosen": "not yet"},
}

LICENCE = (
    "FER2013: for research, no open licence, pictures from a web search whose owners are unknown; FER+: MIT"
)

SPLITS = (
    "FER2013's own: Training trains, PublicTest validates, PrivateTest tests. Training pictures that are "
    "copies of another split's are left out (882), copies in PublicTest too (85), so are blanks, what most "
    "voters called no face, and rows with another picture's votes. Calibration and threshold are chosen on "
    "PublicTest. The pictures name nobody, so one person may be in two splits. A product that is sold must "
    "clear FER2013 or replace it: a model trained on it inherits the doubt."
)

WORDS: Card = {
    "what": "Says which emotion people would see in a face, and how likely they would call it anger or fear.",
    "for": "A cue among others in a supplementary safety aid in the home or on the body of its user, who has "
    "agreed to it.",
    "not_for": "What somebody feels: it says what a face shows. Deciding about people, at work or school, "
    "in selection or as evidence; finding out who somebody is; surveillance of people who have not agreed. "
    "Faces in pain or illness, of elderly people in bed, at night, from above: none of these were in the "
    "pictures.",
    "inputs_are": [
        "a face, grey, 48 x 48, its mean at 0 and its standard deviation at 1 within 3 of it: "
        "agent.senses.portrait.portrait(frame, box), box from forehead to chin, cheek to cheek"
    ],
    "outputs_are": ["logits of eight emotions, and of distress"],
    "policy": "Distress is anger or fear: true where these two together have more than half of the votes for "
    "an emotion, and trained on their share. Sadness and disgust are no part of it: people cry and frown for "
    "many reasons, and surprise, which looks most like fear, is mostly joy or play. They are told as labels "
    "of their own. The eight emotions are one choice (softmax), distress is a question of its own.",
}
