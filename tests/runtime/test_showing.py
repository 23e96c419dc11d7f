"""Showing: what the mind wants seen and heard, as it changes."""

import asyncio

from agent.core.events import Press
from agent.core.policy import Policy
from agent.core.watch import begin, step
from agent.runtime.board import Board
from agent.runtime.showing import seen, showing, sounding

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


async def shown(policy, *presses):
    """What a lamp shows, one press after the other."""
    board, lit = Board(begin(0.0, 1e9, "seed", policy)), []
    task = asyncio.create_task(showing(board, policy, lit.append))
    await asyncio.sleep(0.01)
    for action, by in presses:
        board.show(step(board.watch, Press(1.0, action, by), policy)[0])
        await asyncio.sleep(0.01)
    task.cancel()
    return lit


async def test_the_lamp_cries_out_until_somebody_is_coming():
    policy = Policy(at_alarm="lamp")
    presses = ("sos", "wearer"), ("cancel", "wearer"), ("acknowledge", "Ben"), ("resolve", "Ben")
    assert await shown(policy, *presses) == ["calm", "outcry", "outcry", "answered", "calm"]
    assert await shown(policy, ("sos", "wearer"), ("silence", "wearer")) == ["calm", "outcry", "trouble"]


async def test_a_lamp_that_was_not_asked_to_shows_the_wearer_how_far_it_is():
    assert await shown(Policy(), ("sos", "wearer")) == ["calm", "trouble"]


def test_the_lamp_is_dark_behind_the_duress_pin():
    policy = Policy(at_alarm="lamp")
    watch = step(begin(0.0, 1e9, "seed", policy), Press(1.0, "duress", trusted=True), policy)[0]
    assert (watch.state.value, seen(watch, policy)) == ("active", "calm")
