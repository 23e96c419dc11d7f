"""The rehearsal, by the model that ships; and by shelves that are not what they were."""

import shutil

import numpy as np

from agent import rehearsal
from agent.core.policy import CueRule, Policy
from agent.senses import shelf
from agent.senses.sound import Hearing


def test_the_model_that_ships_hears_the_drill():
    assert rehearsal.rehearse(Policy()) == ""


def test_a_file_that_was_swapped_is_named(tmp_path, monkeypatch):
    for file in shelf.default_folder().glob("scream.*"):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(shelf, "default_folder", lambda: tmp_path)
    with (tmp_path / "scream.tflite").open("ab") as file:
        file.write(b"\0")
    assert rehearsal.rehearse(Policy()).startswith("the checksum is not that of its card")
    (tmp_path / "scream.tflite").unlink()
    assert rehearsal.rehearse(Policy()) == "there is no such model file"


class Deaf:
    """A model that is sure of nothing."""

    def scores(self, windows):
        """One label."""
        return np.full(1, 0.04, np.float32)


def test_a_model_that_is_deaf_is_named():
    why = "the scream of the drill raises no pre-alarm, its highest score is 4 %"
    assert rehearsal.rehearse(Policy(), lambda: Hearing(Deaf())) == why


def test_a_policy_that_wants_more_than_one_scream_is_named_too():
    strict = Policy(cues={"scream": CueRule(0.1, 0.3, 1.0)}, k=40, n=40)
    assert "raises no pre-alarm" in rehearsal.rehearse(strict)


def test_the_sequence_is_what_a_microphone_gives():
    blocks = list(rehearsal.scream())
    assert {len(block.samples) for block in blocks} == {1600}
    assert blocks[-1].at == 4.5
    assert 0.3 < max(abs(block.samples).max() for block in blocks) <= 1.0
