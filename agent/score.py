"""`distress-agent score`: how sure the scream model is, look by look, along recordings.

Every file goes through the same senses as in the daemon; nothing is sent. What is kept of a file does not
grow with its length. Bad input costs one line on standard error; the other files are scored all the same.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.core.events import Cue
    from agent.plot import Picture
    from agent.senses.shelf import Model
    from sensors.readings import Sound

    Reached = Callable[[float], None]
    Show = Callable[[Iterator[Cue], "Scored"], Iterator[str]]

MODEL = "scream"
BLOCK_S = 4.0
"""Seconds of sound read at once: long enough to be fast, little enough to hold."""
SPARKS = "▁▂▃▄▅▆▇█"
MOVING = frozenset({".mp4", ".m4v", ".mov", ".3gp", ".mkv", ".webm", ".avi"})
STILL = frozenset({".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".heic", ".tif", ".tiff"})
NO_EYES = "a model for pictures is not on the shelf yet"


def run(paths: list[Path], *, as_json: bool = False, csv: bool = False, plot: Path | None = None) -> int:
    """Score files and folders, print what the model says, return the exit code.

    0: all were scored. 65: some were not what they should be. 66: some were missing or unreadable.
    74: a picture could not be written. ModelUnfit and KeyboardInterrupt are for the caller.
    """
    from agent.progress import progress
    from agent.senses import shelf

    if plot is not None and not plot.parent.is_dir():  # now, not after a night's work
        return _unwritten(plot, f"{plot.parent} is not a folder")
    model = shelf.load(MODEL)
    troubles: list[OSError | ValueError] = []
    files = [file for path in paths for file in _found(path, troubles)]
    show = _style(files, as_json=as_json, csv=csv)
    with progress("scoring", len(files)) as reached:
        for number, file in enumerate(files):
            one = Scored(file, model, draws=plot is not None)
            for line in show(_cues(one, partial(_further, reached, number)), one):
                print(line)
            troubles += _told(one)
            if plot is not None and (code := _drawn(one, _numbered(plot, number, len(files)))):
                return code
    return _verdict(troubles)


class Scored:
    """One file on its way through the scream sense, and what is kept of it however long it is.

    over: looks that reach the threshold. best: the surest. outline: the scores in at most 48 columns.
    trouble: why it ended early, or said nothing.
    """

    def __init__(self, file: Path, model: Model, *, draws: bool = False) -> None:
        from agent.plot import LOOK_S, Picture
        from agent.raster import Envelope

        self.file = file
        self.model = model
        self.picture: Picture | None = Picture(str(file), model.threshold) if draws else None
        self.look_s = LOOK_S
        self.seconds = self.length_s = 0.0
        self.looks = self.over = 0
        self.best: Cue | None = None
        self.outline = Envelope(48)
        self.trouble: OSError | ValueError | None = None

    @property
    def over_s(self) -> float:
        """Seconds at or over the threshold."""
        return self.over * self.look_s

    def hear(self, sound: Sound) -> None:
        """Take note of a block."""
        self.seconds = sound.at
        if self.picture:
            self.picture.hear(sound)

    def look(self, cue: Cue) -> None:
        """Take note of a look's score."""
        import numpy as np

        self.looks += 1
        self.over += cue.probability >= self.model.threshold
        if self.best is None or cue.probability > self.best.probability:
            self.best = cue
        self.outline.push(np.full((1, 1), cue.probability, np.float32))
        if self.picture:
            self.picture.look(cue)


def _found(path: Path, troubles: list[OSError | ValueError]) -> list[Path]:
    """The recordings that a path stands for; what it should not be is told."""
    from sensors import media

    try:
        return media.media_files([path])
    except (OSError, ValueError) as error:
        troubles.append(error)
        print(error, file=sys.stderr)
        return []


def _blocks(one: Scored) -> Iterator[Sound]:
    """The file's sound up to its end or its first trouble, which is kept."""
    from sensors import media

    try:
        if one.file.suffix.lower() in STILL:
            raise ValueError(f"{one.file} is a picture: {NO_EYES}")
        one.length_s = media.seconds(one.file) or 0.0
        yield from media.sound(one.file, BLOCK_S)
    except (OSError, ValueError) as error:
        one.trouble = error


def _cues(one: Scored, reached: Reached) -> Iterator[Cue]:
    """Every look of the file, noted in `one` on its way."""
    import numpy as np

    from agent.plot import WINDOW_S
    from agent.senses.sound import Hearing
    from sensors.readings import RATE, Sound

    hearing = Hearing(one.model)
    for sound in _blocks(one):
        one.hear(sound)
        for cue in hearing.hear(sound):
            one.look(cue)
            yield cue
        reached(min(one.seconds / one.length_s, 1.0) if one.length_s else 0.0)
    if 0 < one.seconds < WINDOW_S:  # shorter than one look: it is heard as if silence followed
        silence = np.zeros(round((WINDOW_S - one.seconds) * RATE), np.float32)
        for cue in hearing.hear(Sound(WINDOW_S, silence)):
            one.look(cue)
            yield cue


def _style(files: list[Path], *, as_json: bool, csv: bool) -> Show:
    if as_json:
        return _json
    if csv:
        print("file,at,model,probability")
        return _csv
    return _table(files)


def _further(reached: Reached, files: int, part: float) -> None:
    reached(files + part)


def _json(cues: Iterator[Cue], one: Scored) -> Iterator[str]:
    who = {"file": str(one.file), "model": one.model.name}
    for cue in cues:
        at, probability = round(cue.at, 3), round(cue.probability, 4)
        yield json.dumps({"event": "score", **who, "at": at, "probability": probability})
    yield json.dumps(
        {
            "event": "summary",
            **who,
            "seconds": round(one.seconds, 3),
            "highest": one.best and round(one.best.probability, 4),
            "highest_at": one.best and round(one.best.at, 3),
            "threshold": one.model.threshold,
            "over_threshold_s": round(one.over_s, 2),
            "error": one.trouble and str(one.trouble),
        }
    )


def _csv(cues: Iterator[Cue], one: Scored) -> Iterator[str]:
    """Lines as in RFC 4180, the name always quoted."""
    name = str(one.file).replace('"', '""')
    for cue in cues:
        yield f'"{name}",{cue.at:.3f},{one.model.name},{cue.probability:.4f}'


def _table(files: list[Path]) -> Show:
    """For people: a line a file, the columns as wide as the longest name (at most 60)."""
    wide = min(max((len(str(file)) for file in files), default=0), 60)

    def line(cues: Iterator[Cue], one: Scored) -> Iterator[str]:
        from agent.plot import clock

        for _ in cues:
            pass
        if one.best is not None:
            best = f"{one.best.probability:.2f} at {clock(one.best.at)}"
            over = f"{one.over_s:.1f} s over {one.model.threshold:.2f}"
            yield f"{one.file!s:{wide}}  {best:<15} {over:>15}  {_sparks(one)}"

    return line


def _sparks(one: Scored) -> str:
    """The scores over time as a line of little bars, full height being 1."""
    return "".join(SPARKS[min(int(8 * score), 7)] for score in one.outline.columns[:, 0])


def _told(one: Scored) -> list[OSError | ValueError]:
    """Say on standard error what was wrong with a file, or was left out of it."""
    if one.trouble is not None:
        print(one.trouble, file=sys.stderr)
        return [one.trouble]
    if one.file.suffix.lower() in MOVING:
        print(f"{one.file}: only its sound was scored: {NO_EYES}", file=sys.stderr)
    return []


def _drawn(one: Scored, plot: Path) -> int:
    """Write the picture of a file of which anything was heard; the exit code."""
    if one.picture is None or not one.looks:
        return 0
    try:
        plot.write_text(one.picture.svg(), encoding="utf-8")
    except OSError as error:
        return _unwritten(plot, (error.strerror or str(error)).lower())
    return 0


def _unwritten(plot: Path, why: str) -> int:
    print(f"cannot write {plot}: {why}", file=sys.stderr)
    return 74


def _numbered(plot: Path, number: int, files: int) -> Path:
    """The picture's own name, or with several files that name with a number: plot-01.svg."""
    if files == 1:
        return plot
    return plot.with_stem(f"{plot.stem}-{number + 1:0{len(str(files))}}")


def _verdict(troubles: list[OSError | ValueError]) -> int:
    if any(isinstance(trouble, OSError) for trouble in troubles):
        return 66
    return 65 if troubles else 0
