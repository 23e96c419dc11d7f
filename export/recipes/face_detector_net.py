"""The detector's network, what it is to say of a scene, and by how much it is wrong.

Every cell of an 8-pixel grid says whether the middle of a face lies in it, and the face's box (CenterNet:
Zhou et al. 2019); coarser layers are brought up to the grid, so that large faces are seen whole (feature
pyramid: Lin et al. 2017).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from agent.senses.faces import CELL, UNIT
from export.networks import Conv

STAGES = ((16, 0), (24, 1), (48, 2), (64, 1), (96, 1))
"""Channels of each halving of the picture, and convolutions with a shortcut after it."""
NECK, LAST = 48, 2
"""Channels in which the layers meet, and convolutions before the outputs."""
RARE = -4.6
"""The first guess of the heat's logit: one cell of a hundred."""
SPREAD = 0.12
"""Standard deviation of the heat about a face's middle, as a share of the face's size."""
NEAR = 0.4
"""Heat from which a cell also learns the face's box."""

Floats = NDArray[np.float32]


class Stage(nn.Module):
    """A halving of the picture, then convolutions that add to what they are given."""

    def __init__(self, inputs: int, outputs: int, more: int) -> None:
        super().__init__()
        self.down = Conv(inputs, outputs, 3, 2)
        self.more = nn.ModuleList(Conv(outputs, outputs, 3) for _ in range(more))

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) to (n, outputs, h / 2, w / 2)."""
        x = self.down(x)
        for layer in self.more:
            x = x + layer(x)
        return x


class Detector(nn.Module):
    """Grey pictures (n, h, w), 0..1, to heat (n, 1, h / 8, w / 8) and geometry (n, 4, h / 8, w / 8)."""

    def __init__(self) -> None:
        super().__init__()
        widths = [1, *(width for width, _ in STAGES)]
        shapes = zip(widths, STAGES, strict=False)
        self.stages = nn.ModuleList(Stage(before, width, more) for before, (width, more) in shapes)
        self.sides = nn.ModuleList(Conv(width, NECK, 1) for width in widths[-3:])
        self.join = Conv(NECK, NECK, 3)
        self.last = nn.Sequential(*(Conv(NECK, NECK, 3) for _ in range(LAST)))
        self.heat, self.geometry = nn.Conv2d(NECK, 1, 1), nn.Conv2d(NECK, 4, 1)
        nn.init.constant_(self.heat.bias, RARE)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Heat as logits; geometry: right and down of the cell's middle in cells, log of width and height."""
        x, layers = picture[:, None], []
        for stage in self.stages:
            x = stage(x)
            layers.append(x)
        near, middle, far = (side(one) for side, one in zip(self.sides, layers[-3:], strict=True))
        x = self.join(middle + functional.interpolate(far, scale_factor=2.0))
        x = self.last(near + functional.interpolate(x, scale_factor=2.0))
        return self.heat(x), self.geometry(x)


def targets(boxes: Floats, ignore: NDArray[np.bool_], rows: int, columns: int) -> tuple[Floats, Floats]:
    """What the cells are to say of faces (n, 4): heat (2, rows, columns) and geometry (5), weights last.

    Heat falls off about each face's middle; cells in a face to be ignored, and in no other, weigh nothing.
    """
    heat, geometry = np.zeros((2, rows, columns), np.float32), np.zeros((5, rows, columns), np.float32)
    heat[1] = 1
    for x, y, w, h in boxes[ignore] / CELL:
        heat[1, round(y) : round(y + h) + 1, round(x) : round(x + w) + 1] = 0
    row, column = np.mgrid[0:rows, 0:columns].astype(np.float32) + np.float32(0.5)
    for x, y, w, h in boxes[~ignore] / CELL:
        right, down = x + w / 2 - column, y + h / 2 - row
        hot = np.exp(-(right**2 + down**2) / (2 * max(0.3, SPREAD * (w * h) ** 0.5) ** 2))
        hot[min(rows - 1, int(y + h / 2)), min(columns - 1, int(x + w / 2))] = 1
        mine = hot > np.maximum(heat[0], NEAR)
        size = np.log(np.array([w, h]) * CELL / UNIT)
        geometry[:, mine] = np.stack(
            [right[mine], down[mine], *np.full((int(mine.sum()), 2), size).T, hot[mine]]
        )
        heat[1, hot > 0.05] = 1
        heat[0] = np.maximum(heat[0], hot)
    return heat, geometry


def loss(said: tuple[Tensor, Tensor], heat: Tensor, geometry: Tensor) -> Tensor:
    """Focal loss of the heat (Law and Deng 2018) and how far boxes are off, in shares of their size."""
    logit, (wanted, weight) = said[0][:, 0].float(), heat.unbind(1)
    sure = torch.sigmoid(logit)
    hit = (wanted == 1) * (1 - sure) ** 2 * functional.logsigmoid(logit)
    miss = (wanted < 1) * (1 - wanted) ** 4 * sure**2 * functional.logsigmoid(-logit)
    found = -((hit + miss) * weight).sum() / max(1.0, float((wanted == 1).sum()))
    off = (said[1].float() - geometry[:, :4]).abs()
    size = torch.exp(geometry[:, 2:4]) * (UNIT / CELL)
    off = torch.cat([off[:, :2] / size, off[:, 2:]], 1) * geometry[:, 4:]
    return found + 2.0 * off.sum() / max(1.0, float(geometry[:, 4].sum()))
