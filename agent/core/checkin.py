"""Check-in: a time by which the wearer answers; unanswered, it is a suspicion like any other.

Time. "Home by 22:30" is wall time, and wall clocks are corrected: the device may have been set wrong, or
asleep, or switched off. So the wall clock decides, as long as it has drifted against the monotonic one, since
the check-in was asked for, by no more than can be true: back by an hour (a clock that was fast), ahead by a
week (a device that slept). Beyond that the wall clock is not believed and the time that was left goes on by
the monotonic one: a leap of five years neither alarms at once nor holds the check-in up. The drift is judged
anew at every Tick, so a leap that is taken back has never been. Over a restart nobody can tell a leap ahead
and time switched off apart; then it rings, and the wearer has the countdown to answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.core.policy import Policy
from agent.core.track import Track

MOST_S = 7 * 86_400.0
"""Furthest that a check-in may lie ahead, and that a wall clock may leap ahead and be believed."""

BACK_S = 3600.0
"""Furthest that a wall clock may go back and be believed."""


@dataclass(frozen=True, slots=True)
class CheckIn:
    """An agreed check-in: due, and to be reminded of, in Unix seconds.

    offset: wall minus monotonic time when it was asked for. reminded: the wearer has been. track: the way
    since then, told only where it is not answered.
    """

    due_wall: float
    remind_wall: float
    offset: float
    reminded: bool = False
    track: Track = ()


def agreed(due_wall: float, wall: float, offset: float, policy: Policy, track: Track = ()) -> CheckIn:
    """A check-in asked for at `wall`; a near one reminds when half of its time is over."""
    lead_s = min(policy.remind_s, (due_wall - wall) / 2)
    return CheckIn(due_wall, due_wall - lead_s, offset, track=track)


def refusal(due_wall: float | None, wall: float) -> str | None:
    """Why a check-in cannot be agreed at `wall` (Unix seconds), in words for people; None where it can."""
    if due_wall is not None and 0 < due_wall - wall <= MOST_S:
        return None
    return "a check-in needs a time ahead of the device's clock, by at most seven days"


def due(checkin: CheckIn, at: float, offset: float) -> bool:
    """Whether the wearer should have answered by monotonic second `at`; `offset` + `at` is wall time."""
    return _now(checkin, at, offset) >= checkin.due_wall


def answerable(checkin: CheckIn, at: float, offset: float) -> bool:
    """Whether it is time to remind the wearer, and from then on any cancel answers."""
    return _now(checkin, at, offset) >= checkin.remind_wall


def _now(checkin: CheckIn, at: float, offset: float) -> float:
    believed = -BACK_S <= offset - checkin.offset <= MOST_S
    return at + (offset if believed else checkin.offset)


def clock(wall: float, utc_offset_s: float | None) -> str:
    """Local time as 22:30; in UTC, and saying so, where the offset is not known."""
    minutes = int((wall + (utc_offset_s or 0.0)) % 86_400 // 60)
    return f"{minutes // 60:02}:{minutes % 60:02}{' UTC' if utc_offset_s is None else ''}"
