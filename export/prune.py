"""A student that starts from its teacher: the teacher's layers with fewer channels, refitted one by one.

Channel pruning by reconstruction (He, Zhang and Sun 2017): of each of the teacher's layers the channels are
kept that explain the others best, and the student's pointwise weights are the least-squares answer to what
the teacher says there, from what the student hears itself, so that errors do not add up. Depthwise weights
are copied. It takes a minute or two and saves most of the training.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from export.networks import YAMNET, Conv, MobileNet
from export.teacher import Teacher

_FIRST, _LAST = "layer1/conv/Relu6", "layer27/conv/Relu6"
_PART = 64
"""Windows worked on at once."""


def tower(teacher: Teacher) -> MobileNet:
    """The teacher's convolutions as a network of floats, batch norms folded into weights and biases."""
    network = MobileNet(*YAMNET).eval()
    for layer, (weights, bias) in zip(network.body, _constants(teacher), strict=True):
        depthwise = layer.conv.groups > 1
        layer.conv.weight.data = torch.from_numpy(
            weights.transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2))
        )
        layer.norm.bias.data = torch.from_numpy(bias)
        layer.norm.eps = 1e-9  # its other numbers are 0 and 1: the norm only adds the bias
    return network


def start(student: MobileNet, master: MobileNet, windows: Tensor) -> list[float]:
    """Refit the student's layers to the teacher's on these windows (n, 96, 64).

    Returns the share of each layer's variance that is not explained. The master must go on for a block more
    than is imitated: that block says what of the last layer matters.
    """
    student.eval()
    with torch.inference_mode():
        heard = said = windows[:, None]
        kept, unexplained, at = [0], [], 0
        for number, goal in enumerate(_goals(student, master)):
            aims = _parts(lambda part, a=at, b=goal: _aim(master, part, a, b), said)
            channels = _telling(aims, student.body[2 * number].conv.out_channels, _weight_after(master, goal))
            if number == 0:
                heard = _copy(student.body[0], master.body[0], channels, heard)
            else:
                mixed = _copy(student.body[2 * number - 1], master.body[at], kept, heard)
                heard, missed = _refit(student.body[2 * number], mixed, aims[:, channels])
                unexplained.append(missed)
            said, kept, at = aims.clamp(0, 6), channels, goal + 1
    return unexplained


def _goals(student: MobileNet, master: MobileNet) -> list[int]:
    """For each dense layer of the student the teacher's that it imitates: same picture, evenly skipping."""
    ours, theirs = (_by_scale(network) for network in (student, master))
    goals = []
    for mine, its in zip(ours, theirs, strict=False):
        picks = np.linspace(0, len(its) - 1, len(mine)).astype(int)
        goals += [its[k] for k in picks]
    return goals


def _by_scale(network: MobileNet) -> list[list[int]]:
    """The dense layers, in one list for each size of picture."""
    scales: list[list[int]] = []
    for number, layer in enumerate(network.body):
        if layer.stride == 2 or not scales:
            scales.append([])
        if layer.conv.groups == 1:
            scales[-1].append(number)
    return scales


def _aim(master: MobileNet, x: Tensor, at: int, goal: int) -> Tensor:
    """What the teacher's layer `goal` says before its ReLU6, from what its layer `at` is given."""
    for layer in master.body[at:goal]:
        x = layer(x)
    last = master.body[goal]
    return last.norm(last.linear(x))


def _telling(aims: Tensor, count: int, weight: Tensor) -> list[int]:
    """The channels that explain the others best: a Cholesky decomposition with pivots of their covariance."""
    flat = _flat(aims.clamp(0, 6) * weight[None, :, None, None])
    flat = flat[:: max(1, len(flat) // 200_000)]
    rest = np.cov(flat.numpy(), rowvar=False)
    chosen: list[int] = []
    for _ in range(count):
        free = rest.diagonal().copy()
        free[chosen] = -1.0
        best = int(free.argmax())
        chosen.append(best)
        rest = rest - np.outer(rest[:, best], rest[best]) / (rest[best, best] + 1e-9)
    return sorted(chosen)


def _weight_after(master: MobileNet, goal: int) -> Tensor:
    """How much the teacher's next layer makes of each channel."""
    return master.body[goal + 1].conv.weight.flatten(1).norm(dim=1)


def _copy(into: Conv, source: Conv, channels: list[int], x: Tensor) -> Tensor:
    """The source's weights of some channels; what the layer then says."""
    into.conv.weight.copy_(source.conv.weight[channels])
    _set_norm(into, source.norm.bias[channels], _parts(into.linear, x))
    return _parts(into, x)


def _refit(into: Conv, x: Tensor, aims: Tensor) -> tuple[Tensor, float]:
    """Pointwise weights by least squares from x to aims, and the share of variance left over."""
    given = torch.cat([_flat(x), torch.ones(x.shape[0] * x.shape[2] * x.shape[3], 1)], dim=1)
    goal = _flat(aims.clamp(-2, 8))  # how far beyond ReLU6's bends does not matter
    square = (given.T @ given).double()
    ridge = torch.diag(1e-4 * square.diagonal() + 1e-12)
    answer = torch.linalg.solve(square + ridge, (given.T @ goal).double()).float()
    into.conv.weight.copy_(answer[:-1].T[:, :, None, None])
    _set_norm(into, answer[-1], _parts(into.linear, x))
    said = _parts(into, x)
    missed = (_flat(said) - goal.clamp(0, 6)).square().mean() / goal.clamp(0, 6).var(dim=0).mean()
    return said, float(missed)


def _set_norm(layer: Conv, bias: Tensor, linear: Tensor) -> None:
    """A batch norm with the statistics of what it is given, which for now only adds a bias."""
    mean, variance = linear.mean(dim=(0, 2, 3)), linear.var(dim=(0, 2, 3)) + 1e-3
    layer.norm.running_mean.copy_(mean)
    layer.norm.running_var.copy_(variance)
    layer.norm.weight.copy_((variance + layer.norm.eps).sqrt())
    layer.norm.bias.copy_(mean + bias)


def _parts(run: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    return torch.cat([run(part) for part in x.split(_PART)])


def _flat(x: Tensor) -> Tensor:
    """Pictures (n, channels, height, width) as rows (n * height * width, channels)."""
    return x.permute(0, 2, 3, 1).flatten(0, 2)


def _constants(teacher: Teacher) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Weights and biases of the tower as floats: in the file each stands before its layer's output."""
    details = teacher.net.get_tensor_details()
    named = [k for k, one in enumerate(details) if _FIRST in one["name"] or _LAST in one["name"]]
    first, last = min(named), max(named)
    return [
        (_floats(teacher, details[k - 2]), _floats(teacher, details[k - 1]))
        for k in range(first, last + 1, 3)
    ]


def _floats(teacher: Teacher, tensor: dict[str, Any]) -> NDArray[np.float32]:
    told = tensor["quantization_parameters"]
    values = teacher.net.get_tensor(tensor["index"])
    shape = [1] * values.ndim
    shape[told["quantized_dimension"]] = -1
    real = (values - told["zero_points"].reshape(shape)) * told["scales"].reshape(shape)
    return np.ascontiguousarray(real, dtype=np.float32)
