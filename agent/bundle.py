"""Bundle: one incident in one JSON file, to be folded again anywhere: same events, same decisions.

It holds the mind before the first event, the policy and its hash, program and models, every event with
what was told because of it, and the record of deliveries. No sound, no picture, no secret; whom messages
went to is replaced by `recipient 1`, `recipient 2` ... wherever it stands. Names and positions stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import __version__
from agent.core.pack import SCHEMA, policy_hash, unpack
from agent.core.policy import Policy
from agent.core.revive import bare, revive
from agent.core.watch import Watch, step
from agent.runtime.record import Entry

LONG = 5
"""Letters from which an address is looked for inside of sentences too."""
SENTENCES = ("why", "text")
"""Where an address may stand within a sentence: a server's own words, and what is told of them."""
PLACES = re.compile(r"\S+@\S+|\w+://\S+|\S+:\d{2,5}\b|\d+(\.\d+){3}|\+?\d{6,}")
"""Mail addresses, URLs, hosts with their ports, IP addresses, telephone numbers."""

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Folded:
    """How folding a bundle again went: `line` (from 1) is the first that differs, `why` says how."""

    events: int
    decisions: int
    line: int | None = None
    why: str = ""


def made(incident_id: str, lines: list[Line], entries: Iterable[Entry]) -> dict[str, Any]:
    """The bundle of an incident: its journal's lines, with the oldest schema of these, and its record."""
    schemas = [line["start"].get("schema", 1) for line in lines if isinstance(line.get("start"), dict)]
    whole = {"lines": [_reserved(line) for line in lines], "record": [_reserved(one) for one in entries]}
    people = set(_values(whole, "name"))
    recipients = dict.fromkeys(name for name in _values(whole, "recipient") if name not in people | {"*"})
    names = {name: f"recipient {number}" for number, name in enumerate(recipients, 1)}
    return {"schema": min(schemas, default=SCHEMA), "incident_id": incident_id, **_redacted(whole, names)}


def write(bundle: dict[str, Any], file: Path) -> None:
    """To a file, one element a line, so that line numbers mean something. Raises OSError."""
    heads = (f'"{key}": {json.dumps(bundle[key])}' for key in ("schema", "incident_id"))
    lists = (f'"{key}": [\n{_listed(bundle[key])}\n]' for key in ("lines", "record"))
    file.write_text("{" + ", ".join((*heads, *lists)) + "}\n", encoding="utf-8")


def read(file: Path) -> dict[str, Any]:
    """A bundle from its file. OSError where it cannot be read, ValueError where it is none."""
    try:
        bundle = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} is no bundle: it is not JSON ({error})") from None
    if not isinstance(bundle, dict) or not isinstance(bundle.get("lines"), list):
        raise ValueError(f"{file} is no bundle: it has no list of lines")
    if bundle.get("schema") != SCHEMA:
        raise ValueError(
            f"{file} has schema {bundle.get('schema')}; this program reads schema {SCHEMA}: "
            "fold it with the version that kept it"
        )
    return bundle


def folded(bundle: dict[str, Any]) -> Folded:
    """Fold the events again. Raises ValueError, naming the line, for what no agent has written."""
    events = decisions = 0
    mind: tuple[Watch, Policy] | None = None
    for number, line in enumerate(bundle["lines"], 1):
        try:
            mind, why = _next(mind, line)
        except ValueError as error:
            raise ValueError(f"line {number} of the bundle: {error}") from None
        if why:
            return Folded(events, decisions, number, why)
        events += "event" in line
        decisions += len(line.get("told", ()))
    return Folded(events, decisions)


def _next(mind: tuple[Watch, Policy] | None, line: Line) -> tuple[tuple[Watch, Policy], str]:
    """The mind after a line, and how what it tells differs from what the line says (empty: not at all)."""
    if not isinstance(line, dict):
        raise ValueError("it is no JSON object")
    if "start" in line:
        return _begun(line["start"])
    if mind is None:
        raise ValueError("there is an event before the first start")
    watch, policy = mind
    event = unpack({key: value for key, value in line.items() if key != "told"})
    after, notices = step(watch, event, policy)
    return (after, policy), _difference(line.get("told", []), bare(notices))


def _begun(start: Any) -> tuple[tuple[Watch, Policy], str]:  # noqa: ANN401 - what a stranger wrote
    if not isinstance(start, dict) or not {"watch", "policy", "policy_hash"} <= start.keys():
        raise ValueError("a start needs watch, policy and policy_hash")
    policy = revive(Policy, start["policy"])
    same = policy_hash(policy) == start["policy_hash"]
    why = "" if same else "the policy is not the one that its hash names"
    return (revive(Watch, start["watch"]), policy), why


def _difference(then: list[Any], now: list[Any]) -> str:
    if then == now:
        return ""
    if len(then) != len(now):
        return f"then it told {_kinds(then)}, now it tells {_kinds(now)}"
    first, second = next((a, b) for a, b in zip(then, now, strict=True) if a != b)
    if not isinstance(first, dict):
        return "what was told is no notice"
    key = next(key for key in (*second, *first) if first.get(key) != second.get(key))
    return f"{key} was {json.dumps(first.get(key))} and is now {json.dumps(second.get(key))}"


def _kinds(notices: list[Any]) -> str:
    return ", ".join(str(one.get("kind")) for one in notices if isinstance(one, dict)) or "nothing"


def _listed(elements: list[Any]) -> str:
    return ",\n".join(json.dumps(element, ensure_ascii=False) for element in elements)


def _reserved(told: Line) -> Line:
    """What a far side said of a delivery, which decides nothing, without where that far side is."""
    if not ("outcome" in told or "what" in told) or not told.get("why"):
        return told
    return told | {"why": PLACES.sub("(an address)", str(told["why"]))}


def _values(value: object, key: str) -> Iterator[str]:
    """The text under a key, wherever that stands."""
    if isinstance(value, dict):
        if isinstance(value.get(key), str):
            yield value[key]
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from _values(one, key)


def _redacted(value: Any, names: dict[str, str], key: str = "") -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {inner: _redacted(one, names, inner) for inner, one in value.items()}
    if isinstance(value, list):
        return [_redacted(one, names, key) for one in value]
    if key == "recipient":
        return names.get(value, value)
    return _without(value, names) if key in SENTENCES and isinstance(value, str) else value


def _without(text: str, names: dict[str, str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, names[name]) if len(name) >= LONG else text
    return text


def replay(file: Path, *, as_json: bool) -> int:
    """Fold a bundle again and say how it went: 0 where all is the same, 1 where a line differs."""
    bundle = read(file)
    went = folded(bundle)
    if as_json:
        same = {"same": went.line is None, "line": went.line, "why": went.why}
        counts = {"events": went.events, "decisions": went.decisions}
        print(json.dumps({"event": "summary", "path": str(file), **same, **counts}))
    elif went.line is None:
        print(f"{file}: {went.events} events, {went.decisions} decisions, all the same to the bit")
    else:
        print(f"{file}: line {went.line} differs: {went.why}{_versions(bundle)}")
    return 0 if went.line is None else 1


def _versions(bundle: dict[str, Any]) -> str:
    first = bundle["lines"][0].get("start", {}).get("program")
    return "" if first == __version__ else f" (decided by program {first}, folded by {__version__})"
