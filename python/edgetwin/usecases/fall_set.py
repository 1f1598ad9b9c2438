"""Recordings of falling, lying and otherwise moved phones as windows, and folds of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..arrays import whole_number
from ..data import FALL_CLASSES, Recording, load, simulate_falls
from ..errors import DataError

__all__ = ["AXES", "RATE_HZ", "WINDOW", "FallSet", "Windows", "fall_set", "load_falls", "recording_folds"]

#: 3 s at 62.5 Hz.
WINDOW, AXES, RATE_HZ = 187, 3, 62.5

Windows = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FallSet:
    """Recordings as windows, one each.

    Attributes
    ----------
    windows : ndarray of float32, shape (n, 187, 3), m/s2
        Zeros behind what is shorter.
    labels : ndarray of int64, shape (n,)
        Into `data.FALL_CLASSES`.
    names : tuple of str
    padded : ndarray of bool, shape (n,)
        Which ones are shorter than a window.
    """

    windows: Windows
    labels: NDArray[np.int64]
    names: tuple[str, ...]
    padded: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)


def load_falls(folder: str | Path | None) -> tuple[FallSet, bool]:
    """Return the real recordings of a folder, or simulated ones.

    Parameters
    ----------
    folder : path or None
        Of Edge Impulse acquisitions whose names tell the label; None for simulated falls.

    Returns
    -------
    falls : FallSet
    real : bool

    Raises
    ------
    DataError : recordings that do not fit
    """
    recordings: Iterable[Recording] = simulate_falls(24) if folder is None else load(folder)
    return fall_set(recordings), folder is not None


def fall_set(recordings: Iterable[Recording]) -> FallSet:
    """Return the first 3 s of each recording, zero-padded where it is shorter.

    Parameters
    ----------
    recordings : iterable of Recording
        Three axes at 62.5 Hz, labelled with one of `data.FALL_CLASSES`.

    Returns
    -------
    FallSet

    Raises
    ------
    DataError : no recordings, or one of another rate, number of axes or label, which is named
    """
    windows, labels, names, padded = [], [], [], []
    for recording in recordings:
        values = recording.values
        if values.ndim != 2 or values.shape[1] != AXES or abs(recording.rate_hz - RATE_HZ) > 0.01 * RATE_HZ:
            raise DataError(
                f"{recording.name}: {values.shape} at {recording.rate_hz:g} Hz, accepted are {AXES} axes at "
                f"{RATE_HZ} Hz"
            )
        if recording.label not in FALL_CLASSES:
            raise DataError(f"{recording.name}: label {recording.label!r}, accepted are {', '.join(FALL_CLASSES)}")
        window = np.zeros((WINDOW, AXES), np.float32)
        window[: len(values)] = values[:WINDOW]
        windows.append(window)
        labels.append(FALL_CLASSES.index(recording.label))
        names.append(recording.name)
        padded.append(len(values) < WINDOW)
    if not windows:
        raise DataError("no recordings, accepted is one or more of each class")
    return FallSet(np.stack(windows), np.array(labels, np.int64), tuple(names), np.array(padded, np.bool_))


def recording_folds(labels: NDArray[np.int64], folds: int = 5, seed: int = 0) -> NDArray[np.int64]:
    """Return the fold of each recording; every fold has its share of every class.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
    folds : int, >= 2
    seed : int, >= 0

    Returns
    -------
    ndarray of int64, shape (n,), in [0, folds)

    Raises
    ------
    DataError : a class has fewer recordings than there are folds
    """
    whole_number(folds, "folds", 2)
    rng = np.random.default_rng(whole_number(seed, "seed", 0))
    fold = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        if len(members) < folds:
            raise DataError(f"{len(members)} recordings of class {label}, accepted are at least {folds}, one a fold")
        # Classes begin at different folds, so that what is left over does not all go to the first.
        fold[members] = (np.arange(len(members)) + rng.integers(folds)) % folds
    return fold
