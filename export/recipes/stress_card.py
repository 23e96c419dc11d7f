"""The card of the stress model: stress.json for the program, stress.md for people, the table of models."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import version

import numpy as np
from rich.console import Console
from rich.table import Table

from agent.senses import forest
from agent.senses.arousal import FEATURES
from agent.senses.stress import BASE_RATE
from export import figures
from export.job import Job

Lines = dict[str, list[dict[str, float | str]]]

PACKAGES = ("lightgbm", "numpy")
GOLDEN_SEEDS = range(1, 9)

PAPER = {
    "name": "Bhise and Jagtap, synthetic table (their second run)",
    "calm": 712 / 806,
    "stress": 1061 / 1194,
}
"""TN 94, FP 712, FN 133, TP 1061: it fires in nine of ten calm rows. Labels were drawn from the features."""

FOR = "a supporting vote for what is heard or seen, from a wrist band with pulse, skin conductance and motion"
NOT_FOR = "an alarm of its own; telling fear from joy or strain; people without a baseline; medicine"
DATA = [
    {
        "corpus": "Wearable Device Dataset from Induced Stress and Structured Exercise Sessions 1.0.1",
        "licence": "ODC-By-1.0",
        "people": "12 train, 5 test",
        "attribution": "Contains information from the Wearable Device Dataset from Induced Stress and "
        "Structured Exercise Sessions, made available under the ODC Attribution License.",
    },
    {"corpus": "Stress-Predict (Iqbal et al. 2022)", "licence": "MIT", "people": "20 train, 8 test"},
]


def show(lines: Lines) -> None:
    """Print the tables of models and of missing signals, one for each part."""
    for part, of_part in lines.items():
        columns = [key for key in of_part[0] if key != "name"]
        table = Table(
            "per cent", *columns, title=f"{part}: models, then the shipped one with signals missing"
        )
        for line in of_part:
            table.add_row(str(line["name"]), *(_cell(key, line[key]) for key in columns))
        Console(width=170).print(table)
    paper = f"fires in {PAPER['calm']:.0%} of calm and {PAPER['stress']:.0%} of stress rows"
    Console(width=170).print(f"{PAPER['name']}: {paper}.")


def write(job: Job) -> None:
    """Write stress.json and stress.md beside stress.npz; OSError where an earlier step has not run."""
    rows, lines = figures.load(job.folder / "figures.json"), _read(job, "lines")
    card = _card(job)
    path = job.shelf / "stress.json"
    path.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    card["golden"] = {"tolerance": 1e-6, "vectors": _golden(forest.load("stress", job.shelf))}
    card["figures"] = [{"name": r.name, "value": round(r.value, 4), "counts": r.counts} for r in rows]
    path.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (job.shelf / "stress.md").write_text(_page(rows, lines), encoding="utf-8")


def _read(job: Job, name: str) -> Lines:
    out: Lines = json.loads((job.folder / f"{name}.json").read_text(encoding="utf-8"))
    return out


def _card(job: Job) -> dict[str, object]:
    """The card without its golden vectors and figures."""
    calibration = json.loads((job.folder / "calibration.json").read_text(encoding="utf-8"))
    one, five = json.loads((job.folder / "thresholds.json").read_text(encoding="utf-8"))
    at = [_probability(cut, calibration) for cut in (one, five)]
    return {
        "schema": 1,
        "name": "stress",
        "version": "1.0.0",
        "sha256": hashlib.sha256((job.shelf / "stress.npz").read_bytes()).hexdigest(),
        "inputs": [{"names": list(FEATURES), "what": "agent/senses/arousal.py", "missing": "nan"}],
        "outputs": [{"what": "sum of the trees, before calibration"}],
        "labels": ["stress"],
        "calibration": [{"kind": "platt", "columns": [0], **calibration}],
        "base_rate": BASE_RATE,
        "threshold": {
            "value": round(at[0], 4),
            "how": "fires in 1 % of the train people's calm looks, unseen",
        },
        "settings": {"1 % of calm": round(at[0], 4), "5 % of calm": round(at[1], 4)},
        "data": DATA,
        "golden": {"tolerance": 1e-6, "vectors": []},
        "trained_with": {"seed": job.seed, "python": platform.python_version()}
        | {name: version(name) for name in PACKAGES},
        "for": FOR,
        "not_for": NOT_FOR,
    }


def _golden(trees: forest.Forest) -> list[dict[str, float]]:
    size = len(trees.names)
    return [{"seed": s, "output": trees.score(forest.golden_input(s, size))} for s in GOLDEN_SEEDS]


def _probability(score: float, calibration: dict[str, float]) -> float:
    return float(1 / (1 + np.exp(-calibration["scale"] * score - calibration["bias"])))


def _cell(key: str, value: float | str) -> str:
    if isinstance(value, str) or not np.isfinite(value):
        return "-"
    return f"{value:.2f}" if key == "auc" else f"{100 * value:.1f}"


def _page(rows: list[figures.Figure], lines: Lines) -> str:
    """The card for people, in Markdown."""
    out = [
        "# stress: arousal without motion",
        "",
        f"For {FOR}. Not for {NOT_FOR}.",
        "",
        "400 small trees (LightGBM, as arrays that numpy runs), 50 features of the last half hour "
        "(`agent/senses/arousal.py`). Written by `python -m export card stress`; how it was made and what it "
        "cannot do: `docs/stress.md`.",
        "",
        "All figures are of people that the model never met. CV: 32 people, five folds. test: 13 people. In "
        "brackets the 95 % interval over people.",
        "",
        "| figure | value | counts | target | |",
        "| --- | --- | --- | --- | --- |",
        *("| " + " | ".join((row.name, *row.words())) + " |" for row in rows),
        "",
    ]
    for part, of_part in lines.items():
        out += _markdown(part, of_part)
    shares = (
        f"{100 * float(PAPER['calm']):.0f} % of calm and {100 * float(PAPER['stress']):.0f} % of stress rows"
    )
    out += [f"{PAPER['name']}: fires in {shares}.", "", "## Data", ""]
    out += [
        f"- {d['corpus']}, {d['licence']}, {d['people']}. {d.get('attribution', '')}".strip() for d in DATA
    ]
    return "\n".join(out) + "\n"


def _markdown(part: str, lines: list[dict[str, float | str]]) -> list[str]:
    columns = [key for key in lines[0] if key != "name"]
    return [
        f"## {part}: models, then the shipped one with signals missing (per cent of looks that fire)",
        "",
        "| | " + " | ".join(columns) + " |",
        "| --- |" + " --- |" * len(columns),
        *(f"| {line['name']} | " + " | ".join(_cell(k, line[k]) for k in columns) + " |" for line in lines),
        "",
    ]
