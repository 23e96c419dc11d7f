"""Training of the face networks: soft labels from votes, every picture in a new view each time.

The loss is the cross entropy with how people were divided (Barsoum et al. 2016: better than their majority),
and that of distress. Rare emotions weigh more, or fear, which matters here, would be lost to surprise.
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
from export.course import Course, precision
from export.recipes import face_changes as changes
from export.recipes.face_pictures import DISTRESS, EMOTIONS, Pictures

BATCH = 64
RATE, DECAY = 2e-3, 0.05
SMOOTH = 0.02
"""Ten people are few: so much of each label is shared out evenly."""
RARE = 0.25
"""An emotion weighs by its frequency to the power of minus this."""
BESIDE = 0.5
"""How much distress counts beside the emotions."""
LEANING = 0.05
"""So many points of accuracy are given for one of the recall of anger or fear, of which there are few."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lesson:
    """Pictures uint8 (n, 48, 48) and what is to be said: (n, 9) or, without distress, (n, classes)."""

    pixels: NDArray[np.uint8]
    wanted: Floats


@dataclass(frozen=True, slots=True)
class Held:
    """Held-out pictures and the class (n,) that each is of."""

    pixels: NDArray[np.uint8]
    truth: NDArray[np.int64]


def lesson(pictures: Pictures, opinion: Floats | None = None, share: float = 0.5) -> Lesson:
    """The votes on training pictures, mixed with `share` of a network's opinion (n, 9) if there is one."""
    votes = np.concatenate([pictures.shares, pictures.distress[:, None]], axis=1)
    wanted = votes if opinion is None else (1 - share) * votes + share * opinion
    return Lesson(pictures.pixels, wanted.astype(np.float32))


def agreed(pictures: Pictures) -> Held:
    """The pictures on whose emotion most people agree."""
    return Held(pictures.pixels[pictures.known], pictures.majority[pictures.known])


def loss_of(said: Tensor, wanted: Tensor, worth: Tensor) -> Tensor:
    """Cross entropy with the shares of the classes, each weighing by its worth (classes,), and distress."""
    classes = len(worth)
    soft = wanted[:, :classes] * (1 - SMOOTH) + SMOOTH / classes
    each = -(soft * functional.log_softmax(said[:, :classes], dim=1)).sum(1)
    total = (each * (wanted[:, :classes] @ worth)).mean()
    if said.shape[1] > classes:
        distress = functional.binary_cross_entropy_with_logits(said[:, classes], wanted[:, classes])
        total = total + BESIDE * distress
    return total


def train(
    network: nn.Module, taught: Lesson, held: Held, file: Path, *, epochs: int, device: str, seed: int
) -> None:
    """Train a network and keep the average of its last steps in `file` (a state dict), after every epoch.

    held: for the line that each epoch prints. An interrupted training goes on (FILE.course).
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    file.parent.mkdir(parents=True, exist_ok=True)
    network = network.to(device).to(memory_format=torch.channels_last)
    course = Course(network, network, epochs * (len(taught.pixels) // BATCH), rate=RATE, decay=DECAY)
    unfinished, worth = file.with_suffix(".course"), _worth(taught.wanted).to(device)
    course.resume(unfinished)
    while course.epoch < epochs:
        began = time.monotonic()
        network.train()
        losses = []
        for given, wanted in _batches(taught, seed + course.epoch, device):
            with precision(device):
                said = network(given)
            losses.append(course.learn(loss_of(said.float(), wanted, worth)))
        course.epoch += 1
        course.save(unfinished)
        torch.save(course.average.module.state_dict(), file)
        found, took = accuracy(course.average.module, held, device), time.monotonic() - began
        print(f"epoch {course.epoch}: loss {np.mean(losses):.4f}, val {found:.4f}, {took:.0f} s", flush=True)
    unfinished.unlink(missing_ok=True)


def logits_of(network: nn.Module, pixels: NDArray[np.uint8], device: str = "cpu") -> Floats:
    """The network's logits (n, outputs) of whole pictures."""
    network.eval()
    parts = []
    with torch.inference_mode(), precision(device):
        for part in np.split(pixels, range(256, len(pixels), 256)):
            given = torch.from_numpy(normalise(part.astype(np.float32)))
            parts.append(network(given.to(device)).float().cpu())
    return torch.cat(parts).numpy()


def opinion_of(network: nn.Module, pixels: NDArray[np.uint8], device: str = "cpu") -> Floats:
    """What a network says on average of pictures and their mirror images: probabilities (n, 9)."""
    said = []
    for view in (pixels, np.ascontiguousarray(pixels[:, :, ::-1])):
        logits = torch.from_numpy(logits_of(network, view, device))
        emotions = torch.softmax(logits[:, : len(EMOTIONS)], dim=1)
        said.append(torch.cat([emotions, torch.sigmoid(logits[:, len(EMOTIONS) :])], dim=1).numpy())
    return np.asarray(np.mean(said, axis=0), np.float32)


def lean(logits: Floats, truth: NDArray[np.int64]) -> Floats:
    """What to add to each of 9 logits so that anger and fear are found for little accuracy; from validation.

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


def _worth(wanted: Floats) -> Tensor:
    """What a class weighs (classes,): more where it is rare, 1 on average over the pictures."""
    classes = wanted.shape[1] - 1 if wanted.shape[1] > len(EMOTIONS) else wanted.shape[1]
    share = wanted[:, :classes].mean(axis=0)
    worth = np.maximum(share, 1e-3) ** -RARE
    return torch.from_numpy((worth / (share * worth).sum()).astype(np.float32))


def _batches(taught: Lesson, seed: int, device: str) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch in random order, each picture in a new view; the last, shorter batch is left out."""
    order = np.random.default_rng(seed).permutation(len(taught.pixels))
    count = len(order) // BATCH
    for rows in track(np.split(order[: count * BATCH], count), "training"):
        views = changes.varied(torch.from_numpy(taught.pixels[rows].astype(np.float32)))
        given = torch.from_numpy(normalise(views.numpy()))
        yield given.to(device), torch.from_numpy(taught.wanted[rows]).to(device)
