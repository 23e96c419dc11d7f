"""Faces as a camera may see them: moved, turned, darker, blurred, covered; made from FER2013's pictures.

Batches are float32 tensors (n, 48, 48) of grey levels 0..255. Every function takes and gives one, and draws
its choices from torch's generator, each picture for itself. The same changes at a fixed strength are the
robustness rows of the card.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from agent.senses.portrait import SIDE


def varied(batch: Tensor) -> Tensor:
    """One training view of each picture: moved, and each of the other changes on some of them."""
    batch = moved(batch)
    batch = some(batch, 0.08, lambda part: blurred(part, _between(part, 0.4, 1.3)))
    batch = some(batch, 0.12, lambda part: smaller(part, int(torch.randint(18, 44, ()))))
    batch = some(batch, 0.2, lambda part: shaded(part, _between(part, -1.0, 1.0)))
    batch = some(batch, 0.3, lambda part: bent(part, torch.exp(_between(part, -0.6, 0.6))))
    batch = some(batch, 0.25, erased)
    batch = some(batch, 0.03, masked)
    batch = some(batch, 0.04, spectacled)
    batch = some(batch, 0.15, lambda part: exposed(part, torch.exp(_between(part, -2.0, 0.4))))
    return some(batch, 0.15, lambda part: noisy(part, _between(part, 1.0, 9.0))).clamp(0, 255)


def some(batch: Tensor, share: float, change: Callable[[Tensor], Tensor]) -> Tensor:
    """The change on this share of the batch, the other pictures as they were."""
    chosen = torch.rand(len(batch)) < share
    if chosen.any():
        batch = batch.clone()
        batch[chosen] = change(batch[chosen])
    return batch


def moved(batch: Tensor) -> Tensor:
    """Mirrored or not, turned, shifted, scaled, squeezed and seen from a side; the edge goes on outside.

    A detector's box is off by a tenth of its size easily; the spread here is that of a bad one.
    """
    n = len(batch)
    angle = torch.randn(n) * math.radians(9)
    scale = torch.exp(torch.randn(n) * 0.10)
    squeeze = torch.exp(torch.randn(n) * 0.06)
    flip = torch.randint(0, 2, (n,)) * 2.0 - 1
    cos, sin = torch.cos(angle), torch.sin(angle)
    shift = torch.randn(n, 2) * 0.09
    rows = (scale * squeeze * cos * flip, -scale * sin, shift[:, 0])
    below = (scale * squeeze * sin * flip, scale * cos, shift[:, 1])
    theta = torch.stack([torch.stack(rows, 1), torch.stack(below, 1)], 1)
    return sampled(batch, theta, torch.randn(n) * 0.08)


def sampled(batch: Tensor, theta: Tensor, turn: Tensor) -> Tensor:
    """Each picture through its affine map (n, 2, 3), in shares of half a side, and a perspective.

    turn: how much nearer the right edge is than the left, as of a head that turns; 0: not at all.
    """
    grid = functional.affine_grid(theta, [len(batch), 1, SIDE, SIDE], align_corners=False)
    nearer = 1 + turn[:, None, None, None] * grid[..., :1]
    return functional.grid_sample(batch[:, None], grid / nearer, padding_mode="border", align_corners=False)[
        :, 0
    ]


def blurred(batch: Tensor, sigma: Tensor) -> Tensor:
    """A Gaussian blur of sigma pixels (n,)."""
    at = torch.arange(-4.0, 5.0)
    kernel = torch.exp(-(at**2) / (2 * sigma[:, None] ** 2))
    kernel = kernel / kernel.sum(1, keepdim=True)
    padded = functional.pad(batch[None], (4, 4, 4, 4), mode="replicate")
    across = functional.conv2d(padded, kernel[:, None, None, :], groups=len(batch))
    return functional.conv2d(across, kernel[:, None, :, None], groups=len(batch))[0]


def smaller(batch: Tensor, side: int) -> Tensor:
    """As if the face had been only `side` pixels large in the frame."""
    small = functional.interpolate(batch[:, None], size=(side, side), mode="area")
    return functional.interpolate(small, size=(SIDE, SIDE), mode="bilinear", align_corners=False)[:, 0]


def shaded(batch: Tensor, slope: Tensor) -> Tensor:
    """Light from a random side: brightness falls across the picture, at most to almost nothing."""
    turn = torch.rand(len(batch)) * 2 * math.pi
    at = (torch.arange(SIDE) + 0.5) / SIDE * 2 - 1
    ramp = (
        torch.cos(turn)[:, None, None] * at[None, None] + torch.sin(turn)[:, None, None] * at[None, :, None]
    )
    return batch * (1 + 0.6 * slope[:, None, None] * ramp)


def bent(batch: Tensor, gamma: Tensor) -> Tensor:
    """Another tone curve: grey to the power of gamma (n,)."""
    return 255 * (batch.clamp(0, 255) / 255) ** gamma[:, None, None]


def exposed(batch: Tensor, gain: Tensor) -> Tensor:
    """Darker or brighter by a gain (n,), in whole grey levels, as a camera without light gives."""
    return torch.round((batch * gain[:, None, None]).clamp(0, 255))


def noisy(batch: Tensor, sigma: Tensor) -> Tensor:
    """Gaussian noise of sigma grey levels (n,), cut and rounded as a sensor does."""
    return torch.round((batch + torch.randn_like(batch) * sigma[:, None, None]).clamp(0, 255))


def erased(batch: Tensor) -> Tensor:
    """A rectangle of 8 to 24 pixels somewhere in each picture, of one grey: a hand, hair, a scarf."""
    n = len(batch)
    size, at = torch.rand(n, 2) * 16 + 8, torch.rand(n, 2) * SIDE
    return _filled(batch, at - size / 2, at + size / 2, torch.rand(n) * 255)


def masked(batch: Tensor) -> Tensor:
    """Nose, mouth and chin under a cloth."""
    n = len(batch)
    top = torch.stack([26 + torch.rand(n) * 5, torch.full((n,), 7.0)], 1)
    bottom = torch.stack([torch.full((n,), 47.0), torch.full((n,), 41.0)], 1)
    return _filled(batch, top, bottom, 60 + torch.rand(n) * 190)


def spectacled(batch: Tensor) -> Tensor:
    """Dark glasses: two dark lenses and a bridge."""
    n = len(batch)
    grey, top = torch.rand(n) * 40, 15 + torch.rand(n) * 3
    for left, right, low in ((8.0, 22.0, 9.0), (26.0, 40.0, 9.0), (20.0, 28.0, 2.0)):
        start = torch.stack([top, torch.full((n,), left)], 1)
        batch = _filled(batch, start, start + torch.tensor([low, right - left]), grey)
    return batch


def _filled(batch: Tensor, start: Tensor, end: Tensor, grey: Tensor) -> Tensor:
    """A rectangle in each picture from start to end (n, 2: row, column), of this grey (n,)."""
    at = torch.arange(SIDE) + 0.5
    inside = (at > start[..., None]) & (at < end[..., None])
    return torch.where(inside[:, 0, :, None] & inside[:, 1, None, :], grey[:, None, None], batch)


def _between(batch: Tensor, low: float, high: float) -> Tensor:
    return torch.rand(len(batch)) * (high - low) + low
