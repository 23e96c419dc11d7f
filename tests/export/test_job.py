"""A job: when a trained network stays, and when it goes."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from export.job import Job


@pytest.fixture
def job(tmp_path):
    """A full one with a trained network and a half-trained one."""
    job = Job("scream", work=tmp_path)
    job.folder.mkdir(parents=True)
    job.settle(["a", "b"], 1)
    for name in ("first.pt", "network.pt", "network.course"):
        (job.folder / name).touch()
    return job


def test_a_network_is_trained_when_its_course_has_ended(job):
    assert job.trained("first")
    assert not job.trained("network")
    assert not job.trained("second")


def test_networks_stay_while_what_they_learn_from_is_the_same(job):
    job.settle(["a", "b"], 1)
    assert job.trained("first")


@pytest.mark.parametrize("change", [{"seed": 2}, {"licence": "cc0"}])
def test_another_seed_or_licence_begins_anew(job, change):
    replace(job, **change).settle(["a", "b"], 1)
    assert not list(job.folder.glob("*.pt")) + list(job.folder.glob("*.course"))


def test_other_data_begins_anew(job):
    job.settle(["a", "b", "c"], 1)
    assert not job.trained("first")


def test_another_recipe_begins_anew(job):
    job.settle(["a", "b"], 2)
    assert not job.trained("first")


def test_what_learnt_from_a_network_is_no_older_than_it(job):
    (job.folder / "second.pt").touch()
    assert job.spared("second", after="first")
    os.utime(job.folder / "first.pt", (2e9, 2e9))
    assert not job.spared("second", after="first")
    (job.folder / "first.pt").unlink()
    assert not job.trained("second", after="first")
    assert job.trained("second")


def test_a_quick_job_always_begins_anew(tmp_path):
    job = Job("scream", quick=True, work=tmp_path)
    job.folder.mkdir(parents=True)
    job.settle(["a"], 1)
    (job.folder / "first.pt").touch()
    job.settle(["a"], 1)
    assert not job.trained("first")
