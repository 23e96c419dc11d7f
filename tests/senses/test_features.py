"""The log-mel front end: block sizes, pitch, level, bad samples; the int8 scaling."""

from __future__ import annotations

import time

import numpy as np
import pytest

from agent.senses import features
from agent.senses.features import LogMel


def noise(seconds: float, gain: float = 0.1, seed: int = 0) -> np.ndarray:
    return (gain * np.random.default_rng(seed).standard_normal(int(seconds * 16_000))).astype(np.float32)


def tone(hz: float, seconds: float = 1.0, gain: float = 0.1) -> np.ndarray:
    at = np.arange(int(seconds * 16_000)) / 16_000
    return (gain * np.sin(2 * np.pi * hz * at)).astype(np.float32)


def blocks(sound: np.ndarray, sizes: list[int]) -> np.ndarray:
    stream, out, at = LogMel(), [], 0
    while at < len(sound):
        for size in sizes:
            out.append(stream.push(sound[at : at + size]))
            at += size
    return np.concatenate(out)


@pytest.mark.parametrize("sizes", [[1], [7, 1, 399, 2], [160], [400], [1024], [30_000, 5]])
def test_blocks_of_any_size_give_the_same_numbers_to_the_bit(sizes):
    sound = noise(2.3)
    assert np.array_equal(blocks(sound, sizes), LogMel().push(sound))


def test_a_frame_needs_400_samples_and_the_next_160_more():
    stream = LogMel()
    assert len(stream.push(noise(1)[:399])) == 0
    assert len(stream.push(noise(1)[:1])) == 1
    assert stream.pending == 240
    assert len(stream.push(noise(1)[:160])) == 1


def test_reset_forgets_what_waits():
    stream = LogMel()
    stream.push(noise(1)[:399])
    stream.reset()
    assert stream.pending == 0
    assert np.array_equal(stream.push(noise(1)), LogMel().push(noise(1)))


@pytest.mark.parametrize("hz", [200, 440, 1000, 3000, 7000])
def test_a_tone_is_loudest_in_the_band_around_it(hz):
    weights = features.mel_weights()
    band = int(LogMel().push(tone(hz)).mean(axis=0).argmax())
    bins_hz = np.linspace(0, 8000, 257)[weights[:, band] > 0]
    assert bins_hz.min() - 32 <= hz <= bins_hz.max() + 32


def test_every_band_hears_something():
    assert (features.mel_weights().sum(axis=0) > 0).all()


def test_what_is_no_number_counts_as_silence():
    spoiled = noise(1.0)
    spoiled[5000:5100] = np.nan
    mended = spoiled.copy()
    mended[5000:5100] = 0.0
    assert np.array_equal(LogMel().push(spoiled), LogMel().push(mended))
    assert np.isfinite(LogMel().push(np.full(800, np.inf, np.float32))).all()


@pytest.mark.parametrize("decibels", [-20, 20])
def test_gain_falls_out_of_a_normalised_window(decibels):
    sound = noise(0.975, gain=0.02) + tone(1500, 0.975, gain=0.05)
    louder = sound * np.float32(10 ** (decibels / 20))
    here, there = (features.normalise(LogMel().push(x)) for x in (sound, louder))
    assert np.abs(here - there).max() < 0.02


def test_silence_and_hiss_are_not_turned_up():
    hiss = features.normalise(LogMel().push(noise(0.975, gain=1e-5)))
    assert hiss.max() < features.LOUD - 1.5
    assert (
        features.normalise(LogMel().push(np.zeros(15_600, np.float32))) == features.LOUD - features.SPAN
    ).all()


def test_normalise_works_on_stacks_of_windows():
    one, two = (LogMel().push(noise(0.975, seed=seed)) for seed in (1, 2))
    both = features.normalise(np.stack([one, two]))
    assert np.array_equal(both[1], features.normalise(two))


def test_int8_scaling_goes_there_and_back_within_half_a_step_and_clips():
    values = np.linspace(-5.9, 1, 1001, dtype=np.float32)
    steps = features.quantize(values, 7 / 255, 90)
    assert steps.dtype == np.int8
    assert np.abs(features.dequantize(steps, 7 / 255, 90) - values).max() <= 7 / 255 / 2 + 1e-6
    assert features.quantize(np.array([99.0, -99.0], np.float32), 0.1, 0).tolist() == [127, -128]


def test_it_is_far_faster_than_real_time():
    sound = noise(20)
    began = time.perf_counter()
    LogMel().push(sound)
    assert 20 / (time.perf_counter() - began) > 100
