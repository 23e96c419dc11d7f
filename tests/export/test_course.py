"""The course of a training: what it keeps, and how it goes on."""

import pytest

torch = pytest.importorskip("torch", reason="needs the training environment: make test-export")

from export.course import Course  # noqa: E402


def a_course(seed):
    torch.manual_seed(seed)
    module = torch.nn.Linear(3, 1)
    return Course(module, module, steps=20, rate=0.1, average=0.9)


def a_step(course):
    return course.learn((course.module(torch.ones(4, 3)) - 1).square().mean())


def test_it_learns_and_keeps_an_average():
    course = a_course(1)
    losses = [a_step(course) for _ in range(20)]
    assert losses[-1] < 0.1 * losses[0]
    assert not torch.equal(course.average.module.weight, course.module.weight)


def test_an_interrupted_course_ends_as_one_that_was_not(tmp_path):
    whole, first, second = a_course(1), a_course(1), a_course(2)
    for _ in range(6):
        a_step(whole)
    for _ in range(3):
        a_step(first)
    first.epoch = 3
    first.save(tmp_path / "a.course")
    second.resume(tmp_path / "a.course")
    for _ in range(3):
        a_step(second)
    assert second.epoch == 3
    assert torch.equal(second.average.module.weight, whole.average.module.weight)


def test_without_what_was_saved_it_begins_anew(tmp_path):
    course = a_course(1)
    course.resume(tmp_path / "nothing.course")
    assert course.epoch == 0
