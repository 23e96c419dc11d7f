"""The shelf at the command line: `model list`, `model verify [FILE]`, `model install FILE`."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from agent.senses import forest, shelf
from agent.senses.shelf import Card, ModelUnfit

USED = ("scream.tflite", "voice.tflite", "face.tflite", "face_detector.tflite", "stress.npz")
"""The models that the senses load, by their files: networks, and trees as arrays."""

KINDS = (".tflite", ".npz")


def run(action: str, file: Path | None) -> int:
    """0 when all is well, 1 when a model on the shelf is unfit, 2 for an install without a file."""
    if action == "install":
        return _install(file)
    files = [file] if file else on_shelf()
    if not files:
        print(f"no model on the shelf {shelf.default_folder()}", file=sys.stderr)
        return 1
    return max([_shown(path, verify=action == "verify") for path in files])


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
    right = f"checksum, labels ({', '.join(card['labels'])}) and golden vectors are right"
    said = right if verify else card.get("what") or card.get("for", "")
    print(f"{card['name']:14} {card.get('version', '?'):8} {file.stat().st_size // 1000:5} kB  {said}")
    return 0


def _install(file: Path | None) -> int:
    """Put a developer's own model on the shelf, once it has proved to be what its card says."""
    if file is None:
        print("distress-agent model install: name the .tflite file (trees: .npz)", file=sys.stderr)
        return 2
    folder = shelf.default_folder()
    if file.name not in USED:
        print(f"the agent has no use for a model called {file.name}: {', '.join(USED)}", file=sys.stderr)
        return 1
    card = proved(file)
    if file.resolve().parent == folder.resolve():
        print(f"{card['name']} is on the shelf already")
        return 0
    _compare(card, file, folder / file.name)
    _put(file, folder)
    print(f"{card['name']} is on the shelf {folder}; an agent that is running takes it at its next start")
    return 0


def _compare(card: Card, file: Path, shipped: Path) -> None:
    """The senses feed and read a model as the one on the shelf; ModelUnfit where it wants it otherwise."""
    try:
        known = shelf.read_card(shipped)
    except ModelUnfit:
        return  # what lies there is no measure for another
    if card["labels"] != known["labels"]:
        raise ModelUnfit(
            file, f"its labels are {card['labels']}, those that the agent reads {known['labels']}"
        )
    if "box_calibration" in known and "box_calibration" not in card:
        raise ModelUnfit(
            file, "its card has no box_calibration, by which logits of boxes become probabilities"
        )
    for what in ("inputs", "outputs"):
        for key in ("shape", "names"):
            its, ours = ([tensor.get(key) for tensor in one[what]] for one in (card, known))
            if its != ours:
                raise ModelUnfit(file, f"its {what} have {key} {its}, those that the agent knows {ours}")


def _put(file: Path, folder: Path) -> None:
    """Copy model, cards and the pictures of its page whole, then let them take their places."""
    page = file.with_suffix(".md")
    shown = re.findall(r"\]\(([\w.-]+\.svg)\)", page.read_text(encoding="utf-8")) if page.is_file() else []
    named = [file.with_suffix(".json"), page, file, *(file.parent / name for name in shown)]
    parts = [part for part in named if part.is_file()]
    for part in parts:
        shutil.copy(part, folder / f"{part.name}.new")
    (folder / page.name).unlink(missing_ok=True)
    for part in parts:
        os.replace(folder / f"{part.name}.new", folder / part.name)
