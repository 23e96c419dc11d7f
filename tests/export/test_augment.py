"""Worse sound is still sound: lengths, levels and bands are what the functions say."""

from __future__ import annotations

import numpy as np
import pytest

from export import augment


def tone(hz: float) -> np.ndarray:
    return (0.1 * np.sin(2 * np.pi * hz * np.arange(16_000) / 16_000)).astype(np.float32)


def test_mix_keeps_the_ratio_of_powers():
    under = augment.mix(tone(440), tone(1000), 10.0) - tone(440)
    assert 20 * np.log10(augment.rms(tone(440)) / augment.rms(under)) == pytest.approx(10.0, abs=0.1)


@pytest.mark.parametrize(("hz", "passes"), [(100, False), (1000, True), (6000, False)])
def test_a_telephone_passes_its_band(hz, passes):
    kept = augment.rms(augment.band(tone(hz), 300.0, 3400.0)) / augment.rms(tone(hz))
    assert (kept > 0.9) is passes
    assert (kept < 0.1) is not passes


def test_gain_turns_cuts_and_rounds():
    louder = augment.gain(tone(440), 40.0)
    assert np.abs(louder).max() <= 1.0
    assert (louder * 32768 == np.rint(louder * 32768)).all()
    assert augment.rms(augment.gain(tone(440), -20.0)) == pytest.approx(augment.rms(tone(440)) / 10, rel=0.01)


@pytest.mark.parametrize("count", [100, 16_000, 40_000])
def test_fit_gives_as_many_samples_as_asked(count):
    assert len(augment.fit(tone(440), count, np.random.default_rng(0))) == count


def test_rooms_and_microphones_keep_the_length_and_are_seeded():
    for change in (augment.room, augment.equalise):
        once, again = (change(tone(440), np.random.default_rng(3)) for _ in range(2))
        assert np.array_equal(once, again)
        assert once.shape == (16_000,)
        assert once.dtype == np.float32
