"""What a user would pick instead, in the same run: OpenCV's Haar cascade, and YuNet.

Needs "opencv-python-headless<5" (from 5 on it has no cascades) and, for YuNet, the peers' folder
(export/peers.py). What is not there is not measured.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.senses import faces
from agent.senses.shelf import Model
from export import peers
from export.figures import Figure, not_measured
from export.recipes import face_detector_figures as rows
from export.recipes.face_detector_count import NEARBY, Looks
from export.recipes.face_detector_pictures import Grey, Picture

Floats = NDArray[np.float64]
Detector = Callable[[Grey], Floats]

HAAR = {"scaleFactor": 1.1, "minNeighbors": 4, "minSize": (16, 16)}
YUNET = 0.3
"""Parameters and score with which each finds most faces of val with at most 10 false boxes per 100."""
TIMES = {"Haar": 0.1, "YuNet": 1.0}
"""Share of the peer's time that our model may take, the frame's scaling and the boxes included."""
TIMED = 12
"""Test pictures that both go through in a turn."""


def peer_rows(model: Model, val: list[Picture], test: list[Picture]) -> list[Figure]:
    """Each peer's figures, and our time as a share of its time."""
    found, told = detectors(), []
    for name, most in TIMES.items():
        told += _rows(name, found.get(name), val, test)
        told.append(_time(name, model, found.get(name), test, most))
    return told


def detectors() -> dict[str, Detector]:
    """The peers that are here: grey picture in, boxes (n, 4) out."""
    try:
        import cv2
    except ImportError:
        return {}
    cv2.setNumThreads(1)
    found, file = {}, peers.file(peers.YUNET)
    if hasattr(cv2, "CascadeClassifier"):
        found["Haar"] = _haar()
    if file:
        found["YuNet"] = _yunet(file)
    return found


def _haar() -> Detector:
    import cv2

    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    return lambda grey: np.array(cascade.detectMultiScale(grey, **HAAR), np.float64).reshape(-1, 4)


def _yunet(file: Path) -> Detector:
    import cv2

    net = cv2.FaceDetectorYN.create(str(file), "", (320, 320), YUNET, 0.3, 200)

    def detect(grey: Grey) -> Floats:
        net.setInputSize((grey.shape[1], grey.shape[0]))
        found = net.detect(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))[1]
        return np.zeros((0, 4)) if found is None else found[:, :4].astype(np.float64)

    return detect


def _rows(name: str, detect: Detector | None, val: list[Picture], test: list[Picture]) -> list[Figure]:
    names = [
        f"{name}: faces found, caltech and youtube",
        f"{name}: faces found, wider (groups)",
        f"{name}: false boxes per 100 face-free pictures",
    ]
    if detect is None:
        return [not_measured(row, f"{name} is not here") for row in names]
    fit = fitted([_look(detect, one) for one in val])
    looks = [_look(detect, one) for one in test]
    moved = [Looks(one.picture, adapted(one.boxes, fit), one.scores) for one in looks]
    return [
        rows.share_found(names[0], rows.of(moved, *NEARBY)),
        rows.share_found(names[1], rows.of(moved, "wider")),
        rows.false_boxes(names[2], moved),
    ]


def _time(name: str, model: Model, detect: Detector | None, test: list[Picture], most: float) -> Figure:
    some = [one.pixels for one in test[:: max(1, len(test) // TIMED)]]
    ours = lambda: [faces.find(model, grey) for grey in some]  # noqa: E731
    theirs = (lambda: [detect(grey) for grey in some]) if detect else None
    return peers.time_row(f"time, {TIMED} pictures, share of {name}'s", ours, theirs, most)


def _look(detect: Detector, one: Picture) -> Looks:
    boxes = detect(one.pixels)
    return Looks(one, boxes.astype(np.float32), np.ones(len(boxes), np.float32))


def fitted(looks: list[Looks]) -> Floats:
    """Median offset and size (4,) of the pack's boxes in a detector's: each has its own idea of a face."""
    found = []
    for one in looks:
        for face in one.picture.boxes[~one.picture.ignore]:
            overlap = faces.iou(face, one.boxes) if len(one.boxes) else np.zeros(1)
            if overlap.max() > 0.3:
                box = one.boxes[int(overlap.argmax())]
                middle = (face[:2] + face[2:] / 2 - box[:2] - box[2:] / 2) / box[2:]
                found.append([*middle, *(face[2:] / box[2:])])
    return np.median(np.array(found), axis=0)


def adapted(boxes: NDArray[np.float32], fit: Floats) -> NDArray[np.float32]:
    """Boxes moved and sized by `fitted`."""
    size = boxes[:, 2:] * fit[2:]
    middle = boxes[:, :2] + boxes[:, 2:] * (0.5 + fit[:2])
    return np.concatenate([middle - size / 2, size], axis=1).astype(np.float32)
