"""The teacher, at training time only: YAMNet's embedding and its 521 logits, and a head of our own on top.

Found by the environment variable DISTRESS_TEACHERS (a folder with yamnet/yamnet.tflite, Apache-2.0).
It hears each window at one loudness, since it was trained on loud sound and ours is not.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.senses import features

Floats = NDArray[np.float32]

EMBEDDING, LOGITS = 1024, 521
SCREAMS = (6, 7, 9, 10, 11)
"""YAMNet's outputs for shout, bellow, yell, children shouting and screaming."""
_INNER = {"layer28/reduce_mean": "embedding", "layer29/fc/BiasAdd": "logits"}


@dataclass(frozen=True, slots=True)
class Teacher:
    """YAMNet with two of its inner tensors laid open."""

    net: Any
    given: int
    inner: dict[str, tuple[int, float, int]]

    def listen(self, sound: Floats) -> tuple[Floats, Floats]:
        """Embedding (1024,) and logits (521,) of one window of 15,600 samples."""
        log_mel = features.LogMel().push(sound)
        loud = max(float(features.level(log_mel).item()), features.QUIET)
        self.net.set_tensor(self.given, sound * np.float32(np.exp(features.LOUD - loud)))
        self.net.invoke()
        return self._read("embedding"), self._read("logits")

    def _read(self, name: str) -> Floats:
        index, scale, zero_point = self.inner[name]
        return features.dequantize(self.net.get_tensor(index).reshape(-1), scale, zero_point)


def open_teacher() -> Teacher | None:
    """The teacher, or None where there is none."""
    folder = os.environ.get("DISTRESS_TEACHERS")
    if not folder:
        return None
    file = Path(folder) / "yamnet" / "yamnet.tflite"
    if not file.is_file():
        raise OSError(f"{file}: no such file; DISTRESS_TEACHERS must hold yamnet/yamnet.tflite")
    from ai_edge_litert.interpreter import Interpreter

    with warnings.catch_warnings():  # it warns that laying inner tensors open costs memory
        warnings.simplefilter("ignore")
        net = Interpreter(str(file), num_threads=1, experimental_preserve_all_tensors=True)
    net.allocate_tensors()
    inner = {}
    for tensor in net.get_tensor_details():
        for ending, name in _INNER.items():
            if tensor["name"].endswith(ending) and len(tensor["shape"]) > 1:
                inner[name] = (tensor["index"], *tensor["quantization"])
    return Teacher(net, net.get_input_details()[0]["index"], inner)


@dataclass(frozen=True, slots=True)
class Head:
    """What the teacher thinks of a window, as a logit: our linear head and its own classes, half each."""

    mean: Floats
    scale: Floats
    weights: Floats
    own: float
    bias: float

    def __call__(self, embeddings: Floats, logits: Floats) -> Floats:
        """Opinions (n,) of embeddings (n, 1024) and logits (n, 521)."""
        head = ((embeddings - self.mean) / self.scale) @ self.weights
        out: Floats = head + np.float32(self.own) * own_opinion(logits) + np.float32(self.bias)
        return out


def own_opinion(logits: Floats) -> Floats:
    """The teacher's loudest class of screams and shouts (n,), of logits (n, 521)."""
    return np.asarray(logits[:, list(SCREAMS)].max(axis=1), np.float32)


def fit_head(
    embeddings: Floats,
    logits: Floats,
    truth: NDArray[np.bool_],
    clip: NDArray[np.int64],
    strength: float = 1e-4,
) -> Head:
    """A head fitted to windows whose labels are those of their clips, in two rounds.

    In a clip with a scream most windows may hold none: the second round keeps only those near the clip's
    best (multiple-instance learning in its simplest form: Andrews et al. 2003). Each clip weighs by the
    root of its windows, both classes alike. Our few labels make it sure of our hard negatives, YAMNet's
    two million of everything else: the sum of both, each by its spread, is better than either.
    """
    mean, scale = embeddings.mean(axis=0), embeddings.std(axis=0) + np.float32(1e-3)
    whitened, keep = (embeddings - mean) / scale, np.ones(len(truth), bool)
    for _ in range(2):
        weights = _fit(whitened[keep], truth[keep], clip[keep], strength)[0].astype(np.float32)
        said = whitened @ weights
        best = np.full(clip.max() + 1, -np.inf)
        np.maximum.at(best, clip, said)
        keep = ~truth | (said >= best[clip] - 1.0)
    own = own_opinion(logits)
    share = float(said.std() / own.std())
    both = (said + share * own)[:, None]
    slope, bias = _fit(both[keep], truth[keep], clip[keep], 1.0)
    return Head(mean, scale, weights * np.float32(slope[0]), share * float(slope[0]), bias)


def _fit(
    rows: Floats, truth: NDArray[np.bool_], clip: NDArray[np.int64], strength: float
) -> tuple[NDArray[np.float64], float]:
    """Weights and bias of a logistic regression in which each clip counts by the root of its windows."""
    from sklearn.linear_model import LogisticRegression

    weight = 1 / np.sqrt(np.bincount(clip)[clip])
    weight = np.where(truth, weight / weight[truth].sum(), weight / weight[~truth].sum()) * len(truth) / 2
    fitted = LogisticRegression(C=strength, max_iter=300).fit(rows, truth, sample_weight=weight)
    return fitted.coef_[0], float(fitted.intercept_[0])
