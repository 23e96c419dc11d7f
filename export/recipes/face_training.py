"""Training of the face networks: soft labels from votes, every picture in a new view each time.

The loss is the cross entropy with how people were divided (Barsoum et al. 2016: better than their majority),
and that of distress. Rare emotions weigh more, or fear, which matters here, would be lost to surprise. Who
has a teacher also learns what it says of the very view that is shown (Beyer et al. 2022: a consistent one).
"""

from __future__ import annotations

import itertools
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

from agent.senses.portrait import normalise
from export.course import Course, precision, toward
from export.recipes import face_changes as changes
from export.recipes.face_pictures import DISTRESS, EMOTIONS, Pictures

BATCH = 64
RATE, DECAY = 1.5e-3, 0.05
SMOOTH = 0.02
"""Ten people are few: so much of each label is shared out evenly."""
RARE = 0.15
"""An emotion weighs by its frequency to the power of minus this."""
BESIDE = 0.5
"""How much distress counts beside the emotions."""
OWN = 0.25
"""How much FER's own labels count: they are poor, but say more of what a picture was searched for."""
LEANING = 0.05
"""So many points of accuracy are given for one of the recall of anger or fear, of which there are few."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lesson:
    """Pictures uint8 (n, 48, 48); how people were divided (n, 8), distress (n,), FER's own labels (n,)."""

    pixels: NDArray[np.uint8]
    shares: Floats
    distress: Floats
    own: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Held:
    """Held-out pictures and the class (n,) that each is of."""

    pixels: NDArray[np.uint8]
    truth: NDArray[np.int64]


def lesson(pictures: Pictures) -> Lesson:
    """What training pictures teach."""
    return Lesson(pictures.pixels, pictures.shares, pictures.distress, pictures.fer)


def agreed(pictures: Pictures) -> Held:
    """The pictures on whose emotion most people agree."""
    return Held(pictures.pixels[pictures.known], pictures.majority[pictures.known])


def loss_of(said: Tensor, shares: Tensor, distress: Tensor, own: Tensor, worth: Tensor) -> Tensor:
    """Of logits (n, 16): how people were divided, each emotion by its worth (8,), distress, FER's labels."""
    count = len(EMOTIONS)
    soft = shares * (1 - SMOOTH) + SMOOTH / count
    each = -(soft * functional.log_softmax(said[:, :count], dim=1)).sum(1)
    total = (each * (shares @ worth)).mean()
    total = total + BESIDE * functional.binary_cross_entropy_with_logits(said[:, count], distress)
    return total + OWN * functional.cross_entropy(said[:, count + 1 :], own, label_smoothing=0.1)


def train(
    network: nn.Module,
    taught: Lesson,
    held: Held,
    file: Path,
    *,
    epochs: int,
    device: str,
    seed: int,
    teacher: nn.Module | None = None,
) -> None:
    """Train a network and keep the average of its last steps in `file` (a state dict), after every epoch.

    held: for the line that each epoch prints. teacher: a trained network whose opinion is learnt along.
    An interrupted training goes on (FILE.course).
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    file.parent.mkdir(parents=True, exist_ok=True)
    network = network.to(device).to(memory_format=torch.channels_last)
    course = Course(network, network, epochs * (len(taught.pixels) // BATCH), rate=RATE, decay=DECAY)
    unfinished, worth = file.with_suffix(".course"), _worth(taught.shares).to(device)
    course.resume(unfinished)
    if teacher is not None:
        teacher.eval().to(device).to(memory_format=torch.channels_last)
    while course.epoch < epochs:
        began = time.monotonic()
        network.train()
        losses = []
        for given, *votes, own in _batches(taught, seed + course.epoch, device):
            wanted = softened(votes, _opinion(teacher, given, device)) if teacher is not None else votes
            with precision(device):
                said = network(given)
            losses.append(course.learn(loss_of(said.float(), *wanted, own, worth)))
        course.epoch += 1
        course.save(unfinished)
        torch.save(course.average.module.state_dict(), file)
        found, took = accuracy(course.average.module, held, device), time.monotonic() - began
        print(f"epoch {course.epoch}: loss {np.mean(losses):.4f}, val {found:.4f}, {took:.0f} s", flush=True)
    torch.save(course.average.module.state_dict(), file)  # again: a kill may have come between
    unfinished.unlink(missing_ok=True)


def softened(votes: list[Tensor], opinion: Tensor) -> list[Tensor]:
    """Votes (n, 8) and distress (n,) moved towards a teacher's logits (n, 9 or more)."""
    count = len(EMOTIONS)
    said = torch.softmax(opinion[:, :count], dim=1), torch.sigmoid(opinion[:, count])
    return toward(votes, said)


def logits_of(network: nn.Module, pixels: NDArray[np.uint8], device: str = "cpu") -> Floats:
    """The network's logits (n, outputs) of whole pictures."""
    network.eval()
    parts = []
    with torch.inference_mode(), precision(device):
        for part in np.split(pixels, range(256, len(pixels), 256)):
            given = torch.from_numpy(normalise(part.astype(np.float32)))
            parts.append(network(given.to(device)).float().cpu())
    return torch.cat(parts).numpy()


def lean(logits: Floats, truth: NDArray[np.int64]) -> Floats:
    """What to add to each logit (9,) so that anger and fear are found for little accuracy; from validation.

    Of a grid, what makes accuracy and LEANING of the recall of each of both the largest together.
    """
    columns = [EMOTIONS.index(name) for name in DISTRESS]

    def worth(shift: Floats) -> float:
        right = (logits + shift)[:, : len(EMOTIONS)].argmax(axis=1) == truth
        return float(right.mean() + LEANING * sum(right[truth == column].mean() for column in columns))

    shifts = []
    for more in itertools.product(np.arange(0, 1.05, 0.1), repeat=len(columns)):
        shift = np.zeros(logits.shape[1], np.float32)
        shift[columns] = more
        shifts.append(shift)
    return max(shifts, key=worth)


def accuracy(network: nn.Module, held: Held, device: str = "cpu") -> float:
    """Share of held-out pictures whose class is said loudest, one pass, no mirror image."""
    said = logits_of(network, held.pixels, device)[:, : len(EMOTIONS)]
    return float((said.argmax(axis=1) == held.truth).mean())


def _opinion(teacher: nn.Module, given: Tensor, device: str) -> Tensor:
    with torch.inference_mode(), precision(device):
        heard: Tensor = teacher(given)
    return heard.float().clone()


def _worth(shares: Floats) -> Tensor:
    """What an emotion weighs (8,): more where it is rare, 1 on average over the pictures."""
    mean = shares.mean(axis=0)
    worth = np.maximum(mean, 1e-3) ** -RARE
    return torch.from_numpy((worth / (mean * worth).sum()).astype(np.float32))


def _batches(taught: Lesson, seed: int, device: str) -> Iterator[list[Tensor]]:
    """One epoch in random order, each picture in a new view; the last, shorter batch is left out."""
    order = np.random.default_rng(seed).permutation(len(taught.pixels))
    count = len(order) // BATCH
    for rows in track(np.split(order[: count * BATCH], count), "training"):
        views = changes.varied(torch.from_numpy(taught.pixels[rows].astype(np.float32)))
        parts = (normalise(views.numpy()), taught.shares[rows], taught.distress[rows], taught.own[rows])
        yield [torch.from_numpy(part).to(device) for part in parts]
