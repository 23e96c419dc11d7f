"""Curves of a card as SVG, without a plotting library: ROC and reliability."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

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
    """What share of clips was a scream where the model said so much, beside the diagonal."""
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    said = [b for b in range(bins) if (which == b).any()]
    points = [(float(probabilities[which == b].mean()), float(truth[which == b].mean())) for b in said]
    return _draw({"as it is": points, "ideal": [(0, 0), (1, 1)]}, "probability", "share of screams", file)


def _draw(lines: dict[str, Sequence[tuple[float, float]]], across: str, up: str, file: Path) -> Path:
    span, colours = SIZE - 2 * MARGIN, ("#0b6e99", "#c2410c", "#4d7c0f", "#6b21a8")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" font-family="sans-serif">',
        f'<rect width="{SIZE}" height="{SIZE}" fill="white"/>',
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{span}" height="{span}" fill="none" stroke="#999"/>',
        f'<text x="{SIZE / 2}" y="{SIZE - 12}" text-anchor="middle" font-size="12">{across}</text>',
        f'<text x="14" y="{SIZE / 2}" text-anchor="middle" font-size="12" '
        f'transform="rotate(-90 14 {SIZE / 2})">{up}</text>',
    ]
    for number, (name, points) in enumerate(lines.items()):
        colour = colours[number % len(colours)]
        path = " ".join(f"{MARGIN + x * span:.1f},{SIZE - MARGIN - y * span:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        where = f'x="{SIZE - MARGIN - 6}" y="{SIZE - MARGIN - 12 - 16 * number}" text-anchor="end"'
        parts.append(f'<text {where} font-size="12" fill="{colour}">{name}</text>')
    file.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")
    return file
