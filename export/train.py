"""Training: one loop for every student that has a teacher, read from top to bottom.

The student learns the truth of its labels where it is known, the teacher's opinion everywhere, and, so that
it hears what the teacher hears, the teacher's embedding and logits through a layer that is thrown away.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor, nn
from torch.nn import functional

from export import examples, measures
from export.course import Course, precision
from export.networks import MobileNet
from export.windows import freshen

BATCH = 128
TRUTH, OPINION, INNER = 0.5, 1.0, 0.5
"""How much each part of the loss counts."""

Held = tuple[NDArray[np.int8], NDArray[np.bool_], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Targets of some windows; what is not known of one is nan.

    inner: the teacher's embedding and logits, each by its mean and spread.
    """

    truth: Tensor
    opinion: Tensor
    inner: Tensor


class Taught(nn.Module):
    """A student with the layer that matches the teacher; only the student is kept."""

    def __init__(self, student: MobileNet, inner: int) -> None:
        super().__init__()
        self.student = student
        self.inner = nn.Linear(student.head.in_features, inner)

    def forward(self, window: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n,) and what the teacher has inside (n, inner) of windows (n, 96, 64)."""
        heard = self.student.drop(self.student.embed(window))
        return self.student.head(heard)[:, 0], self.inner(heard)


def loss_of(said: tuple[Tensor, Tensor], batch: Batch) -> Tensor:
    """The sum of the three parts; without a teacher the truth alone."""
    logit, inner = (one.float() for one in said)
    known = torch.isfinite(batch.truth)
    entropy = functional.binary_cross_entropy_with_logits
    total = (
        TRUTH * entropy(logit[known], batch.truth[known] * 0.98 + 0.01) if known.any() else logit.sum() * 0
    )
    if torch.isfinite(batch.opinion).all():
        total = total + OPINION * entropy(logit, torch.sigmoid(batch.opinion))
        total = total + INNER * functional.mse_loss(inner, batch.inner)
    return total


def train(
    student: MobileNet,
    data: examples.Examples,
    held: Held,
    file: Path,
    *,
    epochs: int,
    device: str,
    seed: int,
    rate: float = 2e-3,
) -> None:
    """Train a student on examples and keep the average of its last steps in `file` (a state dict).

    held: windows, whether their clip is a scream, and its number, for the line that each epoch prints.
    rate: the peak of the learning rate.
    An interrupted training goes on with the epoch that it was in (FILE.course).
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    taught = Taught(student, data.embedding.shape[1] + data.logits.shape[1]).to(device)
    steps = epochs * (len(data.truth) // BATCH)
    course = Course(taught.to(memory_format=torch.channels_last), student, steps, rate=rate)
    unfinished = file.with_suffix(".course")
    course.resume(unfinished)
    while course.epoch < epochs:
        began = time.monotonic()
        taught.train()
        losses = []
        for windows, batch in _batches(data, course.epoch, seed, device):
            with precision(device):
                loss = loss_of(taught(windows), batch)
            losses.append(course.learn(loss))
        course.epoch += 1
        course.save(unfinished)
        said, took = held_out(course.average.module, held, device), time.monotonic() - began
        print(f"epoch {course.epoch}: loss {np.mean(losses):.4f}, val {said}, {took:.0f} s", flush=True)
    torch.save(course.average.module.state_dict(), file)
    unfinished.unlink()


def halfway(one: dict[str, Tensor], other: dict[str, Tensor]) -> dict[str, Tensor]:
    """The mean of two state dicts of one network; counters are the other's."""
    return {name: (one[name] + its) / 2 if its.is_floating_point() else its for name, its in other.items()}


def mask_unsure(data: examples.Examples) -> NDArray[np.float32]:
    """Truth, but nan for windows of screams in which the teacher hears far less than in their clip's best."""
    truth = data.truth.copy()
    if np.isfinite(data.opinion).all():
        best = np.full(data.clip.max() + 1, -np.inf)
        np.maximum.at(best, data.clip, data.opinion)
        truth[(truth == 1) & (data.opinion < np.minimum(best[data.clip] - 2.0, 1.0))] = np.nan
    return truth


def to_input(steps: Tensor) -> Tensor:
    """int8 windows as the real numbers that they stand for."""
    return (steps.float() - examples.ZERO_POINT) * examples.SCALE


def logits_of(network: nn.Module, windows: NDArray[np.int8], device: str = "cpu") -> NDArray[np.float32]:
    """The network's logits (n,) of int8 windows."""
    network.eval()
    with torch.inference_mode():
        parts = [network(to_input(part).to(device)).cpu() for part in torch.from_numpy(windows).split(256)]
    return torch.cat(parts)[:, 0].numpy()


def held_out(network: nn.Module, held: Held, device: str) -> str:
    """How well held-out clips are told apart, a clip being as much of a scream as its best window."""
    windows, truth, clip = held
    best = np.full(clip.max() + 1, -np.inf)
    np.maximum.at(best, clip, logits_of(network, windows, device))
    labels = np.zeros(len(best), bool)
    labels[clip] = truth
    over = best[~labels] >= measures.threshold_for_recall(best[labels], 0.9)
    return f"AUC {measures.auc(best, labels):.4f}, {over.mean():.1%} of the others over at 90 % recall"


def _batches(data: examples.Examples, epoch: int, seed: int, device: str) -> Iterator[tuple[Tensor, Batch]]:
    """One epoch: each foreground once, in its next view, in random order, without a last, shorter batch."""
    order = np.random.default_rng((seed, epoch)).permutation(len(data.truth))
    truth, view, inner = mask_unsure(data), epoch % data.windows.shape[1], _Inner(data)
    count = len(order) // BATCH
    for rows in track(np.split(order[: count * BATCH], count), "training"):
        targets = (truth[rows], data.opinion[rows], inner[rows])
        batch = Batch(*(torch.from_numpy(part).to(device) for part in targets))
        given = to_input(torch.from_numpy(data.windows[rows, view]))
        yield freshen(given, torch.from_numpy(data.truth[rows] == 0)).to(device), batch


class _Inner:
    """The teacher's embedding and logits beside each other, each brought to mean 0 and spread 1."""

    def __init__(self, data: examples.Examples) -> None:
        self._fields = (data.embedding, data.logits)
        some = [field[:: max(1, len(field) // 10_000)].astype(np.float32) for field in self._fields]
        self._means = [field.mean(axis=0) for field in some]
        self._spreads = [field.std(axis=0) + 0.01 * field.std() + 1e-6 for field in some]

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        told = zip(self._fields, self._means, self._spreads, strict=True)
        whole = np.concatenate([(field[rows] - mean) / spread for field, mean, spread in told], axis=1)
        return np.clip(whole, -5, 5)
