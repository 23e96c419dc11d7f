"""The networks of the face model: the residual one that ships, and a VGG as in the papers."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from export.networks import Conv

OUTPUTS = 9
"""Eight emotions and distress."""


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
    """Layers over a portrait (n, 48, 48), their mean over the picture, logits (n, outputs)."""

    def __init__(self, layers: list[nn.Module], width: int, outputs: int = OUTPUTS) -> None:
        super().__init__()
        self.body = nn.Sequential(*layers)
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(width, outputs)

    def forward(self, portrait: Tensor) -> Tensor:
        """Logits (n, outputs)."""
        picture = portrait[:, None].contiguous(memory_format=torch.channels_last)
        out: Tensor = self.head(self.drop(self.body(picture).mean(dim=(2, 3))))
        return out


STAGES = ((32, 1), (96, 2), (192, 1))
"""Width and residual blocks at 24, 12 and 6 pixels: 1.2 M weights."""


def residual(outputs: int = OUTPUTS) -> FaceNet:
    """What ships. Its first step halves the picture, which costs nothing: 32 numbers for 4."""
    layers: list[nn.Module] = []
    before = 1
    for width, blocks in STAGES:
        layers += [Conv(before, width, 3, 2), *(Residual(width) for _ in range(blocks))]
        before = width
    return FaceNet(layers, before, outputs)


VGG = ((64,), (128, 128), (256, 256, 256), (256, 256, 256))
"""The VGG13 of the FER+ authors (Barsoum et al. 2016), a mean for its two wide linear layers."""


def vgg(outputs: int = OUTPUTS) -> FaceNet:
    """The papers' kind of network: a row of the table."""
    layers: list[nn.Module] = []
    before = 1
    for number, widths in enumerate(VGG):
        layers += [nn.MaxPool2d(2)] if number else []
        for width in widths:
            layers.append(Conv(before, width, 3))
            before = width
    return FaceNet(layers, before, outputs)
