"""Finding faces: the frame's way into the model and the boxes' way back; doubles; the threshold."""

from __future__ import annotations

import numpy as np
import pytest

from agent.senses import faces, shelf

HEIGHT, WIDTH = 64, 80
CARD = {
    "inputs": [{"shape": [1, HEIGHT, WIDTH]}],
    "threshold": {"value": 0.5},
    "box_calibration": {"scale": 2.0, "bias": -2.0},
}


class FakeModel:
    """Sees a face of 24 x 16 pixels wherever a cell's middle is brighter than 0.5; logit: brightness * 4."""

    def __init__(self) -> None:
        self.card = CARD
        self.threshold = 0.5

    def run(self, picture: np.ndarray) -> list[np.ndarray]:
        cells = picture[4 :: faces.CELL, 4 :: faces.CELL]
        geometry = np.zeros((1, 4, *cells.shape), np.float32)
        geometry[0, 2], geometry[0, 3] = np.log(24 / faces.UNIT), np.log(16 / faces.UNIT)
        return [np.where(cells > 0.5, 4 * cells, -9.0)[None, None].astype(np.float32), geometry]


def lit(height: int, width: int, *places: tuple[int, int, int]) -> np.ndarray:
    frame = np.zeros((height, width), np.uint8)
    for x, y, grey in places:
        frame[y : y + 8, x : x + 8] = grey
    return frame


def test_a_box_is_where_the_cell_says_and_its_score_is_calibrated():
    (box,) = faces.find(FakeModel(), lit(HEIGHT, WIDTH, (32, 24, 255)))
    assert (box.left, box.top, box.width, box.height) == pytest.approx((24, 20, 24, 16))
    assert box.score == pytest.approx(1 / (1 + np.exp(-(2 * 4 - 2))))


def test_a_large_frame_is_made_smaller_and_its_boxes_larger_again():
    small = lit(HEIGHT, WIDTH, (32, 24, 255))
    (box,) = faces.find(FakeModel(), small.repeat(3, axis=0).repeat(3, axis=1))
    assert (box.left, box.top, box.width, box.height) == pytest.approx((72, 60, 72, 48), abs=1e-3)


def test_a_small_frame_keeps_its_size():
    (box,) = faces.find(FakeModel(), lit(32, 40, (16, 8, 255)))
    assert (box.left, box.top, box.width, box.height) == pytest.approx((8, 4, 24, 16))


def test_boxes_end_where_the_frame_ends():
    (box,) = faces.find(FakeModel(), lit(HEIGHT, WIDTH, (72, 56, 255)))
    assert (box.left + box.width, box.top + box.height) == pytest.approx((WIDTH, HEIGHT))


def test_of_overlapping_boxes_the_best_stays_and_all_come_best_first():
    frame = lit(HEIGHT, WIDTH, (8, 24, 200), (16, 24, 255), (56, 24, 230))
    found = faces.find(FakeModel(), frame)
    assert [box.left for box in found] == pytest.approx([8, 48])
    assert found[0].score > found[1].score


def test_the_threshold_is_a_probability():
    frame = lit(HEIGHT, WIDTH, (8, 24, 255), (56, 24, 140))
    surest = faces.find(FakeModel(), frame)[0].score
    assert len(faces.find(FakeModel(), frame, threshold=surest - 1e-4)) == 1
    assert len(faces.find(FakeModel(), frame, threshold=0.01)) == 2


@pytest.mark.parametrize("shape", [(48, 64, 3), (0, 64), (64,)])
def test_what_is_no_grey_frame_is_refused(shape):
    with pytest.raises(ValueError, match="a grey frame"):
        faces.find(FakeModel(), np.zeros(shape, np.uint8))


@pytest.mark.parametrize("size", [(240, 320), (267, 400), (480, 640), (97, 501), (1, 1)])
def test_shrinking_keeps_the_mean_and_stays_within_the_picture(size):
    frame = np.random.default_rng(0).integers(0, 256, size).astype(np.uint8)
    picture, scale = faces.letterbox(frame, 256, 320)
    rows, columns = round(size[0] * scale), round(size[1] * scale)
    assert picture.shape == (256, 320)
    assert picture[rows:].sum() == 0 == picture[:, columns:].sum()
    assert 255 * picture[:rows, :columns].mean() == pytest.approx(frame.mean(), abs=0.01)


def test_shrinking_by_halves_is_the_mean_of_four():
    frame = np.random.default_rng(1).integers(0, 256, (8, 12)).astype(np.uint8)
    four = frame.reshape(4, 2, 6, 2).mean(axis=(1, 3))
    assert faces.shrink(frame, 4, 6) == pytest.approx(four)


def test_overlap_is_shared_area_over_both():
    boxes = np.array([[0, 0, 10, 10], [5, 0, 10, 10], [20, 20, 5, 5]], np.float32)
    assert faces.iou(boxes[0], boxes) == pytest.approx([1, 1 / 3, 0])


def test_the_shipped_model_sees_nobody_in_flat_light_and_noise():
    model = shelf.load("face_detector")
    noise = np.random.default_rng(2).normal(128, 30, (240, 320)).clip(0, 255).astype(np.uint8)
    assert faces.find(model, noise) == []
    for grey in (0, 128, 255):
        assert faces.find(model, np.full((240, 320), grey, np.uint8)) == []
