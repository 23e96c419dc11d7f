"""How scores are told: a line a model and file for people, JSON or CSV for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.plot import clock

if TYPE_CHECKING:
    from agent.score import Scored
    from agent.scoring import Look, Track

    Show = Callable[[Iterator[Look], Scored], Iterator[str]]

SPARKS = "▁▂▃▄▅▆▇█"


def style(files: list[Path], *, as_json: bool, csv: bool) -> Show:
    """How looks become lines; the columns for people are as wide as the longest name (at most 60)."""
    if as_json:
        return _json
    if csv:
        print("file,at,model,probability,label")
        return _csv
    return _table(min(max((len(str(file)) for file in files), default=0), 60))


def _json(looks: Iterator[Look], one: Scored) -> Iterator[str]:
    """Every look, then a summary of each model."""
    for look in looks:
        who = {"event": "score", "file": str(one.file), "model": look.model, "at": round(look.at, 3)}
        yield json.dumps(who | {"probability": round(look.probability, 4)} | _details(look))
    for track in one.tracks:
        yield json.dumps(_summary(track, one))
    if not one.tracks:
        yield json.dumps({"event": "summary", "file": str(one.file), "error": str(one.trouble)})


def _details(look: Look) -> dict[str, Any]:
    """Each label's probability where a model has several, and where in the picture the face is."""
    labels = {label: round(p, 4) for label, p in look.labels.items()}
    found = look.box
    box = [round(side) for side in (found.left, found.top, found.width, found.height)] if found else None
    return ({"labels": labels} if len(labels) > 1 else {}) | ({"box": box} if box else {})


def _summary(track: Track, one: Scored) -> dict[str, Any]:
    return {
        "event": "summary",
        "file": str(one.file),
        "model": track.name,
        "seconds": round(one.seconds, 3),
        "highest": track.best and round(track.best.probability, 4),
        "highest_at": track.best and round(track.best.at, 3),
        "threshold": track.threshold,
        "over_threshold_s": round(track.over_s, 2),
        "error": one.trouble and str(one.trouble),
    }


def _csv(looks: Iterator[Look], one: Scored) -> Iterator[str]:
    """A line a look and label, as in RFC 4180, the name always quoted."""
    name = str(one.file).replace('"', '""')
    for look in looks:
        for label, probability in look.labels.items():
            yield f'"{name}",{look.at:.3f},{look.model},{probability:.4f},{label}'


def _table(wide: int) -> Show:
    def lines(looks: Iterator[Look], one: Scored) -> Iterator[str]:
        faces = [look for look in looks if one.still]
        for number, look in enumerate(faces, 1):
            yield f"{one.file!s:{wide}}  face {number}  {_face(look)}"
        told = [track for track in one.tracks if track.best or not one.trouble]
        for track in told if not faces else ():
            yield f"{one.file!s:{wide}}  {track.name:6}  {_track(track)}"

    return lines


def _face(look: Look) -> str:
    """One face of a picture: how sure, what it shows most, where it is."""
    where = f"{look.box.width:.0f} px wide at {look.box.left:.0f},{look.box.top:.0f}" if look.box else ""
    return f"distress {look.probability:.2f}  {_likeliest(list(look.labels.items()))}  {where}"


def _track(track: Track) -> str:
    if track.best is None:
        return "no face was seen" if track.name == "face" else "nothing was heard"
    best = f"{track.best.probability:.2f} at {clock(track.best.at)}"
    over = f"{track.over_s:.1f} s over {track.threshold:.2f}"
    more = f"  {_likeliest(track.means())}" if len(track.totals) > 1 else ""
    return f"{best:<15} {over:>15}  {_sparks(track)}{more}"


def _likeliest(labels: list[tuple[str, float]]) -> str:
    """The two emotions with most of the probability."""
    emotions = sorted(
        (pair for pair in labels if pair[0] not in ("distress", "voice")), key=lambda one: -one[1]
    )
    return ", ".join(f"{name} {p:.2f}" for name, p in emotions[:2])


def _sparks(track: Track) -> str:
    """The scores over time as a line of little bars, full height being 1."""
    return "".join(SPARKS[min(int(8 * score), 7)] for score in track.outline.columns[:, 0])
