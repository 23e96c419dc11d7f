"""PyTorch to a fully int8 .tflite: convert, calibrate by minimum and maximum, quantise, look at the result.

The quantizer's own calibration averages minima and maxima and so clips; `min_max_update` keeps them all
(4 to 20 times less error on our networks).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

    from export.job import Job

LARGEST = {"scream": 400_000, "voice": 400_000, "face": 1_500_000, "face_detector": 400_000}
"""Bytes that a model file may have."""


def quantize(network: nn.Module, windows: NDArray[np.float32], file: Path) -> None:
    """Write `file`, the int8 form of a network, calibrated on windows (n, *input shape without batch)."""
    import litert_torch
    import torch

    network = network.eval().cpu()
    whole = file.with_suffix(".float.tflite")
    with _quiet():
        litert_torch.convert(network, (torch.from_numpy(windows[:1]),)).export(str(whole))
        _to_int8(whole, windows, file)
    file.chmod(0o644)
    whole.unlink()
    size = file.stat().st_size
    if size > LARGEST[file.stem]:
        raise ValueError(f"{file}: {size} bytes, more than the {LARGEST[file.stem]} that this model may have")


def calibration_list(
    job: Job, windows: NDArray[Any], names: Sequence[str], count: int = 500
) -> NDArray[np.int64]:
    """Rows of windows (n, *shape) to calibrate on, at least `count`; what a recipe's `quantize` calls.

    names: of each row, the clip or picture that it was made of. The list is kept in job.calibration, in
    the repository for a shipped model: its rows are taken as long as they are the same windows (by
    checksum); from other windows it is drawn anew, by the job's seed, and that is said. Commit it then.
    """
    kept = _kept_list(job.calibration, windows)
    if kept is not None:
        return kept
    rows = calibration_rows(windows, count, job.seed)
    level = windows[rows].reshape(len(rows), -1).mean(axis=1, dtype=np.float64)
    told = [
        f'{{"row": {r}, "mean": {m:.4g}, "of": {json.dumps(names[r])}}}'
        for r, m in zip(rows, level, strict=True)
    ]
    head = f'{{"seed": {job.seed}, "sha256": "{_checksum(windows[rows])}", "rows": [\n'
    job.calibration.parent.mkdir(parents=True, exist_ok=True)
    job.calibration.write_text(head + ",\n".join(told) + "\n]}\n", encoding="utf-8")
    print(f"calibration list drawn: {len(rows)} of {len(windows)} windows, {job.calibration}")
    return rows


def _kept_list(file: Path, windows: NDArray[Any]) -> NDArray[np.int64] | None:
    """The rows of a kept list; None where there is none, or where these windows are not those of it."""
    if not file.is_file():
        return None
    told = json.loads(file.read_text(encoding="utf-8"))
    rows = np.array([one["row"] for one in told["rows"]], np.int64)
    fits = rows.max() < len(windows) and _checksum(windows[rows]) == told["sha256"]
    return rows if fits else None


def _checksum(windows: NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(windows).tobytes()).hexdigest()


def calibration_rows(windows: NDArray[Any], count: int, seed: int) -> NDArray[np.int64]:
    """A seeded draw of rows, with the loudest and the quietest of all (pictures: brightest, darkest)."""
    mean = windows.reshape(len(windows), -1).mean(axis=1)
    order, ends = np.argsort(mean, kind="stable"), max(1, count // 20)
    drawn = np.random.default_rng(seed).choice(len(windows), min(count, len(windows)), replace=False)
    return np.unique(np.concatenate([drawn, order[:ends], order[-ends:]]))


def tensors(file: Path) -> dict[str, list[dict[str, Any]]]:
    """Inputs and outputs of a .tflite as its card tells them: name, shape, dtype, scale, zero point."""
    from ai_edge_litert.interpreter import Interpreter

    net = Interpreter(str(file), num_threads=1)
    return {"inputs": _told(net.get_input_details()), "outputs": _told(net.get_output_details())}


def _told(details: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "name": one["name"],
            "shape": [int(n) for n in one["shape"]],
            "dtype": np.dtype(one["dtype"]).name,
            "scale": float(one["quantization"][0]),
            "zero_point": int(one["quantization"][1]),
        }
        for one in details
    ]


def _to_int8(whole: Path, windows: NDArray[np.float32], file: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter
    from ai_edge_quantizer import calibrator, quantizer, recipe
    from ai_edge_quantizer.utils.qsv_utils import min_max_update

    signature, names = next(iter(Interpreter(str(whole)).get_signature_list().items()))
    given = names["inputs"][0]
    chosen = quantizer.Quantizer(str(whole), recipe.static_wi8_ai8())
    watched = calibrator.Calibrator(
        whole.read_bytes(),
        num_threads=1,
        qsv_update_func=min_max_update,
        mode=calibrator.CalibrationMode.CALIBRATION_PRESERVE_ALL_TENSORS,
    )
    samples = [{given: window[None]} for window in windows]
    watched.calibrate({signature: samples}, chosen._recipe_manager)
    chosen.quantize(watched.get_model_qsvs()).export_model(str(file), overwrite=True)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The converters talk much on both streams; what matters comes as an exception."""
    logging.disable(logging.WARNING)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)
