"""The network, its pruned start and a training step, in the training environment; without it, they skip."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training environment: make test-export")

from export import examples, measures, prune, train  # noqa: E402
from export.networks import SCREAM, YAMNET, Conv, MobileNet, multiplications, scream_net  # noqa: E402

SMALL = (8, ((16, 2), (16, 2)))


def test_the_student_is_a_fifth_of_its_teacher():
    ours, theirs = (multiplications(MobileNet(*shape), (1, 96, 64)) for shape in (SCREAM, YAMNET))
    assert 65e6 < theirs < 72e6
    assert ours < theirs / 4.5
    assert sum(one.numel() for one in scream_net().parameters()) < 300_000


def test_pruning_to_the_same_widths_changes_nothing():
    torch.manual_seed(0)
    blocks = ((8, 1), (12, 2), (12, 1))
    master, student = MobileNet(8, (*blocks, (16, 2))).eval(), MobileNet(8, blocks)
    windows = torch.randn(64, 32, 32)
    missed = prune.start(student, master, windows)
    assert max(missed) < 1e-3
    with torch.inference_mode():
        wanted = master.body[:7](windows[:, None]).mean(dim=(2, 3))
        assert torch.allclose(student.eval().embed(windows), wanted, atol=0.02)


def test_a_stride_of_two_pads_below_and_to_the_right():
    layer = Conv(1, 1, 3, 2).eval()
    layer.conv.weight.data = torch.zeros(1, 1, 3, 3)
    layer.conv.weight.data[0, 0, 0, 0] = 1.0
    picture = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert torch.equal(layer.linear(picture)[0, 0], torch.tensor([[0.0, 2.0], [8.0, 10.0]]))


def test_a_narrower_and_shallower_student_still_says_most_of_what_its_master_does():
    torch.manual_seed(0)
    master = MobileNet(8, ((12, 1), (16, 2), (16, 1), (16, 1), (16, 1), (24, 2))).eval()
    student = MobileNet(6, ((9, 1), (12, 2), (16, 1)))
    missed = prune.start(student, master, torch.randn(64, 32, 32))
    assert len(missed) == 3
    assert all(0 < one < 0.9 for one in missed)


def made(count: int, *, teacher: bool) -> examples.Examples:
    """Examples whose truth is how loud the upper half of their window is."""
    rng = np.random.default_rng(0)
    truth = (np.arange(count) % 2).astype(np.float32)
    windows = rng.integers(-128, 0, (count, 2, 96, 64)).astype(np.int8)
    windows[truth == 1, :, :, 32:] += 100
    opinion = np.where(truth == 1, 3.0, -3.0) if teacher else np.full(count, np.nan)
    inner = rng.standard_normal((count, 8)).astype(np.float16)
    return examples.Examples(
        windows, truth, np.arange(count, dtype=np.int32), inner, inner, opinion.astype(np.float32)
    )


@pytest.mark.parametrize("teacher", [True, False])
def test_training_learns_and_leaves_only_the_student(tmp_path, teacher):
    data, student = made(384, teacher=teacher), MobileNet(*SMALL)
    held = (data.windows[:, 0], data.truth == 1, np.arange(384))
    train.train(student, data, held, tmp_path / "network.pt", epochs=16, device="cpu", seed=1)
    kept = MobileNet(*SMALL)
    kept.load_state_dict(torch.load(tmp_path / "network.pt", weights_only=True))
    assert measures.auc(train.logits_of(kept, data.windows[:, 0]), data.truth == 1) > 0.95
    assert [file.name for file in tmp_path.iterdir()] == ["network.pt"]


def test_windows_in_which_the_teacher_hears_no_scream_teach_nothing():
    data = made(4, teacher=True)
    data.clip[:] = 0
    data.opinion[:] = [-3.0, 3.0, -3.0, -2.0]
    assert np.isnan(train.mask_unsure(data)).tolist() == [False, False, False, True]
