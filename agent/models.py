"""The shelf at the command line: `model list`, `model verify`, `model install FILE`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from agent.senses import forest, shelf
from agent.senses.shelf import Card, ModelUnfit

USED = ("scream", "stress")
"""The models that the senses load, by name."""

KINDS = (".tflite", ".npz")
"""Networks, and trees as arrays."""


def run(action: str, file: Path | None) -> int:
    """0 when all is well, 1 when a model on the shelf is unfit, 2 for an install without a file."""
    if action == "install":
        return _install(file)
    files = on_shelf()
    if not files:
        print(f"no model on the shelf {shelf.default_folder()}", file=sys.stderr)
        return 1
    return max(_shown(path, verify=action == "verify") for path in files)


def on_shelf() -> list[Path]:
    """The files of all models on the shelf."""
    return sorted(path for path in shelf.default_folder().iterdir() if path.suffix in KINDS)


def proved(file: Path) -> Card:
    """The card of a model that is what it says: checksum, labels, golden vectors. Raises ModelUnfit."""
    if file.suffix == ".npz":
        trees = forest.load(file.stem, file.parent)
        forest.verify(trees, file)
        return trees.card
    model = shelf.load(file.stem, file.parent)
    shelf.verify(model)
    return model.card


def _shown(file: Path, *, verify: bool) -> int:
    try:
        card = proved(file)
    except ModelUnfit as unfit:
        print(unfit, file=sys.stderr)
        return 1
    said = "checksum, labels and golden vectors are right" if verify else card.get("for", "")
    print(f"{card['name']} {card.get('version', '?')}  {file.stat().st_size // 1000} kB  {said}")
    return 0


def _install(file: Path | None) -> int:
    """Put a developer's own model on the shelf, once it has proved to be what its card says."""
    if file is None:
        print("distress-agent model install: name the .tflite file", file=sys.stderr)
        return 2
    card = proved(file)
    folder = shelf.default_folder()
    if card["name"] not in USED:
        print(f"the agent has no use for a model called {card['name']}: {' or '.join(USED)}", file=sys.stderr)
        return 1
    if file.resolve().parent == folder.resolve():
        print(f"{card['name']} is on the shelf already")
        return 0
    for part in (file.with_suffix(".json"), file.with_suffix(".md"), file):
        if part.is_file():
            shutil.copy(part, folder / part.name)
    print(f"{card['name']} is on the shelf {folder}")
    return 0
