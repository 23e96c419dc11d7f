"""What is wrong with the sound."""

import asyncio

import numpy as np
import pytest

from sensors.microphone import _Intake
from sensors.readings import Loss
from sensors.sound_faults import CLIPPED_S, DEAD_S, LOUD, MUTED, Watch
from tests import made

QUIET = made.noise(0.1)[:, 0] * 1e-3
CLIPPED = np.clip(made.sine(0.1, peak=3.0), -1, 1)


def told(*stretches):
    """What is said at the end of each stretch of (seconds, block)."""
    watch, at, said = Watch(), 0.0, []
    for seconds, block in stretches:
        for _ in range(round(10 * seconds)):
            at += 0.1
            word = watch.look(at, block)
        said.append(word)
    return said


@pytest.mark.parametrize("dead", [np.zeros(1600, np.float32), np.full(1600, 0.2, np.float32)])
def test_a_dead_microphone_is_told_when_that_has_held(dead):
    assert told((DEAD_S - 1, dead), (2, dead), (0.1, QUIET)) == ["", MUTED, ""]


def test_the_quietest_of_rooms_is_none():
    assert told((DEAD_S + 10, QUIET * 0.1)) == [""]


def test_clipping_is_told_when_it_goes_on():
    assert told((CLIPPED_S - 1, CLIPPED), (2, CLIPPED), (0.1, QUIET)) == ["", LOUD, ""]


def test_a_scream_that_clips_is_no_fault():
    assert told((3, CLIPPED), (1, QUIET), (CLIPPED_S - 1, CLIPPED)) == ["", "", ""]


def test_an_empty_block_says_nothing():
    assert told((DEAD_S + 5, np.zeros(0, np.float32))) == [""]


async def test_the_microphone_tells_it_and_its_end():
    heard = []
    intake = _Intake(heard.append, asyncio.get_running_loop())
    for at, block in ((0.0, 0.0), (DEAD_S + 1, 0.0), (DEAD_S + 2, 1e-2)):
        intake.take(np.linspace(0, block, 1600, dtype=np.float32)[:, None], at, overflow=False)
    losses = [(one.lost, one.why) for one in heard if isinstance(one, Loss)]
    assert losses == [(True, MUTED), (False, "")]
