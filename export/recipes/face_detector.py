"""The face detector: a grey frame in, boxes of faces out. Its five steps, in their order."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from agent.senses import shelf
from export import card as cards
from export import drawings, figures, measures
from export.job import Job
from export.recipes import face_detector_figures as rows
from export.recipes import face_detector_pictures as pictures_of
from export.recipes.face_detector_count import lowest_threshold
from export.recipes.face_detector_peers import peer_rows
from export.recipes.face_detector_pictures import Picture
from export.recipes.face_detector_scenes import window
from export.recipes.face_detector_trials import trials

SCENES, EPOCHS = 30_000, 20
QUICK_SCENES, QUICK_EPOCHS = 32, 2
CALIBRATED_ON, DRAWN_FROM = 200, 4_000
"""Scenes, and of how many of the first ones they are drawn."""
TRIALS, QUICK_TRIALS = 150, 5
"""Scenes of each trial that is put together of test pictures."""
CALIBRATION_ERROR = 0.03


def data(job: Job) -> None:
    """Put the training scenes together."""
    from export.recipes import face_detector_train as training

    album = pictures_of.album(job, "train")
    training.write(album, QUICK_SCENES if job.quick else SCENES, job.folder / "scenes", job.seed)
    told = pictures_of.trained_on(album)
    (job.folder / "trained_on.json").write_text(json.dumps(told), encoding="utf-8")
    job.settle([one.name for one in album.pictures], (SCENES, EPOCHS))


def train(job: Job) -> None:
    """Train the network; its weights: network.pt."""
    from export.recipes import face_detector_train as training

    if job.spared("network"):
        return
    made, held = training.read(job.folder / "scenes"), pictures_of.album(job, "val")
    epochs = QUICK_EPOCHS if job.quick else EPOCHS
    training.train(made, held, job.folder / "network.pt", epochs, job.device, job.seed)


def quantize(job: Job) -> None:
    """Convert and quantise the trained network, calibrated on a seeded list of scenes."""
    from export import quantize as quantizing
    from export.course import restored
    from export.recipes import face_detector_train as training
    from export.recipes.face_detector_net import Detector

    network = restored(Detector(), job.folder / "network.pt")
    scenes = training.read(job.folder / "scenes").pixels[:DRAWN_FROM]
    names = [f"scene {number}" for number in range(len(scenes))]
    chosen = quantizing.calibration_list(job, scenes, names, CALIBRATED_ON)
    job.shelf.mkdir(parents=True, exist_ok=True)
    quantizing.quantize(network, scenes[chosen].astype(np.float32) / 255, job.tflite)
    _calibrate(job)


def evaluate(job: Job) -> None:
    """Measure the file on the shelf through the shelf, print the table, keep it for the card."""
    model = shelf.load(job.model, job.shelf)
    val, test = (pictures_of.album(job, split) for split in ("val", "test"))
    looks = rows.look(model, test.pictures)
    held = rows.look(model, val.pictures, rows.LOW)
    targets = rows.main_rows(looks, job.tflite.stat().st_size)
    targets.append(rows.calibration_row(held, CALIBRATION_ERROR))
    peers = peer_rows(model, val.pictures, test.pictures)
    tried = [
        rows.share_found(f"faces found {name}", rows.look(model, some))
        for name, some in trials(test, QUICK_TRIALS if job.quick else TRIALS, job.seed).items()
    ]
    table = figures.part("targets", targets) + figures.part("apart", rows.source_rows(looks))
    table += figures.part("peers", peers) + figures.part("robustness", tried)
    figures.show(f"{job.model}, int8, {job.tflite.stat().st_size} bytes", table)
    job.folder.mkdir(parents=True, exist_ok=True)
    figures.save(table, job.folder / "figures.json")
    scores, truth = rows.judged(held)
    drawings.reliability(scores, truth, job.shelf / f"{job.model}_reliability.svg")


def card(job: Job) -> None:
    """Write the card with the figures that evaluate left."""
    told = _told(job)
    told["figures"] = json.loads((job.folder / "figures.json").read_text(encoding="utf-8"))
    cards.write(job.tflite, told)
    cards.write_for_people(job.tflite, [job.shelf / f"{job.model}_reliability.svg"])


def _calibrate(job: Job) -> None:
    """Fit probabilities and threshold on val, and write a first card, so that the shelf opens the file."""
    first = {"box_calibration": {"scale": 1.0, "bias": 0.0}, "threshold": {"value": 0.5, "chosen": "not yet"}}
    cards.write(job.tflite, _told(job) | first | {"figures": []})
    model = shelf.load(job.model, job.shelf)
    val = pictures_of.album(job, "val").pictures
    looks = rows.look(model, val, rows.LOW)
    scores, truth = rows.judged(looks)
    scale, bias = measures.fit_platt(_logit(scores), truth)
    free = rows.look(model, without_faces(val, job.seed), rows.LOW)
    cut = float(_logit(np.float64(max(rows.LOW, lowest_threshold(free))))) * scale + bias
    found = {
        "box_calibration": {"scale": scale, "bias": bias},
        "threshold": {
            "value": float(1 / (1 + np.exp(-cut))),
            "chosen": f"On validation alone: at most one false box in 100 of {len(free)} face-free pictures "
            "(those of the split, mirrored, and parts of them).",
        },
    }
    (job.folder / "calibration.json").write_text(json.dumps(found), encoding="utf-8")
    cards.write(job.tflite, _told(job) | {"figures": []})


def without_faces(some: list[Picture], seed: int, parts: int = 3) -> list[Picture]:
    """The face-free ones of some pictures, each as it is, mirrored, and in random parts."""
    rng, out = np.random.default_rng(seed), []
    for one in (one for one in some if one.free):
        shown = [one.pixels, one.pixels[:, ::-1], *(window(one.pixels, rng, 0.4) for _ in range(parts))]
        out += [replace(one, pixels=np.ascontiguousarray(pixels)) for pixels in shown]
    return out


def _logit(probabilities: np.ndarray) -> np.ndarray:
    return np.log(probabilities) - np.log1p(-probabilities)


def _told(job: Job) -> cards.Card:
    """What the card says beside what is read from the file itself."""
    fitted = job.folder / "calibration.json"
    found = json.loads(fitted.read_text(encoding="utf-8")) if fitted.is_file() else {}
    counts = {split: _counts(pictures_of.album(job, split).pictures) for split in ("val", "test")}
    return {
        "version": "0.3.0",
        "labels": ["face"],
        "calibration": [],
        **WORDS,
        **found,
        "data": {
            "trained_on": json.loads((job.folder / "trained_on.json").read_text(encoding="utf-8")),
            "pictures": counts,
            "splits": SPLITS,
        },
        "trained_with": {"seed": job.seed, "licence": job.licence or "any that allows training"},
    }


def _counts(some: list[Picture]) -> dict[str, int]:
    sources = [one.source for one in some]
    return {source: sources.count(source) for source in sorted(set(sources))}


SPLITS = (
    "By person (youtube, caltech) and by picture: nobody is in two splits. Threshold and calibration are "
    "chosen on val, figures are of test. WIDER FACE is measured on and never trains: groups are put "
    "together from pictures of single people and from FER2013's crops. What trains is research data "
    "without a licence for products: a product for sale must clear or replace it."
)

WORDS = {
    "what": "Finds the faces in a grey picture: a box from the forehead above the brows to the chin, from "
    "cheek to cheek, and how likely it is a face.",
    "for": "Finding the face that the expression model then reads, in a supplementary safety aid near its "
    "user, who has agreed to it.",
    "not_for": "Saying who somebody is, counting people, surveillance; deciding that nobody is there.",
    "inputs_are": [
        "a grey frame as a camera gives it, 0 (black) to 1, made smaller to fit into 320 x 256 pixels where "
        "it is larger, in the upper left corner, 0 elsewhere: agent.senses.faces.letterbox"
    ],
    "outputs_are": [
        "heat: for each cell of 8 pixels the logit of the middle of a face in it",
        "geometry: how far the middle lies right of and below the cell's, in cells, and the logarithms of "
        "width and height over 32 pixels: agent.senses.faces.decode",
    ],
    "policy": "Scores are probabilities after `box_calibration` (sigmoid(scale * logit + bias)), which "
    "agent.senses.faces applies; `calibration` is empty since there are no columns to calibrate. Faces "
    "narrower than about 16 pixels of a picture 400 wide are neither looked for nor punished. Faces of "
    "animals, drawings and printed pictures may be called faces.",
}
