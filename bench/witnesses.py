"""Voices and faces as witnesses: what they find of acted anger and fear, and what they take for it.

    DISTRESS_DATA=FOLDER python -m bench.witnesses [--split test]
    DISTRESS_DATA=FOLDER python -m bench.witnesses --split val --choose

Nobody has recordings in which a frightened voice and the face that belongs to it were caught by chance. So
every clip of speech is paired with strangers' faces, held still before the camera for as long as it lasts:
acted anger and fear with faces of anger and fear, everything else with all other faces. Both go through the
senses and the mind of `distress-agent replay`. That takes voice and face for independent given the truth,
as the mind does (docs/decisions/001); in life somebody who shouts looks angry too, at a goal as in danger.
`--choose` lists what a hit would find at other probabilities; nothing is ever chosen on test.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import os
import sys
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from operator import attrgetter
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from agent import build, config
from agent.config import Config
from agent.core.events import Cue
from agent.core.policy import Policy
from agent.senses import portrait, shelf, sight
from bench.peers import opened
from bench.road import PLAYGROUND, Clip, clips, pre_alarms
from sensors.readings import Frame

SENSES = {"scream": {"enabled": True}, "voice": {"enabled": True}, "face": {"enabled": False}}
"""Faces are judged by themselves here: most come without the picture around them."""
STRANGERS = 20
"""Faces that every clip is paired with."""
STILL_S = 3.0
"""So long a scene is shown to the camera."""
FIRST_S = (sight.LEAST - 1) * 0.5
"""From here on something is said of a face that is there all the time, every half second."""

USAGES = {"val": ("public", "PublicTest"), "test": ("private", "PrivateTest")}
EMOTIONS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
SIDE, ACROSS = 48, 32
"""Pixels of a picture of the expression pack, and pictures across one of its sheets."""

DISTRESS = ("anger", "fear")
ACTED = ("disgust", "happy", "sad", "neutral", "calm", "surprise", "speech_animated")
CALM = ("ordinary", "acted other", "ambience")
GROUPS = ("acted distress", "acted other", "ordinary", "ambience", "hardneg", "scream")
LEVELS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
PAIRS = ((0.9, 0.7), (0.8, 0.7), (0.7, 0.7), (0.7, 0.6), (0.6, 0.7))
"""Levels of a hit of a voice and of a face that `--choose` tries together."""

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Face:
    """A face of the expression pack: what most people saw in it, and how sure the model is of distress."""

    emotion: str
    probability: float


def group(clip: Clip) -> str:
    """What a clip counts as; playgrounds are left out."""
    if clip.kind != "speech":
        return "" if clip.tag == PLAYGROUND else clip.kind
    return "acted distress" if clip.tag in DISTRESS else "acted other" if clip.tag in ACTED else "ordinary"


def faces(data: Path, split: str) -> list[Face]:
    """The pictures of a split of which people agree what they show."""
    part, usage = USAGES[split]
    with gzip.open(data / "face" / "fer_index.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["usage"] == usage]
    model = shelf.load("face")
    column, found = model.labels.index("distress"), []
    for row, pixels in zip(rows, _cells(data / "face" / f"fer_{part}.tar"), strict=False):
        majority, unfit = (
            int(row["majority"]),
            set(row["flags"]) & set("BV") or (row["dup"] and split == "val"),
        )
        if majority < len(EMOTIONS) and not unfit:
            scores = model.scores(portrait.normalise(pixels.astype(np.float32)))
            found.append(Face(EMOTIONS[majority], float(scores[column])))
    return found


def _cells(tar: Path) -> Iterator[Grey]:
    """The pictures (48, 48) of an archive of sheets, row by row."""
    for _, sheet in _pictures(tar):
        for top, left in product(range(0, sheet.shape[0], SIDE), range(0, sheet.shape[1], SIDE)):
            yield sheet[top : top + SIDE, left : left + SIDE]


def _pictures(tar: Path) -> Iterator[tuple[str, Grey]]:
    """The pictures of an archive by their names, grey."""
    with tarfile.open(tar) as opened:
        for member in sorted(opened.getmembers(), key=attrgetter("name")):
            file = opened.extractfile(member)
            if file is not None:
                with av.open(io.BytesIO(file.read())) as container:
                    yield member.name, next(container.decode(video=0)).to_ndarray(format="gray")


def scenes(data: Path, split: str) -> dict[str, list[float]]:
    """Pictures of scenes, by their source: the highest P(distress) that the whole sense of faces comes to.

    0 where it says nothing: no face is found, or none that is large enough. Nothing without a detector.
    """
    with (data / "face" / "det_index.csv").open(newline="", encoding="utf-8") as file:
        sources = {row["file"]: row["source"] for row in csv.DictReader(file)}
    detector, face, found = opened("face_detector"), shelf.load("face"), dict[str, list[float]]()
    if detector is None:
        return found
    for name, pixels in _pictures(data / "face" / f"det_{split}.tar"):
        seeing = sight.Seeing(detector, face)
        cues = [cue for at in np.arange(0, STILL_S, 0.5) for cue in seeing.see(Frame(float(at), pixels))]
        found.setdefault(sources[name], []).append(max((cue.probability for cue in cues), default=0.0))
    return found


def together(clip: Clip, face: Face) -> Clip:
    """A clip with a face before the camera all the time."""
    end = max((cue.at for cue in clip.looks), default=0.0)
    seen = (Cue(float(at), "face", face.probability, "a face") for at in np.arange(FIRST_S, end, 0.5))
    return replace(clip, looks=tuple(sorted((*clip.looks, *seen), key=attrgetter("at"))))


def pairs(found: Iterable[Clip], seen: list[Face], policy: Policy) -> tuple[int, int, int, float]:
    """Pairs of clips with strangers: how many raise a pre-alarm, how many there are, pre-alarms, hours."""
    rng = np.random.default_rng(7)
    raised, hours = [], 0.0
    for clip in found:
        for number in rng.choice(len(seen), STRANGERS, replace=False):
            raised.append(pre_alarms(together(clip, seen[number]), policy))
            hours += clip.seconds / 3600
    return sum(count > 0 for count in raised), len(raised), sum(raised), hours


def report(
    found: list[Clip], seen: list[Face], shown: dict[str, list[float]], policy: Policy
) -> Iterator[str]:
    """What each finds at its hit, and both together through the mind."""
    voice, face = policy.cues["voice"].hit, policy.cues["face"].hit
    yield f"voice: a hit is {voice:g} or more"
    for name in GROUPS:
        some = [clip for clip in found if group(clip) == name]
        share = _share(sum(_hits(clip, voice) > 0 for clip in some), len(some))
        yield f"  {name:16} {share}  {_rate(some, voice)}"
    yield f"face: a hit is {face:g} or more"
    for emotion in EMOTIONS:
        some_faces = [one for one in seen if one.emotion == emotion]
        yield f"  {emotion:16} {_share(sum(one.probability >= face for one in some_faces), len(some_faces))}"
    for source, highest in sorted(shown.items()):
        yield f"  {source + ' scenes':16} {_share(sum(p >= face for p in highest), len(highest))}"
    yield f"both, each clip with {STRANGERS} strangers, through the mind (screams count as ever):"
    yield from _both(found, seen, policy)


def _both(found: list[Clip], seen: list[Face], policy: Policy) -> Iterator[str]:
    for name in ("acted distress", *CALM, "hardneg"):
        wanted = [face for face in seen if (face.emotion in DISTRESS) == (name == "acted distress")]
        some = [clip for clip in found if group(clip) == name]
        raised, count, alarms, hours = pairs(some, wanted, policy)
        alone = sum(pre_alarms(clip, policy) > 0 for clip in some)
        rate = f"pre-alarms {alarms} in {hours:.1f} h = {alarms / max(hours, 1e-9):.2f}/h"
        yield f"  {name:16} {_share(raised, count)}  {rate}; without a face {alone} of {len(some)} clips"
    for emotion in DISTRESS:
        yield f"  {emotion:16} {_share(*_agreeing(found, seen, policy, emotion))}  with faces of {emotion}"


def _agreeing(found: list[Clip], seen: list[Face], policy: Policy, emotion: str) -> tuple[int, int]:
    """Of acted speech of an emotion with strangers' faces of the same: pairs that raise one, and pairs."""
    wanted = [face for face in seen if face.emotion == emotion]
    some = [clip for clip in found if clip.kind == "speech" and clip.tag == emotion]
    return pairs(some, wanted, policy)[:2]


def _share(some: int, of: int) -> str:
    return f"{some:5} of {of:6} ({some / max(of, 1):6.1%})"


def _hits(clip: Clip, level: float) -> int:
    return sum(cue.kind == "voice" and cue.probability >= level for cue in clip.looks)


def _rate(some: list[Clip], level: float) -> str:
    hours = sum(clip.seconds for clip in some) / 3600
    return f"hits {sum(_hits(clip, level) for clip in some) / max(hours, 1e-9):7.1f}/h of {hours:.2f} h"


def choose(
    found: list[Clip], seen: list[Face], shown: dict[str, list[float]], policy: Policy
) -> Iterator[str]:
    """Each alone at other levels of a hit, then some pairs of levels through the mind."""
    yield "voice:  hit  " + "  ".join(f"{name:>15}" for name in GROUPS) + "  (share of clips with a hit)"
    for level in LEVELS:
        shares = (
            _shares([_hits(clip, level) > 0 for clip in found if group(clip) == name]) for name in GROUPS
        )
        yield f"       {level:4.2f}  " + "  ".join(shares)
    yield "face:   hit  " + "  ".join(f"{name:>15}" for name in (*EMOTIONS, *sorted(shown)))
    for level in LEVELS:
        columns = [[one.probability for one in seen if one.emotion == emotion] for emotion in EMOTIONS]
        columns += [shown[source] for source in sorted(shown)]
        yield f"       {level:4.2f}  " + "  ".join(
            _shares([p >= level for p in column]) for column in columns
        )
    calm = [face for face in seen if face.emotion not in DISTRESS]
    for voice, face in PAIRS:
        hits = {"voice": voice, "face": face}
        cues = {kind: replace(rule, hit=hits.get(kind, rule.hit)) for kind, rule in policy.cues.items()}
        tried = replace(policy, cues=cues)
        told = [f"{one} {_share(*_agreeing(found, seen, tried, one))}" for one in DISTRESS]
        for name in ("ordinary", "acted other"):
            _, _, alarms, hours = pairs([clip for clip in found if group(clip) == name], calm, tried)
            told.append(f"{name} {alarms} in {hours:.1f} h = {alarms / max(hours, 1e-9):.2f}/h")
        yield f"both: voice {voice:g}, face {face:g}: {', '.join(told)}"


def _shares(hit: list[bool]) -> str:
    return f"{np.mean(hit) if hit else 0:15.1%}"


def main() -> int:
    """Print the figures; 66 where the data is not there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--split", choices=["val", "test"], default="test")
    parser.add_argument("--choose", action="store_true", help="try other levels of a hit (on val)")
    options = parser.parse_args()
    if "DISTRESS_DATA" not in os.environ:
        print("bench.witnesses: set DISTRESS_DATA to the folder with the packs", file=sys.stderr)
        return 66
    data, known = Path(os.environ["DISTRESS_DATA"]), Config.model_validate({"detectors": SENSES})
    found = list(clips(data, options.split, build.senses(known)))
    seen, shown = faces(data, options.split), scenes(data, options.split)
    for line in (choose if options.choose else report)(found, seen, shown, config.policy(known)):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
