"""Replay: recordings, scenario folders and bundles through the whole agent, nothing sent.

Senses and mind are the daemon's own; time is the recording's. A scenario that says what it expects is
held to it. Prints a summary line a recording, or every event as JSON.
"""

from __future__ import annotations

import heapq
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType

from agent import bundle
from agent.core.events import Event, Tick
from agent.core.policy import Policy
from agent.core.watch import begin, step
from agent.runtime.keep import Values
from agent.senses.perception import Senses
from agent.telling import Told, tell
from agent.timeline import BEGAN, timeline
from sensors import media, movie, scenario
from sensors.readings import Reading
from sensors.scenario.story import Expected

BLOCK_S = 1.0
"""Sound is read from files in such blocks; the senses answer alike whatever it is."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One thing to replay: its name, its readings in order, its length, what it expects."""

    name: str
    readings: Iterable[Reading]
    seconds: float | None
    expect: Mapping[str, Expected] = field(default_factory=dict)


def recording(path: Path) -> Recording:
    """A scenario folder, or a file with sound, pictures or both.

    OSError for what is missing, ValueError for what is not what it should be.
    """
    if _is_scenario(path):
        play = scenario.load(path)
        return Recording(str(path), scenario.readings(play), play.seconds, play.expect)
    return Recording(str(path), _readings(path), media.seconds(path))


def _readings(path: Path) -> Iterable[Reading]:
    """The sound of a file and, of a video, its pictures too, in order of time."""
    sound, pictures = movie.holds(path) if path.suffix.lower() in media.MOVING else (True, False)
    if not pictures:
        return media.sound(path, BLOCK_S)
    heard = media.sound(path, BLOCK_S) if sound else ()
    return heapq.merge(heard, movie.frames(path), key=attrgetter("at"))


def parts(path: Path) -> list[Path]:
    """What is replayed one by one: of a folder its recordings, anything else as it is.

    ValueError for a folder without any.
    """
    return media.media_files([path]) if path.is_dir() and not _is_scenario(path) else [path]


def _is_scenario(path: Path) -> bool:
    return (path / "scenario.yaml").is_file()


def fold(
    row: Iterable[Reading | Tick], senses: Senses, policy: Policy, seed: str = "replay"
) -> Iterator[Told]:
    """All that happens in one recording, as told events; same row, same events, to the bit."""
    watch = begin(0.0, BEGAN, seed, policy)
    for item in row:
        events: list[Event] = [item] if isinstance(item, Tick) else senses.take(item)
        for event in events:
            after, notices = step(watch, event, policy)
            yield from tell(event, watch, after, notices, policy)
            watch = after


@dataclass
class Tally:
    """What a summary says of one recording: when each event came, and which expectations were missed."""

    times: dict[str, list[float]] = field(default_factory=dict)
    highest: dict[str, float] = field(default_factory=dict)

    def add(self, told: Told) -> None:
        """Take one event into account; drills are no alarms, failed deliveries no deliveries."""
        if told.get("test") or told.get("outcome", "accepted") != "accepted":
            return
        self.times.setdefault(told["event"], []).append(told["at"])
        if told["event"] == "score":
            model, probability = told["model"], told["probability"]
            self.highest[model] = max(self.highest.get(model, 0.0), probability)

    def at(self, name: str) -> list[float]:
        """When an event came, in seconds."""
        return self.times.get(name, [])

    def missed(self, expect: Mapping[str, Expected]) -> list[str]:
        """The expectations of a scenario that did not come true, each in words."""
        wrong = []
        for name, wanted in expect.items():
            came = self.at(name)
            start, end = wanted if isinstance(wanted, tuple) else (0.0, inf)
            if wanted is False and came:
                wrong.append(f"no {name} was expected, but one came at {came[0]:.1f} s")
            elif wanted is not False and not any(start <= at <= end for at in came):
                when = "" if end == inf else f" from {start:g} to {end:g} s"
                wrong.append(f"{name} was expected{when}, but {_came(came)}")
        return wrong

    def summary(self, at: float, expect: Mapping[str, Expected] = MappingProxyType({})) -> Told:
        """The last event of a recording."""
        first = {f"first_{name}": next(iter(self.at(name)), None) for name in ("pre_alarm", "alarm")}
        counts = {f"{name}s": len(self.at(name)) for name in ("pre_alarm", "alarm")}
        delivered = len(self.at("delivered"))
        best = {"highest_score": max(self.highest.values(), default=0.0), "highest": dict(self.highest)}
        rest = {"delivered": delivered, "missed": self.missed(expect)}
        return {"event": "summary", "at": round(at, 3)} | counts | first | best | rest


def _came(times: list[float]) -> str:
    return f"it came at {times[0]:.1f} s" if times else "none came"


def run(
    paths: list[Path],
    policy: Policy,
    new_senses: Callable[[Values | None], Senses],
    *,
    as_json: bool,
    speed: float | None,
) -> int:
    """Replay all paths; 0, 1 if a scenario's expectation was missed, 65 or 66 if something was unreadable.

    Each recording meets a mind and senses of its own. What one file cannot give does not stop the others.
    """

    def one(path: Path) -> int:
        if path.suffix == ".json":
            return bundle.replay(path, as_json=as_json)
        return _replay(recording(path), policy, new_senses(None), as_json=as_json, speed=speed)

    def each(path: Path) -> int:
        return max(_tried(one, part) for part in parts(path))

    return max((_tried(each, path) for path in paths), default=0)


def _tried(work: Callable[[Path], int], path: Path) -> int:
    try:
        return work(path)
    except OSError as error:
        return complain(str(error), 66)
    except ValueError as error:
        return complain(str(error), 65)


def complain(sentence: str, code: int) -> int:
    """One line on standard error, and the exit code that goes with it."""
    print(sentence, file=sys.stderr)
    return code


def _replay(
    recording: Recording, policy: Policy, senses: Senses, *, as_json: bool, speed: float | None
) -> int:
    tally, end = Tally(), 0.0
    show = _as_json if as_json else _as_text
    row = timeline(recording.readings, recording.seconds or 0.0)
    trouble: Exception | None = None
    try:
        for told in fold(_paced(row, recording, speed), senses, policy):
            end = told["at"]
            tally.add(told)
            show(recording, told)
    except ValueError as error:
        trouble = error
    summary = tally.summary(max(end, recording.seconds or 0.0), recording.expect)
    show(recording, summary)
    if trouble:
        raise trouble
    return 1 if summary["missed"] else 0


def _paced(
    row: Iterable[Reading | Tick], recording: Recording, speed: float | None
) -> Iterator[Reading | Tick]:
    """The same row, no faster than `speed` times real time, with a progress bar where people look."""
    from agent.progress import progress

    start = time.monotonic()
    with progress(recording.name, recording.seconds) as reached:
        for item in row:
            if speed:
                time.sleep(max(0.0, start + item.at / speed - time.monotonic()))
            reached(item.at)
            yield item


def _as_json(recording: Recording, told: Told) -> None:
    more = {"path": recording.name} if told["event"] == "summary" else {}
    print(json.dumps(told | more, allow_nan=False))


def _as_text(recording: Recording, told: Told) -> None:
    match told:
        case {"event": "summary"}:
            print(_summary(recording, told))
        case {"event": "health", "at": at, "part": part, "state": state, "why": why}:
            print(f"{at:9.1f} s  {part} {state} {why}")
        case {"kind": kind, "at": at, "belief": belief, "reasons": why}:
            words = ", ".join(reason["text"] for reason in why)
            print(f"{at:9.1f} s  {kind:12} belief {belief:.0%}  {words}")


def _summary(recording: Recording, told: Told) -> str:
    highest = ", ".join(f"{model} {score:.2f}" for model, score in told["highest"].items()) or "none"
    counts = f"{told['pre_alarms']} pre-alarms, {told['alarms']} alarms, highest scores: {highest}"
    missed = "".join(f"\n  missed: {sentence}" for sentence in told["missed"])
    return f"{recording.name}: {told['at']:.1f} s, {counts}{missed}"
