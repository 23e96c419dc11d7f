"""Check-in at the command line: `distress-agent checkin 22:30`, in people's times, to the running daemon."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from agent import ask
from agent.wording.payloads import iso


def run(folder: Path, text: str, by: str | None = None, pin: str | None = None) -> int:
    """Agree a check-in, or take it back (`off`); 0 when it was heard, 1 when it was refused, with the reason.

    Raises ValueError for what is no time.
    """
    if text == "off":
        return ask.run(folder, "checkin_off", by, name="checkin off", pin=pin)
    due = when(text, datetime.now().astimezone())
    code = ask.run(folder, "checkin", by, pin=pin, due=iso(due.timestamp()))
    if code == 0:
        print(f"Answer by {due:%A %H:%M} with `distress-agent cancel` or one press. Without it: a pre-alarm.")
    return code


def when(text: str, now: datetime) -> datetime:
    """The time that people mean: 22:30 is the next one of local time; a date with time is that.

    now: with its zone, which holds for what is said without one. Raises ValueError, in one sentence.
    """
    try:
        return _next(datetime.strptime(text, "%H:%M"), now)
    except ValueError:
        pass
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write 22:30, 2026-01-01T22:30 or off") from None
    return said if said.tzinfo else said.astimezone()


def _next(time: datetime, now: datetime) -> datetime:
    """The next moment with the clock at `time`; over a change of summer time the clock is what counts."""
    naive = now.replace(hour=time.hour, minute=time.minute, second=0, microsecond=0, tzinfo=None)
    if naive <= now.replace(tzinfo=None):
        naive += timedelta(days=1)
    return naive.astimezone() if now.tzinfo else naive
