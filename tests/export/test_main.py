"""`python -m export`: each step of each model, and after `evaluate all` the targets of all."""

from __future__ import annotations

import importlib
import json
import math
import os
import shutil

import pytest

from agent.senses import shelf
from export import __main__ as entrance
from export import figures
from export import job as jobs
from export.figures import Figure
from export.job import WORK, Job


class Recipe:
    """A recipe whose evaluation finds one figure, or that has no data."""

    def __init__(self, value=None):
        self.value = value

    def evaluate(self, job):
        if self.value is None:
            raise OSError("no data here")
        job.folder.mkdir(parents=True)
        figures.save([Figure("found", self.value, target=0.5)], job.folder / "figures.json")


@pytest.fixture
def models(monkeypatch, tmp_path):
    """Models with their recipes, each with a file on a shelf of its own."""

    def made(**recipes):
        monkeypatch.setattr(jobs, "ROOT", tmp_path)
        monkeypatch.setattr(entrance, "MODELS", tuple(recipes))
        monkeypatch.setattr(Job, "folder", property(lambda job: tmp_path / "work" / job.model))
        monkeypatch.setattr(importlib, "import_module", lambda name: recipes[name.split(".")[-1]])
        (tmp_path / "models_tflite").mkdir()
        for name in recipes:
            (tmp_path / "models_tflite" / f"{name}.tflite").touch()
        return tmp_path / "models_tflite"

    return made


def test_evaluate_all_ends_with_the_targets_of_all(models, capsys):
    folder = models(scream=Recipe(0.7), voice=Recipe(0.3), face=Recipe(0.9))
    (folder / "face.tflite").unlink()
    assert entrance.main(["evaluate", "all"]) == 0
    told = capsys.readouterr().out
    assert "face: not there" in told
    assert "1 of 2 measured targets reached" in told


def test_a_model_without_data_does_not_stop_the_others(models, capsys):
    models(scream=Recipe(), voice=Recipe(0.7))
    assert entrance.main(["evaluate", "all"]) == 66
    said = capsys.readouterr()
    assert "no data here" in said.err
    assert "1 of 1 measured targets reached" in said.out


def test_another_environment_is_named_in_one_line(models, capsys, monkeypatch):
    def lacking(_):
        raise ModuleNotFoundError("No module named 'torch'")

    models(scream=Recipe(0.7))
    monkeypatch.setattr(entrance.importlib, "import_module", lacking)
    assert entrance.main(["train", "scream"]) == 69
    assert "make test-export" in capsys.readouterr().err


def test_ones_own_recordings_are_for_the_models_that_can_take_them(models, tmp_path, capsys):
    models(scream=Recipe(0.7), stress=Recipe(0.7))
    with pytest.raises(SystemExit):
        entrance.main(["evaluate", "stress", "--pack", str(tmp_path)])
    assert "--pack is for scream" in capsys.readouterr().err
    assert Job("scream", own=(tmp_path,)).packs("audio") == [tmp_path]
    assert Job("scream", own=(tmp_path,)).shelf != Job("scream").shelf


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Where evaluations put what they find; recordings that were decoded before are used again."""
    work = tmp_path_factory.mktemp("work")
    if (WORK / "full" / "clips" / "clips.json").is_file():
        (work / "full").mkdir()
        (work / "full" / "clips").symlink_to(WORK / "full" / "clips")
    return work


def measured_alike(row):
    """Whether a row must be the same in every run: no time, and nothing that this run could not measure."""
    return not (row.name.startswith("time") or row.name.endswith("ms a call") or math.isnan(row.value))


@pytest.mark.skipif(not os.environ.get("DISTRESS_DATA"), reason="no recordings: DISTRESS_DATA is not set")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "model", ["scream"]
)  # the others' main figures: test_voice, test_face, test_face_detector
def test_the_cards_figures_are_what_evaluate_prints(model, work, tmp_path, monkeypatch):
    pytest.importorskip("litert_torch", reason="needs the training environment: make test-export")
    shutil.copytree(shelf.default_folder(), tmp_path / "models_tflite")
    monkeypatch.setattr(jobs, "ROOT", tmp_path)
    job = Job(model, work=work)
    if not job.shipped:
        pytest.skip(f"{model} is not on the shelf")
    importlib.import_module(f"export.recipes.{model}").evaluate(job)
    card = json.loads((tmp_path / "models_tflite" / f"{model}.json").read_text(encoding="utf-8"))
    told = {row.name: row.value for row in figures.read(card["figures"])}
    again = [row for row in figures.load(job.folder / "figures.json") if measured_alike(row)]
    assert any(row.target is not None for row in again)
    for row in again:  # another processor's int8 kernels may move a clip over a threshold
        assert row.value == pytest.approx(told[row.name], rel=0.02, abs=0.01), row.name
