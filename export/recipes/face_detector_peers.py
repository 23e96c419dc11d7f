"""What a user would pick instead, in the same run: OpenCV's Haar cascade, and YuNet.

Needs "opencv-python-headless<5" (from 5 on it has no cascades) and, for YuNet, the environment variable
DISTRESS_PEERS: a folder with fer/face_detection_yunet_*.onnx. What is not there is not measured.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.figures import Figure, not_measured
from export.recipes import face_detector_figures as rows
from export.recipes.face_detector_count import NEARBY, Looks
from export.recipes.face_detector_pictures import Grey, Picture

Floats = NDArray[np.float64]
Detector = Callable[[Grey], Floats]

HAAR = {"scaleFactor": 1.1, "minNeighbors": 4, "minSize": (16, 16)}
YUNET = 0.3
"""Parameters and score with which each finds most faces of val with at most 10 false boxes per 100."""
HAAR_TIME, YUNET_TIME = 0.1, 1.0
"""Share of the peer's time that our model may take, the frame's scaling and the boxes included."""
NAMES = ("Haar", "YuNet")


def peer_rows(val: list[Picture], test: list[Picture], ours_ms: float) -> list[Figure]:
    """Each peer's figures, and our time as a share of its time."""
    found = detectors()
    told = []
    for name, most in zip(NAMES, (HAAR_TIME, YUNET_TIME), strict=True):
        if name in found:
            told += _measured(name, found[name], val, test, ours_ms, most)
        else:
            told.append(not_measured(f"time, share of {name}'s", f"{name} is not here", most, most=True))
    return told


def detectors() -> dict[str, Detector]:
    """The peers that are here: grey picture in, boxes (n, 4) out."""
    try:
        import cv2
    except ImportError:
        return {}
    cv2.setNumThreads(1)
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    found: dict[str, Detector] = {
        "Haar": lambda grey: np.array(cascade.detectMultiScale(grey, **HAAR), np.float64).reshape(-1, 4)
    }
    file = next(
        iter(Path(os.environ.get("DISTRESS_PEERS", "/")).glob("fer/face_detection_yunet_*.onnx")), None
    )
    return found | ({"YuNet": _yunet(file)} if file else {})


def _yunet(file: Path) -> Detector:
    import cv2

    net = cv2.FaceDetectorYN.create(str(file), "", (320, 320), YUNET, 0.3, 200)

    def detect(grey: Grey) -> Floats:
        net.setInputSize((grey.shape[1], grey.shape[0]))
        found = net.detect(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))[1]
        return np.zeros((0, 4)) if found is None else found[:, :4].astype(np.float64)

    return detect


def _measured(
    name: str, detect: Detector, val: list[Picture], test: list[Picture], ours_ms: float, most: float
) -> list[Figure]:
    fit = fitted([_look(detect, one)[0] for one in val])
    looks, spent = zip(*(_look(detect, one) for one in test), strict=True)
    moved = [Looks(one.picture, adapted(one.boxes, fit), one.scores) for one in looks]
    share = ours_ms / float(np.mean(spent))
    counts = f"ours {ours_ms:.2f} ms, {name} {np.mean(spent):.2f} ms a picture"
    return [
        rows.share_found(f"{name}: faces found, caltech and youtube", rows.of(moved, *NEARBY)),
        rows.share_found(f"{name}: faces found, wider (groups)", rows.of(moved, "wider")),
        rows.false_boxes(f"{name}: false boxes per 100 face-free pictures", moved),
        Figure(f"time, share of {name}'s", share, counts=counts, target=most, most=True),
    ]


def _look(detect: Detector, one: Picture) -> tuple[Looks, float]:
    start = time.perf_counter()
    boxes = detect(one.pixels)
    spent = 1000 * (time.perf_counter() - start)
    return Looks(one, boxes.astype(np.float32), np.ones(len(boxes), np.float32)), spent


def fitted(looks: list[Looks]) -> Floats:
    """Median offset and size (4,) of the pack's boxes in a detector's: each has its own idea of a face."""
    found = []
    for one in looks:
        for face in one.picture.boxes[~one.picture.ignore]:
            overlap = rows.faces.iou(face, one.boxes) if len(one.boxes) else np.zeros(1)
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
