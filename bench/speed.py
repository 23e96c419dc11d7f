"""How fast it is: ratios and medians from one run on one core, since machines are noisy and differ.

    python -m bench.speed

The unit of comparison is real time: what share of a core a sense takes, and how many seconds of a recording
one second of computing deals with.
bench.peers lays our models beside what a user would pick instead.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import soundfile

from agent import build, config
from agent.replay import fold
from agent.senses import shelf
from agent.senses.faces import Box, find
from agent.senses.portrait import portrait
from agent.senses.sight import LOOK_S
from agent.senses.sound import Hearing
from agent.senses.speech import Listening
from agent.timeline import timeline
from bench.peers import opened
from sensors import media
from sensors.readings import RATE, Sound

ROUNDS = 5
MINUTES = 10
PICTURE = np.random.default_rng(2).integers(0, 256, (240, 320)).astype(np.uint8)
FACE = Box(120.0, 80.0, 60.0, 75.0, 1.0)


def seconds(work: Callable[[], object]) -> float:
    """Median time of some rounds."""
    took = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return median(took)


def start_up() -> None:
    """Starting, beside a Python that does nothing."""
    bare = seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))
    for words in (["-c", "import agent, sensors"], ["-m", "agent.cli", "--help"]):
        command = [sys.executable, *words]
        took = seconds(lambda command=command: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
        print(f"start  {' '.join(words):32} {took * 1000:7.0f} ms, bare python {bare * 1000:.0f} ms")


def looks() -> None:
    """One look of each sense, with its features, and what share of this core that takes."""
    for name, every_s, work in _senses():
        took = seconds(lambda work=work: [work() for _ in range(50)]) / 50
        print(f"look   {name}: {took * 1000:.2f} ms, one in {every_s:g} s: {took / every_s:.1%} of this core")


def _senses() -> Iterator[tuple[str, float, Callable[[], object]]]:
    """Each sense whose models are on the shelf, the least seconds from one look to the next, and a look."""
    for name, sense, every_s in (("scream", Hearing, 0.48), ("voice", Listening, 1.0)):
        if model := opened(name):
            yield name, every_s, partial(_heard, sense(model), round(every_s * RATE))
    detector, face = opened("face_detector"), opened("face")
    if detector and face:
        yield "face", LOOK_S, partial(_seen, detector, face)


def _heard(sense: Hearing | Listening, samples: int) -> None:
    """A look's worth of noise."""
    sense.hear(Sound(1.0, np.random.default_rng(0).uniform(-0.1, 0.1, samples).astype(np.float32)))


def _seen(detector: shelf.Model, face: shelf.Model) -> None:
    """Find the faces of a picture of the camera's, and judge one."""
    find(detector, PICTURE)
    face.scores(portrait(PICTURE, FACE))


def whole_road() -> None:
    """A recording through media, senses and mind, as `replay` does it; and what it adds to the memory."""
    known = config.Config()
    policy, new_senses = config.policy(known), build.senses(known)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "noise.wav"
        soundfile.write(file, np.random.default_rng(1).uniform(-0.1, 0.1, MINUTES * 60 * RATE), RATE)

        def replay() -> None:
            for _ in fold(timeline(media.sound(file)), new_senses(None), policy):
                pass

        next(iter(fold(timeline([Sound(1.0, np.zeros(RATE, np.float32))]), new_senses(None), policy)))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        took = seconds(replay)
        grew = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    times = MINUTES * 60 / took
    print(f"replay {MINUTES} min of noise: {times:.0f} times real time, memory grew {grew / 1024:.1f} MB")


def main() -> int:
    """Print all figures."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    start_up()
    looks()
    whole_road()
    return 0


if __name__ == "__main__":
    sys.exit(main())
