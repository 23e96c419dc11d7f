"""Training: one loop for every model, read from top to bottom.

The student learns the truth of its labels where it is known, the teacher's opinion everywhere, and, so that
it hears what the teacher hears, the teacher's embedding and logits through heads that are thrown away.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from torch import Tensor, nn
from torch.nn import functional

from agent.senses import features
from export import examples, measures
from export.networks import ScreamNet

BATCH = 128
LEARNING_RATE = 2e-3
"""Peak of a cosine schedule with a warm-up; AdamW, weight decay 0.02."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part of the loss counts."""

    truth: float = 1.0
    opinion: float = 0.5
    embedding: float = 1.0
    logits: float = 0.5


class Taught(nn.Module):
    """A student with the two heads that match the teacher; only the student is kept."""

    def __init__(self, student: ScreamNet, embedding: int, logits: int) -> None:
        super().__init__()
        self.student = student
        width = student.head.in_features
        self.embedding = nn.Linear(width, embedding)
        self.logits = nn.Linear(width, logits)

    def forward(self, window: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logit, embedding and teacher's logits of windows (n, 96, 64)."""
        inner = self.student.embed(window)
        return self.student.head(self.student.drop(inner))[:, 0], self.embedding(inner), self.logits(inner)


def loss_of(said: tuple[Tensor, Tensor, Tensor], batch: dict[str, Tensor], weights: Weights) -> Tensor:
    """The sum of the four parts; what is nan in the batch (no truth, no teacher) counts nothing."""
    logit, embedding, logits = said
    total = logit.new_zeros(())
    known = torch.isfinite(batch["truth"])
    if known.any():
        target = batch["truth"][known] * 0.98 + 0.01
        total = total + weights.truth * functional.binary_cross_entropy_with_logits(logit[known], target)
    if torch.isfinite(batch["opinion"]).all():
        opinion = torch.sigmoid(batch["opinion"])
        total = total + weights.opinion * functional.binary_cross_entropy_with_logits(logit, opinion)
        total = (
            total
            + weights.embedding * (1 - functional.cosine_similarity(embedding, batch["embedding"])).mean()
        )
        total = total + weights.logits * functional.smooth_l1_loss(logits, batch["logits"])
    return total


def mask_unsure(data: examples.Examples) -> NDArray[np.float32]:
    """Truth, but nan for windows of screams in which the teacher hears far less than in their clip's best."""
    truth = data.truth.copy()
    if np.isfinite(data.opinion).all():
        best = np.full(data.clip.max() + 1, -np.inf)
        np.maximum.at(best, data.clip, data.opinion)
        truth[(truth == 1) & (data.opinion < np.minimum(best[data.clip] - 2.0, 1.0))] = np.nan
    return truth


def train(
    data: examples.Examples,
    held: tuple[NDArray[np.int8], NDArray[np.bool_], NDArray[np.int64]],
    file: Path,
    *,
    epochs: int,
    device: str,
    seed: int,
    weights: Weights = Weights(),
) -> ScreamNet:
    """Train a student on examples and keep the average of its last steps in `file` (a state dict).

    held: windows, whether their clip is a scream, and its number, for the line that each epoch prints.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    taught = Taught(ScreamNet(), data.embedding.shape[1], data.logits.shape[1]).to(device)
    taught = taught.to(memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(
        taught.student, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True
    )
    rows = {
        "truth": torch.from_numpy(mask_unsure(data)),
        "opinion": torch.from_numpy(data.opinion),
        "embedding": torch.from_numpy(data.embedding),
        "logits": torch.from_numpy(data.logits / 10.0),
    }
    windows, steps = torch.from_numpy(data.windows), epochs * (len(data.truth) // BATCH)
    optimiser = torch.optim.AdamW(taught.parameters(), LEARNING_RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    shuffle = torch.Generator().manual_seed(seed)
    with Progress() as bar:
        task = bar.add_task("training", total=steps)
        for epoch in range(epochs):
            taught.train()
            began, total = time.monotonic(), 0.0
            for pick in torch.randperm(len(windows), generator=shuffle)[: steps // epochs * BATCH].split(
                BATCH
            ):
                batch = {name: row[pick].float().to(device) for name, row in rows.items()}
                loss = loss_of(taught(masked(to_input(windows[pick]).to(device))), batch, weights)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                average.update_parameters(taught.student)
                total += loss.item()
                bar.advance(task)
            print(
                f"epoch {epoch + 1}: loss {total * epochs / steps:.4f}, {held_out(average.module, *held)}, "
                f"{time.monotonic() - began:.0f} s",
                flush=True,
            )
            torch.save(average.module.state_dict(), file)
    return average.module


def to_input(steps: Tensor) -> Tensor:
    """int8 windows as the real numbers that they stand for."""
    return (steps.float() - examples.ZERO_POINT) * examples.SCALE


def masked(windows: Tensor) -> Tensor:
    """A stripe of bands and a stripe of frames silenced in each batch (SpecAugment: Park et al. 2019)."""
    for axis, widest in ((1, 20), (2, 12)):
        width = int(torch.randint(0, widest, ()))
        start = int(torch.randint(0, windows.shape[axis] - width, ()))
        half = windows[: len(windows) // 2].narrow(axis, start, width)
        half.fill_(features.LOUD - features.SPAN)
    return windows


def logits_of(network: nn.Module, windows: NDArray[np.int8], device: str = "cpu") -> NDArray[np.float32]:
    """The network's logits of int8 windows."""
    network.eval()
    with torch.inference_mode():
        parts = [network(to_input(part).to(device)).cpu() for part in torch.from_numpy(windows).split(512)]
    return torch.cat(parts)[:, 0].numpy()


def held_out(
    network: nn.Module, windows: NDArray[np.int8], truth: NDArray[np.bool_], clip: NDArray[np.int64]
) -> str:
    """ROC area over held-out clips, a clip being as loud a scream as its best window."""
    device = next(network.parameters()).device.type
    best = np.full(clip.max() + 1, -np.inf)
    np.maximum.at(best, clip, logits_of(network, windows, device))
    labels = np.zeros(len(best), bool)
    labels[clip] = truth
    return f"val AUC {measures.auc(best, labels):.4f}"


def _rate(step: int, steps: int) -> float:
    warm = min(1.0, (step + 1) / (0.05 * steps + 1))
    return warm * (0.5 + 0.5 * math.cos(math.pi * step / steps))
