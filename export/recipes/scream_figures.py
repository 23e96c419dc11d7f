"""The table of the scream model: every figure on people and recordings not trained on, with its interval."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from agent.senses.shelf import Model
from export import augment, measures
from export.augment import Floats
from export.clips import Clip, Library, stated
from export.figures import Figure, not_measured
from export.recipes.scream_looks import Looks, levels, listen

VOICE_PACKS = ("voice", "voice_ordinary")
"""Their speech is reported apart."""
GAINS_DB = (-20.0, 20.0)
NONE = "no such clips"


def scream(clip: Clip) -> bool:
    """A scream that counts; those of lower confidence are left out."""
    return clip.label == "scream" and clip.tag != "scream_weak"


def labelled(*labels: str) -> Callable[[Clip], bool]:
    """Clips of sounds with one of these labels; playgrounds, where children may scream, apart."""
    return lambda c: c.label in labels and c.pack not in VOICE_PACKS and c.tag != "playground_fair"


def licensed(clip: Clip) -> bool:
    """A clip whose corpus states a licence, so that it may stay when the others must be replaced."""
    return stated(clip.licence)


def tagged(tag: str) -> Callable[[Clip], bool]:
    """Clips with this tag."""
    return lambda clip: clip.tag == tag


def ranking(name: str, hits: Looks, misses: Looks, target: float | None = None) -> Figure:
    """ROC area of screams against others, by each clip's best look."""
    if not hits.clips or not misses.clips:
        return not_measured(name, NONE, target)
    both, truth = hits + misses, np.arange(len(hits.clips) + len(misses.clips)) < len(hits.clips)
    best = both.best

    def area(rows: NDArray[np.int64]) -> float:
        return measures.auc(best[rows], truth[rows]) if 0 < truth[rows].sum() < len(rows) else np.nan

    low, high = measures.interval(both.groups, area)
    counts = f"{len(hits.clips)} screams, {len(misses.clips)} others"
    return Figure(name, area(np.arange(len(truth))), low, high, counts, target)


def share(name: str, some: Looks, threshold: float, target: float | None = None) -> Figure:
    """Share of clips with a look at or over the threshold."""
    if not some.clips:
        return not_measured(name, NONE, target)
    over = some.best >= threshold
    low, high = measures.interval(some.groups, lambda rows: float(over[rows].mean()))
    return Figure(name, float(over.mean()), low, high, f"{over.sum()} of {len(over)} clips", target)


def alarms(name: str, some: Looks, threshold: float, target: float | None = None) -> Figure:
    """Alarm events an hour."""
    if not some.clips:
        return not_measured(name, NONE, target, most=True)
    counted, seconds = some.events(threshold), np.array([clip.seconds for clip in some.clips])

    def rate(rows: NDArray[np.int64]) -> float:
        return float(counted[rows].sum() / seconds[rows].sum() * 3600)

    low, high = measures.interval(some.groups, rate)
    counts = f"{counted.sum()} in {some.hours:.2f} h"
    return Figure(name, rate(np.arange(len(counted))), low, high, counts, target, most=True)


def accuracy(name: str, hits: Looks, misses: Looks, threshold: float, target: float | None = None) -> Figure:
    """Share of clips on the right side of the threshold."""
    if not hits.clips or not misses.clips:
        return not_measured(name, NONE, target)
    right = np.concatenate([hits.best >= threshold, misses.best < threshold])
    low, high = measures.interval(hits.groups + misses.groups, lambda rows: float(right[rows].mean()))
    counts = f"{right.sum()} of {len(right)} clips"
    return Figure(name, float(right.mean()), low, high, counts, target)


def calibration(name: str, some: Looks, target: float | None = None) -> Figure:
    """Expected calibration error of the clips' best looks, over ten bins."""
    truth = np.array([scream(clip) for clip in some.clips])
    best = some.best
    low, high = measures.interval(
        some.groups, lambda rows: measures.calibration_error(best[rows], truth[rows]), rounds=300
    )
    counts = f"{truth.sum()} screams, {(~truth).sum()} others"
    return Figure(name, measures.calibration_error(best, truth), low, high, counts, target, most=True)


def main_rows(test: Looks, val: Looks, threshold: float) -> list[Figure]:
    """The targets: ranking, false alarms at 90 % recall, matched non-screams, calibration."""
    hits, hard, matched = (
        test.where(scream),
        test.where(labelled("hardneg")),
        test.where(labelled("nonscream")),
    )
    quiet = test.where(labelled("ambience", "speech"))
    at90 = measures.threshold_for_recall(hits.best, 0.9)
    known = val.where(lambda c: scream(c) or labelled("hardneg", "nonscream", "speech", "ambience")(c))
    of_val = val.where(lambda c: scream(c) or labelled("nonscream")(c))
    cut = measures.best_accuracy(of_val.best, np.array([scream(clip) for clip in of_val.clips]))
    rows = [
        ranking("AUC against hard negatives", hits, hard, 0.96),
        ranking("AUC against matched non-screams", hits, matched),
        ranking("AUC against all of these", hits, hard + matched + quiet),
        accuracy("accuracy against matched non-screams, cut chosen on val", hits, matched, cut, 0.98),
        alarms("false alarms/h at 90 % recall, hard negatives", hard, at90, 80.0),
        alarms("false alarms/h at 90 % recall, ambience and speech", quiet, at90, 0.0),
        share("recall at the card's threshold", hits, threshold),
        alarms("false alarms/h at the card's threshold, hard negatives", hard, threshold),
        alarms("false alarms/h at the card's threshold, ambience and speech", quiet, threshold),
        calibration("calibration error on val", known, 0.03),
    ]
    return rows + voice_rows(test, at90, threshold)


def paper_row(some: Looks) -> Figure:
    """The paper's terms: 80:20 by clip, so that a recording may be on both sides.

    The cut is chosen on those of the 80 % that did not train either (they are in our val and test).
    """
    fit = some.where(lambda clip: clip.paper_split == "train" and clip.split != "train")
    cut = measures.best_accuracy(fit.best, np.array([scream(clip) for clip in fit.clips]))
    test = some.where(lambda clip: clip.paper_split == "test")
    hits, misses = test.where(scream), test.where(lambda clip: not scream(clip))
    name = "accuracy on the paper's split (by clip, 80:20), of a network trained for that"
    return accuracy(name, hits, misses, cut, 0.96)


def unmeasured_rows() -> list[Figure]:
    """What the table should have and nobody has measured."""
    return [
        not_measured("ResNet34 on mel pictures, as in the paper: AUC against hard negatives"),
        not_measured("trained on corpora with a stated licence alone: AUC against hard negatives"),
    ]


def voice_rows(test: Looks, at90: float, threshold: float) -> list[Figure]:
    """False alarms in speech of the voice packs, where there is any."""
    ordinary = test.where(lambda clip: clip.corpus == "normal")
    acted = test.where(lambda clip: clip.pack == "voice" and clip.corpus != "normal")
    read = test.where(lambda clip: clip.pack == "voice_ordinary")
    named = [("ordinary speech (normal_test)", ordinary, 0.0), ("read speech (voice_ordinary)", read, None)]
    named.append(("acted emotions (CREMA-D, RAVDESS)", acted, None))
    rows = []
    for name, some, target in named:
        if some.clips:
            rows.append(alarms(f"false alarms/h at 90 % recall, {name}", some, at90, target))
            rows.append(alarms(f"false alarms/h at the card's threshold, {name}", some, threshold))
    return rows


def apart_rows(test: Looks, threshold: float) -> list[Figure]:
    """What is reported apart: each tag of shouts and hard negatives, playgrounds, each corpus of screams."""
    shouts = test.where(labelled("shout", "hardneg"))
    tags = sorted({(clip.label, clip.tag) for clip in shouts.clips})
    rows = [
        share(f"over the threshold: {label}/{tag}", shouts.where(tagged(tag)), threshold)
        for label, tag in tags
    ]
    playground = test.where(tagged("playground_fair"))
    if playground.clips:
        rows.append(alarms("alarms/h in playgrounds and fairs", playground, threshold))
    hits, stated = test.where(scream), test.where(licensed)
    of_stated = (stated.where(scream), stated.where(labelled("hardneg")))
    rows.append(ranking("AUC against hard negatives, corpora with a stated licence only", *of_stated))
    rows.append(share("recall in corpora with a stated licence", of_stated[0], threshold))
    return rows + [
        share(f"recall in {corpus}", hits.where(lambda c, of=corpus: c.corpus == of), threshold)
        for corpus in sorted({clip.corpus for clip in hits.clips})
    ]


def threshold_rows(test: Looks) -> list[Figure]:
    """Recall and false alarms an hour at several thresholds, for whoever tunes the fusion."""
    hits, hard = test.where(scream), test.where(labelled("hardneg"))
    quiet = test.where(lambda c: labelled("ambience", "speech")(c) or c.pack.startswith("voice"))
    rows = []
    for threshold in (0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98):
        rows.append(share(f"recall at {threshold}", hits, threshold))
        rows.append(alarms(f"false alarms/h at {threshold}, hard negatives", hard, threshold))
        rows.append(alarms(f"false alarms/h at {threshold}, all speech and ambience", quiet, threshold))
    return rows


def baseline_rows(library: Library, test: Looks) -> list[Figure]:
    """The level alone, beside every ranking."""
    by_level = levels(library, test.clips)
    hits = by_level.where(scream)
    names = {"hard negatives": ("hardneg",), "matched non-screams": ("nonscream",)}
    names["ambience and speech"] = ("ambience", "speech")
    return [
        ranking(f"level alone: AUC against {name}", hits, by_level.where(labelled(*labels)))
        for name, labels in names.items()
    ]


def robust_rows(model: Model, library: Library, test: Looks, threshold: float) -> list[Figure]:
    """Recall and ranking when the sound is made worse; a drop is a figure, not a failure."""
    hits, hard = test.where(scream).clips, test.where(labelled("hardneg")).clips
    plain = share("", test.where(scream), threshold).value
    rows = []
    for name, change in changes().items():
        changed = listen(model, library, hits, change)
        found = share(f"recall, {name}", changed, threshold)
        rows += [found, ranking(f"AUC, {name}", changed, listen(model, library, hard, change))]
        if name.startswith("gain"):
            moved = abs(found.value - plain) * 100
            rows.append(Figure(f"recall moved by {name}, points", moved, target=3.0, most=True))
    return rows


def changes() -> dict[str, Callable[[Floats], Floats]]:
    """What is done to the sound, by name; every draw is seeded by the clip's own length."""
    out: dict[str, Callable[[Floats], Floats]] = {
        f"gain {level:+.0f} dB": partial(augment.gain, level_db=level) for level in GAINS_DB
    }
    for snr in (20, 10, 5, 0):
        out[f"noise at {snr} dB"] = partial(_noisy, snr_db=snr)
    out["telephone band"] = partial(augment.band, lowest_hz=300.0, highest_hz=3400.0)
    out["far microphone"] = _far
    out["clipped 12 dB over"] = partial(augment.clip, over_db=12.0)
    return out


def _noisy(sound: Floats, snr_db: float) -> Floats:
    noise = np.random.default_rng(len(sound)).standard_normal(len(sound)).astype(np.float32)
    return augment.mix(sound, noise, snr_db)


def _far(sound: Floats) -> Floats:
    return augment.room(sound, np.random.default_rng(len(sound)))
