"""The voice model: 3 s of log-mel in; six emotions, P(distress), P(voice) out. Its five steps, in order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from agent.senses import features, shelf
from export import card as cards
from export import clips as library_of
from export import drawings, figures, madeup_voice, measures
from export.clips import Clip, Library
from export.job import Job, packs
from export.recipes import voice_bank
from export.recipes import voice_clips as of
from export.recipes import voice_figures as rows
from export.recipes.voice_looks import DISTRESS, VOICE, Heard, listen
from export.recipes.voice_words import SPLITS, WORDS
from export.recipes.voice_worse import robust_rows, time_row

if TYPE_CHECKING:
    from export.recipes.voice_net import VoiceNet

PACKS = ("audio", "audio_bursts", "audio_effects", "voice", "voice_ordinary")
EPOCHS, STEPS = {"teacher": 60, "network": 130, "paper": 20}, 100
"""Of who teaches what ships, of what ships, and of the papers' network, a row of the table; in this order."""
QUICK_STEPS = 6
CALIBRATED_FROM = 2_000
"""Windows that the calibration list is drawn from."""
SPEECH_PASSES, DISTRESS_FIRES = 0.98, 0.52
"""Shares of validation speech, and of its anger and fear, that the card's two thresholds let through."""


def data(job: Job) -> None:
    """Decode the recordings and bring the training clips to log-mel."""
    library, told = _library(job), _speakers(job)
    chosen = [
        clip
        for clip in library_of.allowed(library.pick("train"), job.licence)
        if clip.trainable and np.isfinite(of.speaks(clip)) and not _faulty(clip, told)
    ]
    voice_bank.save(voice_bank.make(library, chosen, told, job.seed), job.folder / "bank")
    names = [_key(clip) for clip in chosen]
    (job.folder / "trained_on.json").write_text(json.dumps(names), encoding="utf-8")
    job.settle(names, (EPOCHS, STEPS))


def train(job: Job) -> None:
    """Train three networks: a teacher, its pupil that ships and is as large, and the papers'."""
    import torch

    from export.recipes import voice_train as training
    from export.recipes.voice_net import VoiceNet
    from export.recipes.voice_paper import Remembering

    bank, held = voice_bank.load(job.folder / "bank"), voice_bank.hold(_library(job), "val")
    for number, (name, epochs) in enumerate(EPOCHS.items()):
        if job.spared(name, after="teacher" if name == "network" else ""):
            continue
        torch.manual_seed(job.seed + number)
        training.train(
            Remembering() if name == "paper" else VoiceNet(),
            bank,
            held,
            job.folder / f"{name}.pt",
            epochs=1 if job.quick else epochs,
            steps=QUICK_STEPS if job.quick else STEPS,
            seed=job.seed + number,
            device=job.device,
            teacher=_network(job, "teacher") if name == "network" else None,
        )


def quantize(job: Job) -> None:
    """Convert and quantise the trained network, calibrated on a seeded list of training windows."""
    from export import quantize as quantizing
    from export.recipes.voice_mix import Mixer

    drawn = Mixer(voice_bank.load(job.folder / "bank"), job.seed).draw(CALIBRATED_FROM)
    windows = features.quantize(drawn.windows, voice_bank.SCALE, 0)
    names = _trained_on(job)
    chosen = quantizing.calibration_list(job, windows, [names[k] for k in drawn.clip])
    job.shelf.mkdir(parents=True, exist_ok=True)
    quantizing.quantize(
        _network(job, "network"), features.dequantize(windows[chosen], voice_bank.SCALE, 0), job.tflite
    )
    _calibrate(job, _library(job))


def evaluate(job: Job) -> None:
    """Measure the file on the shelf through the shelf, print the table, keep it for the card."""
    library, model, told = _library(job), shelf.load(job.model, job.shelf), _speakers(job)
    test, val = (listen(model, library, library.pick(split)) for split in ("test", "val"))
    cut = rows.Cut(model.threshold, model.card["threshold"]["voice"])
    acted = test.where(rows.of_corpora(*rows.ACTED))
    table = [*rows.main_rows(test, val, cut), time_row(model)]
    if told:
        table += rows.listener_rows(acted, told) + rows.people_rows(acted, told)
    table += _paper_rows(job, library) + rows.unmeasured_rows()
    table += robust_rows(model, library, test, cut) + rows.apart_rows(test, cut)
    figures.show(f"{job.model}, int8, {job.tflite.stat().st_size} bytes", table)
    figures.save(table, job.folder / "figures.json")
    _draw(job, test, val)


def card(job: Job) -> None:
    """Write the card with the figures that evaluate left."""
    told = _told(job, _library(job))
    told["figures"] = json.loads((job.folder / "figures.json").read_text(encoding="utf-8"))
    cards.write(job.tflite, told)
    pictures = [job.shelf / f"voice_{name}.svg" for name in ("roc", "reliability", "confusion")]
    cards.write_for_people(job.tflite, pictures)


def _paper_rows(job: Job, library: Library) -> list[figures.Figure]:
    """The papers' network on the same clips; "not measured" where it was not trained to its end."""
    if not job.trained("paper"):
        return rows.paper_unmeasured()
    from export.course import restored
    from export.recipes.voice_paper import Remembering, paper_rows

    network = restored(Remembering(), job.folder / "paper.pt")
    acted = [clip for clip in library.pick("test") if rows.of_corpora(*rows.ACTED, *rows.UNSEEN)(clip)]
    return paper_rows(network.eval(), library, acted)


def _network(job: Job, name: str) -> VoiceNet:
    """The trained network NAME.pt."""
    from export.course import restored
    from export.recipes.voice_net import VoiceNet

    return restored(VoiceNet(), job.folder / f"{name}.pt")


def _draw(job: Job, test: Heard, val: Heard) -> None:
    corpora = {"CREMA-D": rows.ACTED, "RAVDESS, never trained on": rows.UNSEEN}
    heard = {name: test.where(rows.of_corpora(*of_these)) for name, of_these in corpora.items()}
    curves = {name: (one.said[:, DISTRESS], one.distressed) for name, one in heard.items() if one.clips}
    drawings.roc(curves, job.shelf / "voice_roc.svg")
    known = val.where(lambda clip: np.isfinite(of.distress(clip)))
    drawings.reliability(known.said[:, DISTRESS], known.distressed, job.shelf / "voice_reliability.svg")
    emotional = heard["CREMA-D"].where(rows.six)
    taken = measures.confusion(emotional.emotion, emotional.said[:, :6].argmax(axis=1), len(of.EMOTIONS))
    drawings.confusion(taken, of.EMOTIONS, job.shelf / "voice_confusion.svg")


def _library(job: Job) -> Library:
    if job.quick:
        made = job.folder / "clips"
        if not (made / "clips.json").is_file():
            made.mkdir(parents=True, exist_ok=True)
            library_of.write(madeup_voice.clips(job.seed), made)
        return library_of.open_library(made)
    return library_of.decode(packs(*PACKS), job.clips)


def _speakers(job: Job) -> dict[str, of.Speaker]:
    return {} if job.quick else of.speakers(packs(*of.VOICE_PACKS))


def _faulty(clip: Clip, told: dict[str, of.Speaker]) -> bool:
    return _key(clip) in told and any(fault in told[_key(clip)].fault for fault in of.FAULTY)


def _key(clip: Clip) -> str:
    return f"{clip.pack}/{clip.name}"


def _calibrate(job: Job, library: Library) -> None:
    """Fit probabilities and thresholds on val, with a first card, so that the shelf opens the file."""
    plain = [
        {"kind": "softmax", "columns": list(range(6)), "temperature": 1.0},
        {"kind": "platt", "columns": [DISTRESS, VOICE], "scale": 1.0, "bias": 0.0},
    ]
    told = _told(job, library) | {"figures": [], "calibration": plain}
    cards.write(job.tflite, told | {"threshold": {"value": 0.5, "voice": 0.5, "chosen": "not yet"}})
    heard = listen(shelf.load(job.model, job.shelf), library, library.pick("val"))
    fitted = _fitted(heard)
    (job.folder / "calibration.json").write_text(json.dumps(fitted), encoding="utf-8")
    cards.write(job.tflite, _told(job, library) | {"figures": []})
    heard = listen(shelf.load(job.model, job.shelf), library, library.pick("val"))
    fitted["threshold"] = _thresholds(heard)
    (job.folder / "calibration.json").write_text(json.dumps(fitted), encoding="utf-8")
    cards.write(job.tflite, _told(job, library) | {"figures": []})


def _fitted(val: Heard) -> cards.Card:
    """Temperature of the emotions, Platt's line of the other two, from probabilities before calibration."""
    emotional, known = val.where(rows.six), val.where(lambda clip: np.isfinite(of.distress(clip)))
    sure = val.where(lambda clip: np.isfinite(of.speaks(clip)))
    speaks = np.array([of.speaks(clip) == 1 for clip in sure.clips])
    shared = np.log(np.maximum(emotional.said[:, :6], 1e-9))
    temperature = measures.fit_temperature(shared, emotional.emotion)
    groups: list[dict[str, Any]] = [
        {"kind": "softmax", "columns": list(range(6)), "temperature": temperature}
    ]
    for column, some, truth in ((DISTRESS, known, known.distressed), (VOICE, sure, speaks)):
        scale, bias = measures.fit_platt(_logit(some.said[:, column]), truth)
        groups.append({"kind": "platt", "columns": [column], "scale": scale, "bias": bias})
    return {
        "calibration": groups,
        "prior": float(known.distressed.mean()),
        "threshold": {"value": 0.5, "voice": 0.5, "chosen": "not yet"},
    }


def _thresholds(val: Heard) -> cards.Card:
    """The card's two thresholds, on calibrated validation looks: a clip is its best look."""
    voiced = val.where(rows.voiced)
    gate = measures.threshold_for_recall(
        np.array([looks[:, VOICE].max() for looks in voiced.looks]), SPEECH_PASSES
    )
    angry = val.where(lambda c: rows.of_corpora(*rows.ACTED)(c) and of.distress(c) == 1)
    best = [(looks[:, DISTRESS] * (looks[:, VOICE] >= gate)).max() for looks in angry.looks]
    return {
        "value": measures.threshold_for_recall(np.array(best), DISTRESS_FIRES),
        "voice": gate,
        "chosen": f"On validation alone: P(distress) finds {DISTRESS_FIRES:.0%} of {len(best)} clips of "
        f"anger and fear of CREMA-D; P(voice), under which nothing is said of emotions ({gate:.3f}), lets "
        f"{SPEECH_PASSES:.0%} of {len(voiced.clips)} clips of speech pass.",
    }


def _logit(probabilities: measures.Floats) -> measures.Floats:
    kept = np.clip(probabilities.astype(np.float64), 1e-7, 1 - 1e-7)
    return np.log(kept) - np.log1p(-kept)


def _trained_on(job: Job) -> list[str]:
    """pack/name of the training clips, in the order in which the bank numbers them."""
    names: list[str] = json.loads((job.folder / "trained_on.json").read_text(encoding="utf-8"))
    return names


def _told(job: Job, library: Library) -> cards.Card:
    """What the card says beside what is read from the file itself."""
    names, fitted = set(_trained_on(job)), job.folder / "calibration.json"
    used = [clip for clip in library.clips if _key(clip) in names and clip.split == "train"]
    found = json.loads(fitted.read_text(encoding="utf-8")) if fitted.is_file() else {}
    measured = [clip for clip in library.clips if clip.split in ("train", "val", "test")]
    return {
        "version": "0.4.0",
        "labels": list(of.LABELS),
        **WORDS,
        **found,
        "data": {
            "trained_on": cards.corpora(used, "train"),
            "clips": cards.labels_by_split(measured),
            "splits": SPLITS,
        },
        "trained_with": {"seed": job.seed, "licence": job.licence or "any that allows training"},
    }
