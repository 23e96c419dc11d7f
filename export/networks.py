"""The networks: small convolutional students, one function each, in plain PyTorch.

All are made of operators that TensorFlow Lite runs in int8 (convolutions, ReLU6, mean, linear).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """A full 3 x 3 convolution with batch norm and ReLU6."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU6()
    )


def separable(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """A depthwise 3 x 3 and a pointwise convolution (MobileNet: Howard et al. 2017)."""
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.ReLU6(),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(),
    )


class ScreamNet(nn.Module):
    """Log-mel window (n, 96, 64) -> logit of a scream (n, 1): YAMNet's shape at half its width.

    About 330 thousand weights and 11 million multiplications. `embed` is what the teacher's embedding
    is matched with while training.
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        w = width
        self.body = nn.Sequential(
            conv(1, w, 2),
            separable(w, 2 * w),
            separable(2 * w, 4 * w, 2),
            separable(4 * w, 4 * w),
            separable(4 * w, 8 * w, 2),
            separable(8 * w, 8 * w),
            separable(8 * w, 16 * w, 2),
            separable(16 * w, 16 * w),
            separable(16 * w, 16 * w),
        )
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(16 * w, 1)

    def embed(self, window: Tensor) -> Tensor:
        """The mean over time and frequency of the last layer: (n, 16 * width)."""
        return self.body(window[:, None]).mean(dim=(2, 3))

    def forward(self, window: Tensor) -> Tensor:
        """The logit."""
        return self.head(self.drop(self.embed(window)))


def multiplications(network: nn.Module, shape: tuple[int, ...]) -> int:
    """Multiplications of one call with an input of this shape, convolutions and linear layers."""
    total = 0

    def count(layer: nn.Module, _: object, output: Tensor) -> None:
        nonlocal total
        if isinstance(layer, nn.Conv2d | nn.Linear):
            total += output[0].numel() * layer.weight[0].numel() if isinstance(layer, nn.Conv2d) else 0
            total += layer.weight.numel() if isinstance(layer, nn.Linear) else 0

    hooks = [layer.register_forward_hook(count) for layer in network.modules()]
    with torch.no_grad():
        network.eval()(torch.zeros(shape))
    for hook in hooks:
        hook.remove()
    return total
