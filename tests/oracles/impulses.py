"""An impulse for each kind of feature block, small, with a signal that makes features differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from oracles.small_models import feature_model

import edgetwin as et
from edgetwin.signal import feature_block

OUTPUTS = 4
_AUDIO = {"frame_length": 0.016, "frame_stride": 0.01, "fft_length": 128}
#: Block, its parameters, rate, window, hop, and scale and zero point of the model's input.
_KINDS: dict[str, tuple[str, dict[str, Any], float | None, tuple[int, ...], int, float, int]] = {
    "raw": ("raw", {"scale-axes": 0.5}, None, (20, 3), 7, 0.1, 3),
    "flatten": ("flatten", {"scale-axes": -2.0, "minimum": False}, None, (31, 3), 31, 0.5, -20),
    "spectral": (
        "spectral_analysis",
        {"filter-type": "low", "filter-cutoff": 12, "extra-low-freq": True, "fft-length": 8},
        62.5,
        (61, 2),
        80,
        0.1,
        0,
    ),
    "decimated": (
        "spectral_analysis",
        {"input-decimation-ratio": 3, "do-log": False, "do-fft-overlap": False},
        100.0,
        (70, 1),
        13,
        1.5,
        -100,
    ),
    "image": ("image", {"channels": "Grayscale"}, None, (5, 7, 3), 1, 1 / 255, -128),
    "pictures": ("image", {}, None, (3, 4, 3), 1, 0.004, -120),
    "mfe": ("mfe", {**_AUDIO, "num_filters": 20}, 8000.0, (800, 1), 160, 1 / 256, -128),
    "mfe_2": ("mfe", {**_AUDIO, "implementation_version": 2, "num_filters": 8, "win_size": 5}, 8000.0, (700, 1), 350,
              1 / 256, -128),
    "mfcc": ("mfcc", {**_AUDIO, "num_filters": 20, "win_size": 0}, 8000.0, (900, 1), 300, 0.2, 10),
    "mfcc_slides": ("mfcc", {**_AUDIO, "num_filters": 16, "win_size": 5, "pre_shift": 2}, 8000.0, (600, 1), 200, 0.05,
                    0),
    "spectrogram": ("spectrogram", _AUDIO, 8000.0, (640, 1), 160, 0.01, -128),
}  # fmt: skip
KINDS = tuple(_KINDS)


@dataclass(frozen=True)
class Case:
    """An impulse, samples from one window to the next, and a signal as it comes."""

    impulse: et.Impulse
    hop: int | None
    signal: np.ndarray

    def windows(self) -> np.ndarray:
        """Return the signal's windows, cut with numpy alone."""
        if self.hop is None:
            return self.signal
        length = self.impulse.window[0]
        starts = range(0, len(self.signal) - length + 1, self.hop)
        return np.stack([self.signal[start : start + length] for start in starts])


def impulse_case(kind: str, count: int = 12) -> Case:
    """Return the case of a kind, with `count` windows."""
    name, params, rate, window, hop, scale, zero_point = _KINDS[kind]
    block = feature_block(name, params, rate)
    rng = np.random.default_rng(KINDS.index(kind))
    if name == "image":
        size = window[0] * window[1] * (3 if block.params["channels"] == "RGB" else 1)
        model = et.load(feature_model(size, OUTPUTS, scale, zero_point))
        return Case(et.Impulse(model, block, window), None, rng.integers(0, 256, (count, *window)).astype(np.uint8))
    size = block.extract_batch(np.zeros((1, *window), np.float32)).shape[1]
    model = et.load(feature_model(size, OUTPUTS, scale, zero_point))
    samples = window[0] + (count - 1) * hop
    time = np.arange(samples)
    if rate == 8000.0:
        tone = np.sin(2 * np.pi * (200 + time / 10) * time / rate) * np.linspace(0, 20000, samples)
        signal = np.rint(tone + rng.normal(0, 300, samples) * (time // 400 % 3))[:, None]
    else:
        signal = rng.normal(0, 1, (samples, window[1])).cumsum(0) % 20 + np.sin(time / 3)[:, None]
    return Case(et.Impulse(model, block, window), hop, signal.astype(np.float32))
