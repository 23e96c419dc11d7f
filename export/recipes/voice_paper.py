"""The papers' kind of voice network, CNN and LSTM with attention (Dehghani; Wani et al.): a row of the table.

It learns from the same batches as the one that ships, and stays in floating point: an LSTM unrolls into
hundreds of operators.
"""

from __future__ import annotations

import numpy as np
import torch
from rich.progress import track
from torch import Tensor, nn

from export.clips import Clip, Library
from export.examples import as_floats
from export.figures import Figure, part
from export.networks import multiplications
from export.recipes import voice_figures as rows
from export.recipes.voice_bank import whole_windows
from export.recipes.voice_looks import BEFORE_WHOLE, DISTRESS, Heard
from export.recipes.voice_net import Step
from export.recipes.voice_train import logits_of
from export.recipes.voice_worse import fastest

WIDTH = 128
"""Numbers that the LSTM remembers."""


class Remembering(nn.Module):
    """Log-mel windows (n, 300, 48) to logits (n, 8), a frame in four after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(Step(1, 32, (2, 2)), Step(32, 64, (2, 2)), Step(64, 96, (1, 2)))
        self.memory = nn.LSTM(96 * 6, WIDTH, batch_first=True)
        self.attention = nn.Linear(WIDTH, 1)
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(WIDTH, 8)

    def forward(self, window: Tensor) -> Tensor:
        """Logits (n, 8): six emotions, distress, voice."""
        heard, _ = self.memory(self.body(window[:, None]).transpose(1, 2).flatten(2))
        weight = torch.softmax(self.attention(heard), dim=1)
        out: Tensor = self.head(self.drop((heard * weight).sum(dim=1)))
        return out


def paper_rows(network: Remembering, library: Library, clips: list[Clip]) -> list[Figure]:
    """Its emotions and distress on test clips, and what it costs."""
    heard = Heard(clips, [_looks(network, library, clip) for clip in track(clips, rows.PAPER)])
    found = [rows.recall(f"{rows.PAPER}: mean recall of six emotions, CREMA-D", _of(heard, *rows.ACTED))]
    found.append(rows.distress(f"{rows.PAPER}: AUC of distress, CREMA-D", _of(heard, *rows.ACTED)))
    if _of(heard, *rows.UNSEEN).clips:
        found.append(rows.distress(f"{rows.PAPER}: AUC of distress, RAVDESS", _of(heard, *rows.UNSEEN)))
    return part("peers", [*found, _cost(network)])


def _of(heard: Heard, *corpora: str) -> Heard:
    return heard.where(rows.of_corpora(*corpora))


def _looks(network: Remembering, library: Library, clip: Clip) -> np.ndarray:
    """Probabilities of all whole looks, after as many empty ones as there are in a stream."""
    said = torch.from_numpy(logits_of(network, whole_windows(as_floats(library[clip]))))
    told = torch.cat([torch.softmax(said[:, :DISTRESS], dim=1), torch.sigmoid(said[:, DISTRESS:])], dim=1)
    return np.concatenate([np.zeros((BEFORE_WHOLE, 8), np.float32), told.numpy()])


def _cost(network: Remembering) -> Figure:
    """Milliseconds of a call, on one thread."""
    torch.set_num_threads(1)
    given = torch.zeros(1, 300, 48)
    weights = sum(one.numel() for one in network.parameters()) / 1e6
    counted = multiplications(network.body, (1, 1, 300, 48)) / 1e6
    with torch.inference_mode():
        took = fastest(lambda: network(given))
    counts = f"{weights:.2f} M weights, {counted:.0f} M multiplications before the LSTM"
    return Figure(f"{rows.PAPER}: ms a call", 1000 * took, counts=counts)
