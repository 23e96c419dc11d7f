"""Real recordings through the whole agent: screams that raise a pre-alarm, and false pre-alarms an hour.

    DISTRESS_DATA=FOLDER python -m bench.road [--split test]
    DISTRESS_DATA=FOLDER python -m bench.road --split val --choose

Each clip of the packs stands between two seconds of faint noise (somebody's quiet room) and meets a mind
of its own, by the senses and policy of `distress-agent replay`. A pre-alarm is called off at once and
nothing is muted, so a long recording may raise many. `--choose` tries rules of fusion; it is for
validation alone, nothing is ever chosen on test.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from agent import build, config
from agent.core.events import Cue, Press
from agent.core.policy import Policy
from agent.core.watch import begin, step
from agent.progress import progress
from agent.runtime.keep import Values
from agent.senses.perception import Senses
from agent.timeline import BEGAN
from sensors.readings import RATE, Sound

PACKS = ("audio", "audio_bursts", "audio_effects", "voice", "voice_ordinary")
ROOM_S = 2.0
ROOM_PEAK = 3e-4
"""About -75 dBFS: a quiet room by a cheap microphone."""

WEAK = ("scream_weak",)
"""Tags of doubtful screams, left out by the packs' own advice."""

KINDS = {
    "scream": "screams",
    "shout": "shouts, joyful screams",
    "hardneg": "hard negatives",
    "nonscream": "matched non-screams",
    "speech": "speech",
    "ambience": "ambience",
}
PLAYGROUND = "playground_fair"
"""Children may really scream there: told apart, not in the hours."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording: kind, tag (of acted speech its emotion), length, and what the senses made of it."""

    kind: str
    tag: str
    seconds: float
    looks: tuple[Cue, ...]


def clips(data: Path, split: str, new_senses: Callable[[Values | None], Senses]) -> Iterator[Clip]:
    """All clips of a split, heard."""
    tars = list(_tars(data, split))
    with progress("listening", len(tars)) as reached:
        for number, (tar, rows) in enumerate(tars):
            reached(number)
            with tarfile.open(tar) as opened:
                for member in opened:
                    file = opened.extractfile(member)
                    if file is not None and member.name in rows:
                        yield _heard(rows[member.name], file.read(), new_senses(None))


def _tars(data: Path, split: str) -> Iterator[tuple[Path, dict[str, dict[str, str]]]]:
    for pack in PACKS:
        with (data / pack / "index.csv").open(newline="", encoding="utf-8") as file:
            rows = [
                row for row in csv.DictReader(file) if row["split"] == split and row.get("tag") not in WEAK
            ]
        for tar in sorted({row["tar"] for row in rows}):
            yield data / pack / tar, {row["clip"]: row for row in rows if row["tar"] == tar}


def _heard(row: dict[str, str], data: bytes, senses: Senses) -> Clip:
    sound, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    sound = sound if rate == RATE else soxr.resample(sound, rate, RATE)
    room = _room(len(sound))
    room[int(ROOM_S * RATE) :][: len(sound)] += sound
    cues = [cue for cue in senses.take(Sound(len(room) / RATE, room)) if isinstance(cue, Cue)]
    tag = row.get("tag") or row.get("emotion") or ""
    return Clip(row.get("label") or "speech", tag, len(sound) / RATE, tuple(cues))


def _room(length: int) -> NDArray[np.float32]:
    noise = np.random.default_rng(length).uniform(-ROOM_PEAK, ROOM_PEAK, length + 2 * int(ROOM_S * RATE))
    return noise.astype(np.float32)


def pre_alarms(clip: Clip, policy: Policy) -> int:
    """How many pre-alarms a clip raises; each is called off at once, and mutes nothing."""
    watch, count = begin(0.0, BEGAN, "bench", policy), 0
    for cue in clip.looks:
        watch, notices = step(watch, cue, policy)
        if notices:
            count += 1
            watch, _ = step(watch, Press(cue.at, "cancel", trusted=True), policy)
            watch = replace(watch, mute=None)
    return count


def report(found: list[Clip], policy: Policy) -> Iterator[str]:
    """One line a kind: clips, hours, share with a pre-alarm, pre-alarms an hour."""
    for kind, name in KINDS.items():
        some = [clip for clip in found if clip.kind == kind and clip.tag != PLAYGROUND]
        yield _line(name, some, policy)
    yield _line("playgrounds, fairs", [clip for clip in found if clip.tag == PLAYGROUND], policy)
    for kind in ("shout", "speech"):
        for tag in sorted({clip.tag for clip in found if clip.kind == kind}):
            yield _line(f"  {kind}: {tag}", [c for c in found if (c.kind, c.tag) == (kind, tag)], policy)


def _line(name: str, some: list[Clip], policy: Policy) -> str:
    raised = [pre_alarms(clip, policy) for clip in some]
    hours, clips_raised = sum(clip.seconds for clip in some) / 3600, sum(count > 0 for count in raised)
    share = f"{clips_raised} of {len(some)} clips ({clips_raised / max(len(some), 1):.1%})"
    rate = f"{sum(raised)} in {hours:.2f} h = {sum(raised) / max(hours, 1e-9):.1f}/h"
    return f"{name:24} {share:30} pre-alarms {rate}"


def choose(found: list[Clip], policy: Policy) -> Iterator[str]:
    """Rules of fusion, each with recall, false pre-alarms an hour on hard negatives and on daily life."""
    scream = policy.cues["scream"]
    hits, overwhelming, ks = (
        (0.2, 0.3, 0.4, 0.5, 0.6),
        (0.5, 0.6, 0.7, 0.8, 1.0),
        ((1, 1), (2, 3), (2, 4), (3, 5)),
    )
    yield "  hit  overwhelming  k of n   recall   hard neg./h   speech and ambience/h"
    for hit, over, (k, n) in product(hits, overwhelming, ks):
        if over < hit or (k == 1 and over < 1):
            continue
        rule = replace(scream, hit=hit, overwhelming=over)
        tried = replace(
            policy, cues={**policy.cues, "scream": rule}, prior=rule.base_rate, threshold=hit, k=k, n=n
        )
        yield f"{hit:5.2f} {over:13.2f} {k:4} of {n}  " + "  ".join(_figures(found, tried))


def _figures(found: list[Clip], policy: Policy) -> Iterator[str]:
    screams = [pre_alarms(clip, policy) > 0 for clip in found if clip.kind == "scream"]
    yield f"{np.mean(screams):7.1%}"
    for kinds in (("hardneg",), ("speech", "ambience")):
        some = [clip for clip in found if clip.kind in kinds and clip.tag != PLAYGROUND]
        hours = sum(clip.seconds for clip in some) / 3600
        yield f"{sum(pre_alarms(clip, policy) for clip in some) / hours:12.2f}"


def main() -> int:
    """Print the figures; 66 where the data is not there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--split", choices=["train", "val", "test"], default="test")
    parser.add_argument("--choose", action="store_true", help="try other rules (on val)")
    options = parser.parse_args()
    if "DISTRESS_DATA" not in os.environ:
        print("bench.road: set DISTRESS_DATA to the folder with the audio packs", file=sys.stderr)
        return 66
    known = config.load(None)
    policy = config.policy(known)
    found = list(clips(Path(os.environ["DISTRESS_DATA"]), options.split, build.senses(known)))
    for line in (choose if options.choose else report)(found, policy):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
