"""`distress-agent score`: how sure the models are, look by look, along recordings, videos and pictures.

Every file goes through the same senses as in the daemon; nothing is sent. What is kept of a file does not
grow with its length. Bad input costs one line on standard error; the other files are scored all the same.
"""

from __future__ import annotations

import sys
from functools import partial
from itertools import islice
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agent.core.events import Cue
from agent.plot import Picture
from agent.plot_faces import Faces
from agent.progress import progress
from agent.score_lines import style
from agent.scoring import Models
from agent.senses.sight import grey
from sensors import media, movie
from sensors.readings import RATE, Sound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.scoring import Ear, Look, Track

    Reached = Callable[[float], None]
    Part = Callable[[Reached], Iterator[Look]]

BLOCK_S = 4.0
"""Seconds of sound read at once: long enough to be fast, little enough to hold."""


def run(paths: list[Path], *, as_json: bool = False, csv: bool = False, plot: Path | None = None) -> int:
    """Score files and folders, print what the models say, return the exit code.

    0: all were scored. 65: some were not what they should be. 66: some were missing or unreadable.
    74: a picture could not be written. ModelUnfit and KeyboardInterrupt are for the caller.
    """
    if plot is not None and not plot.parent.is_dir():  # now, not after a night's work
        return _unwritten(plot, f"{plot.parent} is not a folder")
    models = Models()
    troubles: list[OSError | ValueError] = []
    files = [file for path in paths for file in _found(path, troubles)]
    show = style(files, as_json=as_json, csv=csv)
    with progress("scoring", len(files)) as reached:
        for number, file in enumerate(files):
            one = Scored(file, models, draws=plot is not None)
            for line in show(one.looks(partial(_further, reached, number)), one):
                print(line)
            troubles += _told(one)
            if plot is not None and (code := _drawn(one, _numbered(plot, number, len(files)))):
                return code
    return _verdict(troubles)


class Scored:
    """One file on its way through the senses, and what is kept of it however long it is.

    tracks: one a model. still: whether it is one picture. trouble: why it ended early, or said nothing.
    """

    def __init__(self, file: Path, models: Models, *, draws: bool = False) -> None:
        self.file = file
        self.tracks: list[Track] = []
        self.still = file.suffix.lower() in media.STILL
        self.seconds = 0.0
        self.trouble: OSError | ValueError | None = None
        self._models = models
        self._draws = draws
        self._recording: Picture | None = None
        self._faces: Faces | None = None

    def looks(self, reached: Reached) -> Iterator[Look]:
        """Every look at the file, noted on its way; `reached` hears which part of the file is done."""
        parts: list[Part] = []
        try:
            parts = self._parts()
        except (OSError, ValueError) as error:
            self.trouble = error
        for number, part in enumerate(parts):
            try:
                yield from part(partial(_share, reached, number, len(parts)))
            except (OSError, ValueError) as error:
                self.trouble = self.trouble or error

    def svg(self) -> str | None:
        """What was asked to be drawn; None for a file of which nothing was heard, nor a picture seen."""
        if self._faces is not None:
            return self._faces.svg()
        return self._recording.svg() if self._recording and self._recording.any else None

    def _parts(self) -> list[Part]:
        """What there is to score: one picture, or sound, or a video with what it holds."""
        if self.still:
            return [self._face]
        if self.file.suffix.lower() not in media.MOVING:
            return [self._sound]
        sound, pictures = movie.holds(self.file)
        parts: list[Part] = [self._sound] if sound or not pictures else []
        return [*parts, self._video] if pictures else parts

    def _sound(self, reached: Reached) -> Iterator[Look]:
        ears = self._models.ears()
        self.tracks += [ear.track for ear in ears]
        if self._draws:
            self._recording = Picture(str(self.file), ears[0].track.threshold)
        length_s = media.seconds(self.file) or 0.0
        try:
            for sound in media.sound(self.file, BLOCK_S):
                self.seconds = sound.at
                if self._recording:
                    self._recording.hear(sound)
                for ear in ears:
                    yield from self._noted(ear.track, ear.hear(sound))
                reached(min(self.seconds / length_s, 1.0) if length_s else 0.0)
        finally:
            yield from self._rest(ears)

    def _rest(self, ears: list[Ear]) -> Iterator[Look]:
        """What is shorter than a first look is heard as if silence followed."""
        for ear in ears:
            if 0 < self.seconds < ear.first_s:
                silence = np.zeros(ceil((ear.first_s - self.seconds) * RATE), np.float32)
                yield from self._noted(ear.track, ear.hear(Sound(ear.first_s, silence)))

    def _video(self, reached: Reached) -> Iterator[Look]:
        eyes = self._models.eyes()
        self.tracks.append(eyes.track)
        length_s = movie.seconds(self.file) or 0.0
        for frame in movie.frames(self.file):
            self.seconds = max(self.seconds, frame.at)
            yield from self._noted(eyes.track, eyes.see(frame))
            reached(min(frame.at / length_s, 1.0) if length_s else 0.0)

    def _face(self, _: Reached) -> Iterator[Look]:
        eyes = self._models.eyes()
        self.tracks.append(eyes.track)
        for frame in islice(movie.frames(self.file), 1):
            looks = eyes.faces(frame)
            if self._draws:
                self._faces = Faces(str(self.file), grey(frame.pixels), looks)
            yield from self._noted(eyes.track, looks)

    def _noted(self, track: Track, looks: list[Look]) -> Iterator[Look]:
        for look in looks:
            track.add(look)
            if self._recording:
                self._recording.look(Cue(look.at, look.model, look.probability, ""))
            yield look


def _share(reached: Reached, number: int, parts: int, part: float) -> None:
    reached((number + part) / parts)


def _further(reached: Reached, files: int, part: float) -> None:
    reached(files + part)


def _found(path: Path, troubles: list[OSError | ValueError]) -> list[Path]:
    """The files that a path stands for; what it should not be is told."""
    try:
        return media.media_files([path], media.SOUND | media.MOVIE | media.STILL)
    except (OSError, ValueError) as error:
        troubles.append(error)
        print(error, file=sys.stderr)
        return []


def _told(one: Scored) -> list[OSError | ValueError]:
    """Say on standard error what was wrong with a file."""
    if one.trouble is None:
        return []
    print(one.trouble, file=sys.stderr)
    return [one.trouble]


def _drawn(one: Scored, plot: Path) -> int:
    """Write the picture of a file, if there is anything to draw; the exit code."""
    drawing = one.svg()
    if drawing is None:
        return 0
    try:
        plot.write_text(drawing, encoding="utf-8")
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
