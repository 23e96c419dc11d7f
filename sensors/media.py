"""Sound from files: WAV, FLAC, OGG/Opus, MP3 by soundfile, M4A/MP4 and others by PyAV, all as 16 kHz mono.

OSError: the file is missing or unreadable. ValueError: its content is not what it should be. Each says in
one sentence which file and why. Memory stays flat however long a recording is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sensors import movie
from sensors.hush import hushed
from sensors.pcm import Pcm, Samples, blocks, cut_off, mono, resampled
from sensors.readings import RATE, Sound

if TYPE_CHECKING:
    import soundfile

SOUND = frozenset({".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", ".caf"})
MOVIE = frozenset({".m4a", ".mp4", ".m4v", ".mov", ".3gp", ".aac", ".mka", ".mkv", ".webm", ".wma", ".avi"})
MOVING = MOVIE - {".m4a", ".aac", ".mka", ".wma"}
"""Those that may hold pictures that move; a recording's cover is no picture of its time."""
STILL = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
RATES = range(1_000, 768_001)
CHUNK_S = 0.5  # read at once: eight channels at 192 kHz are 3 MB
SHORT_S = 0.05  # headers may be wrong by this much without a word
ENDLESS = 2**31 - 2**16  # sizes from here on mean "unknown" to programs that write WAV into a pipe
NAMED = {7: "the format is unknown", 24: "the sample rate or the channels are missing"}
"""libsndfile's words for these codes speak of its own insides."""

_promise = re.compile(
    r"^\s*(?:data|SSND|Data Size|riff|Riff size)\s*: (\d+) \(should be (\d+)\)", re.MULTILINE
)


def sound(path: Path | str, block_s: float = 1.0) -> Iterator[Sound]:
    """Blocks of `block_s` seconds (the last may be shorter); `at` = seconds from the first sample to its end.

    Samples beyond -1..1 are clipped. A damaged file gives what is good of it, then ValueError.
    """
    path = Path(path)
    pcm = _opened(path)
    trouble: list[ValueError] = []
    voice = resampled(_until(trouble, _sane(pcm, path)), pcm.rate)
    count = 0
    for block in blocks(voice, max(1, round(block_s * RATE))):
        count += len(block)
        yield Sound(count / RATE, np.clip(block, -1, 1, out=block))
    if trouble:
        raise trouble[0]


def seconds(path: Path | str) -> float | None:
    """Length for a progress bar: what the header says, None where it says nothing."""
    path = Path(path)
    if _kind(path) in MOVIE:
        return movie.seconds(path)
    with _soundfile(path) as file:
        return float(file.frames / file.samplerate)


def media_files(paths: Iterable[Path | str], kinds: frozenset[str] = SOUND | MOVIE) -> list[Path]:
    """Files as named, folders walked (by their endings, sorted, hidden files left out).

    OSError for what is not there, ValueError for a folder without any.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        found += _walked(path, kinds) if path.is_dir() else [_there(path)]
    return found


def _walked(folder: Path, kinds: frozenset[str]) -> list[Path]:
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in kinds and not path.name.startswith(".") and path.is_file()
    )
    if not found:
        what = "sound or video file, nor a picture" if kinds & STILL else "sound or video file"
        raise ValueError(f"{folder} holds no {what}")
    return found


def _there(path: Path) -> Path:
    """The path, if it can be opened and has a first byte."""
    try:
        with path.open("rb") as file:
            first = file.read(1)
    except OSError as error:
        raise type(error)(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from None
    if not first:
        raise ValueError(f"{path} is empty (0 bytes)")
    return path


def _kind(path: Path) -> str:
    kind = _there(path).suffix.lower()
    if kind not in SOUND | MOVIE:
        known = " ".join(sorted(name[1:] for name in SOUND | MOVIE))
        raise ValueError(f"{path} is no kind of file that can be heard; known endings: {known}")
    return kind


def _opened(path: Path) -> Pcm:
    if _kind(path) in MOVIE:
        pcm = movie.pcm(path)
    else:
        file = _soundfile(path)
        pcm = Pcm(file.samplerate, _chunks(file, path))
    if pcm.rate not in RATES:
        raise ValueError(
            f"{path} says it has {pcm.rate} samples a second; {RATES[0]} to {RATES[-1]} can be read"
        )
    return pcm


def _soundfile(path: Path) -> soundfile.SoundFile:
    import soundfile

    with hushed():  # libmpg123, inside libsndfile, remarks on MP3s
        try:
            return soundfile.SoundFile(path)
        except soundfile.LibsndfileError as error:
            why = _said(error)
            raise ValueError(f"{path} is not a sound file that can be read: {why}") from None


def _chunks(file: soundfile.SoundFile, path: Path) -> Iterator[Samples]:
    count = 0
    with file:
        while len(chunk := _read(file, path, count)):
            count += len(chunk)
            yield chunk
        there_s, promised_s = count / file.samplerate, _promised(file) / file.samplerate
    if there_s < promised_s - SHORT_S:
        raise ValueError(cut_off(path, promised_s, there_s))


def _read(file: soundfile.SoundFile, path: Path, count: int) -> Samples:
    import soundfile

    with hushed(file.format == "MP3"):
        try:
            chunk: Samples = file.read(int(file.samplerate * CHUNK_S), dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            where = f"{path} is damaged or cut off after {count / file.samplerate:.2f} s"
            raise ValueError(f"{where}: {_said(error)}") from None
    return chunk


def _said(error: soundfile.LibsndfileError) -> str:
    return NAMED.get(error.code, str(error.error_string).removeprefix("Error : ").rstrip("."))


def _promised(file: soundfile.SoundFile) -> float:
    """Frames that the header announces. libsndfile corrects a wrong size and tells so only in its log.

    An MP3's length is a guess unless its encoder left a table, so it promises nothing.
    """
    if file.format == "MP3":
        return 0.0
    said = _promise.search(file.extra_info)
    if said is None or int(said[1]) >= ENDLESS:
        return float(file.frames)
    return float(file.frames * int(said[1]) / max(1, int(said[2])))


def _sane(pcm: Pcm, path: Path) -> Iterator[Samples]:
    """Mono chunks in -1..1; ValueError at the first sample that is no number, and if there is none at all."""
    count = 0
    for chunk in pcm.chunks:
        bad = np.flatnonzero(~np.isfinite(chunk).all(axis=1))
        if len(bad):
            yield mono(chunk[: bad[0]])
            raise ValueError(
                f"{path}: the sample at {(count + bad[0]) / pcm.rate:.3f} s is not a number (NaN or Inf)"
            )
        count += len(chunk)
        yield mono(np.clip(chunk, -1, 1))
    if not count:
        raise ValueError(f"{path} holds no sound (zero samples)")


def _until(trouble: list[ValueError], chunks: Iterable[Samples]) -> Iterator[Samples]:
    """The chunks up to the first trouble, which is kept until all that is good has been handed on."""
    try:
        yield from chunks
    except ValueError as error:
        trouble.append(error)
