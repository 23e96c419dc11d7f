"""The networks of the face model: the residual one that ships, its teacher, and a VGG as in the papers."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from export.networks import Conv

OUTPUTS = 9
"""Eight emotions and distress."""
OWN = 7
"""Outputs after these: FER's own labels, learnt along, told of in the table, and cut off what ships."""


class Residual(nn.Module):
    """Two convolutions of one width around which their input goes on (He et al. 2016)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = Conv(width, width, 3), Conv(width, width, 3)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        added: Tensor = x + self.second.norm(self.second.linear(self.first(x)))
        return functional.relu6(added)


class FaceNet(nn.Module):
    """Layers over a portrait (n, 48, 48), their mean over the picture, logits (n, 16)."""

    def __init__(self, layers: list[nn.Module], width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*layers)
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(width, OUTPUTS + OWN)

    def forward(self, portrait: Tensor) -> Tensor:
        """Logits (n, 16), or (n, 9) of a network that was cut."""
        picture = portrait[:, None].contiguous(memory_format=torch.channels_last)
        out: Tensor = self.head(self.drop(self.body(picture).mean(dim=(2, 3))))
        return out


Stages = tuple[tuple[int, int], ...]
"""Width and residual blocks at 24, 12 and 6 pixels."""
STAGES: Stages = ((48, 2), (104, 2), (192, 1))
"""What ships: 1.4 M weights."""
TEACHER: Stages = ((32, 1), (96, 2), (192, 1))
"""A quicker one, trained first, whose opinion it learns: 1.2 M weights."""


def residual(stages: Stages = STAGES) -> FaceNet:
    """Residual layers. Their first step halves the picture, which costs nothing."""
    layers: list[nn.Module] = []
    before = 1
    for width, blocks in stages:
        layers += [Conv(before, width, 3, 2), *(Residual(width) for _ in range(blocks))]
        before = width
    return FaceNet(layers, before)


def cut(network: FaceNet, more: Tensor) -> FaceNet:
    """The same network without FER's own labels, with `more` (9,) added to its logits."""
    whole = network.head
    network.head = nn.Linear(whole.in_features, OUTPUTS)
    network.head.weight.data = whole.weight.data[:OUTPUTS]
    network.head.bias.data = whole.bias.data[:OUTPUTS] + more
    return network


VGG = ((64,), (128, 128), (256, 256, 256), (256, 256, 256))
"""The VGG13 of the FER+ authors (Barsoum et al. 2016), a mean for its two wide linear layers."""


def vgg() -> FaceNet:
    """The papers' kind of network: a row of the table."""
    layers: list[nn.Module] = []
    before = 1
    for number, widths in enumerate(VGG):
        layers += [nn.MaxPool2d(2)] if number else []
        for width in widths:
            layers.append(Conv(before, width, 3))
            before = width
    return FaceNet(layers, before)
