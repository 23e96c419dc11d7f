"""Slot: newest wins, and what is dropped is counted."""

import numpy as np

from agent.runtime.slot import Slot
from sensors.readings import Frame, Sound


def block(at, lost=0):
    return Sound(at, np.zeros(1600, np.float32), lost)


async def test_readings_come_out_in_their_order():
    slot = Slot(3)
    for at in (0.1, 0.2, 0.3):
        slot.put(block(at))
    assert [(await slot.take()).at for _ in range(3)] == [0.1, 0.2, 0.3]


async def test_the_newest_frame_wins():
    slot = Slot(1)
    for at in (1.0, 2.0, 3.0):
        slot.put(Frame(at, np.zeros((2, 2), np.uint8)))
    assert (await slot.take()).at == 3.0
    assert slot.dropped == 2


async def test_dropped_sound_is_counted_into_the_block_after_the_hole():
    slot = Slot(2)
    for at in (0.1, 0.2, 0.3, 0.4):
        slot.put(block(at, lost=5 if at == 0.1 else 0))
    first, second = await slot.take(), await slot.take()
    assert (first.at, first.lost) == (0.3, 3205)
    assert (second.at, second.lost) == (0.4, 0)


async def test_join_waits_until_all_has_been_dealt_with():
    slot = Slot(1)
    slot.put(block(0.1))
    slot.put(block(0.2))
    await slot.take()
    slot.done()
    await slot.join()
