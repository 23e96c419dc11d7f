"""Showing: the mind's face on a lamp, buzzer or motor, and its outcry by the siren, whenever they change."""

from __future__ import annotations

from collections.abc import Callable

from agent.core.policy import Policy
from agent.core.shown import face, outcry
from agent.runtime.board import Board


async def showing(board: Board, show: Callable[[str], None]) -> None:
    """Show every new face, for ever; after a duress PIN it is the calm one."""
    bell = board.bell()
    while True:
        bell.clear()
        show(face(board.watch))
        await bell.wait()


async def sounding(board: Board, policy: Policy, sound: Callable[[bool], None]) -> None:
    """Sound the siren while the mind wants one, for ever."""
    bell = board.bell()
    while True:
        bell.clear()
        sound(outcry(board.watch, policy) == "siren")
        await bell.wait()
