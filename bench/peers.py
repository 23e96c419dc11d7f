"""How long a call of ours takes beside what a user would pick instead: ratios from one run, one thread.

    DISTRESS_PEERS=FOLDER python -m bench.peers

FOLDER holds yamnet/ and fer/ (export/peers.py); Haar and YuNet also want the package
"opencv-python-headless<5", and pictures: DISTRESS_DATA with face/det_test.tar. What is not there is not
measured. How well the peers do is in the models' cards.
"""

from __future__ import annotations

import os
import sys
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.senses import shelf
from agent.senses.faces import Box, find
from agent.senses.portrait import portrait
from agent.senses.sound import Hearing
from agent.senses.speech import Listening
from export import figures, peers
from export.figures import Figure, not_measured
from sensors.readings import RATE, Sound

Detector = Callable[[NDArray[np.uint8]], object]
"""A grey picture in."""

PICTURES = 24
FACE = Box(260.0, 160.0, 120.0, 158.0, 1.0)
"""In a frame of 640 x 480, a face at arm's length."""


def sound_rows() -> Iterator[Figure]:
    """A look of the scream and of the voice sense, features included, in calls of YAMNet."""
    yamnet = peers.network(peers.YAMNET)
    for name, sense, seconds, target in (("scream", Hearing, 0.48, 0.3), ("voice", Listening, 1.0, 1.0)):
        told = f"{name}: a look with its features, in YAMNet's calls"
        model = opened(name)
        if model is None:
            yield not_measured(told, "not on the shelf", target, most=True)
            continue
        yield peers.time_row(told, _heard(sense(model).hear, round(seconds * RATE)), yamnet, target)


def face_row() -> Figure:
    """A face, cut and level included, in calls of `fer`."""
    told, model = "face: a face with its cut, in fer's calls", opened("face")
    if model is None:
        return not_measured(told, "not on the shelf", 4.0, most=True)
    frame = np.random.default_rng(0).integers(0, 256, (480, 640)).astype(np.uint8)
    return peers.time_row(told, lambda: model.scores(portrait(frame, FACE)), peers.network(peers.FER), 4.0)


def detector_rows() -> Iterator[Figure]:
    """All faces of test pictures, scaling and boxes included, in times of Haar and YuNet."""
    model, frames, others = opened("face_detector"), pictures(), detectors()
    for name, target in (("Haar", 0.1), ("YuNet", 1.0)):
        told = f"face_detector: {PICTURES} pictures, in {name}'s time"
        if model is None or not frames:
            why = "no pictures, or no OpenCV" if model else "not on the shelf"
            yield not_measured(told, why, target, most=True)
            continue
        ours, theirs = partial(find, model), others.get(name)
        yield peers.time_row(told, _all(ours, frames), _all(theirs, frames) if theirs else None, target)


def opened(name: str) -> shelf.Model | None:
    """A model of the shelf, or None where it is not there."""
    return shelf.load(name) if (shelf.default_folder() / f"{name}.tflite").is_file() else None


def pictures() -> list[NDArray[np.uint8]]:
    """Some grey test pictures; none without OpenCV or the pack."""
    file = Path(os.environ.get("DISTRESS_DATA", "/nowhere")) / "face" / "det_test.tar"
    if not file.is_file() or not detectors():
        return []
    import cv2

    with tarfile.open(file) as tar:
        members = [tar.extractfile(member) for member in tar.getmembers() if member.isfile()]
        chosen = members[:: max(1, len(members) // PICTURES)][:PICTURES]
        data = [np.frombuffer(member.read(), np.uint8) for member in chosen if member]
    return [np.asarray(cv2.imdecode(one, cv2.IMREAD_GRAYSCALE)) for one in data]


def detectors() -> dict[str, Detector]:
    """The face detectors that are here, on one thread."""
    try:
        import cv2
    except ImportError:
        return {}
    cv2.setNumThreads(1)
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    found: dict[str, Detector] = {
        "Haar": lambda grey: cascade.detectMultiScale(grey, 1.1, 4, minSize=(16, 16))
    }
    file = peers.file(peers.YUNET)
    if file is not None:
        net = cv2.FaceDetectorYN.create(str(file), "", (320, 320), 0.3, 0.3, 200)

        def yunet(grey: NDArray[np.uint8]) -> object:
            net.setInputSize((grey.shape[1], grey.shape[0]))
            return net.detect(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))

        found["YuNet"] = yunet
    return found


def _all(detect: Detector, frames: list[NDArray[np.uint8]]) -> peers.Call:
    return lambda: [detect(frame) for frame in frames]


def _heard(hear: Callable[[Sound], object], samples: int) -> peers.Call:
    """One look's worth of noise after the other, as a stream."""
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, samples).astype(np.float32)
    ends = count(1)
    return lambda: hear(Sound(next(ends) * samples / RATE, noise))


def main() -> int:
    """Print the table."""
    rows = [*sound_rows(), face_row(), *detector_rows()]
    figures.show("time of a call beside what a user would pick instead", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
