"""Fills in the parts of the documentation that are made from code: what stands between `made` and `end`.

    python -m scripts.made_parts

A part begins with a comment `<!-- made: NAME -->` and ends with `<!-- end -->`; PARTS says what stands
between. A test holds that nothing would change.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent import cli
from agent.core.incident import table_as_markdown

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "docs/incident.md", "docs/models.md")
SHELF = ROOT / "models_tflite"

Card = dict[str, Any]

_shown = re.compile("at the card's threshold|level alone|recall, noise at (5|0) dB")
_part = re.compile(r"(<!-- made: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str) -> str:
    """A page with all its made parts anew; KeyError for a part that nobody makes."""
    return _part.sub(lambda found: found[1] + PARTS[found[2]]() + found[3], text)


def commands() -> str:
    """What the command line understands, in its own words."""
    (found,) = (action for action in cli._parser()._actions if isinstance(action, argparse._SubParsersAction))
    rows = (f"| `distress-agent {told.dest}` | {told.help} |\n" for told in found._choices_actions)
    return "| command | does |\n|---|---|\n" + "".join(rows)


def figures() -> str:
    """What the scream model's card tells of it: targets, threshold, level alone."""
    (card,) = _cards("scream")
    rows = [row for row in card["figures"] if row.get("target") is not None or _shown.search(row["name"])]
    return _HEAD + "".join(f"| {' | '.join(_figure(row))} |\n" for row in rows)


def targets() -> str:
    """What each card says of its model's targets."""
    return "\n".join(
        f"**[{card['name']}](../models_tflite/{card['name']}.md)** {card['version']}\n\n{_HEAD}"
        + "".join(f"| {' | '.join(_figure(row))} |\n" for row in rows)
        for card in _cards("*")
        if (rows := [row for row in card["figures"] if row.get("target") is not None])
    )


def _cards(pattern: str) -> list[Card]:
    found = sorted(SHELF.glob(f"{pattern}.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in found]


_HEAD = (
    "| figure (test and int8 unless it says otherwise) | value (95 %) | counts | target | |\n"
    "|---|---|---|---|---|\n"
)


def _figure(row: Card) -> tuple[str, ...]:
    """Name, value with its interval, counts, target, verdict."""
    about = "" if row["low"] is None else f" ({row['low']:.3g} to {row['high']:.3g})"
    sign = "" if row["target"] is None else f"{'at most' if row['most'] else 'at least'} {row['target']:g}"
    verdict = {None: "", True: "reached", False: "missed"}[row["reached"]]
    value = "not measured" if row["value"] is None else f"{row['value']:.3g}{about}"
    return row["name"], value, row["counts"], sign, verdict


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "figures": figures,
    "incident-table": table_as_markdown,
    "targets": targets,
}


def main() -> None:
    """Write the pages anew."""
    for page in PAGES:
        path = ROOT / page
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"{page}: its made parts are up to date.")


if __name__ == "__main__":
    main()
