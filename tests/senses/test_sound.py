"""Hearing: a cue a look, on the reading's clock, whatever the block sizes; nothing about what was lost."""

from __future__ import annotations

import numpy as np
import pytest

from agent.senses.sound import Hearing
from sensors.readings import Sound


def played(hearing, sound, size, start=100.0):
    cues = []
    for at in range(0, len(sound), size):
        block = sound[at : at + size]
        cues += hearing.hear(Sound(start + (at + len(block)) / 16_000, block))
    return cues


def test_one_cue_every_48_hundredths_from_the_first_full_window_on(model, noise):
    cues = played(Hearing(model), noise(3.0), 160)
    assert [round(cue.at - 100, 3) for cue in cues] == [0.975, 1.455, 1.935, 2.415, 2.895]
    assert {cue.kind for cue in cues} == {"scream"}
    assert all(cue.reason == "scream heard" and 0 < cue.probability < 1 for cue in cues)


@pytest.mark.parametrize("size", [1, 333, 7680, 100_000])
def test_block_sizes_change_no_probability_and_no_time(model, noise, size):
    sound = noise(2.5) * np.linspace(0.1, 3, 40_000, dtype=np.float32)
    whole = Hearing(model).hear(Sound(102.5, sound))
    parts = played(Hearing(model), sound, size)
    assert [cue.probability for cue in parts] == [cue.probability for cue in whole]
    assert [cue.at for cue in parts] == pytest.approx([cue.at for cue in whole])


def test_after_lost_samples_the_window_starts_anew(model, noise):
    hearing = Hearing(model)
    assert hearing.hear(Sound(0.9, noise(0.9))) == []
    assert hearing.hear(Sound(1.9, noise(0.9), lost=1600)) == []
    cues = hearing.hear(Sound(2.1, noise(0.2)))
    assert [round(cue.at, 3) for cue in cues] == [1.975]


def test_the_shipped_model_says_little_of_silence_and_noise(noise):
    from agent.senses import shelf

    hearing = Hearing(shelf.load("scream"))
    silence = hearing.hear(Sound(2.0, np.zeros(32_000, np.float32)))
    assert all(cue.probability < 0.3 for cue in silence)
    assert all(cue.probability < 0.3 for cue in hearing.hear(Sound(4.0, noise(2.0), lost=1)))
