"""The voice model on sound made worse, and what it costs beside YAMNet."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from agent.senses.shelf import Model
from agent.senses.speech import Listening
from export import teacher
from export.clips import Library
from export.figures import Figure, not_measured, part
from export.recipes.scream_figures import changes
from export.recipes.voice_figures import ACTED, Cut, distress, fired, of_corpora, ordinary, recall, spoken
from export.recipes.voice_looks import Heard, listen
from sensors.readings import RATE, Sound

CALLS = 200


def robust_rows(model: Model, library: Library, test: Heard, cut: Cut) -> list[Figure]:
    """Emotions, distress and false alarms when the sound is made worse; a drop is a figure, not a failure."""
    acted, calm = test.where(of_corpora(*ACTED)).clips, test.where(ordinary).clips
    rows = []
    for name, change in changes().items():
        changed = listen(model, library, acted, change)
        rows += [
            recall(f"mean recall, {name}", changed),
            distress(f"AUC of distress, {name}", changed),
            fired(f"distress found, {name}", changed.where(lambda clip: clip.tag in ("anger", "fear")), cut),
            spoken(f"passes as voice, {name}", changed, cut),
            fired(f"ordinary speech that fires, {name}", listen(model, library, calm, change), cut),
        ]
    return part("robustness", rows)


def time_row(model: Model) -> Figure:
    """Time of a look, features included, as a share of one call of YAMNet in the same run."""
    name, master = "time of a look, of one YAMNet call", teacher.open_teacher()
    if master is None:
        return not_measured(name, "no YAMNet: DISTRESS_TEACHERS is not set", 1.0)
    rng = np.random.default_rng(0)
    second = (0.1 * rng.standard_normal(RATE)).astype(np.float32)
    window = second[:15_600]
    listening, at = Listening(model), iter(range(1, 10**9))

    def look() -> None:
        listening.looks(Sound(float(next(at)), second))

    def call() -> None:
        master.net.set_tensor(master.given, window)
        master.net.invoke()

    ours, theirs = (fastest(one) for one in (look, call))
    counts = f"{ours * 1e3:.2f} ms and {theirs * 1e3:.2f} ms, one thread, the fastest of {CALLS}"
    return Figure(name, ours / theirs, counts=counts, target=1.0, most=True, part="targets")


def fastest(run: Callable[[], None]) -> float:
    """Seconds of the fastest of CALLS runs: what else the machine does cannot make it faster."""
    times = []
    for _ in range(CALLS):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times)
