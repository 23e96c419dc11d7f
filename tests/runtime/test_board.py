import asyncio

from agent.core.events import Tick
from agent.core.policy import Policy
from agent.core.watch import begin, step
from agent.runtime.board import Board, Health


def test_a_change_rings_every_bell_and_no_change_none():
    policy = Policy()
    board = Board(begin(0.0, 1000.0, "seed", policy))
    bells = [board.bell(), board.bell()]
    board.show(board.watch)
    assert not any(bell.is_set() for bell in bells)
    board.show(step(board.watch, Tick(1.0, 1001.0), policy)[0])
    assert all(bell.is_set() for bell in bells)
    assert all(isinstance(bell, asyncio.Event) for bell in bells)


def test_health_keeps_since_when_a_part_is_as_it_is():
    board = Board(begin(0.0, 1000.0, "seed", Policy()))
    bell = board.bell()
    board.report(Health("microphone", "ok", 1.0))
    bell.clear()
    board.report(Health("microphone", "ok", 2.0))
    assert board.health["microphone"].since == 1.0
    assert not bell.is_set()
    board.report(Health("microphone", "lost", 3.0, "unplugged"))
    assert board.health["microphone"].since == 3.0
    assert bell.is_set()
