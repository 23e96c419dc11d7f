"""Rehearsal: a known scream at the sensors' edge, heard by the true model and weighed by the true fusion.

It goes through a hearing and a mind of its own, so that the live ones neither hear nor remember it. The
model is read from the shelf anew: a file that was damaged or swapped since the start is found before the
next start finds it. The street and the levels are those of the demo's walk (sensors/synth/night.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agent.core.events import Cue
from agent.core.policy import Policy
from agent.core.watch import begin, step
from agent.senses import shelf
from agent.senses.shelf import ModelUnfit
from agent.senses.sound import Hearing
from sensors.readings import RATE, Sound
from sensors.sounds import made
from sensors.sounds.voice import SCREAM_S
from sensors.synth import walk

LEAD_S = 1.0
"""Seconds of street before the scream, and after it."""

CLEAR = 11
"""Seed of a scream that the model hears clearly: a drill asks whether the road is whole, not how good."""

BLOCK = RATE // 10


def from_shelf() -> Hearing:
    """A hearing with the model as it lies on the shelf now. Raises ModelUnfit."""
    model = shelf.load("scream")
    shelf.verify(model)
    return Hearing(model)


def rehearse(policy: Policy, fresh: Callable[[], Hearing] = from_shelf) -> str:
    """Why the scream would raise no pre-alarm, in words; "" when it would."""
    try:
        hearing = fresh()
    except ModelUnfit as unfit:
        return unfit.why
    cues = [cue for sound in scream() for cue in hearing.hear(sound)]
    if _raised(cues, policy):
        return ""
    highest = max((cue.probability for cue in cues), default=0.0)
    return f"the scream of the drill raises no pre-alarm, its highest score is {highest:.0%}".replace(
        "%", " %"
    )


def scream() -> Iterator[Sound]:
    """The sequence, as a microphone would give it: blocks of 0.1 s."""
    levels = {layer.synth: 10 ** (layer.gain_db / 20) for layer in walk().audio}
    samples = made("street", SCREAM_S + 2 * LEAD_S, seed=7) * levels["street"]
    start = round(LEAD_S * RATE)
    samples[start : start + round(SCREAM_S * RATE)] += made("scream", SCREAM_S, CLEAR) * levels["scream"]
    for begins in range(0, len(samples), BLOCK):
        block = samples[begins : begins + BLOCK]
        yield Sound((begins + len(block)) / RATE, block)


def _raised(cues: list[Cue], policy: Policy) -> bool:
    watch = begin(0.0, 0.0, "rehearsal", policy)
    for cue in cues:
        watch, notices = step(watch, cue, policy)
        if any(notice.kind == "pre_alarm" for notice in notices):
            return True
    return False
