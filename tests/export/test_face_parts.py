"""The parts of the face recipe: votes, changes to pictures, loss."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the training environment: make test-export")

import torch

from export.recipes import face_changes as changes
from export.recipes import face_figures, face_network, face_pictures, face_training
from export.recipes.face_pictures import EMOTIONS, VOTED, Pictures

FEAR, ANGER, SURPRISE, NEUTRAL = (EMOTIONS.index(name) for name in ("fear", "anger", "surprise", "neutral"))


def ballot(**votes):
    return [votes.get(name, 0) for name in VOTED]


def pictures(*ballots, split="train", majority=0, copy=False, unfit=False):
    n = len(ballots)
    rows = np.arange(n)
    return Pictures(
        np.zeros((n, 48, 48), np.uint8),
        rows,
        np.full(n, split),
        np.array(ballots),
        np.full(n, majority),
        rows % 7,
        np.full(n, copy),
        np.full(n, unfit),
    )


def test_single_votes_are_dropped_as_the_authors_do():
    some = pictures(ballot(fear=6, surprise=3, sadness=1), ballot(neutral=1, anger=1, unknown=8))
    np.testing.assert_allclose(some.shares[0, [FEAR, SURPRISE]], [2 / 3, 1 / 3])
    np.testing.assert_allclose(some.shares[1, [NEUTRAL, ANGER]], [0.5, 0.5])


def test_distress_is_anger_and_fear_together():
    some = pictures(ballot(fear=4, anger=4, neutral=2), ballot(surprise=6, fear=4))
    np.testing.assert_allclose(some.distress, [0.8, 0.4], atol=1e-6)


def test_what_is_no_face_or_has_no_emotion_is_no_face():
    assert not pictures(ballot(NF=9, neutral=1), majority=9).faces[0]
    assert not pictures(ballot(unknown=10), majority=8).faces[0]
    assert not pictures(ballot(neutral=10), unfit=True).faces[0]
    assert pictures(ballot(neutral=5, anger=5), majority=8).faces[0]


@pytest.mark.parametrize(("split", "kept"), [("train", 0), ("val", 0), ("test", 1)])
def test_copies_of_a_later_split_are_left_out(split, kept):
    assert len(pictures(ballot(neutral=10), split=split, copy=True).of(split).row) == kept


def test_pictures_are_kept_as_they_were(tmp_path):
    some = pictures(ballot(fear=10), ballot(anger=10))
    face_pictures.save(some, tmp_path / "some.npz")
    again = face_pictures.load(tmp_path / "some.npz")
    np.testing.assert_array_equal(again.votes, some.votes)
    assert again.split.tolist() == ["train", "train"]


@pytest.fixture
def batch():
    torch.manual_seed(3)
    return torch.rand(16, 48, 48) * 200 + 20


@pytest.mark.parametrize("name", face_figures.CHANGES)
def test_every_change_gives_another_picture_of_the_same_kind(name, batch):
    changed = face_figures.CHANGES[name](batch.clone())
    assert changed.shape == batch.shape
    assert torch.isfinite(changed).all()
    assert (changed - batch).abs().amax(dim=(1, 2)).min() > 1


def test_training_views_stay_pictures_and_differ(batch):
    seen = changes.varied(batch.clone())
    assert seen.min() >= 0
    assert seen.max() <= 255
    assert (changes.varied(batch.clone()) - seen).abs().mean() > 1


def test_some_leaves_the_others_as_they_were(batch):
    changed = changes.some(batch, 0.5, lambda part: part + 1000)
    off = (changed - batch).mean(dim=(1, 2))
    assert set(off.round().tolist()) == {0.0, 1000.0}


def test_nothing_moves_under_the_identity(batch):
    same = changes.sampled(batch, torch.eye(2, 3).repeat(len(batch), 1, 1), torch.zeros(len(batch)))
    torch.testing.assert_close(same, batch, atol=1e-2, rtol=0)


def test_a_mask_covers_the_mouth_and_glasses_the_eyes(batch):
    masked, glasses = changes.masked(batch), changes.spectacled(batch)
    assert torch.equal(masked[:, :24], batch[:, :24])
    assert (masked[:, 36, 12:36].std(dim=1) < 1e-4).all()
    assert (glasses[:, 20, 12:20] <= 40).all()
    assert torch.equal(glasses[:, 30:], batch[:, 30:])


def test_the_loss_is_least_where_the_votes_are_said():
    shares = torch.zeros(1, 8)
    shares[0, FEAR], shares[0, SURPRISE] = 0.7, 0.3
    right = torch.full((1, 16), -6.0)
    right[0, FEAR], right[0, SURPRISE], right[0, 8], right[0, 9 + 2] = 1.0, 0.15, 0.85, 4.0
    others = [right.roll(1, dims=1), right.index_fill(1, torch.tensor([8]), -5), right.clone()]
    others[2][0, 9:] = torch.tensor([4.0, 0, 0, 0, 0, 0, 0])

    def loss(said):
        return face_training.loss_of(said, shares, torch.tensor([0.7]), torch.tensor([2]), torch.ones(8))

    assert all(loss(right) < loss(other) for other in others)


def test_what_is_to_be_learnt_moves_halfway_to_the_teacher():
    votes, opinion = torch.eye(8)[[FEAR]], torch.full((1, 16), -20.0)
    opinion[0, SURPRISE], opinion[0, 8] = 20.0, 20.0
    shares, distress = face_training.softened([votes, torch.zeros(1)], opinion)
    assert shares[0, [FEAR, SURPRISE]].tolist() == pytest.approx([0.5, 0.5])
    assert distress.item() == pytest.approx(0.5)


def test_anger_and_fear_are_raised_only_where_that_finds_more():
    logits = np.zeros((60, 9), np.float32)
    truth = np.repeat([NEUTRAL, FEAR, ANGER], 20)
    logits[:, NEUTRAL], logits[20:40, FEAR], logits[40:, ANGER] = 1.0, 0.75, 2.0
    more = face_training.lean(logits, truth)
    assert more[FEAR] == pytest.approx(0.3)
    assert more.sum() == more[FEAR]


def test_what_ships_says_the_same_without_the_labels_that_it_was_only_taught_by():
    network, given = face_network.residual().eval(), torch.randn(2, 48, 48)
    more = torch.arange(9.0)
    before = network(given)
    torch.testing.assert_close(face_network.cut(network, more)(given), before[:, :9] + more)


@pytest.mark.parametrize("made", [face_network.residual, face_network.vgg])
def test_networks_take_portraits(made):
    assert made()(torch.zeros(2, 48, 48)).shape == (2, 16)
