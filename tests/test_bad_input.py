"""Bad input at the command line: one clear line on standard error, the right exit code, never a traceback."""

import numpy as np
import pytest

from agent.cli import main
from tests.made import cut, noise, sound_file


def said(capsys, *words):
    """(exit code, lines of standard error) of one command."""
    code = main([str(word) for word in words])
    return code, capsys.readouterr().err.splitlines()


def text(path):
    path.write_text("this is no sound")
    return path


def empty(path):
    path.write_bytes(b"")
    return path


def holes(path):
    samples = noise(2.0)
    samples[20_000] = np.nan
    return sound_file(path, samples, subtype="FLOAT")


def truncated(path):
    return cut(sound_file(path, noise(4.0)))


@pytest.mark.parametrize("command", ["score", "replay"])
@pytest.mark.parametrize(
    ("make", "code", "word"),
    [
        (text, 65, "not a sound file"),
        (empty, 65, "empty"),
        (holes, 65, "not a number"),
        (truncated, 65, "there"),
        (lambda path: path, 66, "cannot read"),
    ],
    ids=["text named .wav", "empty file", "NaN samples", "truncated WAV", "missing file"],
)
def test_a_bad_recording_is_one_line(tmp_path, capsys, command, make, code, word):
    got, lines = said(capsys, command, make(tmp_path / "a.wav"))
    assert (got, len(lines)) == (code, 1)
    assert "a.wav" in lines[0]
    assert word in lines[0]


@pytest.mark.parametrize("command", ["score", "replay"])
def test_a_folder_without_media_is_one_line(tmp_path, capsys, command):
    (tmp_path / "notes.txt").write_text("nothing to hear")
    code, lines = said(capsys, command, tmp_path)
    assert (code, len(lines)) == (65, 1)
    assert "holds no sound or video" in lines[0]


@pytest.mark.parametrize("command", ["score", "replay"])
def test_eight_channels_at_192_khz_are_heard(tmp_path, capsys, command):
    file = sound_file(tmp_path / "wide.wav", noise(1.5, rate=192_000, channels=8), rate=192_000)
    assert said(capsys, command, file) == (0, [])


def test_a_scenario_with_a_typo_names_file_line_key_and_cure(tmp_path, capsys):
    (tmp_path / "scenario.yaml").write_text("seconds: 5\naudoi: []\n")
    code, lines = said(capsys, "replay", tmp_path)
    assert (code, len(lines)) == (65, 1)
    assert "scenario.yaml:2" in lines[0]
    assert "audio" in lines[0]


def test_a_configuration_with_a_typo_names_file_line_key_and_cure(tmp_path, capsys):
    file = tmp_path / "agent.yaml"
    file.write_text("fusion:\n  treshold: 0.4\n")
    code, lines = said(capsys, "check-config", "-c", file)
    assert (code, len(lines)) == (78, 1)
    assert "agent.yaml:2" in lines[0]
    assert "threshold" in lines[0]


def test_a_configuration_that_is_not_there_is_one_line(tmp_path, capsys):
    code, lines = said(capsys, "run", "-c", tmp_path / "none.yaml")
    assert (code, len(lines)) == (66, 1)


def test_a_speed_of_nothing_is_wrong_usage(tmp_path, capsys):
    assert said(capsys, "replay", tmp_path, "--speed", "0")[0] == 2


def test_a_model_that_was_damaged_is_refused_with_its_reason(tmp_path, capsys):
    from agent.senses import shelf

    for part in ("scream.tflite", "scream.json"):
        (tmp_path / part).write_bytes((shelf.default_folder() / part).read_bytes())
    with (tmp_path / "scream.tflite").open("r+b") as file:
        file.seek(5000)
        file.write(b"\0\0\0\0")
    code, lines = said(capsys, "model", "install", tmp_path / "scream.tflite")
    assert (code, len(lines)) == (65, 1)
    assert "checksum" in lines[0]
