"""Training windows: the same looks as on the device, seeded, from clips that may train."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from agent.senses import features
from export import clips, examples, madeup


@pytest.fixture
def library(tmp_path):
    """Clips made in code."""
    clips.write(madeup.clips(seed=3), tmp_path)
    return clips.open_library(tmp_path)


@pytest.fixture(autouse=True)
def without_teacher(monkeypatch):
    """Whatever the machine has."""
    monkeypatch.delenv("DISTRESS_TEACHERS", raising=False)


@pytest.mark.parametrize(("seconds", "looks"), [(0.2, 1), (0.975, 1), (1.3, 2), (1.5, 2), (3.0, 5)])
def test_a_clip_is_cut_into_the_looks_of_a_stream(seconds, looks):
    windows = examples.clean_windows(np.zeros(int(seconds * 16_000), np.float32))
    assert len(windows) == looks
    assert {len(window) for window in windows} == {examples.WINDOW}


def test_the_whole_range_of_a_window_fits_into_int8():
    for value in (features.LOUD - features.SPAN, features.LOUD + features.HEADROOM):
        steps = features.quantize(np.float32(value), examples.SCALE, examples.ZERO_POINT)
        assert features.dequantize(steps, examples.SCALE, examples.ZERO_POINT) == pytest.approx(
            value, abs=0.02
        )


def test_examples_are_seeded_and_say_when_there_is_no_teacher(library, capsys):
    chosen = examples.trainable(library)
    once, again = (examples.make(library, chosen, 20, 5, examples.learn(library, chosen)) for _ in range(2))
    assert "no teacher" in capsys.readouterr().out
    assert np.array_equal(once.windows, again.windows)
    assert np.isnan(once.opinion).all()
    assert once.windows.shape == (20, examples.FIRST.views, 96, 64)
    assert {chosen[number].split for number in once.clip} == {"train"}


def test_the_second_mixture_makes_other_examples(library):
    chosen = examples.trainable(library)
    first, second = (
        examples.make(library, chosen, 5, 5, examples.learn(library, chosen), one)
        for one in (examples.FIRST, examples.SECOND)
    )
    assert second.windows.shape == (5, examples.SECOND.views, 96, 64)
    assert not np.array_equal(first.windows[:, 0], second.windows[:, 0])


def test_shouts_teach_neither_yes_nor_no(library):
    chosen = examples.trainable(library)
    made = examples.make(library, chosen, 60, 1, examples.learn(library, chosen))
    taught = {chosen[number].label: truth for number, truth in zip(made.clip, made.truth, strict=True)}
    assert taught["scream"] == 1.0
    assert taught["hardneg"] == 0.0
    assert np.isnan(taught["shout"])


def test_the_views_of_a_foreground_differ(library):
    chosen = examples.trainable(library)
    made = examples.make(library, chosen, 10, 5, examples.learn(library, chosen))
    assert all((one[0] != one[1]).any() for one in made.windows)


def test_a_rare_tag_is_drawn_by_the_root_of_its_clips(library):
    some = [clip for clip in examples.trainable(library) if clip.label == "ambience"]
    named = [replace(clip, tag="rare" if k < 2 else "common") for k, clip in enumerate(some)]
    pools, rng = examples.Pools(named, np.ones(len(named))), np.random.default_rng(0)
    drawn = np.mean([named[pools.front(rng)].tag == "rare" for _ in range(3000)])
    rare, common = 2**0.5, (len(named) - 2) ** 0.5
    assert drawn == pytest.approx(rare / (rare + common), abs=0.03)


def test_labels_are_drawn_by_their_shares_and_nobody_screams_behind(library):
    chosen, rng = examples.trainable(library), np.random.default_rng(0)
    pools = examples.Pools(chosen, np.ones(len(chosen)))
    drawn = Counter(chosen[pools.front(rng)].label for _ in range(3000))
    assert drawn["scream"] / 3000 == pytest.approx(examples.FIRST.shares["scream"], abs=0.03)
    assert {chosen[pools.behind(rng)].label for _ in range(200)} <= set(examples.BEHIND)


def test_examples_are_saved_and_loaded(library, tmp_path):
    chosen = examples.trainable(library)
    made = examples.make(library, chosen, 5, 1, examples.learn(library, chosen))
    examples.save(made, tmp_path / "examples")
    assert np.array_equal(examples.load(tmp_path / "examples").windows, made.windows)


def test_made_up_clips_have_every_label_in_every_split(library):
    found = Counter((clip.split, clip.label) for clip in library.clips)
    assert found == {(split, label): n for split, n in madeup.SPLITS.items() for label in madeup.LABELS}
