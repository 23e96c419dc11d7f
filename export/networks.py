"""The networks: small convolutional students in plain PyTorch, of operators that run in int8."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

Blocks = tuple[tuple[int, int], ...]


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


class MobileNet(nn.Module):
    """Depthwise separable convolutions (MobileNet: Howard et al. 2017) over a window (n, height, width).

    first: channels of the first convolution, stride 2; blocks: channels and stride of each pair that follows.
    """

    def __init__(self, first: int, blocks: Blocks) -> None:
        super().__init__()
        layers, width = [Conv(1, first, 3, 2)], first
        for channels, stride in blocks:
            layers += [Conv(width, width, 3, stride, groups=width), Conv(width, channels, 1)]
            width = channels
        self.body = nn.Sequential(*layers)
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(width, 1)

    def embed(self, window: Tensor) -> Tensor:
        """The last layer's mean over its picture: (n, channels)."""
        picture = window[:, None].contiguous(memory_format=torch.channels_last)
        out: Tensor = self.body(picture).mean(dim=(2, 3))
        return out

    def forward(self, window: Tensor) -> Tensor:
        """Logits (n, 1)."""
        out: Tensor = self.head(self.drop(self.embed(window)))
        return out


YAMNET = (
    32,
    ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1)),
)
"""First and blocks of the teacher, which is a MobileNet over the same 96 x 64 log-mel window."""

SCREAM = (24, ((40, 1), (72, 2), (80, 1), (144, 2), (144, 1), (256, 2), (256, 1), (256, 1), (256, 1)))
"""The student: a fifth of the teacher's multiplications, a thirteenth of its weights."""


def scream_net() -> MobileNet:
    """Log-mel window (n, 96, 64) to the logit of a scream (n, 1)."""
    return MobileNet(*SCREAM)


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
