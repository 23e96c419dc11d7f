"""The networks: small convolutional students in plain PyTorch, of operators that run in int8."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

Layers = tuple[tuple[int, int, int], ...]


class Conv(nn.Module):
    """Convolution, batch norm and ReLU6; a stride of 2 pads below and to the right, as TensorFlow does."""

    def __init__(self, inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.stride = stride
        padding = 0 if stride == 2 else size // 2
        self.conv = nn.Conv2d(inputs, outputs, size, stride, padding, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def linear(self, x: Tensor) -> Tensor:
        """The convolution alone."""
        return self.conv(functional.pad(x, (0, 1, 0, 1)) if self.stride == 2 else x)

    def forward(self, x: Tensor) -> Tensor:
        """Convolution, norm, ReLU6."""
        return functional.relu6(self.norm(self.linear(x)))


class ScreamNet(nn.Module):
    """Dense convolutions over a window (n, height, width), thin where its picture is large; then its mean.

    layers: channels, size and stride of each.
    """

    def __init__(self, layers: Layers, outputs: int = 1) -> None:
        super().__init__()
        widths = [1, *(channels for channels, _, _ in layers)]
        self.body = nn.Sequential(
            *(Conv(width, *layer) for width, layer in zip(widths, layers, strict=False))
        )
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(widths[-1], outputs)

    def embed(self, window: Tensor) -> Tensor:
        """The last layer's mean over its picture: (n, channels)."""
        picture = window[:, None].contiguous(memory_format=torch.channels_last)
        out: Tensor = self.body(picture).mean(dim=(2, 3))
        return out

    def forward(self, window: Tensor) -> Tensor:
        """Logits (n, outputs)."""
        out: Tensor = self.head(self.drop(self.embed(window)))
        return out


SCREAM = (
    *((16, 3, 2), (32, 3, 2), (64, 3, 2), (64, 3, 1), (64, 3, 1)),
    *((96, 3, 2), (96, 3, 1), (96, 3, 1), (256, 1, 1)),
)
"""Fast in int8, where time goes into large pictures and not into channels (LOG.md has those tried)."""


def scream_net() -> ScreamNet:
    """Log-mel window (n, 96, 64) to the logit of a scream (n, 1)."""
    return ScreamNet(SCREAM)


def multiplications(network: nn.Module, shape: tuple[int, ...]) -> int:
    """Multiplications of one call with an input of this shape: convolutions and linear layers."""
    counted = []

    def count(layer: nn.Module, _: object, output: Tensor) -> None:
        counted.append(output[0].numel() * layer.weight[0].numel())

    kinds = (nn.Conv2d, nn.Linear)
    hooks = [one.register_forward_hook(count) for one in network.modules() if isinstance(one, kinds)]
    with torch.inference_mode():
        network.eval()(torch.zeros(shape))
    for hook in hooks:
        hook.remove()
    return sum(counted)
