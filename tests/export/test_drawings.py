"""Pictures of a card: well-formed SVG that says in words what it shows."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from export import drawings

SVG = "{http://www.w3.org/2000/svg}"


def words(file):
    return [one.text for one in ElementTree.parse(file).iter(f"{SVG}text")]


def test_a_confusion_tells_shares_of_each_true_label(tmp_path):
    counts = np.array([[3, 1], [0, 0]])
    file = drawings.confusion(counts, ["fear", "calm & quiet"], tmp_path / "confusion.svg")
    assert {"fear", "calm & quiet", "75", "25", "4", "0"} <= set(words(file))
    told = ElementTree.parse(file).find(f"{SVG}desc").text
    assert told.startswith("fear: 75 of 100 recognised, 4 in all; calm & quiet")


def test_curves_have_axes_and_a_line_for_each_name(tmp_path):
    scores, truth = np.array([0.9, 0.4, 0.1]), np.array([True, True, False])
    for file in (
        drawings.roc({"hard <noise>": (scores, truth)}, tmp_path / "roc.svg"),
        drawings.reliability(scores, truth, tmp_path / "reliability.svg"),
    ):
        root = ElementTree.parse(file).getroot()
        assert root.get("role") == "img"
        assert root.find(f"{SVG}polyline") is not None
    assert "hard <noise> (1.000)" in words(tmp_path / "roc.svg")


def test_a_curve_of_thousands_of_points_stays_a_small_file(tmp_path):
    scores = np.random.default_rng(0).random(20_000)
    file = drawings.roc({"half": (scores, scores > 0.5)}, tmp_path / "roc.svg")
    assert file.stat().st_size < 2_000
    line = ElementTree.parse(file).find(f"{SVG}polyline").get("points").split()
    assert line[-1] == f"{drawings.SIZE - drawings.MARGIN}.0,{drawings.MARGIN}.0"
