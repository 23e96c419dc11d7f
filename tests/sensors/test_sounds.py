"""Made sounds and the walk: by seed, in range, and with the physics that their docstrings claim."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from sensors.readings import RATE
from sensors.sounds import MAKERS, made, voice
from sensors.synth.night import SCREAM_AT, walk

SEEDS = range(5)


@pytest.mark.parametrize("name", MAKERS)
def test_sounds_are_made_by_seed_and_in_range(name):
    one, again, other = made(name, 3, 1), made(name, 3, 1), made(name, 3, 2)
    assert one.dtype == np.float32
    assert one.shape == (3 * RATE,)
    assert np.array_equal(one, again)
    assert np.isfinite(one).all()
    assert np.abs(one).max() <= 1
    assert name in ("tone", "silence") or not np.array_equal(one, other)


def power(samples, low_hz, high_hz):
    """Share of the power between the two frequencies."""
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    frequency = np.fft.rfftfreq(len(samples), 1 / RATE)
    return spectrum[(frequency >= low_hz) & (frequency < high_hz)].sum() / spectrum.sum()


def beating(samples, low_hz, high_hz):
    """Share of the loudness' movement (2 to 300 Hz) between the two rates."""
    envelope = np.convolve(np.abs(samples), np.hanning(48) / 24, "same")
    envelope = envelope - envelope.mean()
    return power(envelope, low_hz, high_hz) / power(envelope, 2, 300)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_scream_is_high_rough_and_bright(seed):
    scream = made("scream", voice.SCREAM_S, seed)
    middle = scream[RATE // 2 : -RATE // 2]
    assert power(scream, 500, 5_000) > 0.9
    assert beating(middle, 30, 150) > 0.5
    assert beating(middle, 30, 150) > 2 * beating(made("babble", 2, seed), 30, 90)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_scream_glides_within_the_pitches_of_screams(seed):
    f0 = voice._arc(np.random.default_rng(seed), 40_000)
    assert 600 < f0.min() < 1_400
    assert 1_300 < f0.max() < 2_500
    assert f0[12_000:20_000].mean() > 1.3 * f0[-2_000:].mean()


@pytest.mark.parametrize("seed", SEEDS)
def test_talk_moves_at_the_rate_of_syllables_and_lies_low(seed):
    talk = made("babble", 5, seed)
    assert power(talk, 80, 1_500) > 0.6
    assert beating(talk, 2, 12) > 0.2


def test_steps_are_as_many_as_in_walking():
    steps = made("footsteps", 10, 3)
    loud = np.abs(steps).reshape(-1, RATE // 20).max(axis=1) > 0.2
    assert 15 <= np.count_nonzero(np.diff(loud.astype(int)) == 1) <= 21


def test_the_street_falls_towards_high_pitches_without_seams():
    street = made("street", 10, 3)
    assert power(street, 0, 500) > 0.8
    jumps = np.abs(np.diff(street))
    assert jumps[RATE // 4 - 1 :: RATE // 4].max() <= jumps.max()
    levels = 20 * np.log10(np.sqrt(np.mean(street.reshape(40, -1) ** 2, axis=1)))
    assert levels.std() < 4


def test_the_walk_tells_a_story():
    night = walk()
    assert night == walk(7)
    assert night != walk(8)
    before = [vitals for vitals in night.band if vitals.at <= SCREAM_AT]
    late = [vitals for vitals in night.band if vitals.at > SCREAM_AT + 25]
    assert np.mean([vitals.bpm for vitals in before]) == pytest.approx(80, abs=2)
    assert np.mean([vitals.bpm for vitals in late]) == pytest.approx(130, abs=4)
    assert min(v.microsiemens for v in late) > 1.5 * max(v.microsiemens for v in before)
    assert night.truth[0].start == SCREAM_AT
    assert night.expect["alarm"] is True


def test_the_walks_beats_fill_its_time():
    beats = [rr_s for vitals in walk().band for rr_s in vitals.rr_s]
    assert sum(beats) == pytest.approx(60, abs=1)


def test_the_walk_is_at_a_walking_pace():
    fixes = walk().position
    assert [fix.at for fix in fixes] == list(range(61))
    metres = [
        111_320 * np.hypot(b.latitude - a.latitude, (b.longitude - a.longitude) * 0.667)
        for a, b in pairwise(fixes)
    ]
    assert np.mean(metres) == pytest.approx(1.8, abs=0.6)
    assert max(metres) < 6
