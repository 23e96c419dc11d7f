"""A network made in code in place of a .tflite: its logit is the mean of its input, times ten."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from agent.senses import shelf

SCALE, ZERO_POINT = 9 / 255, 28
OUT_SCALE, OUT_ZERO = 0.2, 0


class FakeNet:
    """What the shelf uses of an interpreter; `dtype` and `shape` may be made wrong."""

    def __init__(self, dtype: type = np.int8, shape: tuple[int, ...] = (1, 96, 64)) -> None:
        self.inputs = [{"index": 0, "dtype": dtype, "shape": shape, "quantization": (SCALE, ZERO_POINT)}]
        self.outputs = [
            {"index": 1, "dtype": np.int8, "shape": (1, 1), "quantization": (OUT_SCALE, OUT_ZERO)}
        ]
        self.value = np.zeros(shape, np.int8)

    def get_input_details(self) -> list[dict]:
        return self.inputs

    def get_output_details(self) -> list[dict]:
        return self.outputs

    def set_tensor(self, index: int, value: np.ndarray) -> None:
        assert index == 0
        assert value.dtype == np.int8
        assert value.shape == self.value.shape
        self.value = value

    def invoke(self) -> None:
        pass

    def get_tensor(self, index: int) -> np.ndarray:
        assert index == 1
        real = (self.value.astype(np.float32) - ZERO_POINT).mean() * SCALE * 10
        return np.clip(np.rint(real / OUT_SCALE), -128, 127).astype(np.int8).reshape(1, 1)


def a_card(**changed: object) -> dict:
    """A card that fits FakeNet, but for what is changed."""
    return {
        "schema": 1,
        "name": "scream",
        "labels": ["scream"],
        "inputs": [{"shape": [1, 96, 64], "dtype": "int8", "scale": SCALE, "zero_point": ZERO_POINT}],
        "outputs": [{"shape": [1, 1], "dtype": "int8", "scale": OUT_SCALE, "zero_point": OUT_ZERO}],
        "calibration": [{"kind": "platt", "columns": [0], "scale": 1.0, "bias": 0.0}],
        "threshold": {"value": 0.5, "chosen": "for tests"},
        "golden": {"tolerance": 0, "vectors": []},
        **changed,
    }


def put(folder: Path, **changed: object) -> Path:
    """A file and its card on a shelf, with the right checksum unless it is changed."""
    file = folder / "scream.tflite"
    file.write_bytes(b"stands for a network")
    card = a_card(**{"sha256": shelf.checksum(file), **changed})
    file.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    return file
