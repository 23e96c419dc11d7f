"""The whole chain on clips made in code, in the training environment; without it, it skips aloud."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from agent.senses import shelf
from export import examples
from export.job import Job
from export.recipes import scream

pytest.importorskip("litert_torch", reason="needs the training environment: make test-export")


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """All five steps of a quick scream model, without a teacher."""
    made = Job("scream", quick=True, work=tmp_path_factory.mktemp("work"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DISTRESS_TEACHERS", raising=False)
        for step in (scream.data, scream.train, scream.quantize, scream.evaluate, scream.card):
            step(made)
    return made


@pytest.mark.filterwarnings("ignore")
def test_the_chain_ends_in_a_file_that_the_shelf_takes(job):
    model = shelf.load("scream", job.shelf)
    shelf.verify(model)
    assert job.tflite.stat().st_size <= 400_000
    assert model.card["figures"]
    assert "made in code" in job.tflite.with_suffix(".md").read_text()


@pytest.mark.filterwarnings("ignore")
def test_the_card_says_where_it_comes_from(job):
    card = json.loads(job.tflite.with_suffix(".json").read_text())
    assert card["trained_with"]["torch"]
    assert card["data"]["trained_on"][0]["corpus"] == "madeup"
    assert 0 < card["threshold"]["value"] < 1


def test_each_course_goes_on_from_the_one_before_and_the_middle_is_quantised(job, tmp_path, monkeypatch):
    import torch

    from export import train as training

    again, run = replace(job, work=tmp_path), []
    shutil.copytree(job.folder, again.folder)
    shutil.copytree(job.clips, again.clips)

    def course(student, made, held, file, **told):
        run.append((file.name, student.head.bias.item(), made.windows.shape[1], told["seed"], told["rate"]))
        student.head.bias.data.fill_(len(run) + 6.0)
        torch.save(student.state_dict(), file)

    def middle():
        return torch.load(again.folder / "network.pt", weights_only=True)["head.bias"].item()

    monkeypatch.setattr(training, "train", course)
    (again.folder / "first.pt").unlink()
    scream.train(again)
    (_, _, _, near), (_, _, _, far) = scream.COURSES
    random = run[0][1]
    assert run == [
        ("first.pt", random, examples.FIRST.views, 1, near),
        ("second.pt", 7.0, examples.SECOND.views, 2, far),
    ]
    assert middle() == 7.5
    (again.folder / "second.pt").unlink()
    scream.train(again)
    assert [told[:2] for told in run[2:]] == [("second.pt", 7.0)]
    assert middle() == 8.0
