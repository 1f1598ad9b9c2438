"""Ends of a range from the histogram of what was seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..types import Array

__all__ = ["BINS", "mse_range", "percentile_range"]

BINS = 2048
#: Ends that are tried on either side; then again between the neighbours of the best.
_CANDIDATES = 24

Ends = tuple[float, float]


def percentile_range(counts: NDArray[np.int64], ends: Ends, percentile: float) -> Ends:
    """Return the ends between which the given share of all values lies.

    Parameters
    ----------
    counts : ndarray of int64, shape (bins,)
    ends : (float, float)
        Of the histogram.
    percentile : float in (50, 100]
        What is left out lies on both sides alike.

    Returns
    -------
    (float, float)
    """
    if not counts.any():
        return ends
    width = (ends[1] - ends[0]) / counts.size
    left_out = counts.sum() * (1 - percentile / 100) / 2
    first = int(np.searchsorted(np.cumsum(counts), left_out, side="right"))
    last = int(np.searchsorted(np.cumsum(counts[::-1]), left_out, side="right"))
    low = ends[0] + width * first
    high = ends[1] - width * last
    return (low, high) if low < high else ends


def mse_range(counts: NDArray[np.int64], ends: Ends, levels: int) -> Ends:
    """Return the ends within which `levels` codes represent the values with the smallest mean squared error.

    Parameters
    ----------
    counts : ndarray of int64, shape (bins,)
    ends : (float, float)
        Of the histogram.
    levels : int

    Returns
    -------
    (float, float)
        Both ends are searched, one after the other, 0 kept inside.
    """
    if not counts.any():
        return ends
    width = (ends[1] - ends[0]) / counts.size
    centers = ends[0] + width * (np.arange(counts.size) + 0.5)
    low, high = min(ends[0], 0.0), max(ends[1], 0.0)
    for _ in range(2):
        low, high = _best_low(counts, centers, low, high, levels)
        negative_high, negative_low = _best_low(counts[::-1], -centers[::-1], -high, -low, levels)
        low, high = -negative_low, -negative_high
    return low, high


def _best_low(counts: NDArray[np.int64], centers: Array, low: float, high: float, levels: int) -> tuple[float, float]:
    """Return the range with the lower end that is best, nearer to 0 than `low`."""
    if low == 0:
        return low, high
    shares = np.linspace(1, 1 / _CANDIDATES, _CANDIDATES)
    errors = [_error(counts, centers, low * share, high, levels) for share in shares]
    best = int(np.argmin(errors))
    finer = np.linspace(shares[max(best - 1, 0)], shares[min(best + 1, _CANDIDATES - 1)], _CANDIDATES)
    errors = [_error(counts, centers, low * share, high, levels) for share in finer]
    return low * float(finer[int(np.argmin(errors))]), high


def _error(counts: NDArray[np.int64], centers: Array, low: float, high: float, levels: int) -> float:
    step = (high - low) / (levels - 1)
    if step <= 0:
        return float(counts @ centers**2)
    clipped = np.clip(centers, low, high)
    # Between codes the error is spread evenly; a histogram's bins may be wider than a step.
    return float(counts @ ((centers - clipped) ** 2 + step**2 / 12))
