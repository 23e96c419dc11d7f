"""The shelf refuses by name and reason what does not match its card, and runs what does."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest

from agent.senses import shelf
from tests.senses.fake_net import FakeNet, a_card, put


def refused(folder, why):
    with pytest.raises(shelf.ModelUnfit, match=why) as caught:
        shelf.load("scream", folder)
    assert "scream.tflite" in str(caught.value)


def test_a_good_file_with_its_card_is_loaded(net, tmp_path):
    put(tmp_path)
    model = shelf.load("scream", tmp_path)
    assert (model.name, model.labels, model.threshold) == ("scream", ["scream"], 0.5)


def test_a_missing_file_is_refused(tmp_path):
    refused(tmp_path, "no such model file")


def test_a_file_without_a_card_is_refused(tmp_path):
    put(tmp_path).with_suffix(".json").unlink()
    refused(tmp_path, r"card scream\.json is missing")


@pytest.mark.parametrize("text", ["{", "", "\x00"])
def test_a_card_that_is_no_json_is_refused(tmp_path, text):
    put(tmp_path).with_suffix(".json").write_text(text)
    refused(tmp_path, "not JSON")


@pytest.mark.parametrize("text", ["{}", "[]", "3", '{"schema": 1}'])
def test_a_card_that_lacks_something_is_refused(tmp_path, text):
    put(tmp_path).with_suffix(".json").write_text(text)
    refused(tmp_path, "lacks .*calibration")


def test_a_card_of_another_schema_or_model_is_refused(tmp_path):
    put(tmp_path, schema=2)
    refused(tmp_path, "schema 2")
    put(tmp_path, name="voice")
    refused(tmp_path, "another model, voice")


def test_a_damaged_or_swapped_file_is_refused(tmp_path):
    file = put(tmp_path)
    file.write_bytes(file.read_bytes()[:-1])
    refused(tmp_path, "checksum")


def test_what_is_no_model_is_refused_even_with_the_right_checksum(tmp_path):
    put(tmp_path)
    refused(tmp_path, "not a TensorFlow Lite model")


def test_a_float_file_is_refused(net, tmp_path):
    net.inputs[0]["dtype"] = np.float32
    put(tmp_path)
    refused(tmp_path, "input is float32; models on the shelf are int8")


def test_a_file_of_another_shape_scale_or_count_is_refused(net, tmp_path):
    put(tmp_path, inputs=[{**a_card()["inputs"][0], "shape": [1, 98, 64]}])
    refused(tmp_path, r"input has shape \[1, 96, 64\], its card says \[1, 98, 64\]")
    put(tmp_path, outputs=[{**a_card()["outputs"][0], "scale": 0.3}])
    refused(tmp_path, "output has scale 0.2")
    put(tmp_path, outputs=a_card()["outputs"] * 2)
    refused(tmp_path, "1 outputs, its card 2")


def test_labels_must_fit_the_output(net, tmp_path):
    put(tmp_path, labels=["scream", "calm"])
    refused(tmp_path, "2 labels for 1 outputs")
    put(tmp_path, calibration=[{"kind": "softmax", "columns": [0, 1], "temperature": 1.0}])
    refused(tmp_path, "2 calibrated")


def test_scores_are_calibrated_and_of_the_shape_of_what_was_asked(model):
    loud, quiet = np.full((96, 64), 3.0, np.float32), np.full((96, 64), -3.0, np.float32)
    assert model.scores(loud).shape == (1,)
    assert model.scores(loud)[0] > 0.99
    both = model.scores(np.stack([loud, quiet]))
    assert both.shape == (2, 1)
    assert both[1, 0] < 0.01
    assert model.scores(np.zeros((0, 96, 64), np.float32)).shape == (0, 1)


def test_windows_of_another_shape_are_an_error_that_says_so(model):
    with pytest.raises(ValueError, match=r"scream takes windows of \(96, 64\)"):
        model.scores(np.zeros((3, 95, 64), np.float32))


def test_platt_and_softmax_calibration():
    groups = [
        {"kind": "softmax", "columns": [0, 1], "temperature": 2.0},
        {"kind": "platt", "columns": [2], "scale": 2.0, "bias": -1.0},
    ]
    out = shelf.calibrate(np.array([[2.0, 0.0, 0.5]], np.float32), groups)
    assert out[0, 0] == pytest.approx(np.e / (1 + np.e))
    assert out[0, :2].sum() == pytest.approx(1.0)
    assert out[0, 2] == pytest.approx(0.5)


def test_verify_compares_golden_vectors(net, tmp_path):
    put(tmp_path)
    model = shelf.load("scream", tmp_path)
    answer = model.run_int8(shelf.golden_input(1, [1, 96, 64]))[0].item()
    golden = {"tolerance": 0, "vectors": [{"seed": 1, "outputs": [[answer]]}]}
    put(tmp_path, golden=golden)
    shelf.verify(shelf.load("scream", tmp_path))
    golden["vectors"][0]["outputs"] = [[answer + 3]]
    put(tmp_path, golden=golden)
    with pytest.raises(shelf.ModelUnfit, match="off by 3 steps"):
        shelf.verify(shelf.load("scream", tmp_path))


def test_only_one_thread_at_a_time_is_inside(tmp_path, monkeypatch):
    inside, most = [0], [0]

    class Watched(FakeNet):
        def invoke(self):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            threading.Event().wait(0.002)
            inside[0] -= 1

    monkeypatch.setattr(shelf, "_interpreter", lambda _file: Watched())
    put(tmp_path)
    model = shelf.load("scream", tmp_path)
    window = np.zeros((96, 64), np.float32)
    threads = [threading.Thread(target=model.scores, args=(window,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 1


class TestShipped:
    """The models that are on the shelf of this checkout."""

    def names(self):
        return sorted(path.stem for path in shelf.default_folder().glob("*.tflite"))

    def test_every_file_matches_its_card_and_its_golden_vectors(self):
        assert "scream" in self.names()
        for name in self.names():
            shelf.verify(shelf.load(name))

    def test_a_truncated_copy_is_refused_by_the_runtime_too(self, tmp_path):
        real = shelf.default_folder() / "scream.tflite"
        card = json.loads(real.with_suffix(".json").read_text())
        cut = tmp_path / "scream.tflite"
        cut.write_bytes(real.read_bytes()[:2000])
        card["sha256"] = shelf.checksum(cut)
        cut.with_suffix(".json").write_text(json.dumps(card))
        refused(tmp_path, "not a TensorFlow Lite model")

    def test_it_is_small_and_says_what_it_is_for(self):
        model = shelf.load("scream")
        assert model.file.stat().st_size <= 400_000
        assert model.card["for"]
        assert model.card["not_for"]
        assert 0 < model.threshold < 1
