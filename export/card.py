"""The card: NAME.json for the program (contract: the shelf), NAME.md for people, written from one another."""

from __future__ import annotations

import json
import platform
import re
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agent.senses import shelf
from export import figures
from export.clips import Clip, stated
from export.figures import Figure
from export.quantize import tensors

GOLDEN_SEEDS = (1, 2, 3)
GOLDEN_TOLERANCE = 4
"""Int8 steps by which another processor's kernels may round the output differently."""

PACKAGES = ("torch", "litert-torch", "ai-edge-quantizer", "ai-edge-litert", "numpy", "scikit-learn")

Card = dict[str, Any]


def write(file: Path, told: Card) -> None:
    """Complete a card with what the model file itself says, and write it beside the file.

    Raises ValueError where that very file has a card of another version: the recipe has gone on since.
    """
    _check_version(file, told["version"])
    card = {
        "schema": 1,
        "name": file.stem,
        **{key: value for key, value in told.items() if not key.endswith("_are")},
        "sha256": shelf.checksum(file),
        **_described(file, told),
        "trained_with": {**told["trained_with"], "python": platform.python_version()} | _versions(),
        "golden": {"tolerance": GOLDEN_TOLERANCE, "vectors": []},
    }
    path = file.with_suffix(".json")
    path.write_text(_as_json(card), encoding="utf-8")
    card["golden"]["vectors"] = golden(file, card)
    path.write_text(_as_json(card), encoding="utf-8")


def _check_version(file: Path, now: str) -> None:
    path = file.with_suffix(".json")
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if known.get("sha256") == shelf.checksum(file) and known["version"] != now:
        raise ValueError(
            f"{file.name} is version {known['version']} and the recipe makes {now}: run `quantize` first "
            f"(or remove {path.name}, if it is the same model under another number)"
        )


def _as_json(card: Card) -> str:
    """The card with one key a line, and lists of numbers, of which golden vectors have thousands, on one."""
    text = json.dumps(card, indent=1, ensure_ascii=False)
    numbers = r"\[\s+(-?[\d.]+(?:,\s+-?[\d.]+)*)\s+\]"
    return re.sub(numbers, lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"


def golden(file: Path, card: Card) -> list[Card]:
    """What the file answers to seeded inputs: int8 outputs, flat."""
    model = shelf.Model(file, card)
    vectors = []
    for seed in GOLDEN_SEEDS:
        given = shelf.golden_input(seed, card["inputs"][0]["shape"])
        outputs = [out.reshape(-1).tolist() for out in model.run_int8(given)]
        vectors.append({"seed": seed, "outputs": outputs})
    return vectors


def corpora(clips: list[Clip], of_split: str) -> list[Card]:
    """One row a corpus and licence: how many clips and hours of a split there are."""
    rows: dict[tuple[str, str, str], list[float]] = {}
    for clip in clips:
        if clip.split == of_split:
            rows.setdefault((clip.pack, clip.corpus, clip.licence), []).append(clip.seconds)
    return [
        {
            "pack": pack,
            "corpus": corpus,
            "licence": licence,
            "clips": len(lengths),
            "hours": round(sum(lengths) / 3600, 3),
        }
        for (pack, corpus, licence), lengths in sorted(rows.items())
    ]


def labels_by_split(clips: list[Clip]) -> dict[str, dict[str, int]]:
    """How many clips of each label each split has."""
    out: dict[str, Counter[str]] = {}
    for clip in clips:
        out.setdefault(clip.split, Counter())[clip.label] += 1
    return {split: dict(sorted(counts.items())) for split, counts in sorted(out.items())}


def write_for_people(file: Path, drawings: list[Path]) -> None:
    """NAME.md: the card in words, its figures as tables, its curves as pictures."""
    card = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    parts = [
        f"# {card['name']} {card['version']}\n\n{card['what']}",
        f"**For:** {card['for']}\n\n**Not for:** {card['not_for']}",
        *(f"**Input:** {_tensor(given)}." for given in card["inputs"]),
        *(f"**Output:** {_tensor(given)}." for given in card["outputs"]),
        f"**Labels:** {', '.join(card['labels'])}.{_calibration(card)}",
        f"**Threshold:** {card['threshold']['value']:.3f}. {card['threshold']['chosen']}",
        f"**Policy.** {card['policy']}" if "policy" in card else "",
        f"**Origin.** {card['origin']}" if "origin" in card else "",
        "## Figures\n\n" + ABOUT_FIGURES + "\n\n" + _tables(figures.read(card["figures"])),
        "\n\n".join(f"![{_caption(drawing, card)}]({drawing.name})" for drawing in drawings),
        "## Data\n\n" + _data(card),
        f"## File\n\n`{file.name}`, {file.stat().st_size} bytes, sha256 `{card['sha256']}`.\n\n"
        f"Trained with {', '.join(f'{k} {v}' for k, v in card['trained_with'].items())}.",
    ]
    text = "\n\n".join(part for part in parts if part) + "\n"
    file.with_suffix(".md").write_text(text, encoding="utf-8")


ABOUT_FIGURES = (
    "Unless a row says otherwise: of the int8 file, through the code that runs on the device, on people and "
    "recordings not trained on. In brackets the 95 % interval, by bootstrap over groups (people, recordings, "
    "contributors)."
)


def _tensor(told: Card) -> str:
    return f"{told['what']}; {told['dtype']} {told['shape']}"


def _calibration(card: Card) -> str:
    """How outputs become probabilities, in a sentence with a space before it."""
    ways = {"platt": "a sigmoid with scale and bias (Platt)", "softmax": "a softmax with a temperature"}
    said = [
        f"{', '.join(card['labels'][column] for column in group['columns'])} by {ways[group['kind']]}"
        for group in card["calibration"]
    ]
    return f" Outputs become probabilities as fitted on val: {'; '.join(said)}." if said else ""


def _caption(drawing: Path, card: Card) -> str:
    shown = drawing.stem.removeprefix(card["name"]).strip("_").replace("_", " ")
    return f"{card['name']}: {shown}"


def _tables(rows: list[Figure]) -> str:
    """One table a part, each under its name."""
    parts = figures.by_part(rows).items()
    return "\n\n".join(
        (f"### {name.capitalize()}\n\n" if name else "") + _table(some) for name, some in parts
    )


def _table(rows: list[Figure]) -> str:
    head = "| figure | value (95 %) | counts | target | |\n|---|---|---|---|---|\n"
    return head + "\n".join(f"| {row.name} | {' | '.join(row.words())} |" for row in rows)


def _data(card: Card) -> str:
    """Splits, then one row a corpus and licence; authors and addresses of single clips stay in the .json."""
    rows: dict[tuple[str, str], list[float]] = {}
    for row in card["data"]["trained_on"]:
        licence = re.sub(r" *\((author:|https?:).*\)$", "", row["licence"])
        found = rows.setdefault((f"{row['pack']}/{row['corpus']}", licence), [0, 0.0])
        found[0] += row.get("clips", row.get("pictures", 0))
        found[1] += row.get("hours", 0.0)
    timed = any(hours for _, hours in rows.values())
    lines = [
        f"| {corpus} | {count} | {f'{hours:.2f} | ' if timed else ''}{licence} |"
        for (corpus, licence), (count, hours) in rows.items()
    ]
    head = f"| corpus | {'clips | hours' if timed else 'pictures'} | licence |\n|---|---|---|{'---|' * timed}"
    without = sorted({corpus for corpus, licence in rows if not stated(licence)})
    parts = [
        card["data"]["splits"],
        _splits(card["data"].get("clips") or card["data"].get("pictures") or {}),
        f"Trained on (authors, where a licence asks for them: `{card['name']}.json`):",
        "\n".join([head, *lines]),
        f"Without a stated licence: {', '.join(without)}." if without else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _splits(counts: dict[str, dict[str, int]]) -> str:
    """How many of each label each split has, as a table."""
    labels = list(dict.fromkeys(label for of in counts.values() for label in of))
    splits = [split for split in ("train", "val", "test") if split in counts]
    lines = [
        f"| {label} | {' | '.join(str(counts[split].get(label, 0)) for split in splits)} |"
        for label in labels
    ]
    return "\n".join(
        [f"| label | {' | '.join(splits)} |", "|---|" + "---|" * len(splits), *lines] * bool(lines)
    )


def _described(file: Path, told: Card) -> Card:
    found = tensors(file)
    for kind in ("inputs", "outputs"):
        for tensor, what in zip(found[kind], told[f"{kind}_are"], strict=True):
            tensor["what"] = what
    return found


def _versions() -> dict[str, str]:
    return {package: version(package) for package in PACKAGES}
