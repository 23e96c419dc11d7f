"""A course: one network's way through training, for every model alike; the losses are the recipes' own.

AdamW on a cosine with a warm-up, an average of the weights (what is shipped), and all that must be kept
to go on after an interruption.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

WARM_UP = 0.05
"""Share of the steps in which the learning rate rises."""
TAUGHT = 0.5
"""How much of a pupil's target is what its teacher says of the very same input (Furlanello et al. 2018)."""

Network = TypeVar("Network", bound=nn.Module)


class Course:
    """Training of `module` over `steps` steps; of its part `kept` (or itself) an average is kept.

    rate: peak of the learning rate; decay: AdamW's; average: of the exponential average of the weights
    (0.998 remembers some 500 steps). `epoch` is the caller's to count.
    """

    def __init__(
        self,
        module: nn.Module,
        kept: nn.Module,
        steps: int,
        *,
        rate: float = 2e-3,
        decay: float = 0.02,
        average: float = 0.998,
    ) -> None:
        self.module, self.kept, self.epoch = module, kept, 0
        self.average = AveragedModel(kept, avg_fn=_averaging(average), use_buffers=True)
        self.optimiser = torch.optim.AdamW(module.parameters(), rate, weight_decay=decay)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimiser, lambda step: _rate(step, steps))

    def learn(self, loss: Tensor) -> float:
        """One step down this loss; its value."""
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.schedule.step()
        self.average.update_parameters(self.kept)
        return float(loss.item())

    def save(self, file: Path) -> None:
        """Write all of it; a kill in between leaves the last whole one."""
        new = file.with_suffix(".new")
        torch.save({"epoch": self.epoch, **{part: getattr(self, part).state_dict() for part in _PARTS}}, new)
        new.replace(file)

    def resume(self, file: Path) -> None:
        """Go on from what `save` wrote, if there is such a file."""
        if file.is_file():
            saved = torch.load(file, weights_only=True)
            self.epoch = saved["epoch"]
            for part in _PARTS:
                getattr(self, part).load_state_dict(saved[part])


_PARTS = ("module", "average", "optimiser", "schedule")


def restored(network: Network, file: Path) -> Network:
    """The network with the weights of a state dict."""
    network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return network


def toward(targets: Iterable[Tensor], opinion: Iterable[Tensor]) -> list[Tensor]:
    """Targets moved by TAUGHT towards what a teacher says, part by part; nan stays nan."""
    return [torch.lerp(mine, its, TAUGHT) for mine, its in zip(targets, opinion, strict=True)]


def precision(device: str) -> AbstractContextManager[object]:
    """bfloat16 where the processor computes in it (three times as fast), otherwise float32."""
    native = device != "cpu" or torch.cpu._is_amx_tile_supported()
    return torch.autocast(device, dtype=torch.bfloat16, enabled=native)


def _averaging(share: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    def average(kept: Tensor, new: Tensor, count: Tensor | int) -> Tensor:
        """Exponential; in the first steps a plain mean, so that the beginning is forgotten."""
        if not kept.is_floating_point():
            return new
        return kept + (new - kept) * max(1 - share, 1 / (float(count) + 1))

    return average


def _rate(step: int, steps: int) -> float:
    warm = min(1.0, (step + 1) / (WARM_UP * steps + 1))
    return warm * (0.5 + 0.5 * math.cos(math.pi * step / steps))
