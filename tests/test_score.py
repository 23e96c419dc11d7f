"""`score`: what it prints, what it says of bad input, how it ends. A stand-in model; files made in code."""

from __future__ import annotations

import csv
import io
import json
import struct
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile

from agent import score, scoring
from agent.senses import shelf, sight
from agent.senses.faces import Box
from agent.senses.sound import Hearing
from agent.senses.speech import Listening
from sensors import media
from sensors.readings import RATE
from tests.made import video


class Loud:
    """A model in miniature: sure of a scream where most of a window is as loud as its loudest part."""

    name = "scream"
    threshold = 0.5

    def scores(self, window: np.ndarray) -> np.ndarray:
        return np.array([np.clip(1 + window.mean() / 4, 0, 1)], np.float32)


class Talk:
    """A model in miniature: somebody speaks, angrily, where a window's end is as loud as its loudest part."""

    name = "voice"
    labels = ("anger", "disgust", "fear", "happy", "neutral", "sad", "distress", "voice")
    threshold = 0.6
    card = {"threshold": {"value": 0.6, "voice": 0.5}}  # noqa: RUF012

    def scores(self, window: np.ndarray) -> np.ndarray:
        speaks = float(window[-50:].mean() > 0)
        return np.array([0.5, 0.1, 0.2, 0.1, 0.06, 0.04, 0.7, speaks], np.float32)


class Face:
    """A model in miniature: everybody is a little afraid."""

    name = "face"
    labels = (
        "neutral",
        "happiness",
        "surprise",
        "sadness",
        "anger",
        "disgust",
        "fear",
        "contempt",
        "distress",
    )
    threshold = 0.5

    def scores(self, window: np.ndarray) -> np.ndarray:
        return np.array([0.2, 0, 0.1, 0, 0.1, 0, 0.6, 0, 0.65], np.float32)


MODELS = {"scream": Loud(), "voice": Talk(), "face": Face(), "face_detector": None}
TWO = [Box(10.0, 8.0, 32.0, 40.0, 0.9), Box(60.0, 5.0, 30.0, 30.0, 0.8)]


@pytest.fixture(autouse=True)
def shelf_with_stand_ins(monkeypatch):
    """Models in miniature, and two faces in every picture."""
    monkeypatch.setattr(shelf, "load", MODELS.get)
    for room in (scoring, sight):
        monkeypatch.setattr(room, "find", lambda _model, pixels: TWO if pixels.any() else [])


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


def of(told: list[dict], model: str, event: str = "score") -> list[dict]:
    return [line for line in told if (line.get("model"), line["event"]) == (model, event)]


def test_a_line_a_model_says_how_high_when_how_long_and_draws_it(walk, capsys):
    assert score.run([walk]) == 0
    out, err = capsys.readouterr()
    scream, voice = out.splitlines()
    name, model, highest, _, at, over, *_, sparks = scream.split()
    assert (name, model) == (str(walk), "scream")
    assert 0.5 < float(highest) <= 1
    assert 4.5 <= float(at.split(":")[1]) <= 6.5
    assert 1.0 <= float(over) <= 2.5
    assert "s over 0.50" in scream
    assert len(sparks) == 15
    assert sparks[0] == "▁"
    assert max(sparks) >= "▅"
    assert voice.split()[:2] == [str(walk), "voice"]
    assert "s over 0.60" in voice
    assert voice.endswith("anger 0.50, fear 0.20")
    assert not err


def test_folders_are_walked_and_the_columns_stand_in_line(tmp_path, walk, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "more").mkdir()
    made(tmp_path / "more", "quiet.flac", 3.0)
    (tmp_path / "notes.txt").write_text("no sound")
    assert score.run([Path()]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert len({line.index(" s over ") for line in lines}) == 1


def test_json_gives_every_look_and_a_summary_a_model(walk, capsys):
    assert score.run([walk], as_json=True) == 0
    told = objects(capsys.readouterr().out)
    looks, (summary,) = of(told, "scream"), of(told, "scream", "summary")
    first = {"event": "score", "file": str(walk), "model": "scream", "at": 0.975}
    assert looks[0] == first | {"probability": looks[0]["probability"]}
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
    assert [one["model"] for one in told[-2:]] == ["scream", "voice"]


def test_json_gives_every_emotion_of_a_voice_and_no_distress_where_nobody_speaks(walk, capsys):
    score.run([walk], as_json=True)
    looks = of(objects(capsys.readouterr().out), "voice")
    assert [look["at"] for look in looks] == pytest.approx([1.015 + k for k in range(7)])
    assert set(looks[0]["labels"]) == set(Talk.labels)
    assert {look["labels"]["voice"]: look["probability"] for look in looks} == {0.0: 0.0, 1.0: 0.7}


def test_the_scores_are_those_of_the_daemons_own_senses(walk, capsys):
    score.run([walk], as_json=True)
    told = objects(capsys.readouterr().out)
    hearing, listening = Hearing(Loud()), Listening(Talk())
    blocks = list(media.sound(walk, 0.1))
    for model, ear in (("scream", hearing), ("voice", listening)):
        cues = [cue for block in blocks for cue in ear.hear(block)]
        assert [line["probability"] for line in of(told, model)] == [
            round(cue.probability, 4) for cue in cues
        ]


def test_csv_has_a_header_and_survives_odd_names(tmp_path, capsys):
    odd = made(tmp_path, 'a "b", c.wav', 2.0)
    assert score.run([odd], csv=True) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["at"] for row in rows if row["model"] == "scream"] == ["0.975", "1.455", "1.935"]
    assert [row["label"] for row in rows if (row["model"], row["at"]) == ("voice", "1.015")] == [*Talk.labels]
    assert {row["file"] for row in rows} == {str(odd)}
    assert all(0 <= float(row["probability"]) <= 1 for row in rows)


def test_a_recording_shorter_than_a_look_is_heard_as_if_silence_followed(tmp_path, capsys):
    brief = made(tmp_path, "brief.wav", 0.4, (0.0, 0.4))
    assert score.run([brief], as_json=True) == 0
    scream, voice, summary, _ = objects(capsys.readouterr().out)
    assert (scream["at"], voice["at"]) == (0.975, 1.015)
    assert summary["seconds"] == 0.4


def test_a_truncated_wav_is_scored_as_far_as_it_goes_then_told(cut, capsys):
    assert score.run([cut], as_json=True) == 65
    out, err = capsys.readouterr()
    looks, (summary,) = of(objects(out), "scream"), of(objects(out), "scream", "summary")
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
    assert len(out.splitlines()) == 2
    assert str(walk) in out
    assert str(bad) not in out
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


PYAV = "the extra `media` (PyAV) is not installed"


def still(path: Path, light: int = 90) -> Path:
    """A picture of one grey, for PyAV to write; the stand-in sees nobody in black."""
    av = pytest.importorskip("av", reason=PYAV)
    with av.open(str(path), "w", format="image2") as file:
        track = file.add_stream("png" if path.suffix == ".png" else "mjpeg", rate=1)
        track.width, track.height = 120, 80
        track.pix_fmt = "rgb24" if path.suffix == ".png" else "yuvj420p"
        frame = av.VideoFrame.from_ndarray(np.full((80, 120, 3), light, np.uint8), format="rgb24")
        for packet in [*track.encode(frame), *track.encode(None)]:
            file.mux(packet)
    return path


@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_each_face_of_a_picture_is_a_line(tmp_path, capsys, ending):
    assert score.run([still(tmp_path / f"us{ending}")]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "face 1  distress 0.65  fear 0.60, neutral 0.20  32 px wide at 10,8" in first
    assert "face 2  distress 0.65" in second


def test_json_says_where_each_face_is(tmp_path, capsys):
    assert score.run([still(tmp_path / "us.png")], as_json=True) == 0
    *looks, summary = objects(capsys.readouterr().out)
    assert [look["box"] for look in looks] == [[10, 8, 32, 40], [60, 5, 30, 30]]
    assert looks[0]["labels"]["fear"] == 0.6
    assert (summary["model"], summary["highest"]) == ("face", 0.65)


def test_a_picture_without_a_face_says_so(tmp_path, capsys):
    assert score.run([still(tmp_path / "night.png", 0)]) == 0
    assert "no face was seen" in capsys.readouterr().out


def test_a_picture_that_is_none_costs_one_line(tmp_path, capsys):
    pytest.importorskip("av", reason=PYAV)
    not_a_sound(tmp_path / "bad.png")
    assert score.run([tmp_path / "bad.png"]) == 65
    out, err = capsys.readouterr()
    assert not out
    assert len(err.splitlines()) == 1
    assert "bad.png" in err


def test_without_pyav_a_picture_costs_one_line_with_the_cure(tmp_path, capsys, monkeypatch):
    (tmp_path / "face.jpg").write_bytes(b"\xff\xd8")
    monkeypatch.setitem(sys.modules, "av", None)
    assert score.run([tmp_path / "face.jpg"]) == 65
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip install 'distress-agent[media]'" in line


def test_a_picture_is_drawn_with_its_faces(tmp_path, capsys):
    assert score.run([still(tmp_path / "us.png")], plot=tmp_path / "us.svg") == 0
    root = ElementTree.parse(tmp_path / "us.svg").getroot()
    assert len([rect for rect in root.iter() if rect.get("class") == "mark"]) == 2
    assert "anger or fear: 0.65" in (tmp_path / "us.svg").read_text(encoding="utf-8")


def with_sound(path: Path) -> Path:
    """A video without pictures (needs PyAV)."""
    av = pytest.importorskip("av", reason=PYAV)
    with av.open(str(path), "w") as file:
        track = file.add_stream("aac", rate=RATE)
        frame = av.AudioFrame.from_ndarray(sound(3.0).astype(np.float32)[None], format="fltp", layout="mono")
        frame.sample_rate = RATE
        for packet in [*track.encode(frame), *track.encode(None)]:
            file.mux(packet)
    return path


def test_of_a_video_without_pictures_the_sound_is_scored(tmp_path, capsys):
    assert score.run([with_sound(tmp_path / "walk.mp4")]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["scream", "voice"]


def test_of_a_video_without_sound_the_face_that_is_followed_is_scored(tmp_path, capsys):
    pytest.importorskip("av", reason=PYAV)
    assert score.run([video(tmp_path / "mute.mp4", 4.0)], as_json=True) == 0
    *looks, summary = objects(capsys.readouterr().out)
    assert {look["model"] for look in looks} == {"face"}
    assert 0.8 <= looks[0]["at"] <= 1.5
    assert all(look["box"] == [10, 8, 32, 40] for look in looks)
    assert summary["over_threshold_s"] == pytest.approx(2.9, abs=0.6)


def test_plot_draws_one_file_under_its_own_name(tmp_path, walk, capsys):
    assert score.run([walk], plot=tmp_path / "walk.svg") == 0
    root = ElementTree.parse(tmp_path / "walk.svg").getroot()
    assert root.tag.endswith("svg")
    drawn = (tmp_path / "walk.svg").read_text(encoding="utf-8")
    assert "walk.wav" in drawn
    assert "voice: anger, fear" in drawn


def test_plot_numbers_several_files_and_draws_what_is_there_of_a_cut_one(tmp_path, walk, cut, capsys):
    assert score.run([walk, cut], plot=tmp_path / "out.svg") == 65
    assert sorted(path.name for path in tmp_path.glob("*.svg")) == ["out-1.svg", "out-2.svg"]


def test_a_picture_that_cannot_be_written_says_so_before_the_work(tmp_path, walk, capsys):
    assert score.run([walk], plot=tmp_path / "no" / "walk.svg") == 74
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith(f"cannot write {tmp_path / 'no' / 'walk.svg'}:")
    assert len(err.splitlines()) == 1
