"""Pictures of a card as SVG, without a plotting library: ROC, reliability, confusion."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export import measures
from export.measures import Bools, Floats

SIZE, MARGIN = 360, 48


def roc(curves: dict[str, tuple[Floats, Bools]], file: Path) -> Path:
    """Recall over false positive rate; one line for each named pair of scores and truth."""
    lines = {}
    for name, (scores, truth) in curves.items():
        false, found = measures.roc(scores, truth)
        lines[f"{name} ({measures.auc(scores, truth):.3f})"] = list(zip(false, found, strict=True))
    return _draw(lines, "false positive rate", "recall", file)


def reliability(probabilities: Floats, truth: Bools, file: Path, bins: int = 10) -> Path:
    """What share was true where the model said so much, beside the diagonal."""
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    said = [b for b in range(bins) if (which == b).any()]
    points = [(float(probabilities[which == b].mean()), float(truth[which == b].mean())) for b in said]
    return _draw({"as it is": points, "ideal": [(0, 0), (1, 1)]}, "probability", "share that was true", file)


def confusion(counts: NDArray[np.int64], labels: Sequence[str], file: Path) -> Path:
    """How often each label (row) was taken for each (column): per cent of its row, darker for more.

    counts: shape (labels, labels); beside each row, how many there were.
    """
    cell, left, top = 44, 108, 84
    wide, high = left + cell * len(labels) + 24, top + cell * len(labels) + 24
    totals = counts.sum(axis=1)
    shares = counts / np.maximum(1, totals)[:, None]
    parts = [_text(left, 18, "taken for", anchor="start"), _text(left - 8, top - 8, "true", anchor="end")]
    for k, label in enumerate(labels):
        middle = cell * k + cell / 2
        parts.append(_text(left + middle, top - 8, label, anchor="start", turned=-45))
        parts.append(_text(left - 8, top + middle, label, anchor="end"))
        parts.append(_text(left - 8, top + middle + 13, f"{totals[k]}", anchor="end", size=10, colour="#666"))
    for row, column in np.ndindex(*counts.shape):
        share, x, y = float(shares[row, column]), left + cell * column, top + cell * row
        parts.append(
            f'<rect x="{x}" y="{y}" width="{cell}" height="{cell}" fill="#0b6e99" '
            f'fill-opacity="{share:.2f}" stroke="#ddd"/>'
        )
        colour = "white" if share > 0.8 else "black"
        parts.append(_text(x + cell / 2, y + cell / 2 + 4, f"{100 * share:.0f}", colour=colour))
    told = [
        f"{label}: {100 * shares[k, k]:.0f} of 100 recognised, {totals[k]} in all"
        for k, label in enumerate(labels)
    ]
    return _write(parts, wide, high, "Confusion, per cent of each true label", "; ".join(told), file)


def _draw(lines: dict[str, Sequence[tuple[float, float]]], across: str, up: str, file: Path) -> Path:
    span, colours = SIZE - 2 * MARGIN, ("#0b6e99", "#c2410c", "#4d7c0f", "#6b21a8")
    parts = [
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{span}" height="{span}" fill="none" stroke="#999"/>',
        _text(SIZE / 2, SIZE - 12, across),
        _text(14, SIZE / 2, up, turned=-90),
        *(_text(MARGIN + share * span, SIZE - MARGIN + 14, f"{share:g}", size=10) for share in (0, 0.5, 1)),
        *(
            _text(MARGIN - 5, SIZE - MARGIN - share * span + 4, f"{share:g}", anchor="end", size=10)
            for share in (0, 0.5, 1)
        ),
    ]
    for number, (name, points) in enumerate(lines.items()):
        colour = colours[number % len(colours)]
        places = [(round(MARGIN + x * span, 1), round(SIZE - MARGIN - y * span, 1)) for x, y in points]
        path = " ".join(f"{x},{y}" for x, y in _corners(places))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        below = SIZE - MARGIN - 12 - 16 * number
        parts.append(_text(SIZE - MARGIN - 6, below, name, anchor="end", colour=colour))
    return _write(parts, SIZE, SIZE, f"{up} over {across}".capitalize(), "; ".join(lines), file)


def _corners(places: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A line of steps without the places in the middle of a step."""
    kept: list[tuple[float, float]] = []
    for place in places:
        straight = len(kept) > 1 and any(kept[-2][k] == kept[-1][k] == place[k] for k in (0, 1))
        kept[-1:] = [place] if straight else [*kept[-1:], place]
    return kept


def _text(
    x: float,
    y: float,
    said: str,
    *,
    anchor: str = "middle",
    size: int = 12,
    colour: str = "black",
    turned: int = 0,
) -> str:
    turn = f' transform="rotate({turned} {x:g} {y:g})"' if turned else ""
    where = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}" fill="{colour}"'
    return f"<text {where}{turn}>{escape(said)}</text>"


def _write(parts: list[str], wide: int, high: int, title: str, told: str, file: Path) -> Path:
    """The picture, on white, with a title and a description for who cannot see it."""
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" '
        'role="img" aria-labelledby="title told">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="told">{escape(told)}</desc>',
        f'<rect width="{wide}" height="{high}" fill="white"/>',
    ]
    file.write_text("\n".join([*head, *parts, "</svg>\n"]), encoding="utf-8")
    return file
