"""A scenario folder read strictly: `scenario.yaml` with its media beside it.

OSError: a file cannot be read. ValueError: with file:line, key, value and the nearest that would do.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from yaml import ScalarNode

from sensors import sounds
from sensors.readings import Press
from sensors.scenario import tables
from sensors.scenario.story import EVENTS, SENSORS, Expected, Fault, Layer, Scenario, Truth
from sensors.scenario.strict import Entry, document

KEYS = ("seconds", "seed", "audio", "video", "band", "position", "presses", "faults", "truth", "expect")
SHORTEST_S = 0.1
LONGEST_S = 7 * 86_400.0
LOUDEST_DB = 60.0


def load(path: Path | str) -> Scenario:
    """The scenario in a folder (or in the YAML file itself)."""
    path = Path(path)
    file = path / "scenario.yaml" if path.is_dir() else path
    top = document(file).fields(KEYS, needed=("seconds",))
    seconds = top["seconds"].number(SHORTEST_S, LONGEST_S)
    return Scenario(
        seconds=seconds,
        seed=top["seed"].whole() if "seed" in top else 0,
        audio=tuple(_layer(entry, seconds) for entry in _list(top, "audio")),
        video=_beside(top["video"]) if "video" in top else None,
        band=tables.band(_beside(top["band"]), seconds) if "band" in top else (),
        position=tables.positions(_beside(top["position"]), seconds) if "position" in top else (),
        presses=_presses(_list(top, "presses"), seconds),
        faults=tuple(Fault(*_span(entry, "sensor", SENSORS, seconds)) for entry in _list(top, "faults")),
        truth=tuple(Truth(*_span(entry, "cue", None, seconds)) for entry in _list(top, "truth")),
        expect=MappingProxyType(_expect(top["expect"], seconds) if "expect" in top else {}),
    )


def _list(top: dict[str, Entry], key: str) -> list[Entry]:
    return top[key].items() if key in top else []


def _beside(entry: Entry) -> Path:
    """A file named relative to the folder; it must be there."""
    path = entry.file.parent / entry.text()
    if not path.is_file():
        raise entry.wrong(f"there is no such file beside {entry.file.name}")
    return path


def _layer(entry: Entry, seconds: float) -> Layer:
    fields = entry.fields(("file", "synth", "at", "gain_db"))
    if ("file" in fields) == ("synth" in fields):
        raise entry.wrong("a layer has either file or synth")
    return Layer(
        file=_beside(fields["file"]) if "file" in fields else None,
        synth=fields["synth"].one_of(sounds.MAKERS.keys()) if "synth" in fields else None,
        at=fields["at"].number(0, seconds) if "at" in fields else 0.0,
        gain_db=fields["gain_db"].number(-200, LOUDEST_DB) if "gain_db" in fields else 0.0,
    )


def _presses(entries: list[Entry], seconds: float) -> tuple[Press, ...]:
    found = []
    for entry in entries:
        fields = entry.fields(("at", "press"), needed=("at", "press"))
        found.append(Press(fields["at"].number(0, seconds), fields["press"].one_of(("sos", "cancel"))))
    return tuple(sorted(found, key=lambda press: press.at))


def _span(entry: Entry, name: str, known: tuple[str, ...] | None, seconds: float) -> tuple[str, float, float]:
    """{name: word, from: seconds, to: seconds}."""
    fields = entry.fields((name, "from", "to"), needed=(name, "from", "to"))
    word = fields[name].one_of(known) if known else fields[name].text()
    start = fields["from"].number(0, seconds)
    return word, start, fields["to"].number(start, seconds)


def _expect(entry: Entry, seconds: float) -> dict[str, Expected]:
    return {event: _expected(value, seconds) for event, value in entry.fields(EVENTS).items()}


def _expected(entry: Entry, seconds: float) -> Expected:
    """true, false, or [from, to]."""
    if isinstance(entry.node, ScalarNode):
        return entry.yes()
    times = [item.number(0, seconds) for item in entry.items()]
    if len(times) != 2 or times[0] > times[1]:
        raise entry.wrong("should be true, false or [from, to] in seconds")
    return times[0], times[1]
