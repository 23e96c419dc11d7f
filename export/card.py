"""The card: NAME.json for the program (contract: the shelf), NAME.md for people, written from one another."""

from __future__ import annotations

import json
import platform
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agent.senses import shelf
from export import figures
from export.clips import Clip
from export.figures import Figure
from export.quantize import tensors

GOLDEN_SEEDS = (1, 2, 3)
GOLDEN_TOLERANCE = 4
"""Int8 steps by which another processor's kernels may round the output differently."""

PACKAGES = ("torch", "litert-torch", "ai-edge-quantizer", "ai-edge-litert", "numpy", "scikit-learn")

Card = dict[str, Any]


def write(file: Path, told: Card) -> None:
    """Complete a card with what the model file itself says, and write it beside the file."""
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
    path.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    card["golden"]["vectors"] = golden(file, card)
    path.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


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
    """NAME.md: the card in words, its figures as a table, its curves as pictures."""
    card = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    parts = [
        f"# {card['name']} {card['version']}\n\n{card['what']}",
        f"**For:** {card['for']}\n\n**Not for:** {card['not_for']}",
        f"**Input:** {card['inputs'][0]['what']}; int8 {card['inputs'][0]['shape']}.\n\n"
        f"**Output:** {card['outputs'][0]['what']}; labels: {', '.join(card['labels'])}.",
        f"**Threshold:** {card['threshold']['value']:.3f}. {card['threshold']['chosen']}",
        f"**Policy.** {card['policy']}",
        f"**Origin.** {card['origin']}" if "origin" in card else "",
        "## Figures\n\n" + _tables(figures.read(card["figures"])),
        "\n\n".join(f"![{drawing.stem}]({drawing.name})" for drawing in drawings),
        "## Data\n\n" + _data(card),
        f"## File\n\n`{file.name}`, {file.stat().st_size} bytes, sha256 `{card['sha256']}`.\n\n"
        f"Trained with {', '.join(f'{k} {v}' for k, v in card['trained_with'].items())}.",
    ]
    text = "\n\n".join(part for part in parts if part) + "\n"
    file.with_suffix(".md").write_text(text, encoding="utf-8")


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
    head = "| corpus | clips | hours | licence |\n|---|---|---|---|\n"
    rows = [
        f"| {row['pack']}/{row['corpus']} | {row['clips']} | {row['hours']:.2f} | {row['licence']} |"
        for row in card["data"]["trained_on"]
    ]
    return f"{card['data']['splits']}\n\nTrained on:\n\n{head}" + "\n".join(rows)


def _described(file: Path, told: Card) -> Card:
    found = tensors(file)
    for kind in ("inputs", "outputs"):
        for tensor, what in zip(found[kind], told[f"{kind}_are"], strict=True):
            tensor["what"] = what
    return found


def _versions() -> dict[str, str]:
    return {package: version(package) for package in PACKAGES}
