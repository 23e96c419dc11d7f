"""Windows made new at every step: cheap changes of log-mel itself, to a whole batch at once.

Windows are (n, frames, bands) in nepers, brought to one loudness (agent.senses.features.normalise). All
draws come from torch's own generator.
"""

from __future__ import annotations

import torch
from torch import Tensor

from agent.senses import features

LOWEST, HIGHEST = features.LOUD - features.SPAN, features.LOUD + features.HEADROOM
FRAMES, BANDS = 8, 2
"""How far a window is moved at most, in time and in pitch."""
TILT, BUMP = 0.6, 0.6
"""Nepers that another microphone adds or takes at the edges, and somewhere between."""
STRIPES = ((1, 20), (2, 12))
"""Axis and widest of the stripes that are silenced (SpecAugment: Park et al. 2019)."""


def freshen(windows: Tensor, behind: Tensor) -> Tensor:
    """New windows: moved, before another sound, through another microphone, with parts missing.

    behind: for each, whether it may stand behind another (nobody screams in it): bool (n,).
    """
    windows = before_another(moved(windows), behind)
    return silenced((windows + microphone(len(windows))).clamp(LOWEST, HIGHEST))


def moved(windows: Tensor) -> Tensor:
    """A little later or earlier, higher or lower; what comes in from outside repeats the edge."""
    count, frames, bands = windows.shape
    rows = torch.arange(frames) + torch.randint(-FRAMES, FRAMES + 1, (count, 1))
    columns = torch.arange(bands) + torch.randint(-BANDS, BANDS + 1, (count, 1))
    each = torch.arange(count)[:, None, None]
    return windows[each, rows.clamp(0, frames - 1)[:, :, None], columns.clamp(0, bands - 1)[:, None, :]]


def before_another(windows: Tensor, behind: Tensor) -> Tensor:
    """Half of them before a sound of the same batch, 2 to 26 dB under them: powers add."""
    other = torch.randperm(len(windows))
    under = torch.empty(len(windows), 1, 1).uniform_(0.25, 3.0)
    under[~behind[other] | (torch.rand(len(windows)) < 0.5)] = 99.0
    return torch.logaddexp(2 * windows, 2 * (windows[other] - under)) / 2


def microphone(count: int) -> Tensor:
    """What as many microphones do to each band, nepers (count, 1, bands): a tilt and a soft bump."""
    at = torch.linspace(-1, 1, features.BANDS)
    draw = torch.empty(count, 4, 1).uniform_(-1, 1)
    bump = BUMP * draw[:, 1] * torch.exp(-8 * (at - draw[:, 2]) ** 2)
    return ((TILT * draw[:, 0] * at + bump) * (draw[:, 3] > 0))[:, None, :]


def silenced(windows: Tensor) -> Tensor:
    """A stripe of frames and one of bands silenced in each of half the windows."""
    for axis, widest in STRIPES:
        size = windows.shape[axis]
        width = torch.randint(0, widest, (len(windows), 1)) * (torch.rand(len(windows), 1) < 0.5)
        start = (torch.rand(len(windows), 1) * (size - width)).long()
        at = torch.arange(size)
        stripe = (at >= start) & (at < start + width)
        windows = windows.masked_fill(stripe.unsqueeze(3 - axis), LOWEST)
    return windows
