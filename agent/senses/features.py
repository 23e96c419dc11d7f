"""What the models see, in numpy alone: streaming log-mel, level normalisation, int8 scaling.

The trainers in export/ import this very file, so a model meets on the device what it was trained on.
Log-mel is YAMNet's front end (Hershey et al. 2017, "CNN architectures for large-scale audio
classification"): 25 ms Hann frames every 10 ms, magnitudes of a 512-point FFT, 64 mel bands from 125 to
7500 Hz (HTK mel). Only the logarithm's floor is lower here, so that quiet sound keeps its shape.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RATE = 16_000
FRAME = 400
"""Samples of one analysis frame: 25 ms."""
HOP = 160
"""Samples from one frame to the next: 10 ms."""
FFT = 512
BANDS = 64
LOWEST_HZ, HIGHEST_HZ = 125.0, 7500.0
FLOOR = 1e-5
"""Added to a band's magnitude before the logarithm: under the noise of a quiet room's 16-bit recording."""

WINDOW_FRAMES = 96
"""Frames of one look of the scream model: 0.975 s of sound, as YAMNet's."""
LOOK_FRAMES = 48
"""Frames from one look to the next: 0.48 s."""

LOUD = 2.5
"""Where the loud part of a normalised window lies, in nepers: speech close to a microphone."""
SPAN, HEADROOM = 8.0, 1.0
"""Nepers under and over LOUD that the models still see: 69 dB and 9 dB."""
QUIET = -3.5
"""A window whose loud part is under this (noise of -70 dBFS) is turned up no further: silence and the hiss
of the microphone itself must not become something loud."""

_CHUNK = 48
"""Frames worked on at once, a multiple of _ROWS: a look of the scream model. Their arrays stay in a small
core's cache; with 128 a second of sound takes half as long again."""
_ROWS = 16
"""Frames of one matrix product, padded with silence: how a product rounds depends on how many rows it has."""


@cache
def mel_weights(bands: int = BANDS, lowest_hz: float = LOWEST_HZ, highest_hz: float = HIGHEST_HZ) -> Floats:
    """Triangles of equal width on the HTK mel scale, peak 1: shape (FFT // 2 + 1, bands)."""

    def mel(hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.asarray(1127.0 * np.log1p(np.asarray(hz) / 700.0))

    bins = mel(np.linspace(0.0, RATE / 2, FFT // 2 + 1))[:, None]
    edges = np.linspace(mel(lowest_hz), mel(highest_hz), bands + 2)
    rise = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    weights = np.maximum(0.0, np.minimum(rise, fall))
    weights[0] = 0.0
    return weights.astype(np.float32)


class LogMel:
    """Sound of any block size in, log-mel frames out, the same to the bit however it was cut."""

    def __init__(
        self, bands: int = BANDS, lowest_hz: float = LOWEST_HZ, highest_hz: float = HIGHEST_HZ
    ) -> None:
        self._weights = mel_weights(bands, lowest_hz, highest_hz)
        self._hann = np.hanning(FRAME + 1)[:-1].astype(np.float32)
        self._rest = np.zeros(0, np.float32)

    def push(self, samples: Floats) -> Floats:
        """Frames completed by these samples (16 kHz, -1..1): shape (n, bands), natural log of magnitude.

        What is not a number counts as silence. Frame k of the stream covers samples 160 k to 160 k + 399.
        """
        new = np.asarray(samples, np.float32)
        if not np.isfinite(new).all():
            new = np.nan_to_num(new, posinf=1.0, neginf=-1.0)
        sound = np.concatenate([self._rest, new])
        count = max(0, (len(sound) - FRAME) // HOP + 1)
        self._rest = sound[count * HOP :].copy()
        if not count:
            return np.zeros((0, self._weights.shape[1]), np.float32)
        frames = sliding_window_view(sound, FRAME)[::HOP]
        return np.concatenate([self._analyse(frames[at : at + _CHUNK]) for at in range(0, count, _CHUNK)])

    @property
    def pending(self) -> int:
        """Samples kept for the next frame."""
        return len(self._rest)

    def reset(self) -> None:
        """Forget the samples that wait: the next block does not follow the last."""
        self._rest = np.zeros(0, np.float32)

    def _analyse(self, frames: Floats) -> Floats:
        count, bins = len(frames), FFT // 2 + 1
        sound = np.zeros((count, FFT), np.float32)
        np.multiply(frames, self._hann, out=sound[:, :FRAME])
        magnitude = np.zeros((-(-count // _ROWS), _ROWS, bins), np.float32)
        np.abs(np.fft.rfft(sound), out=magnitude.reshape(-1, bins)[:count])
        mel = np.matmul(magnitude, self._weights).reshape(-1, self._weights.shape[1])[:count]
        out: Floats = np.log(mel + np.float32(FLOOR))
        return out


def level(window: Floats) -> Floats:
    """The loud part of each window: 98th percentile over its frames and bands; (..., 1, 1), nepers."""
    flat = window.reshape(*window.shape[:-2], -1)
    rank = int(0.98 * flat.shape[-1])
    loud: Floats = np.partition(flat, rank, axis=-1)[..., rank]
    return loud[..., None, None]


def normalise(window: Floats) -> Floats:
    """A window at one and the same loudness: its loud part brought to LOUD, clipped to SPAN and HEADROOM.

    Shape (..., frames, bands) in and out. Gain shifts a log-mel window as a whole, so it falls out, down
    to QUIET and up to where the microphone clips.
    """
    shift = np.float32(LOUD) - np.maximum(level(window), np.float32(QUIET))
    out: Floats = np.clip(window + shift, np.float32(LOUD - SPAN), np.float32(LOUD + HEADROOM))
    return out


def quantize(values: Floats, scale: float, zero_point: int) -> NDArray[np.int8]:
    """Real values as int8 steps: round(value / scale) + zero point, clipped to -128..127."""
    steps: Floats = np.rint(values / np.float32(scale)) + np.float32(zero_point)
    return np.clip(steps, -128, 127).astype(np.int8)


def dequantize(steps: NDArray[np.int8], scale: float, zero_point: int) -> Floats:
    """The real values of int8 steps: (step - zero point) * scale."""
    return (steps.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)
