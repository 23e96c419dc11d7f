"""Portraits: the cut follows the box, nothing aliases, and neither light nor wall changes what is seen."""

from __future__ import annotations

import numpy as np
import pytest

from agent.senses import portrait
from agent.senses.faces import Box
from agent.senses.portrait import SIDE


def box_around(left, top, side):
    """The box of a face whose cut is this square."""
    width, height = side / portrait.WIDTHS, side / portrait.HEIGHTS
    return Box(left + (side - width) / 2, top + (side - height) / 2, width, height, 1.0)


@pytest.fixture
def picture():
    """A smooth picture of 48 pixels, so that resizing can be undone."""
    at = np.linspace(0, 2 * np.pi, SIDE)
    return (128 + 60 * np.sin(at)[:, None] + 50 * np.cos(2 * at)[None]).astype(np.uint8)


def placed(picture, left, top, shape=(200, 300)):
    frame = np.full(shape, 90, np.uint8)
    frame[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return frame


def test_a_face_as_large_as_the_input_comes_out_as_it_is(picture):
    cut = portrait.cut(placed(picture, 30, 50), box_around(30, 50, SIDE))
    np.testing.assert_allclose(cut, picture, atol=0.1)


@pytest.mark.parametrize("times", [2, 3])
def test_a_larger_face_is_averaged_not_sampled(picture, times):
    large = np.kron(picture, np.ones((times, times))).astype(np.uint8)
    checks = (np.indices(large.shape).sum(axis=0) % 2 * 40 - 20).astype(int)
    frame = placed(np.clip(large + checks, 0, 255).astype(np.uint8), 40, 20)
    cut = portrait.cut(frame, box_around(40, 20, SIDE * times))
    inner = (slice(2, -2), slice(2, -2))
    assert np.abs(cut - picture)[inner].mean() < 4


def test_a_smaller_face_is_interpolated(picture):
    small = picture.reshape(24, 2, 24, 2).mean(axis=(1, 3)).astype(np.uint8)
    cut = portrait.cut(placed(small, 100, 100), box_around(100, 100, 24))
    assert np.abs(cut - picture)[2:-2, 2:-2].mean() < 3


def test_the_cut_follows_the_box_by_parts_of_a_pixel():
    frame = np.tile(np.arange(200, dtype=np.uint8), (200, 1))
    here = portrait.cut(frame, box_around(50.0, 50.0, SIDE))
    there = portrait.cut(frame, box_around(50.25, 50.0, SIDE))
    np.testing.assert_allclose(there - here, 0.25, atol=1e-3)


@pytest.mark.parametrize(
    ("left", "top"), [(-30, 20), (280, 20), (20, -30), (20, 190), (-60, -60), (500, 20), (20, 400)]
)
def test_outside_the_frame_its_edge_goes_on(left, top):
    frame = np.random.default_rng(1).integers(0, 256, (200, 300)).astype(np.uint8)
    wide = np.pad(frame, 600, mode="edge")
    box = box_around(left, top, 61.3)
    within = Box(box.left + 600, box.top + 600, box.width, box.height, 1.0)
    np.testing.assert_allclose(portrait.cut(frame, box), portrait.cut(wide, within), atol=0.02)


def test_a_box_that_is_too_wide_is_held_by_its_height():
    frame = np.tile(np.arange(250, dtype=np.uint8), (200, 1))
    right = Box(80.0, 60.0, 40.0, 52.0, 1.0)
    wide = Box(72.0, 60.0, 56.0, 52.0, 1.0)
    spans = [np.ptp(portrait.cut(frame, box)) for box in (right, wide)]
    assert spans[1] / spans[0] == pytest.approx(1.2, abs=0.02)


@pytest.mark.parametrize("gain", [0.3, 0.6, 1.7])
def test_the_strength_of_the_light_falls_out(picture, gain):
    seen = portrait.normalise(picture.astype(np.float32) * gain + 7)
    np.testing.assert_allclose(seen, portrait.normalise(picture.astype(np.float32)), atol=1e-4)


def test_the_wall_beside_the_face_changes_the_face_not_at_all(picture):
    grey = picture.astype(np.float32)
    on_white = np.where(portrait.OVAL, grey, 255.0).astype(np.float32)
    inside = portrait.OVAL
    np.testing.assert_array_equal(portrait.normalise(on_white)[inside], portrait.normalise(grey)[inside])


def test_a_picture_without_contrast_stays_flat():
    rng = np.random.default_rng(2)
    seen = portrait.normalise((100 + rng.normal(0, 0.5, (SIDE, SIDE))).astype(np.float32))
    assert np.abs(seen).max() < 1


def test_many_are_levelled_as_one_by_one(picture):
    both = np.stack([picture, 255 - picture]).astype(np.float32)
    np.testing.assert_allclose(portrait.normalise(both)[1], portrait.normalise(both[1]), atol=1e-5)


def test_a_portrait_is_what_the_model_takes(picture):
    seen = portrait.portrait(placed(picture, 10, 10), box_around(10, 10, SIDE))
    assert seen.shape == (SIDE, SIDE)
    assert seen.dtype == np.float32
    assert np.abs(seen).max() <= portrait.SPAN


@pytest.mark.parametrize(
    "box",
    [
        Box(10, 10, 0, 20, 1.0),
        Box(10, 10, 20, -5, 1.0),
        Box(float("nan"), 10, 20, 20, 1.0),
        Box(10, 10, float("inf"), 20, 1.0),
        Box(10, 1e9, 20, 20, 1.0),
    ],
)
def test_a_box_that_no_face_has_is_an_error(box):
    with pytest.raises(ValueError, match="no face can be"):
        portrait.portrait(np.zeros((100, 100), np.uint8), box)


@pytest.mark.parametrize("shape", [(100, 100, 3), (0, 100), (100,)])
def test_a_frame_that_is_not_grey_is_an_error(shape):
    with pytest.raises(ValueError, match="grey frame"):
        portrait.portrait(np.zeros(shape, np.uint8), Box(1, 1, 20, 20, 1.0))
