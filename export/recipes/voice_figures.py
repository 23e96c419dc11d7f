"""The table of the voice model: every figure on people and recordings not trained on, with its interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export import measures
from export.clips import Clip, stated
from export.figures import Figure, not_measured, part
from export.recipes import voice_clips as of
from export.recipes.voice_looks import DISTRESS, Heard

Rows = NDArray[np.int64]

ACTED, UNSEEN = ("cremad", "madeup"), ("ravdess",)
"""Corpora of acted speech: the one that is trained on (other people in test), and one that never is."""


PAPER = "CNN and LSTM with attention, as in the papers, float"


@dataclass(frozen=True, slots=True)
class Cut:
    """The card's two thresholds: of P(distress), and of P(voice), under which there is no emotion."""

    distress: float
    voice: float


def of_corpora(*corpora: str) -> Callable[[Clip], bool]:
    """Speech of these corpora whose speakers' emotion is known."""
    return lambda clip: clip.corpus in corpora and bool(of.emotion(clip)) and of.emotion(clip) != "ordinary"


def six(clip: Clip) -> bool:
    """A clip of one of the six emotions."""
    return of.emotion(clip) in of.EMOTIONS


def ordinary(clip: Clip) -> bool:
    """Speech of the ordinary pack, or what stands for it in a quick run."""
    return of.emotion(clip) == "ordinary" and clip.corpus != "normal"


def voiced(clip: Clip) -> bool:
    """Anybody's speech."""
    return of.speaks(clip) == 1


def voiceless(clip: Clip) -> bool:
    """Sound in which nobody speaks, as far as that is sure."""
    return of.speaks(clip) == 0


def recall(name: str, some: Heard, target: float | None = None) -> Figure:
    """Mean recall over the six emotions."""
    some = some.where(six)
    truth, said = some.emotion, some.said[:, :6].argmax(axis=1)
    low, high = measures.interval(some.groups, lambda rows: measures.mean_recall(truth[rows], said[rows]))
    counts = f"{(truth == said).sum()} of {len(truth)} clips"
    return Figure(name, measures.mean_recall(truth, said), low, high, counts, target)


def ranking(name: str, some: Heard, scores: measures.Floats, target: float | None = None) -> Figure:
    """ROC area of scores of clips, anger and fear against the others."""
    truth = some.distressed

    def area(rows: Rows) -> float:
        return measures.auc(scores[rows], truth[rows]) if 0 < truth[rows].sum() < len(rows) else np.nan

    low, high = measures.interval(some.groups, area)
    counts = f"{truth.sum()} of anger or fear, {(~truth).sum()} others"
    return Figure(name, area(np.arange(len(truth))), low, high, counts, target)


def distress(name: str, some: Heard, target: float | None = None) -> Figure:
    """ROC area of P(distress)."""
    return ranking(name, some, some.said[:, DISTRESS], target)


def share(
    name: str, hits: NDArray[np.bool_], groups: list[str], target: float | None = None, *, most: bool = False
) -> Figure:
    """Share of clips that are hits."""
    low, high = measures.interval(groups, lambda rows: float(hits[rows].mean()))
    return Figure(name, float(hits.mean()), low, high, f"{hits.sum()} of {len(hits)} clips", target, most)


def fired(name: str, some: Heard, cut: Cut, target: float | None = None, *, most: bool = False) -> Figure:
    """Share of clips with a look that fires."""
    return share(name, some.fires(cut.distress, cut.voice), some.groups, target, most=most)


def spoken(name: str, some: Heard, cut: Cut, target: float | None = None, *, most: bool = False) -> Figure:
    """Share of clips that pass as voice."""
    return share(name, some.speaking(cut.voice), some.groups, target, most=most)


def main_rows(test: Heard, val: Heard, cut: Cut) -> list[Figure]:
    """The targets: emotions, distress, false alarms of ordinary speech, voice activity, calibration."""
    acted, unseen = test.where(of_corpora(*ACTED)), test.where(of_corpora(*UNSEEN))
    rows = [
        recall("mean recall of six emotions, CREMA-D", acted, 0.67),
        distress("AUC of distress, CREMA-D", acted, 0.90),
    ]
    if unseen.clips:
        rows.append(distress("AUC of distress, RAVDESS (never trained on)", unseen, 0.82))
    angry = acted.where(lambda clip: of.distress(clip) == 1)
    rows.append(fired("distress found at the card's threshold, CREMA-D", angry, cut, 0.5))
    rows.append(
        fired("ordinary speech (voice_ordinary) that fires", test.where(ordinary), cut, 0.05, most=True)
    )
    normal = test.where(lambda clip: clip.corpus == "normal")
    if normal.clips:
        rows.append(fired("ordinary speech (normal_test) that fires", normal, cut, 0.05, most=True))
    rows.append(
        spoken("sound without speech that passes as voice", test.where(voiceless), cut, 0.02, most=True)
    )
    rows.append(spoken("speech that passes as voice", test.where(voiced), cut, 0.95))
    return part("targets", rows + calibration_rows(val))


def calibration_rows(val: Heard) -> list[Figure]:
    """Expected calibration error on validation, of each of the three answers."""
    emotional, known = val.where(six), val.where(lambda clip: np.isfinite(of.distress(clip)))
    sure = val.where(lambda clip: np.isfinite(of.speaks(clip)))
    speaks = np.array([of.speaks(clip) == 1 for clip in sure.clips])
    found = {
        "six emotions": measures.top_calibration_error(emotional.said[:, :6], emotional.emotion),
        "distress": measures.calibration_error(known.said[:, DISTRESS], known.distressed),
        "voice": measures.calibration_error(sure.said[:, 7], speaks),
    }
    counts = (len(emotional.clips), len(known.clips), len(sure.clips))
    return [
        Figure(f"calibration error on val, {name}", value, counts=f"{count} clips", target=0.03, most=True)
        for (name, value), count in zip(found.items(), counts, strict=True)
    ]


def apart_rows(test: Heard, cut: Cut) -> list[Figure]:
    """Each emotion, each corpus, and what is not sure to be a voice."""
    acted, unseen = test.where(of_corpora(*ACTED)), test.where(of_corpora(*UNSEEN))
    truth, said = acted.where(six).emotion, acted.where(six).said[:, :6].argmax(axis=1)
    groups = np.array(acted.where(six).groups)
    rows = [
        share(f"recall of {name}, CREMA-D", said[truth == k] == k, list(groups[truth == k]))
        for k, name in enumerate(of.EMOTIONS)
    ]
    if unseen.clips:
        rows.append(recall("mean recall of six emotions, RAVDESS", unseen))
    for name, some in {"CREMA-D": acted, "RAVDESS": unseen}.items():
        for emotion in sorted({of.emotion(clip) for clip in some.clips}):
            alike = some.where(lambda clip, one=emotion: of.emotion(clip) == one)
            rows.append(fired(f"fires: {emotion}, {name}", alike, cut))
    calm = test.where(ordinary)
    rows += [
        fired(f"fires: ordinary, {corpus}", calm.where(lambda c, one=corpus: c.corpus == one), cut)
        for corpus in sorted({clip.corpus for clip in calm.clips})
    ]
    known = test.where(lambda clip: voiceless(clip) and stated(clip.licence))
    rows.append(spoken("passes as voice: no speech, corpora with a stated licence", known, cut))
    unsure = test.where(lambda clip: not np.isfinite(of.speaks(clip)) or voiceless(clip))
    for label, tag in sorted({(clip.label, clip.tag) for clip in unsure.clips}):
        tagged = unsure.where(lambda c, one=(label, tag): (c.label, c.tag) == one)
        rows.append(spoken(f"passes as voice: {label}/{tag}", tagged, cut))
    return part("apart", rows)


def people_rows(acted: Heard, told: dict[str, of.Speaker]) -> list[Figure]:
    """Mean recall and distress by sex, age band and race of CREMA-D's actors, and how far they lie apart."""
    rows = []
    for what in ("sex", "age", "race"):
        bands = [_band(told[_key(clip)], what) for clip in acted.clips]
        some = {band: _only(acted, [one == band for one in bands]) for band in sorted(set(bands))}
        counts = ", ".join(f"{band}: {len(set(one.groups))} actors" for band, one in some.items())
        for name, row in {"mean recall": recall, "AUC of distress": distress}.items():
            found = [row(f"{name}, {what} {band}", one) for band, one in some.items()]
            gap = (max(one.value for one in found) - min(one.value for one in found)) * 100
            rows += [*found, Figure(f"{name}, gap by {what}, points", gap, counts=counts)]
    return part("fairness", rows)


def _only(heard: Heard, kept: list[bool]) -> Heard:
    chosen = np.flatnonzero(kept)
    return Heard([heard.clips[k] for k in chosen], [heard.looks[k] for k in chosen])


def listener_rows(acted: Heard, told: dict[str, of.Speaker]) -> list[Figure]:
    """How well people did who only heard the same clips."""
    votes = np.array([told[_key(clip)].votes for clip in acted.clips])
    heard = votes[:, [of.EMOTIONS.index(one) for one in of.DISTRESS]].sum(axis=1) / votes.sum(axis=1)
    truth, best = acted.emotion, votes == votes.max(axis=1, keepdims=True)
    right = best[np.arange(len(truth)), truth] / best.sum(axis=1)
    alone = votes[np.arange(len(truth)), truth] / votes.sum(axis=1)
    rows = [ranking("listeners: AUC of the share who heard distress, CREMA-D", acted, heard)]
    sex = np.array([_band(told[_key(clip)], "sex") for clip in acted.clips])
    bands = {f", sex {one}": sex == one for one in sorted(set(sex) - {""})}
    people = {"": np.ones(len(sex), bool), **bands}
    for name, each in {"majority of listeners": right, "one listener": alone}.items():
        for of_whom, some in people.items():
            mean = np.mean([each[some & (truth == k)].mean() for k in np.unique(truth[some])])
            said = f"{name}: mean recall of six emotions, CREMA-D{of_whom}"
            rows.append(Figure(said, float(mean), counts=f"{some.sum()} clips"))
    return part("peers", rows)


def paper_unmeasured() -> list[Figure]:
    """The row of the papers' network where it was not trained."""
    return part("peers", [not_measured(f"{PAPER}: mean recall of six emotions, CREMA-D", "not trained")])


def unmeasured_rows() -> list[Figure]:
    """What the table should hold and nobody has trained yet."""
    what = "mean recall of six emotions, CREMA-D"
    return part(
        "peers", [not_measured(f"trained on corpora with a stated licence alone: {what}", "not trained")]
    )


def _key(clip: Clip) -> str:
    return f"{clip.pack}/{clip.name}"


def _band(one: of.Speaker, what: str) -> str:
    if what == "age":
        return "20 to 34" if int(one.age) < 35 else "35 to 49" if int(one.age) < 50 else "50 and over"
    return one.sex if what == "sex" else one.race
