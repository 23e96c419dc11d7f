"""The card's figures are what evaluate measures: computed again from the recordings, when they are there."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest

from agent.senses import shelf
from export import clips, figures
from export.figures import Figure
from export.job import packs
from export.recipes import scream_figures as rows
from export.recipes.scream_looks import Looks, listen


def test_a_figure_knows_whether_it_reached_its_target():
    assert Figure("a", 0.97, target=0.96).reached
    assert not Figure("a", 81.0, target=80.0, most=True).reached
    assert Figure("a", 1.0).reached is None
    assert Figure("a", 0.97, 0.9, 0.99, "3 of 4", 0.96).words() == (
        "0.970 (0.900 to 0.990)",
        "3 of 4",
        ">= 0.96",
        "reached",
    )


def test_figures_are_kept_as_json(tmp_path):
    kept = [Figure("a", 0.5, 0.4, 0.6, "1 of 2", 0.9, most=True), Figure("b", 1.0)]
    figures.save(kept, tmp_path / "figures.json")
    assert figures.load(tmp_path / "figures.json") == kept


def test_what_nobody_measured_is_said_and_stays_json(tmp_path):
    row = figures.not_measured("the paper's network", "no time", target=0.7)
    assert row.words() == ("not measured", "no time", ">= 0.7", "")
    figures.save([row], tmp_path / "figures.json")
    assert '"value": null' in (tmp_path / "figures.json").read_text()
    assert figures.load(tmp_path / "figures.json")[0].words() == row.words()


def test_rows_stand_in_the_parts_of_the_table(tmp_path):
    rows = [*figures.part("fairness", [Figure("women", 0.6)]), Figure("all", 0.7)]
    rows += figures.part("targets", [Figure("main", 0.8)])
    assert list(figures.by_part(rows)) == ["targets", "more", "fairness"]
    assert list(figures.by_part([Figure("all", 0.7)])) == [""]
    figures.save(rows, tmp_path / "figures.json")
    assert figures.load(tmp_path / "figures.json") == rows
    with pytest.raises(ValueError, match="no part"):
        figures.part("other", rows)


def test_the_targets_of_all_models_stand_in_one_table(capsys):
    rows = [
        Figure("found", 0.9, target=0.8),
        Figure("alarms", 3.0, target=1.0, most=True),
        Figure("told", 1.0),
    ]
    figures.show_targets({"scream": [*rows, figures.not_measured("net", target=1.0)], "voice": None})
    told = capsys.readouterr().out
    assert "why is said above" in told
    assert "told" not in told
    assert "1 of 2 measured targets reached" in told


def some(label, best):
    made = clips.Clip(label, "audio", "made", label, label, label, "test", "", True, "")
    named = [dataclasses.replace(made, name=f"{label}{k}", group=f"{label}{k}") for k in range(len(best))]
    return Looks(named, [np.array([one, 0.0]) for one in best])


def test_rows_count_clips_and_alarms():
    hits, misses = some("scream", [0.9, 0.8, 0.3]), some("hardneg", [0.7, 0.1])
    assert rows.ranking("", hits, misses).value == pytest.approx(5 / 6)
    assert rows.share("", hits, 0.5).counts == "2 of 3 clips"
    assert rows.accuracy("", hits, misses, 0.5).value == pytest.approx(3 / 5)


@pytest.mark.skipif(not os.environ.get("DISTRESS_DATA"), reason="no recordings: DISTRESS_DATA is not set")
def test_the_cards_figures_are_what_is_measured(tmp_path):
    library = clips.decode(
        packs("audio", "audio_bursts", "audio_effects"),
        tmp_path,
        lambda clip: clip.split == "test" and clip.label in ("scream", "hardneg"),
    )
    model = shelf.load("scream")
    heard = listen(model, library, library.clips)
    hits, hard = heard.where(rows.scream), heard.where(rows.labelled("hardneg"))
    told = {row["name"]: row for row in model.card["figures"]}
    for again in (
        rows.ranking("AUC against hard negatives", hits, hard),
        rows.share("recall at the card's threshold", hits, model.threshold),
        rows.alarms("false alarms/h at the card's threshold, hard negatives", hard, model.threshold),
    ):
        assert again.value == pytest.approx(told[again.name]["value"], abs=0.002)
        assert again.counts == told[again.name]["counts"]
