"""Training: one loop for every student that has a teacher, read from top to bottom.

The student learns the truth of its labels where it is known, the teacher's opinion everywhere, and, so that
it hears what the teacher hears, the teacher's embedding and logits through heads that are thrown away.
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

from agent.senses import features
from export import examples, measures
from export.course import Course
from export.networks import MobileNet

BATCH = 128
TRUTH, OPINION, EMBEDDING, LOGITS = 1.0, 0.5, 1.0, 0.5
"""How much each part of the loss counts."""

Held = tuple[NDArray[np.int8], NDArray[np.bool_], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Targets of some windows; what is not known of one is nan."""

    truth: Tensor
    opinion: Tensor
    embedding: Tensor
    logits: Tensor


class Taught(nn.Module):
    """A student with the two heads that match the teacher; only the student is kept."""

    def __init__(self, student: MobileNet, embedding: int, logits: int) -> None:
        super().__init__()
        self.student = student
        width = student.head.in_features
        self.embedding = nn.Linear(width, embedding)
        self.logits = nn.Linear(width, logits)

    def forward(self, window: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logit (n,), embedding and teacher's logits of windows (n, 96, 64)."""
        inner = self.student.embed(window)
        return self.student.head(self.student.drop(inner))[:, 0], self.embedding(inner), self.logits(inner)


def loss_of(said: tuple[Tensor, Tensor, Tensor], batch: Batch) -> Tensor:
    """The sum of the four parts; without a teacher the truth alone."""
    logit, embedding, logits = said
    known = torch.isfinite(batch.truth)
    entropy = functional.binary_cross_entropy_with_logits
    total = (
        TRUTH * entropy(logit[known], batch.truth[known] * 0.98 + 0.01) if known.any() else logit.sum() * 0
    )
    if torch.isfinite(batch.opinion).all():
        total = total + OPINION * entropy(logit, torch.sigmoid(batch.opinion))
        total = total + EMBEDDING * (1 - functional.cosine_similarity(embedding, batch.embedding)).mean()
        total = total + LOGITS * functional.smooth_l1_loss(logits, batch.logits / 10)
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
) -> None:
    """Train a student on examples and keep the average of its last steps in `file` (a state dict).

    held: windows, whether their clip is a scream, and its number, for the line that each epoch prints.
    An interrupted training goes on with the epoch that it was in (FILE.course).
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    taught = Taught(student, data.embedding.shape[1], data.logits.shape[1]).to(device)
    steps = epochs * (len(data.truth) // BATCH)
    course = Course(taught.to(memory_format=torch.channels_last), student, steps)
    unfinished = file.with_suffix(".course")
    course.resume(unfinished)
    while course.epoch < epochs:
        began = time.monotonic()
        taught.train()
        losses = [
            course.learn(loss_of(taught(masked(windows)), batch))
            for windows, batch in _batches(data, seed + course.epoch, device)
        ]
        course.epoch += 1
        course.save(unfinished)
        area, took = held_out(course.average.module, held, device), time.monotonic() - began
        print(
            f"epoch {course.epoch}: loss {np.mean(losses):.4f}, val AUC {area:.4f}, {took:.0f} s", flush=True
        )
    torch.save(course.average.module.state_dict(), file)
    unfinished.unlink()


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


def masked(windows: Tensor) -> Tensor:
    """A stripe of frames and one of bands silenced in half of a batch (SpecAugment: Park et al. 2019)."""
    for axis, widest in ((1, 20), (2, 12)):
        width = int(torch.randint(0, widest, ()))
        start = int(torch.randint(0, windows.shape[axis] - width, ()))
        windows[: len(windows) // 2].narrow(axis, start, width).fill_(features.LOUD - features.SPAN)
    return windows


def logits_of(network: nn.Module, windows: NDArray[np.int8], device: str = "cpu") -> NDArray[np.float32]:
    """The network's logits (n,) of int8 windows."""
    network.eval()
    with torch.inference_mode():
        parts = [network(to_input(part).to(device)).cpu() for part in torch.from_numpy(windows).split(256)]
    return torch.cat(parts)[:, 0].numpy()


def held_out(network: nn.Module, held: Held, device: str) -> float:
    """ROC area over held-out clips, a clip being as much of a scream as its best window."""
    windows, truth, clip = held
    best = np.full(clip.max() + 1, -np.inf)
    np.maximum.at(best, clip, logits_of(network, windows, device))
    labels = np.zeros(len(best), bool)
    labels[clip] = truth
    return measures.auc(best, labels)


def _batches(data: examples.Examples, seed: int, device: str) -> Iterator[tuple[Tensor, Batch]]:
    """One epoch in random order; the last, shorter batch is left out."""
    order = np.random.default_rng(seed).permutation(len(data.truth))
    truth = mask_unsure(data)
    count = len(order) // BATCH
    for rows in track(np.split(order[: count * BATCH], count), "training"):
        fields = (truth[rows], data.opinion[rows], data.embedding[rows], data.logits[rows])
        batch = Batch(*(torch.from_numpy(field.astype(np.float32)).to(device) for field in fields))
        yield to_input(torch.from_numpy(data.windows[rows]).to(device)), batch
