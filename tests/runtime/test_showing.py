"""Showing: what the mind wants seen and heard, as it changes."""

import asyncio

from agent.core.events import Press
from agent.core.policy import Policy
from agent.core.watch import begin, step
from agent.runtime.board import Board
from agent.runtime.showing import sounding

POLICY = Policy(at_alarm="siren")


async def test_the_siren_sounds_at_an_alarm_until_the_wearer_switches_it_off():
    board, heard = Board(begin(0.0, 1e9, "seed", POLICY)), []
    task = asyncio.create_task(sounding(board, POLICY, heard.append))
    for action in (None, "sos", "silence", "duress"):
        if action:
            board.show(step(board.watch, Press(1.0, action, trusted=True), POLICY)[0])
        await asyncio.sleep(0.01)
    task.cancel()
    assert heard == [False, True, False, False]
