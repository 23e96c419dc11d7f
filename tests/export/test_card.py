"""The card for people says all that the card for the program holds, in words and tables."""

from __future__ import annotations

import json

import pytest

from agent.senses import shelf
from export import card, figures
from export.figures import Figure


@pytest.fixture
def page(tmp_path):
    """Changes of a shipped card -> its page for people."""

    def written(**changed):
        file = tmp_path / "scream.tflite"
        file.write_bytes(b"stands for a network")
        told = json.loads((shelf.default_folder() / "scream.json").read_text(encoding="utf-8"))
        file.with_suffix(".json").write_text(json.dumps(told | changed), encoding="utf-8")
        card.write_for_people(file, [tmp_path / "scream_roc.svg"])
        return file.with_suffix(".md").read_text(encoding="utf-8")

    return written


def saved(rows, tmp_path):
    figures.save(rows, tmp_path / "figures.json")
    return json.loads((tmp_path / "figures.json").read_text())


def test_it_says_what_a_card_must_say(page):
    text = page()
    for word in (
        "**For:**",
        "**Not for:**",
        "**Input:**",
        "int8 [1, 96, 64]",
        "**Threshold:**",
        "sha256",
        "seed",
    ):
        assert word in text
    assert "![scream: roc](scream_roc.svg)" in text
    assert "| scream | " in text


def test_figures_stand_in_parts_and_what_is_missing_is_said(page, tmp_path):
    rows = [*figures.part("fairness", [Figure("women", 0.6)]), *figures.part("targets", [Figure("all", 0.7)])]
    rows.append(figures.not_measured("the paper's network", "no time"))
    text = page(figures=saved(rows, tmp_path))
    assert text.index("### Targets") < text.index("### More") < text.index("### Fairness")
    assert text.index("### More") < text.index("not measured")


def test_corpora_are_one_row_a_licence_and_those_without_one_are_named(page):
    base = {"pack": "audio", "corpus": "a", "clips": 2, "hours": 0.5}
    trained = [
        base | {"licence": "CC BY 3.0 (author: one)"},
        base | {"licence": "CC BY 3.0 (author: two)"},
        base | {"corpus": "b", "licence": "unknown (repository without licence)"},
    ]
    counts = {"train": {"scream": 3}, "test": {"scream": 1, "speech": 2}}
    text = page(data={"trained_on": trained, "splits": "By group.", "clips": counts})
    assert "| audio/a | 4 | 1.00 | CC BY 3.0 |" in text
    assert "Without a stated licence: audio/b." in text
    assert "| speech | 0 | 2 |" in text


def test_pictures_have_no_hours(page):
    trained = [{"pack": "face", "corpus": "wider", "pictures": 7, "licence": "CC BY"}]
    text = page(data={"trained_on": trained, "splits": "By group."})
    assert "| corpus | pictures | licence |\n|---|---|---|\n| face/wider | 7 | CC BY |" in text


def test_every_output_and_its_calibration_is_told(page):
    outputs = [
        {"what": "scores", "dtype": "int8", "shape": [1, 8]},
        {"what": "boxes", "dtype": "int8", "shape": [1, 4]},
    ]
    labels = ["anger", "fear", "voice"]
    groups = [
        {"kind": "softmax", "columns": [0, 1], "temperature": 1.5},
        {"kind": "platt", "columns": [2], "scale": 1.0, "bias": 0.0},
    ]
    text = page(outputs=outputs, labels=labels, calibration=groups)
    assert "boxes; int8 [1, 4]" in text
    assert "anger, fear by a softmax" in text
    assert "voice by a sigmoid" in text


def test_a_file_keeps_its_version_though_the_recipe_has_gone_on(tmp_path):
    shelf_card = shelf.default_folder() / "scream.json"
    for suffix in (".tflite", ".json"):
        (tmp_path / f"scream{suffix}").write_bytes(shelf_card.with_suffix(suffix).read_bytes())
    before = (tmp_path / "scream.json").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="run `quantize` first"):
        card.write(tmp_path / "scream.tflite", json.loads(before) | {"version": "99.0.0"})
    assert (tmp_path / "scream.json").read_text(encoding="utf-8") == before
