"""ULID: as github.com/ulid/spec has it, without chance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.ulid import ALPHABET, ulid


def test_it_is_26_characters_of_crockfords_alphabet():
    name = ulid(1_800_000_000.0, "seed", 1)
    assert len(name) == 26
    assert set(name) <= set(ALPHABET)


def test_its_first_ten_characters_are_the_milliseconds_as_in_the_specification():
    assert ulid(1469922850.259, "seed", 1)[:10] == "01ARZ3NDEK"


@given(st.integers(0, 2**47), st.integers(1, 10**6))
def test_it_sorts_by_time(wall_ms, later_ms):
    early, late = (ulid(ms / 1000, "seed", 1) for ms in (wall_ms, wall_ms + 1000 * later_ms))
    assert early < late


def test_the_same_seed_and_count_name_alike():
    assert ulid(5.0, "seed", 1) == ulid(5.0, "seed", 1)


def test_seed_and_count_tell_apart_at_the_same_moment():
    assert len({ulid(5.0, seed, count) for seed in "ab" for count in range(1000)}) == 2000


@pytest.mark.parametrize("wall", [-1.0, 0.0, 2.0**48])
def test_a_clock_that_is_far_off_still_gives_a_name(wall):
    assert len(ulid(wall, "seed", 1)) == 26
