"""Showing: the mind's face on a lamp, buzzer or motor, whenever it changes."""

from __future__ import annotations

from collections.abc import Callable

from agent.core.shown import face
from agent.runtime.board import Board


async def showing(board: Board, show: Callable[[str], None]) -> None:
    """Show every new face, for ever; after a duress PIN it is the calm one."""
    bell = board.bell()
    while True:
        bell.clear()
        show(face(board.watch))
        await bell.wait()
