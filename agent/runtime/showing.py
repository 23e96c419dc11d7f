"""Showing: the mind's face on a lamp, buzzer or motor, and its outcry by lamp or siren, as they change."""

from __future__ import annotations

from collections.abc import Callable

from agent.core.policy import Policy
from agent.core.shown import face, outcry
from agent.core.watch import Watch
from agent.runtime.board import Board

OUTCRY = "outcry"


async def showing(board: Board, policy: Policy, show: Callable[[str], None]) -> None:
    """Show every new face, for ever; after a duress PIN it is that of the right one."""
    bell = board.bell()
    while True:
        bell.clear()
        show(seen(board.watch, policy))
        await bell.wait()


def seen(watch: Watch, policy: Policy) -> str:
    """The face; where the lamp is to cry out, it does so until the wearer can see that somebody is coming."""
    now = face(watch)
    return OUTCRY if outcry(watch, policy) == "lamp" and now != "answered" else now


async def sounding(board: Board, policy: Policy, sound: Callable[[bool], None]) -> None:
    """Sound the siren while the mind wants one, for ever."""
    bell = board.bell()
    while True:
        bell.clear()
        sound(outcry(board.watch, policy) == "siren")
        await bell.wait()
