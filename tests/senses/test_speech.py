"""Listening: a look a second, on the reading's clock, whatever the block sizes; silent before it began."""

from __future__ import annotations

import numpy as np
import pytest

from agent.senses import features, speech
from agent.senses.speech import Listening
from sensors.readings import Sound


class Opinion:
    """In place of a model: distress is the window's mean in 0..1, voice is how much of it is not silent."""

    def __init__(self):
        self.card = {"threshold": {"value": 0.5, "voice": 0.3}}
        self.windows = []

    def scores(self, window):
        self.windows.append(window)
        loud = (window - window.min()).mean() / 10
        share = (window.max(axis=1) > features.LOUD - speech.SPAN).mean()
        return np.array([0, 0, 0, 0, 1, 0, loud, share], np.float32)


def played(sound, size, start=100.0):
    listening, cues = Listening(Opinion()), []
    for at in range(0, len(sound), size):
        block = sound[at : at + size]
        cues += listening.hear(Sound(start + (at + len(block)) / 16_000, block))
    return cues


def test_a_cue_a_second_from_the_first_second_on(noise):
    cues = played(noise(4.2), 160)
    assert [round(cue.at - 100, 3) for cue in cues] == [1.015, 2.015, 3.015, 4.015]
    assert {(cue.kind, cue.reason) for cue in cues} == {("voice", "anger or fear in the voice")}
    assert all(0 < cue.probability < 1 for cue in cues)


@pytest.mark.parametrize("size", [1, 333, 7680, 100_000])
def test_block_sizes_change_no_probability_and_no_time(noise, size):
    sound = noise(3.5) * np.linspace(0.1, 3, 56_000, dtype=np.float32)
    whole = Listening(Opinion()).hear(Sound(103.5, sound))
    parts = played(sound, size)
    assert [cue.probability for cue in parts] == [cue.probability for cue in whole]
    assert [cue.at for cue in parts] == pytest.approx([cue.at for cue in whole])


def test_the_window_is_silent_before_the_stream_and_after_a_loss(noise):
    model = Opinion()
    listening = Listening(model)
    listening.hear(Sound(2.1, noise(2.1)))
    listening.hear(Sound(4.1, noise(1.1), lost=14_400))
    silent = [(window == window.min()).all(axis=1).sum() for window in model.windows]
    assert silent == [200, 100, 200]


def test_where_nobody_speaks_there_is_no_distress(noise):
    first, *later = played(noise(3.1), 1600)[:1] + played(np.zeros(50_000, np.float32), 1600)
    assert first.probability > 0
    assert {(cue.probability, cue.reason) for cue in later} == {(0.0, "nobody speaks")}


@pytest.mark.parametrize("decibels", [-20, 20])
def test_gain_falls_out(noise, decibels):
    sound = noise(3.1) * np.float32(0.1)
    louder = sound * np.float32(10 ** (decibels / 20))
    here, there = (speech.normalised(speech.log_mel().push(one)[:300]) for one in (sound, louder))
    assert here.shape == (300, 48)
    assert np.abs(here - there).max() < 0.05


def test_what_is_above_five_kilohertz_is_not_seen():
    at = np.arange(48_400) / 16_000
    low = 0.1 * np.sin(2 * np.pi * 440 * at)
    both = low + 0.1 * np.sin(2 * np.pi * 6500 * at)
    here, there = (
        speech.normalised(speech.log_mel().push(one.astype(np.float32))[:300]) for one in (low, both)
    )
    assert np.abs(here - there).max() < 0.05
