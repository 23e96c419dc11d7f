"""Rows beside the face model's own: `fer`, the papers' network, FER's own labels, size and time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from agent.senses.faces import Box
from agent.senses.features import Floats
from agent.senses.portrait import portrait
from agent.senses.shelf import Model
from export import figures
from export.figures import Figure
from export.networks import multiplications
from export.recipes.face_figures import SURE_VOTES, first_of, share
from export.recipes.face_network import OUTPUTS
from export.recipes.face_pictures import EMOTIONS, FER, Pictures
from export.recipes.face_training import logits_of

if TYPE_CHECKING:
    from export.recipes.face_network import FaceNet

ROUNDS = 15
"""Turns in which calls are timed; the fastest counts, which the machine disturbed least."""
CALLED = {"teacher": "its teacher", "network": "this network", "vgg": "VGG13 (Barsoum et al. 2016)"}
_FRAME, _BOX = (480, 640), Box(260.0, 160.0, 120.0, 158.0, 1.0)
"""What a call begins with: a camera's frame and a face as large as at arm's length."""


@dataclass(frozen=True, slots=True)
class Fer:
    """The package's network: what runs it, and which tensors it takes and gives."""

    net: Any
    given: int
    answer: int

    def say(self, pixels: NDArray[np.uint8]) -> Floats:
        """Its answers (n, 7) to pictures (n, 48, 48) enlarged to 64 pixels, in -1..1, as the package does."""
        grey = torch.from_numpy(pixels.astype(np.float32))[:, None]
        out = []
        for one in torch.round(functional.interpolate(grey, size=(64, 64), mode="bilinear")).numpy():
            self.net.set_tensor(self.given, one.reshape(1, 64, 64, 1) / 127.5 - 1)
            self.net.invoke()
            out.append(self.net.get_tensor(self.answer)[0])
        return np.stack(out)


def peer_rows(model: Model, test: Pictures) -> list[Figure]:
    """`fer` on the same pictures, and the time of our call, cut and level included, in its calls."""
    fer = _open_fer()
    if fer is None:
        time_row = figures.not_measured("time, in calls of fer", "DISTRESS_TEACHERS holds no fer", 4.0)
        return figures.part("targets", [time_row])
    frame = np.random.default_rng(0).integers(0, 256, _FRAME).astype(np.uint8)
    ours, theirs = fastest([lambda: model.scores(portrait(frame, _BOX)), fer.net.invoke])
    counts = f"{1000 * ours:.2f} ms beside {1000 * theirs:.2f} ms"
    of_time = Figure("time, in calls of fer", ours / theirs, counts=counts, target=4.0, most=True)
    first = fer.say(test.pixels).argmax(axis=1)
    return [*figures.part("targets", [of_time]), *figures.part("peers", _rows_of_fer(test, first))]


def network_rows(test: Pictures, networks: dict[str, FaceNet | None], more: Floats) -> list[Figure]:
    """Our network, its teacher and the papers' in float: accuracy, mirrored too, FER's own labels, and cost.

    more: what is added to the logits (9,) of the one that ships, so that int8 is all that it lacks.
    """
    known, rows = test.known, []
    for name, network in networks.items():
        called = f"{CALLED[name]}, float"
        if network is None:
            rows.append(figures.not_measured(f"{called}: accuracy", "not trained"))
            continue
        said = logits_of(network, test.pixels)
        mirrored = said + logits_of(network, np.ascontiguousarray(test.pixels[:, :, ::-1]))
        if name == "network":
            said[:, : len(more)] += more
            mirrored[:, : len(more)] += 2 * more
        of_own = said[:, OUTPUTS:].argmax(axis=1) == test.fer
        rows.append(share(f"{called}: accuracy", (first_of(said) == test.majority)[known]))
        rows.append(share(f"{called}: with the mirror image", (first_of(mirrored) == test.majority)[known]))
        rows.append(share(f"{called}: FER's own 7 labels", of_own, 0.71 if name == "network" else None))
        rows.append(_cost(called, network))
    return figures.part("peers", rows)


def size_row(file: Path) -> list[Figure]:
    """Bytes of the file on the shelf."""
    size = Figure("size, MB", file.stat().st_size / 1e6, target=1.5, most=True)
    return figures.part("targets", [size])


def fastest(calls: list[Callable[[], object]], count: int = 40) -> list[float]:
    """Seconds a call takes, for each of some that are timed in turns, `count` calls at a time."""
    best = [np.inf] * len(calls)
    for _ in range(ROUNDS):
        for k, call in enumerate(calls):
            began = time.perf_counter()
            for _ in range(count):
                call()
            best[k] = min(best[k], (time.perf_counter() - began) / count)
    return best


def _cost(name: str, network: FaceNet) -> Figure:
    """Milliseconds of a call in float; weights and multiplications in millions."""
    weights = sum(one.numel() for one in network.parameters()) / 1e6
    given = torch.zeros(1, 48, 48)
    times = multiplications(network, tuple(given.shape)) / 1e6
    with torch.inference_mode():
        took = fastest([lambda: network(given)], 2)[0]
    counts = f"{weights:.2f} M weights, {times:.0f} M multiplications"
    return Figure(f"{name}: ms a call", 1000 * took, counts=counts)


def _rows_of_fer(test: Pictures, first: NDArray[np.int64]) -> list[Figure]:
    """On its own labels, and on the emotions that both know."""
    ours = np.array([EMOTIONS.index(name) for name in FER])[first]
    seven = test.known & (test.majority != EMOTIONS.index("contempt"))
    sure = seven & (test.votes[:, : len(EMOTIONS)].max(axis=1) >= SURE_VOTES)
    rows = [share("fer: FER's own 7 labels", first == test.fer)]
    rows.append(share("fer: accuracy, 7 emotions by majority", (ours == test.majority)[seven]))
    rows.append(share("fer: where six votes or more agree", (ours == test.majority)[sure]))
    for name in ("fear", "anger"):
        of = test.known & (test.majority == EMOTIONS.index(name))
        rows.append(share(f"fer: {name} found", ours[of] == EMOTIONS.index(name)))
    return rows


def _open_fer() -> Fer | None:
    """The package's TensorFlow Lite model on one thread, or None where there is none."""
    file = Path(os.environ.get("DISTRESS_TEACHERS", "")) / "fer" / "emotion_model_quantized.tflite"
    if not file.is_file():
        return None
    from ai_edge_litert.interpreter import Interpreter

    net = Interpreter(str(file), num_threads=1)
    net.allocate_tensors()
    return Fer(net, net.get_input_details()[0]["index"], net.get_output_details()[0]["index"])
