"""The face detector's chain: scenes, targets and counting; with the recordings, the card's figures again."""

from __future__ import annotations

import os

import numpy as np
import pytest

pytest.importorskip("PIL", reason="needs the training environment: make test-export")

from agent.senses import shelf
from export.job import Job
from export.recipes import face_detector_count as counting
from export.recipes import face_detector_cutouts as cutouts
from export.recipes import face_detector_figures as rows
from export.recipes import face_detector_peers as peers
from export.recipes import face_detector_pictures as pictures_of
from export.recipes import face_detector_scenes as scenes
from export.recipes import face_detector_trials as trials_of
from export.recipes.face_detector_count import Looks
from export.recipes.face_detector_pictures import CROP_BOX, Picture


@pytest.fixture(scope="module")
def album():
    """Pictures drawn in code."""
    return pictures_of.album(Job("face_detector", quick=True), "train")


def picture(boxes, ignore=None, source="wider"):
    told = np.array(boxes, np.float32).reshape(-1, 4)
    hidden = np.zeros(len(told), bool) if ignore is None else np.array(ignore)
    return Picture("a", source, "a", np.zeros((100, 100), np.uint8), told, hidden)


def seen(one, *boxes, scores=None):
    told = np.array(boxes, np.float32).reshape(-1, 4)
    return Looks(one, told, np.ones(len(told), np.float32) if scores is None else np.array(scores))


def test_two_faces_need_two_boxes():
    two = picture([(0, 0, 10, 10), (2, 0, 10, 10)])
    assert counting.count(seen(two, (1, 0, 10, 10))) == counting.Counted(2, 1, 0)
    assert counting.count(seen(two, (0, 0, 10, 10), (2, 0, 10, 10))) == counting.Counted(2, 2, 0)


def test_a_face_is_found_from_half_overlap_on():
    one = picture([(0, 0, 10, 10)])
    assert counting.count(seen(one, (0, 0, 10, 20))).found == 1
    assert counting.count(seen(one, (0, 0, 10, 21))).found == 0


def test_ignored_faces_are_neither_hit_nor_miss_and_their_boxes_are_not_false():
    some = picture([(0, 0, 10, 10), (50, 50, 8, 8)], [False, True])
    assert counting.count(seen(some, (50, 50, 8, 8))) == counting.Counted(1, 0, 0)
    assert counting.count(seen(picture([(50, 50, 8, 8)], [True]), (0, 0, 9, 9))).false == 0


def test_in_pictures_without_faces_every_box_is_false():
    assert counting.count(seen(picture([]), (0, 0, 9, 9), (20, 20, 9, 9))).false == 2


def test_the_threshold_lets_through_one_false_box_in_a_hundred():
    free = [seen(picture([]), (0, 0, 9, 9), scores=[0.001 * k]) for k in range(200)]
    threshold = counting.lowest_threshold(free)
    assert sum(counting.count(one.over(threshold)).false for one in free) == 2
    assert counting.lowest_threshold([seen(picture([]))]) == -np.inf


def test_boxes_that_nobody_can_judge_do_not_count_for_calibration():
    some = picture([(0, 0, 10, 10), (50, 50, 8, 8)], [False, True])
    look = seen(some, (0, 0, 10, 10), (1, 1, 10, 10), (50, 50, 8, 8), (80, 80, 9, 9))
    assert rows.judged([look])[1].tolist() == [True, False]


def test_a_peers_boxes_are_brought_to_the_packs_idea_of_a_face():
    theirs = [seen(picture([(10, 20, 20, 30)]), (8, 20, 25, 25))] * 3
    fit = peers.fitted(theirs)
    assert peers.adapted(theirs[0].boxes, fit)[0] == pytest.approx((10, 20, 20, 30))


def test_scenes_are_the_same_for_a_seed_and_their_boxes_lie_within_them(album):
    for number in range(30):
        made, again = (scenes.scene(album, np.random.default_rng(number)) for _ in range(2))
        assert np.array_equal(made.pixels, again.pixels)
        high, wide = made.pixels.shape
        assert high <= scenes.HEIGHT
        assert wide <= scenes.WIDTH
        assert (made.boxes[:, :2] >= 0).all()
        assert (made.boxes[:, 0] + made.boxes[:, 2] <= wide + 1e-3).all()
        assert (made.boxes[:, 1] + made.boxes[:, 3] <= high + 1e-3).all()


def block(canvas_size=(100, 100)):
    canvas = scenes.Canvas(np.zeros(canvas_size, np.float32), np.zeros(canvas_size, np.int16))
    return canvas, cutouts.Cutout(
        np.full((20, 20), 200, np.float32), np.ones((20, 20), np.float32), (0, 0, 20, 20)
    )


def test_a_face_that_is_half_out_of_the_frame_is_cut_at_its_edge():
    canvas, face = block()
    canvas.put(face, 0, 50)
    assert canvas.scene().boxes.tolist() == [[0, 40, 10, 20]]
    assert canvas.scene().pixels[50, :11].tolist() == [200] * 10 + [0]


def test_whoever_is_hidden_does_not_count():
    canvas, face = block()
    for x in (50, 56, 56):
        canvas.put(face, x, 50)
    made = canvas.scene()
    assert made.boxes[:, 0].tolist() == [40, 46]
    assert made.ignore.tolist() == [True, False]


def test_a_body_without_a_face_is_no_face():
    canvas, face = block()
    canvas.put(cutouts.replace(face, seen=False), 50, 50)
    assert len(canvas.scene().boxes) == 0


def bright_oval(box):
    x, y, w, h = box
    down, right = np.mgrid[0:120, 0:160]
    oval = ((right - x - w / 2) / w) ** 2 + ((down - y - h / 2) / h) ** 2 < 0.25
    return cutouts.Cutout(oval.astype(np.float32) * 255, np.ones((120, 160), np.float32), box)


@pytest.mark.parametrize(
    "change",
    [
        lambda cut: cutouts.turned(cut, 25),
        lambda cut: cutouts.turned(cut, -40),
        lambda cut: cutouts.tilted(cut, 0.3),
        lambda cut: cutouts.tilted(cut, -0.3),
    ],
)
def test_boxes_follow_what_is_done_to_the_pixels(change):
    made = change(bright_oval((90.0, 30.0, 30.0, 40.0)))
    down, right = np.nonzero(made.pixels > 127)
    drawn = right.min(), down.min(), np.ptp(right) + 1, np.ptp(down) + 1
    assert counting.iou(np.array(made.box, np.float32), np.array([drawn], np.float32))[0] > 0.8


def columns(pixels):
    """Left edge and width of what is bright in the middle rows of a crop."""
    bright = np.nonzero(pixels[20:28].mean(axis=0) > 127)[0]
    return bright.min(), np.ptp(bright) + 1


@pytest.mark.parametrize("degrees", [0, 20, -20, 45, -45])
def test_a_head_turned_aside_is_narrower_and_still_where_its_box_says(degrees):
    x, _, w, _ = CROP_BOX
    crop = np.zeros((48, 48), np.float32)
    crop[:, round(x) : round(x + w)] = 255
    made = cutouts.aside(cutouts.Cutout(crop, np.ones_like(crop), CROP_BOX), degrees)
    left, wide = columns(made.pixels)
    box = made.box
    assert max(box[0], 0) == pytest.approx(left, abs=2)
    assert min(box[0] + box[2], 48) == pytest.approx(left + wide, abs=2)
    assert box[2] == w if degrees == 0 else box[2] < w
    if degrees:
        assert np.sign(box[0] + box[2] / 2 - x - w / 2) == np.sign(degrees)


def test_out_of_focus_an_edge_is_soft_and_the_face_where_it_was():
    sharp = bright_oval((60.0, 30.0, 60.0, 80.0))
    for seed in range(6):
        soft = cutouts.unfocused(sharp, np.random.default_rng(seed))
        assert soft.box == sharp.box
        assert soft.pixels[70, 90] == pytest.approx(255, abs=2)
        assert ((soft.pixels > 5) & (soft.pixels < 250)).any()


def test_trials_hold_faces_to_be_found(album):
    for name, some in trials_of.trials(album, 3, 1).items():
        assert some, name
        assert all(len(one.boxes) for one in some), name


torch = pytest.importorskip("torch", reason="needs the training environment: make test-export")

from agent.senses import faces  # noqa: E402
from export.recipes import face_detector_net as net  # noqa: E402
from export.recipes import face_detector_train as training  # noqa: E402


def test_scenes_go_on_where_they_were_interrupted_and_are_made_anew_otherwise(album, tmp_path, monkeypatch):
    made, broken = [], 4

    def scene(some, rng):
        if len(made) == broken:
            raise KeyboardInterrupt
        made.append(rng.integers(1000))
        return scenes.scene(some, rng)

    monkeypatch.setattr(training, "scene", scene)
    with pytest.raises(KeyboardInterrupt):
        training.write(album, 6, tmp_path, 1)
    broken = 99
    training.write(album, 6, tmp_path, 1)
    assert len(made) == len(set(made)) == 6
    first = np.array(training.read(tmp_path).pixels)
    training.write(album, 6, tmp_path, 2)
    assert len(made) == 12
    assert (training.read(tmp_path).pixels != first).any()


def test_a_network_that_says_its_targets_gives_the_boxes_back():
    boxes = np.array([[20, 30, 16, 20], [100, 60, 80, 100], [300, 10, 12, 14]], np.float32)
    heat, geometry = net.targets(boxes, np.zeros(3, bool), 32, 40)
    found, _ = faces.decode(np.where(heat[0] == 1, 5.0, -5.0), geometry[:4], 0.0)
    assert np.sort(found, axis=0) == pytest.approx(np.sort(boxes, axis=0), abs=1e-3)


def test_faces_to_be_ignored_teach_nothing():
    boxes = np.array([[80, 80, 40, 40]], np.float32)
    heat, geometry = net.targets(boxes, np.array([True]), 32, 40)
    assert heat[0].max() == 0
    assert heat[1, 12, 12] == 0
    assert geometry[4].max() == 0


def test_the_loss_is_least_where_all_is_right():
    boxes = np.array([[80, 80, 40, 40]], np.float32)
    heat, geometry = (torch.from_numpy(one)[None] for one in net.targets(boxes, np.zeros(1, bool), 32, 40))
    right = torch.where(heat[:, :1] == 1, 9.0, -9.0), geometry[:, :4]
    wrong = -right[0], geometry[:, :4]
    aside = right[0], geometry[:, :4] + 1
    assert net.loss(right, heat, geometry) < 0.01
    assert net.loss(aside, heat, geometry) > 1
    assert net.loss(wrong, heat, geometry) > 1


@pytest.mark.skipif(not os.environ.get("DISTRESS_DATA"), reason="no pictures: DISTRESS_DATA is not set")
def test_the_cards_figures_are_what_is_measured():
    model = shelf.load("face_detector")
    test = pictures_of.album(Job("face_detector"), "test")
    looks = rows.look(model, test.pictures)
    told = {row["name"]: row for row in model.card["figures"]}
    for again in (*rows.main_rows(looks, model.file.stat().st_size), *rows.source_rows(looks)):
        assert again.value == pytest.approx(told[again.name]["value"], abs=0.006), again.name
