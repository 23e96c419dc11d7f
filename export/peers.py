"""What a user would pick instead: where it lies, and how long ours takes beside it, by turns in one run.

Found by DISTRESS_PEERS, or else DISTRESS_TEACHERS: a folder with yamnet/yamnet.tflite and fer/*.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from math import inf
from pathlib import Path

import numpy as np

from export.figures import Figure, not_measured

Call = Callable[[], object]

YAMNET, FER, YUNET = "yamnet/yamnet.tflite", "fer/emotion_model*.tflite", "fer/face_detection_yunet*.onnx"
TURNS, LEAST, MOST_S = 400, 8, 8.0
"""Calls of each, at most and at least; seconds after which the least suffices."""


def file(pattern: str) -> Path | None:
    """A peer's file, by a pattern below the folder of peers; None where there is none."""
    folder = os.environ.get("DISTRESS_PEERS") or os.environ.get("DISTRESS_TEACHERS")
    return next(iter(sorted(Path(folder).glob(pattern))), None) if folder else None


def network(pattern: str) -> Call | None:
    """One call of a peer's .tflite on one thread, of zeros; None where there is none."""
    found = file(pattern)
    if found is None:
        return None
    from ai_edge_litert.interpreter import Interpreter

    net = Interpreter(str(found), num_threads=1)
    net.allocate_tensors()
    for given in net.get_input_details():
        net.set_tensor(given["index"], np.zeros(given["shape"], given["dtype"]))
    invoke: Call = net.invoke
    return invoke


def beside(ours: Call, theirs: Call) -> tuple[float, float]:
    """Seconds of one core for a call of each: the fastest of many by turns, which others disturbed least."""
    best, until = [inf, inf], time.perf_counter() + MOST_S
    for turn in range(TURNS):
        for k, call in enumerate((ours, theirs)):
            best[k] = min(best[k], _took(call))
        if turn >= LEAST and time.perf_counter() > until:
            break
    return best[0], best[1]


def time_row(name: str, ours: Call, theirs: Call | None, target: float) -> Figure:
    """How many calls of the peer one of ours lasts; theirs: None where there is no peer."""
    if theirs is None:
        return not_measured(name, "the peer is not here", target, most=True)
    one, other = beside(ours, theirs)
    counts = f"{1000 * one:.2f} ms beside {1000 * other:.2f} ms"
    return Figure(name, one / other, counts=counts, target=target, most=True)


def _took(call: Call) -> float:
    began = time.thread_time()
    call()
    return time.thread_time() - began
