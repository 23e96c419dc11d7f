"""Replay: recordings and scenarios through the whole agent; nothing is sent, the same comes every time."""

import json

import numpy as np
import pytest

from agent.core.events import Cue
from agent.core.policy import Policy
from agent.replay import Tally, fold, run
from agent.timeline import timeline
from sensors.readings import Frame, Loss, Position, Sound
from tests.made import sound_file, video


class Ears:
    """Senses that hear a scream wherever a block is loud."""

    def take(self, reading):
        if isinstance(reading, Sound):
            loud = float(np.abs(reading.samples).max()) > 0.5
            return [Cue(reading.at, "scream", 0.99 if loud else 0.01, "scream heard")]
        return []


def sound(seconds, loud=()):
    for second in range(1, seconds + 1):
        level = 0.9 if second in loud else 0.001
        yield Sound(float(second), np.full(16_000, level, np.float32))


def names(told, *wanted):
    return [line["event"] for line in told if line["event"] in wanted]


def test_ticks_stand_between_the_readings_in_order_of_time():
    row = list(timeline([Position(0.3, 0, 0), Loss(0.6, "gps", lost=True)], 1.0))
    assert [item.at for item in row] == [0.0, 0.25, 0.3, 0.5, 0.6, 0.75, 1.0]


def test_a_scream_becomes_a_pre_alarm_and_an_alarm():
    told = list(fold(timeline(sound(30, loud=(5,)), 30), Ears(), Policy()))
    assert names(told, "pre_alarm", "alarm") == ["pre_alarm", "alarm"]


def test_quiet_sound_raises_nothing():
    told = list(fold(timeline(sound(30), 30), Ears(), Policy()))
    assert names(told, "pre_alarm", "alarm", "cue") == []


def test_the_same_row_gives_the_same_events():
    first, second = (list(fold(timeline(sound(60, (5, 40)), 60), Ears(), Policy())) for _ in range(2))
    assert json.dumps(first) == json.dumps(second)


@pytest.mark.parametrize(
    ("expect", "missed"),
    [
        ({"pre_alarm": (4.0, 6.0), "alarm": True}, 0),
        ({"pre_alarm": (7.0, 9.0)}, 1),
        ({"alarm": False}, 1),
        ({"resolved": True}, 1),
        ({"pre_alarm": False, "alarm": False}, 2),
    ],
)
def test_a_scenario_is_held_to_what_it_expects(expect, missed):
    tally = Tally()
    for told in fold(timeline(sound(30, loud=(5,)), 30), Ears(), Policy()):
        tally.add(told)
    assert len(tally.missed(expect)) == missed


def test_files_are_replayed_each_with_a_mind_of_its_own(tmp_path, capsys):
    for name in ("a.wav", "b.wav"):
        sound_file(tmp_path / name, np.full(32_000, 0.9, np.float32))
    assert run([tmp_path], Policy(), lambda _: Ears(), as_json=True, speed=None) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert names(lines, "pre_alarm", "summary") == ["pre_alarm", "summary"] * 2


def test_what_is_wrong_with_one_file_stops_no_other(tmp_path, capsys):
    (tmp_path / "text.wav").write_text("no sound")
    sound_file(tmp_path / "good.wav", np.zeros(16_000, np.float32))
    paths = [tmp_path / name for name in ("text.wav", "gone.wav", "good.wav")]
    code = run(paths, Policy(), lambda _: Ears(), as_json=False, speed=None)
    out, err = capsys.readouterr()
    assert code == 66
    assert len(err.splitlines()) == 2
    assert "text.wav" in err
    assert "gone.wav" in err
    assert "good.wav: 1.0 s" in out


def test_what_is_wrong_with_one_file_of_a_folder_stops_no_other(tmp_path, capsys):
    (tmp_path / "a.wav").write_text("no sound")
    (tmp_path / "b.wav").touch()
    sound_file(tmp_path / "c.wav", np.zeros(16_000, np.float32))
    assert run([tmp_path], Policy(), lambda _: Ears(), as_json=False, speed=None) == 65
    out, err = capsys.readouterr()
    assert [name in line for name, line in zip("ab", err.splitlines(), strict=True)] == [True, True]
    assert "c.wav: 1.0 s" in out


def test_a_missed_expectation_is_exit_code_1(tmp_path, capsys):
    (tmp_path / "scenario.yaml").write_text("seconds: 2\nexpect: {alarm: true}\n")
    assert run([tmp_path], Policy(), lambda _: Ears(), as_json=False, speed=None) == 1
    assert "alarm was expected, but none came" in capsys.readouterr().out


class Eyes:
    """Senses that see fear in every picture."""

    def take(self, reading):
        return [Cue(reading.at, "face", 0.8, "fear in a face")] if isinstance(reading, Frame) else []


@pytest.mark.parametrize("how", ["a video", "a scenario with a video"])
def test_the_pictures_of_a_video_are_seen(tmp_path, capsys, how):
    pytest.importorskip("av", reason="PyAV is not installed: pip install 'distress-agent[media]'")
    file = video(tmp_path / "walk.mp4", 2.0)
    (tmp_path / "scenario.yaml").write_text("seconds: 2\nvideo: walk.mp4\n")
    path = file if how == "a video" else tmp_path
    assert run([path], Policy(), lambda _: Eyes(), as_json=True, speed=None) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    seen = [line["at"] for line in lines if line["event"] == "score"]
    assert len(seen) == 10
    assert seen == sorted(seen)
    assert lines[-1]["highest"] == {"face": 0.8}
