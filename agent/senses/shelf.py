"""The shelf: NAME.tflite with its card NAME.json; what does not match its card is refused by name and reason.

A model is fully int8 (inputs and outputs too). Its card says scale and zero point of both, the labels,
the calibration that turns logits into probabilities (Platt 1999 per label, or a softmax with temperature:
Guo et al. 2017), the checksum and golden vectors. `Model.scores` is all that the senses need.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from agent.senses.features import Floats, dequantize, quantize

if TYPE_CHECKING:
    from numpy.typing import NDArray

Card = dict[str, Any]


class ModelUnfit(Exception):
    """A model file must not be used: which one, and why."""

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(f"{file}: {why}")
        self.file = file
        self.why = why


class Model:
    """One int8 network, ready to run; safe to call from any thread, one call at a time."""

    def __init__(self, file: Path, card: Card) -> None:
        self.file = file
        self.card = card
        self._lock = threading.Lock()
        self._net = _interpreter(file)
        _check_tensors(file, card, self._net)
        self._given = self._net.get_input_details()[0]["index"]
        self._told = [out["index"] for out in self._net.get_output_details()]

    @property
    def name(self) -> str:
        """The model's name, as in its card."""
        return str(self.card["name"])

    @property
    def labels(self) -> list[str]:
        """What each column of `scores` stands for."""
        return list(self.card["labels"])

    @property
    def threshold(self) -> float:
        """The probability from which the card calls it a find."""
        return float(self.card["threshold"]["value"])

    def scores(self, windows: Floats) -> Floats:
        """Calibrated probabilities (n, labels) of windows (n, *input shape), or (labels,) of one window."""
        return calibrate(self.logits(windows), self.card["calibration"])

    def logits(self, windows: Floats) -> Floats:
        """The first output as real numbers, before calibration; shapes as in `scores`."""
        shape = tuple(self.card["inputs"][0]["shape"][1:])
        if windows.shape == shape:
            return self.run(windows)[0].reshape(-1)
        if windows.shape[1:] != shape:
            raise ValueError(f"{self.name} takes windows of {shape}, not {windows.shape}")
        rows = [self.run(window)[0].reshape(-1) for window in windows]
        return np.stack(rows) if rows else np.zeros((0, len(self.labels)), np.float32)

    def run(self, window: Floats) -> list[Floats]:
        """All outputs of one window (the input's shape without its first axis), as real numbers."""
        given = self.card["inputs"][0]
        steps = quantize(window[None], given["scale"], given["zero_point"])
        return [
            dequantize(out, told["scale"], told["zero_point"])
            for out, told in zip(self.run_int8(steps), self.card["outputs"], strict=True)
        ]

    def run_int8(self, steps: NDArray[np.int8]) -> list[NDArray[np.int8]]:
        """The network itself: int8 input of the card's shape in, int8 outputs out."""
        with self._lock:
            self._net.set_tensor(self._given, steps)
            self._net.invoke()
            return [self._net.get_tensor(index) for index in self._told]


def default_folder() -> Path:
    """Where the models are: in an installed wheel inside `agent`, in a checkout beside it."""
    inside = Path(__file__).parents[1] / "models_tflite"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "models_tflite"


def load(name: str, folder: Path | None = None) -> Model:
    """The model of that name, checked against its card; ModelUnfit says what is wrong with it."""
    file = (folder or default_folder()) / f"{name}.tflite"
    card = read_card(file)
    if checksum(file) != card["sha256"]:
        raise ModelUnfit(file, "the checksum is not that of its card: the file was damaged or swapped")
    return Model(file, card)


def verify(model: Model) -> None:
    """Recompute the golden vectors of the card; ModelUnfit if the network answers anything else."""
    golden = model.card["golden"]
    if not golden["vectors"]:
        raise ModelUnfit(model.file, "its card has no golden vectors: nothing tells whether it answers right")
    for vector in golden["vectors"]:
        given = golden_input(vector["seed"], model.card["inputs"][0]["shape"])
        answers = [out.reshape(-1).astype(int) for out in model.run_int8(given)]
        if [len(one) for one in answers] != [len(told) for told in vector["outputs"]]:
            raise ModelUnfit(model.file, f"golden vector {vector['seed']} has outputs of another size")
        off = max(int(np.abs(one - told).max()) for one, told in zip(answers, vector["outputs"], strict=True))
        if off > golden["tolerance"]:
            raise ModelUnfit(model.file, f"golden vector {vector['seed']} is off by {off} steps")


def golden_input(seed: int, shape: list[int]) -> NDArray[np.int8]:
    """The int8 input of a golden vector: a seeded random walk along the last axis, of the given shape."""
    steps = np.random.default_rng(seed).integers(-24, 25, shape)
    return np.clip(np.cumsum(steps, axis=-1), -128, 127).astype(np.int8)


def read_card(file: Path) -> Card:
    """The card beside a model file, with every key that is needed to run it."""
    path = file.with_suffix(".json")
    if not file.is_file():
        raise ModelUnfit(file, "there is no such model file")
    if not path.is_file():
        raise ModelUnfit(file, f"its card {path.name} is missing")
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelUnfit(file, f"its card {path.name} is not JSON: {error}") from error
    needed = {"schema", "name", "sha256", "inputs", "outputs", "labels", "calibration", "threshold", "golden"}
    missing = sorted(needed - card.keys()) if isinstance(card, dict) else sorted(needed)
    if missing:
        raise ModelUnfit(file, f"its card {path.name} lacks {', '.join(missing)}")
    if card["schema"] != 1:
        raise ModelUnfit(file, f"its card has schema {card['schema']}; this program reads schema 1")
    if card["name"] != file.stem:
        raise ModelUnfit(file, f"its card is that of another model, {card['name']}")
    try:
        _look_through(card)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelUnfit(file, f"its card {path.name} is not in order: {error!r}") from error
    return dict(card)


def _look_through(card: Card) -> None:
    """Touch what a model is run by, so that a slip in a card shows now and not at the first sound."""
    labels = card["labels"]
    if not isinstance(labels, list) or not labels or not all(isinstance(one, str) for one in labels):
        raise ValueError("labels are a list of words")
    for tensor in (*card["inputs"], *card["outputs"]):
        dict(tensor)
    float(card["threshold"]["value"])
    boxes = card.get("box_calibration", {"scale": 1.0, "bias": 0.0})
    float(boxes["scale"]), float(boxes["bias"])
    for group in card["calibration"]:
        wanted = {"platt": ("scale", "bias"), "softmax": ("temperature",)}[group["kind"]]
        [float(group[key]) for key in wanted] + [int(column) for column in group["columns"]]
    float(card["golden"]["tolerance"])
    for vector in card["golden"]["vectors"]:
        if not isinstance(vector["seed"], int) or not {"output", "outputs"} & set(vector):
            raise ValueError("a golden vector is a seed and what is answered")


def checksum(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def calibrate(logits: Floats, groups: list[Card]) -> Floats:
    """Probabilities of logits (..., labels): each group of labels has its own way, the card says which.

    `platt`: sigmoid(scale * logit + bias), each label alone; `softmax`: exp(logit / temperature), shared
    out among the labels of the group.
    """
    out = np.empty(logits.shape, np.float32)
    for group in groups:
        columns = group["columns"]
        part = logits[..., columns].astype(np.float64)
        if group["kind"] == "platt":
            out[..., columns] = 1.0 / (1.0 + np.exp(-(group["scale"] * part + group["bias"])))
        else:
            raised = np.exp((part - part.max(axis=-1, keepdims=True)) / group["temperature"])
            out[..., columns] = raised / raised.sum(axis=-1, keepdims=True)
    return out


class _Net(Protocol):
    """What is used of a TensorFlow Lite interpreter."""

    def get_input_details(self) -> list[Card]: ...
    def get_output_details(self) -> list[Card]: ...
    def set_tensor(self, index: int, value: NDArray[np.int8]) -> None: ...
    def get_tensor(self, index: int) -> NDArray[np.int8]: ...
    def allocate_tensors(self) -> None: ...
    def invoke(self) -> None: ...


def _interpreter(file: Path) -> _Net:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        try:
            from tflite_runtime.interpreter import Interpreter
        except ImportError as error:
            raise ModelUnfit(file, "no runtime: install ai-edge-litert (or tflite-runtime)") from error
    try:
        with _hushed():
            net: _Net = Interpreter(str(file), num_threads=1)
            net.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise ModelUnfit(file, "it is not a TensorFlow Lite model that runs here") from error
    return net


@contextmanager
def _hushed() -> Iterator[None]:
    """The runtime writes remarks on its delegates to file descriptor 2, where people look for errors."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _check_tensors(file: Path, card: Card, net: _Net) -> None:
    for kind, details in (("input", net.get_input_details()), ("output", net.get_output_details())):
        told = card[f"{kind}s"]
        if len(details) != len(told):
            raise ModelUnfit(file, f"it has {len(details)} {kind}s, its card {len(told)}")
        for real, said in zip(details, told, strict=True):
            _check_tensor(file, kind, real, said)
    columns = sorted(column for group in card["calibration"] for column in group["columns"])
    width = int(np.prod(card["outputs"][0]["shape"]))
    if columns and (len(card["labels"]) != width or columns != list(range(width))):
        raise ModelUnfit(file, f"{len(card['labels'])} labels for {width} outputs, {len(columns)} calibrated")


def _check_tensor(file: Path, kind: str, real: Card, said: Card) -> None:
    dtype, shape = np.dtype(real["dtype"]).name, [int(n) for n in real["shape"]]
    if dtype != "int8":
        raise ModelUnfit(file, f"its {kind} is {dtype}; models on the shelf are int8")
    if shape != said.get("shape"):
        raise ModelUnfit(file, f"its {kind} has shape {shape}, its card says {said.get('shape')}")
    scale, zero_point = real["quantization"]
    if not np.isclose(scale, said.get("scale", np.nan), rtol=1e-5) or zero_point != said.get("zero_point"):
        raise ModelUnfit(file, f"its {kind} has scale {scale:g} and zero point {zero_point}, not its card's")
