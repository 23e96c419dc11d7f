"""`score`: what it prints, what it says of bad input, how it ends. A stand-in model; files made in code."""

from __future__ import annotations

import csv
import io
import json
import struct
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile

from agent import score
from agent.senses import shelf
from agent.senses.sound import Hearing
from sensors import media
from sensors.readings import RATE


class Loud:
    """A model in miniature: sure of a scream where most of a window is as loud as its loudest part."""

    name = "scream"
    threshold = 0.5

    def scores(self, window: np.ndarray) -> np.ndarray:
        return np.array([np.clip(1 + window.mean() / 4, 0, 1)], np.float32)


@pytest.fixture(autouse=True)
def shelf_with_a_stand_in(monkeypatch):
    monkeypatch.setattr(shelf, "load", lambda name: Loud())


def sound(seconds: float, burst: tuple[float, float] | None = None) -> np.ndarray:
    """Clicks, with white noise from one second to another."""
    rng = np.random.default_rng(3)
    samples = np.zeros(int(seconds * RATE))
    samples[::1600] = 0.5
    if burst:
        first, last = (int(second * RATE) for second in burst)
        samples[first:last] = 0.2 * rng.standard_normal(last - first)
    return samples.clip(-1, 1)


def made(folder: Path, name: str, seconds: float, burst: tuple[float, float] | None = None) -> Path:
    soundfile.write(folder / name, sound(seconds, burst), RATE)
    return folder / name


@pytest.fixture
def walk(tmp_path) -> Path:
    return made(tmp_path, "walk.wav", 8.0, (4.0, 6.0))


@pytest.fixture
def cut(tmp_path) -> Path:
    """A WAV whose header promises 8 s, of which 5 are there."""
    whole = made(tmp_path, "cut.wav", 8.0, (2.0, 4.0))
    whole.write_bytes(whole.read_bytes()[: 44 + 5 * RATE * 2])
    return whole


def objects(said: str) -> list[dict]:
    return [json.loads(line) for line in said.splitlines()]


def test_a_line_a_file_says_how_high_when_how_long_and_draws_it(walk, capsys):
    assert score.run([walk]) == 0
    out, err = capsys.readouterr()
    (line,) = out.splitlines()
    name, highest, _, at, over, *_, sparks = line.split()
    assert name == str(walk)
    assert 0.5 < float(highest) <= 1
    assert 4.5 <= float(at.split(":")[1]) <= 6.5
    assert 1.0 <= float(over) <= 2.5
    assert "s over 0.50" in line
    assert len(sparks) == 15
    assert sparks[0] == "▁"
    assert max(sparks) >= "▅"
    assert not err


def test_folders_are_walked_and_the_columns_stand_in_line(tmp_path, walk, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "more").mkdir()
    made(tmp_path / "more", "quiet.flac", 3.0)
    (tmp_path / "notes.txt").write_text("no sound")
    assert score.run([Path()]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert len({line.index(" s over ") for line in lines}) == 1


def test_json_gives_every_look_and_a_summary(walk, capsys):
    assert score.run([walk], as_json=True) == 0
    *looks, summary = objects(capsys.readouterr().out)
    assert looks[0] == {
        "event": "score",
        "file": str(walk),
        "model": "scream",
        "at": 0.975,
        "probability": looks[0]["probability"],
    }
    assert [look["at"] for look in looks] == pytest.approx([0.975 + 0.48 * k for k in range(15)])
    highest = max(looks, key=lambda look: look["probability"])
    assert summary == {
        "event": "summary",
        "file": str(walk),
        "model": "scream",
        "seconds": 8.0,
        "highest": highest["probability"],
        "highest_at": highest["at"],
        "threshold": 0.5,
        "over_threshold_s": round(0.48 * sum(look["probability"] >= 0.5 for look in looks), 2),
        "error": None,
    }


def test_the_scores_are_those_of_the_daemons_own_sense(walk, capsys):
    score.run([walk], as_json=True)
    told = [line["probability"] for line in objects(capsys.readouterr().out)[:-1]]
    hearing = Hearing(Loud())
    cues = [cue for block in media.sound(walk, 0.1) for cue in hearing.hear(block)]
    assert told == [round(cue.probability, 4) for cue in cues]


def test_csv_has_a_header_and_survives_odd_names(tmp_path, capsys):
    odd = made(tmp_path, 'a "b", c.wav', 2.0)
    assert score.run([odd], csv=True) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["at"] for row in rows] == ["0.975", "1.455", "1.935"]
    assert {row["file"] for row in rows} == {str(odd)}
    assert all(0 <= float(row["probability"]) <= 1 for row in rows)


def test_a_recording_shorter_than_a_look_is_heard_as_if_silence_followed(tmp_path, capsys):
    brief = made(tmp_path, "brief.wav", 0.4, (0.0, 0.4))
    assert score.run([brief], as_json=True) == 0
    look, summary = objects(capsys.readouterr().out)
    assert look["at"] == 0.975
    assert summary["seconds"] == 0.4


def test_a_truncated_wav_is_scored_as_far_as_it_goes_then_told(cut, capsys):
    assert score.run([cut], as_json=True) == 65
    out, err = capsys.readouterr()
    *looks, summary = objects(out)
    assert len(looks) == 9
    assert summary["seconds"] == 5.0
    assert "8.00 s, 5.00 s are there" in summary["error"]
    assert err.splitlines() == [summary["error"]]


def not_a_sound(path: Path) -> None:
    path.write_text("hello")


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def not_a_number(path: Path) -> None:
    soundfile.write(path, np.full(RATE, np.nan), RATE, subtype="FLOAT")


def only_a_header(path: Path) -> None:
    path.write_bytes(
        b"RIFF\x24\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16) + b"data\0\0\0\0"
    )


@pytest.mark.parametrize("spoil", [not_a_sound, nothing, not_a_number, only_a_header])
def test_bad_input_costs_one_line_that_names_it_and_the_rest_is_scored(tmp_path, walk, capsys, spoil):
    bad = tmp_path / "bad.wav"
    spoil(bad)
    assert score.run([bad, walk]) == 65
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert str(walk) in out
    assert len(err.splitlines()) == 1
    assert str(bad) in err


def test_a_missing_file_outweighs_a_bad_one(tmp_path, walk, capsys):
    not_a_sound(tmp_path / "bad.wav")
    assert score.run([tmp_path / "none.wav", tmp_path / "bad.wav", walk]) == 66
    out, err = capsys.readouterr()
    assert "none.wav: no such file" in err
    assert len(err.splitlines()) == 2
    assert str(walk) in out


def test_a_folder_without_sound_says_so(tmp_path, capsys):
    assert score.run([tmp_path]) == 65
    assert "holds no sound" in capsys.readouterr().err


def test_a_picture_is_told_that_its_model_is_not_there_yet(tmp_path, capsys):
    (tmp_path / "face.jpg").write_bytes(b"\xff\xd8")
    assert score.run([tmp_path / "face.jpg"]) == 65
    assert "face.jpg is a picture: a model for pictures is not on the shelf yet" in capsys.readouterr().err


def test_of_a_video_the_sound_is_scored_and_that_is_told(tmp_path, capsys):
    av = pytest.importorskip("av", reason="the extra `media` (PyAV) is not installed")
    with av.open(str(tmp_path / "walk.mp4"), "w") as file:
        track = file.add_stream("aac", rate=RATE)
        whole = sound(3.0).astype(np.float32)[None]
        frame = av.AudioFrame.from_ndarray(whole, format="fltp", layout="mono")
        frame.sample_rate = RATE
        for packet in [*track.encode(frame), *track.encode(None)]:
            file.mux(packet)
    assert score.run([tmp_path / "walk.mp4"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert "only its sound was scored" in err


def test_plot_draws_one_file_under_its_own_name(tmp_path, walk, capsys):
    assert score.run([walk], plot=tmp_path / "walk.svg") == 0
    root = ElementTree.parse(tmp_path / "walk.svg").getroot()
    assert root.tag.endswith("svg")
    assert "walk.wav" in (tmp_path / "walk.svg").read_text(encoding="utf-8")


def test_plot_numbers_several_files_and_draws_what_is_there_of_a_cut_one(tmp_path, walk, cut, capsys):
    assert score.run([walk, cut], plot=tmp_path / "out.svg") == 65
    assert sorted(path.name for path in tmp_path.glob("*.svg")) == ["out-1.svg", "out-2.svg"]


def test_a_picture_that_cannot_be_written_says_so_before_the_work(tmp_path, walk, capsys):
    assert score.run([walk], plot=tmp_path / "no" / "walk.svg") == 74
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith(f"cannot write {tmp_path / 'no' / 'walk.svg'}:")
    assert len(err.splitlines()) == 1
