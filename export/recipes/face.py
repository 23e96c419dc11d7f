"""The face model: one face of 48 pixels in, eight emotions and P(distress) out. Its five steps, in order."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agent.senses import portrait, shelf
from export import card as cards
from export import drawings, figures, measures
from export import quantize as quantizing
from export.job import Job, packs
from export.madeup_faces import EXPRESSIONS, drawn
from export.recipes import face_card
from export.recipes import face_pictures as pack
from export.recipes.face_pictures import EMOTIONS, LABELS, Pictures

if TYPE_CHECKING:
    from agent.senses.features import Floats
    from export.recipes.face_network import FaceNet

EPOCHS = {"teacher": 25, "network": 30, "vgg": 12}
"""Of who teaches what ships, of what ships, and of the papers' VGG, which is a row of the table."""
CALIBRATED_ON = 500
"""Pictures."""
MOST_FALSE = 0.02
"""Share of validation faces without anger or fear that the card's threshold may call distress."""
_MADE = {"train": 24, "val": 8, "test": 8}
"""Drawn faces of each expression in each split."""


def data(job: Job) -> None:
    """Read the pictures and their votes; ValueError where the job's licence leaves none."""
    if not job.quick and not re.match(job.licence, face_card.LICENCE, re.IGNORECASE):
        raise ValueError(
            f"FER2013 is all that a face model can be trained on, and its licence is: {face_card.LICENCE}"
        )
    found = _drawn(job.seed) if job.quick else pack.read(packs("face")[0])
    pack.save(found, job.folder / "pictures.npz")
    job.settle([str(row) for row in found.row], EPOCHS)


def train(job: Job) -> None:
    """Train a teacher, its pupil that ships, and the papers' network; what has ended is not trained again."""
    from export.recipes import face_training as training

    pictures = _pictures(job)
    taught = training.lesson(_taught(pictures))
    held = training.agreed(pictures.of("val"))
    for name, epochs in EPOCHS.items():
        if job.spared(name, after="teacher" if name == "network" else ""):
            continue
        print(f"training {name}")
        training.train(
            _fresh(name, job.seed),
            taught,
            held,
            job.folder / f"{name}.pt",
            epochs=1 if job.quick else epochs,
            device=job.device,
            seed=job.seed,
            teacher=_network(job, "teacher") if name == "network" else None,
        )


def quantize(job: Job) -> None:
    """Convert and quantise the trained network, calibrated on a committed list of training pictures."""
    some = _taught(_pictures(job))
    names = [f"FER2013 row {row}" for row in some.row]
    count = 64 if job.quick else CALIBRATED_ON
    chosen = quantizing.calibration_list(job, some.pixels, names, count)
    windows = portrait.normalise(some.pixels[chosen].astype(np.float32))
    job.shelf.mkdir(parents=True, exist_ok=True)
    quantizing.quantize(_shipped(job), windows, job.tflite)
    _calibrate(job)


def evaluate(job: Job) -> None:
    """Measure the file on the shelf through the shelf, print the table, keep it for the card."""
    from export.recipes import face_figures as rows
    from export.recipes import face_peers as peers

    pictures, model = _pictures(job), shelf.load(job.model, job.shelf)
    test, val = pictures.of("test"), pictures.of("val")
    said = rows.look(model, test.pixels)
    table = rows.main_rows(test, said) + rows.val_rows(val, rows.look(model, val.pixels))
    table += rows.distress_rows(test, said, model.threshold) + peers.size_row(job.tflite)
    table += peers.peer_rows(model, test)
    networks = {name: _found(job, name) for name in EPOCHS}
    table += peers.network_rows(test, networks, _leaning(job, networks["network"]))
    table += rows.robust_rows(model, test, job.seed) + rows.fairness_rows()
    figures.show(f"{job.model}, int8, {job.tflite.stat().st_size} bytes", table)
    figures.save(table, job.folder / "figures.json")
    _draw(job, test, said)


def card(job: Job) -> None:
    """Write the card with the figures that evaluate left."""
    measured = json.loads((job.folder / "figures.json").read_text(encoding="utf-8"))
    cards.write(job.tflite, face_card.told(job, _pictures(job)) | {"figures": measured})
    cards.write_for_people(job.tflite, [_curve(job, name) for name in ("confusion", "roc", "reliability")])


def _pictures(job: Job) -> Pictures:
    """What `data` left; where it has not run, it does so now."""
    if not (job.folder / "pictures.npz").is_file():
        data(job)
    return pack.load(job.folder / "pictures.npz")


def _taught(pictures: Pictures) -> Pictures:
    """What trains: faces of the training split, no copies of a later one's."""
    some = pictures.of("train")
    return some.where(some.faces)


def _fresh(name: str, seed: int) -> FaceNet:
    """A network with random weights, as NAME.pt has them."""
    import torch

    from export.recipes import face_network as networks

    torch.manual_seed(seed)
    if name == "vgg":
        return networks.vgg()
    return networks.residual(networks.TEACHER if name == "teacher" else networks.STAGES)


def _network(job: Job, name: str) -> FaceNet:
    """A trained network, ready to be asked."""
    from export.course import restored

    return restored(_fresh(name, job.seed), job.folder / f"{name}.pt").eval()


def _shipped(job: Job) -> FaceNet:
    """The trained network, cut to what ships, with what validation says of anger and fear added."""
    from torch import from_numpy

    from export.recipes.face_network import cut

    network = _network(job, "network")
    more = _leaning(job, network)
    print("added to logits:", dict(zip(LABELS, more.round(1).tolist(), strict=True)))
    return cut(network, from_numpy(more))


def _leaning(job: Job, network: FaceNet | None) -> Floats:
    """What is added to its logits (9,) for anger and fear; nothing where there is no network."""
    from export.recipes import face_training as training
    from export.recipes.face_network import OUTPUTS

    if network is None:
        return np.zeros(OUTPUTS, np.float32)
    held = training.agreed(_pictures(job).of("val"))
    return training.lean(training.logits_of(network, held.pixels)[:, :OUTPUTS], held.truth)


def _found(job: Job, name: str) -> FaceNet | None:
    """A network of the table, or None where it was not trained to its end."""
    return _network(job, name) if job.trained(name) else None


def _calibrate(job: Job) -> None:
    """Fit probabilities and threshold on val; a first card comes before, so that the shelf opens the file."""
    from export.recipes.face_figures import DISTRESS

    fitted, val = job.folder / "calibration.json", _pictures(job).of("val")
    fitted.unlink(missing_ok=True)
    cards.write(job.tflite, face_card.told(job, _pictures(job)) | {"figures": []})
    model = shelf.load(job.model, job.shelf)
    logits = model.logits(portrait.normalise(val.pixels.astype(np.float32)))
    known, faces = val.known, val.faces
    emotions, truth = logits[known][:, : len(EMOTIONS)], val.distress[faces] > 0.5
    scale, bias = measures.fit_platt(logits[faces, DISTRESS], truth)
    others = 1 / (1 + np.exp(-scale * logits[faces, DISTRESS][~truth] - bias))
    found = {
        "calibration": [
            {
                "kind": "softmax",
                "columns": list(range(len(EMOTIONS))),
                "temperature": measures.fit_temperature(emotions, val.majority[known]),
            },
            {"kind": "platt", "columns": [DISTRESS], "scale": scale, "bias": bias},
        ],
        "prior": float(truth.mean()),
        "threshold": {
            "value": float(np.quantile(others, 1 - MOST_FALSE, method="higher")) + 1e-6,
            "chosen": f"Of distress, on validation alone: at most {MOST_FALSE:.0%} of the {len(others)} "
            "faces there without anger or fear reach it.",
        },
    }
    fitted.write_text(json.dumps(found), encoding="utf-8")
    cards.write(job.tflite, face_card.told(job, _pictures(job)) | {"figures": []})


def _draw(job: Job, test: Pictures, said: Floats) -> None:
    """The card's curves: confusion of the emotions; ROC and reliability of distress."""
    from export.recipes.face_figures import DISTRESS, first_of

    known = test.known
    counts = measures.confusion(test.majority[known], first_of(said[known]), len(EMOTIONS))
    drawings.confusion(counts, EMOTIONS, _curve(job, "confusion"))
    truth, score = test.distress[test.faces] > 0.5, said[test.faces, DISTRESS]
    drawings.roc({"distress": (score, truth)}, _curve(job, "roc"))
    drawings.reliability(score, truth, _curve(job, "reliability"))


def _curve(job: Job, name: str) -> Path:
    return job.shelf / f"{job.model}_{name}.svg"


def _drawn(seed: int) -> Pictures:
    """Faces made in code, with ten votes each for what they show."""
    rng = np.random.default_rng(seed)
    order = [(split, name) for split, count in _MADE.items() for name in EXPRESSIONS for _ in range(count)]
    shown, no = np.array([EMOTIONS.index(name) for _, name in order]), np.zeros(len(order), bool)
    return Pictures(
        np.stack([drawn(name, portrait.SIDE, rng) for _, name in order]),
        np.arange(len(order)),
        np.array([split for split, _ in order]),
        10 * np.eye(len(pack.VOTED), dtype=np.int64)[shown],
        shown,
        shown % len(pack.FER),
        no,
        no,
    )
