"""The demo's screen: a cockpit on a terminal, plain lines elsewhere.

Both take the same four calls: `reading` (what the sensors gave), `told` (what the agent made of it),
`received` (what arrived on the caregiver's side) and `close`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agent.core.policy import Policy
from agent.telling import Told
from sensors.readings import Position, Reading, Sound, Vitals

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 60
"""Points of a history line, one a second: the whole walk."""

SCORED = ("scream", "voice", "face", "stress")
FRAMES_PER_S = 10
QUIET_DB, LOUD_DB = -60.0, 0.0
COLOURS = {"calm": "green", "pre_alarm": "yellow", "active": "red", "acknowledged": "cyan"}
STATES = {
    "calm": "calm: listening",
    "pre_alarm": "PRE-ALARM: a cancel still stops it",
    "active": "ALARM: your people have been told",
    "acknowledged": "somebody is coming",
}
AFTER = {
    "pre_alarm": "pre_alarm",
    "alarm": "active",
    "acknowledged": "acknowledged",
    "cancelled": "calm",
    "resolved": "calm",
}
"""The state that each told event leaves behind."""


class Screen(Protocol):
    """Where the demo is shown."""

    def reading(self, reading: Reading) -> None:
        """A sensor gave something."""

    def told(self, told: Told) -> None:
        """The agent told something."""

    def received(self, sentence: str) -> None:
        """A message arrived at the caregiver."""

    def close(self, closing: str) -> None:
        """The demo is over; how it went, in words."""


def _history() -> deque[float]:
    return deque([0.0] * WIDTH, WIDTH)


@dataclass
class View:
    """What the cockpit knows: the newest of everything, and histories with one point a second."""

    at: float = 0.0
    second: int = 0
    level_db: float = QUIET_DB
    loudest_db: float = QUIET_DB
    levels: deque[float] = field(default_factory=_history)
    scores: dict[str, deque[float]] = field(default_factory=dict)
    """A history for each sense that had anything to say."""
    beliefs: deque[float] = field(default_factory=_history)
    pulse: str = "-"
    conductance: str = "-"
    position: str = "-"
    state: str = "calm"
    countdown_ends: float | None = None
    reasons: str = "nothing suspicious"
    messages: list[str] = field(default_factory=list)

    def reading(self, reading: Reading) -> None:
        """The newest of what a sensor measured."""
        self.at = max(self.at, reading.at)
        match reading:
            case Sound(samples=samples):
                self.level_db = 20 * float(np.log10(np.sqrt(np.mean(samples**2)) + 1e-6))
                self.loudest_db = max(self.loudest_db, self.level_db)
            case Vitals(bpm=bpm, microsiemens=conductance):
                self.pulse = f"{bpm:.0f} bpm" if bpm else self.pulse
                self.conductance = f"{conductance:.1f} µS" if conductance else self.conductance
            case Position(latitude=latitude, longitude=longitude, accuracy_m=radius):
                self.position = f"{latitude:.5f}, {longitude:.5f}" + (f" ±{radius:.0f} m" if radius else "")

    def told(self, told: Told) -> None:
        """The newest of what the agent thinks."""
        match told:
            case {"event": "score", "at": at, "model": model, "probability": p}:
                self._second(at)
                scores = self.scores.setdefault(model, _history())
                scores[-1] = max(scores[-1], p)
                self.levels[-1] = max(self.levels[-1], (self.loudest_db - QUIET_DB) / (LOUD_DB - QUIET_DB))
                self.loudest_db = QUIET_DB
            case {"event": "belief", "probability": p, "reasons": why}:
                self.beliefs[-1] = p
                words = "; ".join(f"{reason['text']} (+{reason['share']:.1f})" for reason in why)
                self.reasons = words or "nothing suspicious"
            case {"event": "cancelled" | "resolved" | "alarm" | "pre_alarm" | "acknowledged" as name}:
                self.state = AFTER[name]

    def _second(self, at: float) -> None:
        """A new point in every history when a new second has begun."""
        if int(at) > self.second:
            self.second = int(at)
            self.levels.append(0.0)
            for scores in self.scores.values():
                scores.append(0.0)
            self.beliefs.append(self.beliefs[-1])


class Cockpit:
    """The screen on a terminal, drawn a few times a second; kept as an SVG in `record`, if that is given."""

    def __init__(self, console: Console, title: str, policy: Policy, record: Path | None = None) -> None:
        self._view = View()
        self._title = title
        self._policy = policy
        self._record = record
        self._drawn = 0.0
        self._live = Live(self._picture(), console=console, auto_refresh=False, transient=False)
        self._live.start()

    def reading(self, reading: Reading) -> None:
        """A sensor gave something."""
        self._view.reading(reading)
        self._draw()

    def told(self, told: Told) -> None:
        """The agent told something."""
        self._view.told(told)
        if told["event"] == "pre_alarm":
            self._view.countdown_ends = told["at"] + self._policy.countdown_s

    def received(self, sentence: str) -> None:
        """A message arrived at the caregiver."""
        self._view.messages.append(sentence)

    def close(self, closing: str) -> None:
        """Leave the last picture standing."""
        self._live.update(self._picture(), refresh=True)
        self._live.stop()
        self._live.console.print(closing, highlight=False)
        if self._record:
            self._live.console.save_svg(str(self._record), title="distress-agent demo")

    def _draw(self) -> None:
        if time.monotonic() - self._drawn >= 1 / FRAMES_PER_S:
            self._drawn = time.monotonic()
            self._live.update(self._picture(), refresh=True)

    def _picture(self) -> RenderableType:
        view = self._view
        colour = COLOURS[view.state]
        title = f"[b]distress-agent[/b]  {self._title}  {view.at:5.1f} s"
        agent = Panel(self._instruments(), title=title, border_style=colour, padding=(0, 1))
        lines = Text("\n".join(view.messages) or "nothing yet", style="" if view.messages else "dim")
        phone = Panel(
            lines, title="[b]what the caregiver receives[/b]  (MQTT)", border_style="blue", padding=(0, 1)
        )
        return Group(agent, phone)

    def _instruments(self) -> Table:
        view = self._view
        table = Table.grid(padding=(0, 2))
        rows: tuple[tuple[str, RenderableType, str], ...] = (
            ("sound", line(view.levels), f"{view.level_db:5.0f} dBFS"),
            *self._scores(),
            (
                "belief",
                Text(line(view.beliefs), style="red"),
                f"{view.beliefs[-1]:5.0%} (asks from {self._policy.threshold:.0%})",
            ),
            ("body", f"pulse {view.pulse}   skin {view.conductance}", ""),
            ("place", view.position, ""),
            ("state", Text(self._state(), style=f"bold {COLOURS[view.state]}"), ""),
            ("because", Text(view.reasons), ""),
        )
        for row in rows:
            table.add_row(*row)
        return table

    def _scores(self) -> Iterator[tuple[str, Text, str]]:
        """A line for each sense, as soon as it says something."""
        for model in SCORED:
            if scores := self._view.scores.get(model):
                yield model, Text(line(scores), style="magenta"), f"{scores[-1]:5.0%}"

    def _state(self) -> str:
        view = self._view
        if view.state == "pre_alarm" and view.countdown_ends is not None:
            return f"{STATES['pre_alarm']}, {max(0.0, view.countdown_ends - view.at):.0f} s left"
        return STATES[view.state]


class Plain:
    """The screen as lines: what happens, as it happens."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def reading(self, reading: Reading) -> None:
        """Readings are too many for lines."""

    def told(self, told: Told) -> None:
        """One line for what a person would want to know."""
        match told:
            case {"event": "cue", "at": at, "text": text, "probability": p}:
                self._say(f"{at:6.1f} s  heard: {text} ({p:.0%})")
            case {"event": "health", "at": at, "part": part, "state": state}:
                self._say(f"{at:6.1f} s  {part} {state}")
            case {"at": at, "kind": str(kind), "incident_id": _, "belief": belief, "reasons": why}:
                words = "; ".join(reason["text"] for reason in why)
                self._say(f"{at:6.1f} s  {kind.upper()}  belief {belief:.0%}: {words}")

    def received(self, sentence: str) -> None:
        """What arrived, word for word."""
        self._say(f"          the caregiver receives: {sentence}")

    def close(self, closing: str) -> None:
        """The last lines."""
        self._say(closing)


class AsJson:
    """Every event as one JSON object a line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def reading(self, reading: Reading) -> None:
        """Readings never leave memory."""

    def told(self, told: Told) -> None:
        """One object a line."""
        import json

        self._say(json.dumps(told, allow_nan=False))

    def received(self, sentence: str) -> None:
        """Told by the `delivered` events already."""

    def close(self, closing: str) -> None:
        """The summary was told already."""


def line(values: Iterable[float]) -> str:
    """A history of values in 0..1 as one line of bars."""
    top = len(BARS) - 1
    return "".join(BARS[min(top, max(0, round(value * top)))] for value in values)
