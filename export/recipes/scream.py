"""The scream model: 0.975 s of log-mel in, P(scream) out. Its five steps, in their order."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from agent.senses import shelf
from export import card as cards
from export import clips as library_of
from export import drawings, examples, figures, madeup, measures, teacher
from export.clips import Clip, Library
from export.job import Job
from export.recipes import scream_figures as rows
from export.recipes.scream_looks import listen
from export.recipes.scream_peer import peer_rows, time_row

if TYPE_CHECKING:
    from export.networks import MobileNet

PACKS = ("audio", "audio_bursts", "audio_effects", "voice", "voice_ordinary")
EXAMPLES = {"examples": (40_000, examples.FIRST), "more": (120_000, examples.SECOND)}
"""How many, and how they are drawn."""
COURSES = (("first", "examples", 5, 2e-3), ("second", "more", 2, 1e-3))
"""One after the other, each from the weights of the one before: what it leaves, its examples, how many epochs
of them, the peak of its learning rate. What is quantised lies half-way between (WiSE-FT: Wortsman et al.
2022)."""
ALONE = 6
"""As many times more epochs where there is no teacher to begin as."""
QUICK_EXAMPLES = 300
PRUNED_ON, CALIBRATED_ON = 1_200, 500
"""Windows."""
DRAWN = ("roc", "reliability", "confusion")
RECALL = 0.9
"""Share of validation screams that the card's threshold finds."""


def data(job: Job) -> None:
    """Decode the recordings and make the training windows."""
    library = _library(job)
    chosen = library_of.allowed(examples.trainable(library), job.licence)
    if job.paper:
        chosen = [clip for clip in chosen if clip.paper_split != "test"]
    learnt = examples.learn(library, chosen)
    for name, (full, mixture) in EXAMPLES.items():
        count = QUICK_EXAMPLES if job.quick else full
        examples.save(examples.make(library, chosen, count, job.seed, learnt, mixture), job.folder / name)
    names = [clip.name for clip in chosen]
    (job.folder / "trained_on.json").write_text(json.dumps(names), encoding="utf-8")
    job.settle(names, (EXAMPLES, COURSES, _taught(job)))


def train(job: Job) -> None:
    """Train the network, which begins as its teacher, in two courses; network.pt lies half-way between."""
    import torch

    from export import train as training
    from export.networks import scream_net

    held, learnt, before = _held(_library(job)), [], ""
    student = scream_net() if job.trained(COURSES[0][0]) else _student(job)
    longer = 1 if _taught(job) else ALONE
    for number, (name, of_these, epochs, rate) in enumerate(COURSES):
        file, made = job.folder / f"{name}.pt", examples.load(job.folder / of_these)
        if not job.spared(name, after=before):
            count, seed = 1 if job.quick else epochs * longer, job.seed + number
            training.train(student, made, held, file, epochs=count, device=job.device, seed=seed, rate=rate)
        learnt.append(torch.load(file, map_location="cpu", weights_only=True))
        student.load_state_dict(learnt[-1])
        before = name
    middle = training.halfway(*learnt)
    torch.save(middle, job.folder / "network.pt")
    student.load_state_dict(middle)
    said = training.held_out(student.to(job.device), held, job.device)
    print(f"half-way between both: val {said}", flush=True)


def quantize(job: Job) -> None:
    """Convert and quantise the trained network, calibrated on a seeded list of training windows."""
    import torch

    from export import quantize as quantizing
    from export.course import restored
    from export.networks import scream_net
    from export.train import to_input

    network = restored(scream_net(), job.folder / "network.pt")
    made, names = examples.load(job.folder / "examples"), _trained_on(job)
    windows = made.windows[:, 0]
    chosen = quantizing.calibration_list(job, windows, [names[k] for k in made.clip], CALIBRATED_ON)
    job.shelf.mkdir(parents=True, exist_ok=True)
    quantizing.quantize(network, to_input(torch.from_numpy(windows[chosen])).numpy(), job.tflite)
    _calibrate(job, _library(job))


def evaluate(job: Job) -> None:
    """Measure the file on the shelf through the shelf, print the table, keep it for the card."""
    library, model = _library(job), shelf.load(job.model, job.shelf)
    if job.paper:
        table = [rows.paper_row(listen(model, library, [c for c in library.clips if c.paper_split]))]
        figures.show(f"{job.model}, trained without the paper's test clips", table)
        figures.save(figures.part("targets", table), job.folder / "figures.json")
        return
    test = listen(model, library, library.pick("test"))
    val = listen(model, library, library.pick("val"))
    cut = model.threshold
    heard = test.where(lambda clip: clip.pack not in rows.VOICE_PACKS).clips
    table = figures.part("targets", [*rows.main_rows(test, val, cut), time_row(model)])
    table += figures.part("peers", rows.baseline_rows(library, test) + peer_rows(library, heard))
    table += figures.part("peers", rows.unmeasured_rows())
    table += figures.part("robustness", rows.robust_rows(model, library, test, cut))
    table += figures.part("apart", rows.threshold_rows(test) + rows.apart_rows(test, cut))
    figures.show(f"{job.model}, int8, {job.tflite.stat().st_size} bytes", table)
    figures.save(table, job.folder / "figures.json")
    hits, hard = test.where(rows.scream), test.where(rows.labelled("hardneg"))
    truth = np.arange(len(hits.clips) + len(hard.clips)) < len(hits.clips)
    drawings.roc({"hard negatives": ((hits + hard).best, truth)}, job.shelf / "scream_roc.svg")
    drawings.reliability((hits + hard).best, truth, job.shelf / "scream_reliability.svg")
    said = (hits + hard).best >= cut
    counts = measures.confusion(~truth * 1, ~said * 1, 2)
    drawings.confusion(counts, ("scream", "hard negative"), job.shelf / "scream_confusion.svg")


def card(job: Job) -> None:
    """Write the card with the figures that evaluate left."""
    told = _told(job, _library(job))
    told["figures"] = json.loads((job.folder / "figures.json").read_text(encoding="utf-8"))
    on_paper = replace(job, paper=True).folder / "figures.json"
    if on_paper.is_file() and not job.quick:
        told["figures"] += json.loads(on_paper.read_text(encoding="utf-8"))
    cards.write(job.tflite, told)
    pictures = [job.shelf / f"scream_{name}.svg" for name in DRAWN]
    cards.write_for_people(job.tflite, pictures)


def _student(job: Job) -> MobileNet:
    """The network before its first course: its teacher's layers pruned; random without a teacher."""
    import torch

    from export import prune
    from export.networks import scream_net
    from export.train import to_input

    torch.manual_seed(job.seed)
    student = scream_net()
    if _taught(job):
        master = teacher.open_teacher()
        if not master:
            raise OSError("DISTRESS_TEACHERS is not set, and the examples were made with the teacher in it")
        windows = examples.load(job.folder / "examples").windows[:, 0]
        rows = np.random.default_rng(job.seed).permutation(len(windows))[:PRUNED_ON]
        missed = prune.start(student, prune.tower(master), to_input(torch.from_numpy(windows[np.sort(rows)])))
        print("pruned; unexplained of each layer:", " ".join(f"{one:.2f}" for one in missed), flush=True)
    return student


def _taught(job: Job) -> bool:
    """Whether the examples were made with a teacher."""
    opinion = np.load(job.folder / "examples" / "opinion.npy", mmap_mode="r")
    return bool(np.isfinite(opinion[0]))


def _library(job: Job) -> Library:
    if job.quick and not job.own:
        if not (job.clips / "clips.json").is_file():
            job.clips.mkdir(parents=True, exist_ok=True)
            library_of.write(madeup.clips(job.seed), job.clips)
        return library_of.open_library(job.clips)
    return library_of.decode(job.packs(*PACKS), job.clips)


def _held(library: Library) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Validation windows of screams and hard negatives, whether their clip is a scream, and its number."""
    windows, truth, number = [], [], []
    for k, clip in enumerate(library.pick("val", "scream", "hardneg", "nonscream")):
        for window in examples.clean_windows(examples.as_floats(library[clip])):
            windows.append(examples.input_steps(window))
            truth.append(rows.scream(clip))
            number.append(k)
    return np.array(windows), np.array(truth), np.array(number)


def _calibrate(job: Job, library: Library) -> None:
    """Fit probabilities and threshold on val, and write a first card, so that the shelf opens the file."""
    told = _told(job, library) | {"figures": []}
    told |= {"calibration": [{"kind": "platt", "columns": [0], "scale": 1.0, "bias": 0.0}]}
    told |= {"threshold": {"value": 0.5, "chosen": "not yet"}}
    cards.write(job.tflite, told)
    val = listen(shelf.load(job.model, job.shelf), library, library.pick("val"))
    known = val.where(
        lambda c: rows.scream(c) or rows.labelled("hardneg", "nonscream", "speech", "ambience")(c)
    )
    truth, best = np.array([rows.scream(clip) for clip in known.clips]), known.best
    logits = np.log(best) - np.log1p(-best)
    scale, bias = measures.fit_platt(logits, truth)
    cut = measures.threshold_for_recall(logits[truth], RECALL) * scale + bias
    found = {
        "calibration": [{"kind": "platt", "columns": [0], "scale": scale, "bias": bias}],
        "prior": float(truth.mean()),
        "threshold": {
            "value": float(1 / (1 + np.exp(-cut))),
            "chosen": f"On validation alone: it finds {RECALL:.0%} of {truth.sum()} screams there.",
        },
    }
    (job.folder / "calibration.json").write_text(json.dumps(found), encoding="utf-8")
    cards.write(job.tflite, _told(job, library) | {"figures": []})


def _told(job: Job, library: Library) -> cards.Card:
    """What the card says beside what is read from the file itself."""
    names = set(_trained_on(job))
    used = [clip for clip in library.clips if clip.name in names and clip.split == "train"]
    fitted = job.folder / "calibration.json"
    found = json.loads(fitted.read_text(encoding="utf-8")) if fitted.is_file() else {}
    return {
        "version": "0.3.0",
        "labels": ["scream"],
        **WORDS,
        "origin": TAUGHT if _taught(job) else "Trained from random weights on our labels alone.",
        **found,
        "data": {
            "trained_on": cards.corpora(used, "train"),
            "clips": cards.labels_by_split(_measured(library.clips)),
            "splits": SPLITS,
        },
        "trained_with": {"seed": job.seed, "licence": job.licence or "any that allows training"},
    }


def _trained_on(job: Job) -> list[str]:
    """The names of the training clips, in the order in which the examples number them."""
    names: list[str] = json.loads((job.folder / "trained_on.json").read_text(encoding="utf-8"))
    return names


def _measured(clips: list[Clip]) -> list[Clip]:
    return [clip for clip in clips if clip.split in ("train", "val", "test")]


SPLITS = (
    "By group (voice, recording, contributor): no group is in two splits. Thresholds and calibration are "
    "chosen on val, figures are of test. Clips whose licence forbids training are in test only. Corpora "
    "without a stated licence are named so below; a product for sale must clear or replace them."
)

WORDS = {
    "what": "Says how likely it is that a person screams, from about one second of sound.",
    "for": "A cue among others in a supplementary safety aid near its user, who has agreed to it.",
    "not_for": "Emergency services without a person in between; surveillance of people who have not agreed; "
    "evidence of what happened.",
    "inputs_are": [
        "log-mel of 0.975 s of 16 kHz sound (96 frames of 10 ms, 64 bands, 125 to 7500 Hz), in nepers, "
        "brought to one loudness: agent.senses.features.normalise"
    ],
    "outputs_are": ["logit of a scream, before calibration"],
    "policy": "Screams of fear and pain are what it is for. Joyful screams, yells, roars and yelps sound "
    "alike: it is told neither that they are screams nor that they are not, and they are reported apart "
    "below. So it may say `scream` at a playground or a joyful crowd; other cues and the wearer's cancel "
    "are what tells these apart. Crying, laughing, animals, sirens and monsters of games are taught as no "
    "scream.",
}

TAUGHT = (
    "It begins as the first layers of YAMNet (the TensorFlow authors, Apache-2.0), with fewer channels and "
    "refitted, and is then trained on our labels and on YAMNet's opinion."
)
