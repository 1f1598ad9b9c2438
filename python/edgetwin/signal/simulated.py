"""Labelled strides of simulated people."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .strides import cut_strides
from .walking import simulate_walk

__all__ = ["simulate_strides"]


def simulate_strides(seeds: Iterable[int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Simulate walks, cut them into strides and look up each stride's true length.

    Parameters
    ----------
    seeds : iterable of int, >= 0
        One seed is one person and one walk. The packaged demo model was trained on 1000 to 1159.

    Returns
    -------
    windows : ndarray of float32, shape (n, 108, 6)
        As `cut_strides` gives them.
    label_cm : ndarray of float32, shape (n,)

    Raises
    ------
    DataError : `seeds` are no integers >= 0, or the walks gave no strides
    """
    if not isinstance(seeds, Iterable):
        raise DataError(f"seeds: {seeds!r}, accepted is an iterable of integers >= 0, such as range(12)")
    windows, labels = [], []
    for seed in seeds:
        walk = simulate_walk(seed)
        strides = cut_strides(walk.samples, walk.rate_hz)
        for window, end in zip(strides.windows, strides.initial_contact_s, strict=True):
            windows.append(window)
            labels.append(walk.length_cm[int(np.abs(walk.contact_s[1:] - end).argmin())])
    if not windows:
        raise DataError("the simulated walks gave no strides")
    return np.array(windows, np.float32), np.array(labels, np.float32)
