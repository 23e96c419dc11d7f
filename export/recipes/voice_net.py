"""The voice network: dense convolutions over a window of log-mel, then what is mean and what is strongest."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

Blocks = tuple[tuple[int, tuple[int, int]], ...]

VOICE: Blocks = (
    (16, (2, 2)), (48, (2, 2)), (48, (1, 1)), (64, (2, 2)), (64, (1, 1)), (96, (2, 2)), (96, (1, 1)),
    (112, (1, 3)),
)  # fmt: skip
"""Channels and strides (time, bands) of each 3 x 3 convolution; the last one folds the bands into one."""


class Step(nn.Module):
    """Convolution, batch norm, ReLU; where the shape stays, around it a way past (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: tuple[int, int]) -> None:
        super().__init__()
        padding = (1, 0) if stride[1] == 3 else 1
        self.past = inputs == outputs and stride == (1, 1)
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, padding, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, channels, time, bands)."""
        said = functional.relu(self.norm(self.conv(x)))
        return x + said if self.past else said


class VoiceNet(nn.Module):
    """Log-mel windows (n, 300, 48) to logits (n, 8): six emotions, distress, voice."""

    def __init__(self, blocks: Blocks = VOICE, drop: float = 0.3) -> None:
        super().__init__()
        widths = [1, *(width for width, _ in blocks)]
        self.body = nn.Sequential(
            *(Step(widths[k], width, stride) for k, (width, stride) in enumerate(blocks))
        )
        self.drop = nn.Dropout(drop)
        self.head = nn.Linear(2 * widths[-1], 8)

    def embed(self, window: Tensor) -> Tensor:
        """Mean and maximum over time of the last layer: (n, 2 x channels)."""
        x = self.body(window[:, None])
        return torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)

    def forward(self, window: Tensor) -> Tensor:
        """Logits (n, 8). Distress starts from how far anger or fear is ahead of the other emotions.

        What speaks for an emotion is learnt from six labels, so better than from one of two; of the
        sum of exponentials, which int8 does not have, the largest stands for all.
        """
        said = self.head(self.drop(self.embed(window)))
        anger, disgust, fear, happy, neutral, sad, distress, voice = said.split(1, dim=1)
        calm = torch.maximum(torch.maximum(disgust, happy), torch.maximum(neutral, sad))
        ahead = torch.maximum(anger, fear) - calm
        return torch.cat([anger, disgust, fear, happy, neutral, sad, distress + ahead, voice], dim=1)
