"""How fast it is: ratios and medians from one run on one core, since machines are noisy and differ.

    python -m bench.speed

The unit of comparison is real time: how many seconds of sound one second of computing deals with.
bench.peers lays our models beside what a user would pick instead.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import soundfile

from agent import build, config
from agent.replay import fold
from agent.senses import shelf
from agent.senses.features import LogMel, normalise
from agent.timeline import timeline
from sensors import media
from sensors.readings import RATE, Sound

ROUNDS = 5
MINUTES = 10


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


def look() -> None:
    """One look of the scream sense: log-mel of its hop, window, model."""
    model = shelf.load("scream")
    hop = np.random.default_rng(0).uniform(-0.1, 0.1, 7680).astype(np.float32)
    mel = LogMel()
    window = np.concatenate([mel.push(hop) for _ in range(4)])[:96]
    ours = seconds(lambda: [(mel.push(hop), model.scores(normalise(window))) for _ in range(100)]) / 100
    print(f"look   scream: {ours * 1000:.2f} ms for 0.48 s of sound, {0.48 / ours:.0f} times real time")


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
    look()
    whole_road()
    return 0


if __name__ == "__main__":
    sys.exit(main())
