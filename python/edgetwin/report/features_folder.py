"""Features of all windows of many recordings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import positive_number
from ..data import Recording, window_labels, window_starts
from ..errors import DataError
from ..signal import FeatureBlock, Features, feature_block
from ..signal.blocks_base import Float32
from ..types import Array

__all__ = ["WindowFeatures", "recording_features", "window_samples"]


@dataclass(frozen=True)
class WindowFeatures:
    """Features of windows, and where each window comes from.

    Attributes
    ----------
    features : Features
    labels : tuple of str, float or None
        One a window.
    windows : tuple of str
        Names: the recording's, and where in it the window begins.
    recording_of : tuple of int
        Number of the recording that each window was cut from.
    """

    features: Features
    labels: tuple[str | float | None, ...]
    windows: tuple[str, ...]
    recording_of: tuple[int, ...]


def window_samples(window_s: float, rate_hz: float) -> int:
    """Return how many samples a window of some seconds has, to the nearest.

    Parameters
    ----------
    window_s, rate_hz : float, > 0

    Returns
    -------
    int, >= 1

    Raises
    ------
    DataError : one of them is out of range, or the window is shorter than a sample
    """
    samples = int(positive_number(window_s, "window_s") * positive_number(rate_hz, "rate_hz") + 0.5)
    if not samples:
        raise DataError(f"window_s: {window_s:g} at {rate_hz:g} Hz, accepted is one sample and more")
    return samples


def recording_features(
    recordings: Iterable[Recording], block: str, params: Mapping[str, Any], *, window_s: float, hop_s: float
) -> WindowFeatures:
    """Cut recordings into windows and extract their features, one recording after another.

    Parameters
    ----------
    recordings : iterable of Recording
        Of one rate and the same sensors, as `data.stream` gives them. A picture is one window.
    block : str
        See `signal.feature_block`; "image" for pictures.
    params : mapping
        The block's; the names of axes and the shape of a window are added.
    window_s, hop_s : float, > 0
        Length of a window and from one to the next, in seconds; not used for pictures.

    Returns
    -------
    WindowFeatures

    Raises
    ------
    DataError : no recordings, one shorter than a window, pictures of different sizes, or parameters that the block does
        not accept
    """
    maker: FeatureBlock | None = None
    shape: tuple[int, ...] = ()
    hop = 0.0
    values: list[Float32] = []
    labels: list[str | float | None] = []
    names: list[str] = []
    owners: list[int] = []
    for number, recording in enumerate(recordings):
        if maker is None:
            rate_hz = recording.rate_hz
            described: dict[str, Any] = {}
            if rate_hz:
                shape = (window_samples(window_s, rate_hz), len(recording.sensors))
                hop = positive_number(hop_s, "hop_s") * rate_hz
                described["axes"] = [sensor.name for sensor in recording.sensors]
            else:
                shape = recording.pixels.shape
            maker = feature_block(block, {"input_shape": list(shape), **described, **params}, rate_hz or None)
        windows, told = _cut(recording, shape, hop)
        values.append(maker.extract_batch(windows))
        names += told[0]
        labels += told[1]
        owners += [number] * len(windows)
    if maker is None:
        raise DataError("recordings: none, accepted is at least one")
    features = Features(np.concatenate(values), tuple(maker.names), maker.block, dict(maker.params))
    return WindowFeatures(features, tuple(labels), tuple(names), tuple(owners))


def _cut(
    recording: Recording, shape: tuple[int, ...], hop: float
) -> tuple[Array, tuple[list[str], list[str | float | None]]]:
    """Return a recording's windows, their names and labels."""
    if not hop:
        if recording.pixels.shape != shape:
            raise DataError(f"{recording.name}: a picture of {recording.pixels.shape}, accepted are those of {shape}")
        return recording.pixels[None], ([recording.name], [recording.label])
    length, samples = shape[0], len(recording.values)
    starts = window_starts(samples, length, hop)
    if not starts.size:
        raise DataError(f"{recording.name}: it has {samples} samples, accepted are the {length} of a window and more")
    windows = np.stack([recording.values[start : start + length] for start in starts.tolist()])
    names = [f"{recording.name} at {start / recording.rate_hz:.3f} s" for start in starts.tolist()]
    return windows, (names, list(window_labels(recording, starts, length)))
