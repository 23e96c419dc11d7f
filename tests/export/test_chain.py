"""The whole chain on clips made in code, in the training environment; without it, it skips aloud."""

from __future__ import annotations

import json

import pytest

from agent.senses import shelf
from export import examples
from export.job import Job
from export.recipes import scream

pytest.importorskip("litert_torch", reason="needs the training environment: make test-export")


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """All five steps of a quick scream model."""
    made = Job("scream", quick=True, work=tmp_path_factory.mktemp("work"))
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


def test_each_course_goes_on_from_the_one_before_and_the_middle_ships(job, monkeypatch):
    import torch

    from export import train as training

    run = []

    def course(student, made, held, file, **told):
        began = float(student.head.bias.item())
        student.head.bias.data.fill_(len(run) + 7.0)
        torch.save(student.state_dict(), file)
        run.append((file.name, len(made.truth), made.windows.shape[1], began, told["rate"]))

    for name in ("first", "second"):
        (job.folder / f"{name}.pt").unlink()
    monkeypatch.setattr(training, "train", course)
    scream.train(job)
    count, (first, second) = scream.QUICK_EXAMPLES, (examples.FIRST, examples.SECOND)
    began = run[0][3]
    assert run == [
        ("first.pt", count, first.views, began, scream.COURSES[0][3]),
        ("second.pt", count, second.views, 7.0, scream.COURSES[1][3]),
    ]
    assert abs(began) < 1
    assert torch.load(job.folder / "network.pt", weights_only=True)["head.bias"].item() == 7.5
