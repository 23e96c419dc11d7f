"""Training of the voice network: what was asked for, softened by what listeners heard, on new batches."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor, nn
from torch.nn import functional

from export import measures
from export.augment import Floats
from export.course import Course, precision, toward
from export.recipes.voice_bank import Bank, Held
from export.recipes.voice_mix import Mixer

BATCH = 96
STEPS = 100
"""Steps that are called an epoch: the bank has no end."""
HEARD = 0.12
"""How much of the target is what listeners heard."""
EMOTION, DISTRESS, VOICE = 1.0, 1.0, 0.7
"""How much each part of the loss counts."""
MIXUP = 0.3
"""Share of steps in which two examples are laid over each other (Zhang et al. 2018)."""


@dataclass(frozen=True, slots=True)
class Targets:
    """emotion (n, 6), rows of nan where it is not known; distress and voice (n,), nan where not known."""

    emotion: Tensor
    distress: Tensor
    voice: Tensor


def targets_of(bank: Bank, clips: NDArray[np.int32]) -> Targets:
    """Targets of examples of these clips."""
    emotion = np.full((len(clips), 6), np.nan, np.float32)
    known = bank.emotion[clips] >= 0
    emotion[known] = np.eye(6, dtype=np.float32)[bank.emotion[clips][known]] * 0.95 + 0.05 / 6
    votes = bank.votes[clips]
    asked = known & np.isfinite(votes[:, 0])
    heard = votes[asked] / votes[asked].sum(axis=1, keepdims=True)
    emotion[asked] = (1 - HEARD) * emotion[asked] + HEARD * heard
    parts = emotion, bank.distress[clips] * 0.96 + 0.02, bank.voice[clips] * 0.98 + 0.01
    return Targets(*(torch.from_numpy(np.asarray(part, np.float32)) for part in parts))


def softened(targets: Targets, opinion: Tensor) -> Targets:
    """Targets moved towards a teacher's logits (n, 8) ; what is not known stays so."""
    said = torch.softmax(opinion[:, :6], dim=1), *torch.sigmoid(opinion[:, 6:]).unbind(1)
    known = targets.emotion, targets.distress, targets.voice
    return Targets(*toward(known, said))


def loss_of(logits: Tensor, targets: Targets) -> Tensor:
    """Cross-entropy of what is known."""
    known = torch.isfinite(targets.emotion[:, 0])
    total = EMOTION * functional.cross_entropy(logits[known, :6], targets.emotion[known])
    for column, weight, target in ((6, DISTRESS, targets.distress), (7, VOICE, targets.voice)):
        sure = torch.isfinite(target)
        total = total + weight * functional.binary_cross_entropy_with_logits(
            logits[sure, column], target[sure]
        )
    return total


def train(
    network: nn.Module,
    bank: Bank,
    held: Held,
    file: Path,
    *,
    epochs: int,
    steps: int = STEPS,
    seed: int = 1,
    device: str = "cpu",
    rate: float = 2e-3,
    teacher: nn.Module | None = None,
) -> None:
    """Train, keep the average of the last steps in `file` after each epoch, go on after an interruption.

    teacher: a trained network whose opinion is learnt along.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    network = network.to(device, memory_format=torch.channels_last)
    course = Course(network, network, epochs * steps, rate=rate, decay=0.05, average=0.997)
    unfinished = file.with_suffix(".course")
    course.resume(unfinished)
    if teacher is not None:
        teacher.eval().to(device, memory_format=torch.channels_last)
    while course.epoch < epochs:
        began, mixer = time.monotonic(), Mixer(bank, seed * 1000 + course.epoch)
        network.train()
        rng = np.random.default_rng(seed + course.epoch)
        losses = [
            course.learn(_step(network, teacher, bank, mixer, rng, device))
            for _ in track(range(steps), "training")
        ]
        course.epoch += 1
        course.save(unfinished)
        torch.save(course.average.module.state_dict(), file)
        print(
            f"epoch {course.epoch}: loss {np.mean(losses):.4f}, "
            f"{told(validate(course.average.module, held))}, {time.monotonic() - began:.0f} s",
            flush=True,
        )
    torch.save(course.average.module.state_dict(), file)  # again: a kill may have come between
    unfinished.unlink(missing_ok=True)


def _step(
    network: nn.Module,
    teacher: nn.Module | None,
    bank: Bank,
    mixer: Mixer,
    rng: np.random.Generator,
    device: str,
) -> Tensor:
    """The loss of one new batch."""
    mixed = mixer.draw(BATCH)
    windows = torch.from_numpy(mixed.windows).to(device)
    share, other = 1.0, np.arange(BATCH)
    if rng.random() < MIXUP:
        share, other = float(rng.beta(0.4, 0.4)), rng.permutation(BATCH)
        windows = share * windows + (1 - share) * windows[torch.from_numpy(other)]
    with precision(device):
        logits = network(windows).float().cpu()
    wanted = [targets_of(bank, clips) for clips in (mixed.clip, mixed.clip[other])]
    if teacher is not None:
        with torch.inference_mode(), precision(device):
            said = teacher(windows).float().cpu()
        opinion = said.clone()  # of inference mode nothing can be learnt
        wanted = [softened(targets, opinion) for targets in wanted]
    loss = share * loss_of(logits, wanted[0])
    if share < 1:
        loss = loss + (1 - share) * loss_of(logits, wanted[1])
    return loss


def logits_of(network: nn.Module, windows: Floats) -> Floats:
    """Logits (n, 8) of windows."""
    network.eval()
    device = next(network.parameters()).device
    with torch.inference_mode():
        parts = [network(part.to(device)).cpu() for part in torch.from_numpy(windows).split(128)]
    return torch.cat(parts).numpy()


def by_clip(logits: Floats, clip: NDArray[np.int64]) -> Floats:
    """The mean logits of each clip's windows."""
    total = np.zeros((clip.max() + 1, logits.shape[1]))
    np.add.at(total, clip, logits)
    return total / np.bincount(clip)[:, None]


def validate(network: nn.Module, held: Held) -> dict[str, float]:
    """What is chosen by: mean recall, distress AUC, ordinary speech that fires, sound taken for voice."""
    return measured(by_clip(logits_of(network, held.windows), held.clip), held)


def measured(said: Floats, held: Held) -> dict[str, float]:
    """The figures of `validate`, of clips' logits (n, 8)."""
    acted = held.emotion >= 0
    acted &= np.isin(held.corpus, ("cremad", "madeup"))
    right = said[acted, :6].argmax(axis=1) == held.emotion[acted]
    recall = np.mean([right[held.emotion[acted] == k].mean() for k in range(6)])
    out = {"recall": float(recall)}
    for corpus in ("cremad", "emodb"):
        rows = held.corpus == corpus
        if rows.any():
            out[f"AUC {corpus}"] = measures.auc(said[rows, 6], held.distress[rows] == 1)
    found = measures.threshold_for_recall(said[acted & (held.distress == 1), 6], 0.5)
    out["ordinary"] = float((said[held.corpus == "ordinary", 6] >= found).mean())
    passing = measures.threshold_for_recall(said[held.voice == 1, 7], 0.97)
    out["no voice"] = float((said[held.voice == 0, 7] >= passing).mean())
    return out


def told(figures: dict[str, float]) -> str:
    """The figures in one line."""
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
