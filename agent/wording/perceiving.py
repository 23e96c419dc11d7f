"""Perceiving: what the agent can and cannot perceive just now, in one sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.wording.payloads import Condition

SENSES = {
    "microphone": "hear",
    "camera": "see",
    "band": "feel",
    "gps": "tell where I am",
    "button": "answer to the button",
    "power": "watch my battery",
}
"""What is lost with a sensor."""

GONE = ("stale", "lost", "faulty")


def perceiving(parts: Iterable[Condition]) -> str:
    """What is wrong and what that means; "" when all is well.

    As: camera (the lens is covered), band (not worn): I hear, but cannot see or feel.
    """
    known = [part for part in parts if part.part in SENSES]
    gone = [part for part in known if part.state in GONE]
    if not gone:
        return ""
    wrong = ", ".join(f"{part.part} ({part.why})" if part.why else part.part for part in gone)
    cannot = _joined([SENSES[part.part] for part in gone], "or")
    can = _joined([SENSES[part.part] for part in known if part.state == "ok"], "and")
    return f"{wrong}: I {can}, but cannot {cannot}" if can else f"{wrong}: I cannot {cannot}"


def _joined(words: Sequence[str], last: str) -> str:
    """a, b and c."""
    *first, end = words or [""]
    return f"{', '.join(first)} {last} {end}" if first else end
