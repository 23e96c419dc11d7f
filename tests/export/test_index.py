"""A folder of one's own recordings becomes a pack whose groups stay in one split."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import soundfile

from export import clips, index


def fill(folder, label, people, sounds=2):
    for person in people:
        for k in range(sounds):
            file = folder / label / f"{person}_{k}.wav"
            file.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(file, 0.1 * np.sin(np.arange(8000) / (5 + k)), 16_000)


@pytest.fixture
def folder(tmp_path):
    """Screams of six people, four of whom also speak."""
    folder = tmp_path / "mine"
    fill(folder, "scream", "abcdef")
    fill(folder, "speech", "abcd")
    return folder


def test_no_person_is_in_two_splits_and_every_label_in_all(folder, capsys):
    assert index.main([str(folder), "--licence", "CC0"]) == 0
    assert "train" in capsys.readouterr().out
    rows = clips.read_index(folder)
    assert len(rows) == 20
    splits = {clip.group: clip.split for clip, _ in rows}
    assert all(clip.split == splits[clip.group] for clip, _ in rows)
    for label in ("scream", "speech"):
        assert {clip.split for clip, _ in rows if clip.label == label} == {"train", "val", "test"}
    assert {clip.licence for clip, _ in rows} == {"CC0"}


def test_who_is_known_keeps_the_split_when_recordings_are_added(folder):
    before = {row["group"]: row["split"] for row in index.write(folder, "CC0")}
    fill(folder, "scream", ["0new", "zoe"])
    after = {row["group"]: row["split"] for row in index.write(folder, "CC0")}
    assert after.keys() == before.keys() | {"0new", "zoe"}
    assert before.items() <= after.items()


def test_a_folder_under_the_label_is_a_group(folder):
    fill(folder / "scream", "anna", ["x", "y", "z"])
    groups = {row["group"] for row in index.write(folder, "CC0") if "anna" in row["clip"]}
    assert groups == {"anna"}


def test_too_little_is_told_in_one_sentence(folder, tmp_path, capsys):
    fill(folder, "ambience", "gh")
    assert index.main([str(folder)]) == 65
    assert "ambience: 2 groups are too few" in capsys.readouterr().err
    assert index.main([str(tmp_path / "none")]) == 65
    assert "recordings are wanted in scream" in capsys.readouterr().err


def test_recordings_that_lie_open_are_decoded_and_anew_after_a_change(folder, tmp_path):
    index.write(folder, "CC0")
    work = tmp_path / "work"
    assert {clip.seconds for clip in clips.decode([folder], work).clips} == {0.5}
    fill(folder, "scream", ["zoe"])
    assert len(clips.decode([folder], work).clips) == 20
    with (folder / "index.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 20
    index.write(folder, "CC0")
    assert len(clips.decode([folder], work).clips) == 22
