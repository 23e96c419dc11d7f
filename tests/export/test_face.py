"""The face chain on drawn faces; and the card's figures again from the pictures, when they are there."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

pytest.importorskip("litert_torch", reason="needs the training environment: make test-export")

from agent.senses import portrait, shelf
from agent.senses.faces import Box
from export import madeup_faces as madeup
from export.job import Job, packs
from export.recipes import face, face_figures, face_pictures

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """All five steps of a quick face model."""
    made = Job("face", quick=True, work=tmp_path_factory.mktemp("work"))
    for step in (face.data, face.train, face.quantize, face.evaluate, face.card):
        step(made)
    return made


def test_the_chain_ends_in_a_file_that_the_shelf_takes(job):
    model = shelf.load("face", job.shelf)
    shelf.verify(model)
    assert job.tflite.stat().st_size <= 1_500_000
    assert model.labels == [*face_pictures.EMOTIONS, "distress"]
    frame = np.random.default_rng(0).integers(0, 256, (120, 160)).astype(np.uint8)
    scores = model.scores(portrait.portrait(frame, Box(40.0, 20.0, 50.0, 66.0, 1.0)))
    assert scores[:8].sum() == pytest.approx(1, abs=1e-5)
    assert 0 <= scores[8] <= 1


def test_the_card_says_where_it_comes_from(job):
    card = json.loads(job.tflite.with_suffix(".json").read_text())
    assert card["data"]["trained_on"][0]["licence"] == "made in code"
    assert card["data"]["pictures"]["train"]["fear"] == 24
    assert 0 < card["threshold"]["value"] < 1
    told = job.tflite.with_suffix(".md").read_text()
    assert "nobody's age, sex or race" in told
    for name in ("confusion", "roc", "reliability"):
        assert f"face_{name}.svg" in told
        assert (job.shelf / f"face_{name}.svg").is_file()


def test_the_threshold_calls_few_other_faces_distress(job):
    val = face_pictures.load(job.folder / "pictures.npz").of("val")
    model = shelf.load("face", job.shelf)
    others = face_figures.look(model, val.pixels)[val.distress < 0.5, 8]
    assert (others >= model.threshold).mean() <= face.MOST_FALSE


def test_a_training_that_ended_is_not_done_again(job, capsys):
    before = (job.folder / "network.pt").read_bytes()
    face.train(job)
    assert capsys.readouterr().out.count("trained already") == 3
    assert (job.folder / "network.pt").read_bytes() == before


def test_every_expression_is_drawn_differently():
    faces = [madeup.drawn(name, 48, np.random.default_rng(3)).astype(int) for name in madeup.EXPRESSIONS]
    for k, one in enumerate(faces):
        assert all(np.abs(one - other).max() > 60 for other in faces[:k])


@pytest.mark.skipif(not os.environ.get("DISTRESS_DATA"), reason="no pictures: DISTRESS_DATA is not set")
def test_the_cards_figures_are_what_is_measured():
    pictures = face_pictures.read(packs("face")[0])
    model, test = shelf.load("face"), pictures.of("test")
    said = face_figures.look(model, test.pixels)
    told = {row["name"]: row for row in model.card["figures"]}
    again = face_figures.main_rows(test, said) + face_figures.distress_rows(test, said, model.threshold)
    assert {row.name for row in again} <= told.keys()
    for row in again:
        assert row.value == pytest.approx(told[row.name]["value"], abs=0.002)
        assert row.counts == told[row.name]["counts"] or row.target is None
