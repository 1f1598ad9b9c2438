"""A rule as a baseline for a network: the magnitude stays below a threshold for a while, as in free fall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import positive_number, real_array, whole_number
from ..data import Recording
from ..errors import DataError, ShapeError

__all__ = ["ThresholdDetector"]

#: Durations that are tried where none are given, so that long windows do not take for ever.
_MOST_DURATIONS = 256


@dataclass(frozen=True)
class ThresholdDetector:
    """Detects where the magnitude of all axes stays below a threshold.

    For a board: a running count of samples whose sum of squares (float32, axes in order) is below the square of the
    threshold (float32), set back to 0 by every other sample; `duration_samples` of them are a detection.

    Attributes
    ----------
    threshold : float, > 0
        In the unit of the values.
    duration_samples : int, >= 1

    Raises
    ------
    DataError : one of them is out of range
    """

    threshold: float
    duration_samples: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "threshold", positive_number(self.threshold, "threshold", float(np.finfo("f4").max)))
        duration = whole_number(self.duration_samples, "duration_samples", 1)
        object.__setattr__(self, "duration_samples", duration)

    @property
    def limit(self) -> float:
        """The square of the threshold, rounded to float32: what a board compares with."""
        with np.errstate(over="ignore"):
            return float(np.square(np.float32(self.threshold)))

    @classmethod
    def fit(cls, windows: Any, positive: Any, *, durations: Sequence[int] | None = None) -> ThresholdDetector:
        """Choose threshold and duration on training data.

        Of all pairs that part the samples differently the one with the largest mean of sensitivity and specificity;
        of equal ones the one with the widest gap around the threshold relative to it, then the shorter duration.

        Parameters
        ----------
        windows
            As for `predict`.
        positive : array_like of bool, shape (n,)
            Which of them hold what is to be detected.
        durations : sequence of int, optional
            The durations to try, in samples; by default 1 to the length of the shortest window, at most 256.

        Returns
        -------
        ThresholdDetector

        Raises
        ------
        ShapeError, DataError : as for `predict`; or not some windows of both kinds, or no durations
        """
        levels = [_levels(window, where) for window, where in _cases(windows)]
        wanted = real_array(positive, "positive", kinds="b")
        if wanted.shape != (len(levels),):
            raise ShapeError(f"positive: shape {wanted.shape}, accepted is ({len(levels)},), one a window")
        if wanted.all() or not wanted.any():
            raise DataError(
                f"{int(wanted.sum())} of {wanted.size} windows are positive, accepted are some of both kinds"
            )
        shortest = min(level.size for level in levels)
        tried = range(1, min(shortest, _MOST_DURATIONS) + 1) if durations is None else durations
        best: tuple[float, float, int, float] | None = None
        for duration in (whole_number(duration, "durations", 1) for duration in tried):
            lowest = np.array([_lowest(level, duration) for level in levels], np.float32)
            balanced, gap, threshold = _best_cut(lowest, wanted)
            if best is None or (balanced, gap, -duration) > best[:3]:
                best = balanced, gap, -duration, threshold
        if best is None:
            raise DataError("durations: none, accepted is at least one")
        if not best[3]:
            raise DataError("no threshold parts the windows: the magnitudes of both kinds are the same")
        return cls(best[3], -best[2])

    def predict(self, windows: Any) -> NDArray[np.bool_]:
        """Tell which windows or recordings hold a detection.

        Parameters
        ----------
        windows : array_like, shape (n, time, axes), or sequence of Recording or of array_like, shape (time, axes)
            Finite values; of what is shorter than the duration nothing is detected.

        Returns
        -------
        ndarray of bool, shape (n,)

        Raises
        ------
        ShapeError : of another shape
        DataError : no windows, or values that are no finite real numbers
        """
        levels = (_levels(window, where) for window, where in _cases(windows))
        return np.array([_lowest(level, self.duration_samples) < self.limit for level in levels])

    def scores(self, windows: Any) -> NDArray[np.float64]:
        """Return of each window how low the magnitude stays for the duration.

        Parameters
        ----------
        windows
            As for `predict`.

        Returns
        -------
        ndarray of float64, shape (n,)
            The smallest level that the magnitude does not exceed for `duration_samples`, in the unit of the values: a
            window is detected where it is below the threshold. Infinite for what is shorter than the duration.

        Raises
        ------
        ShapeError, DataError : as for `predict`
        """
        levels = (_levels(window, where) for window, where in _cases(windows))
        return np.sqrt([_lowest(level, self.duration_samples) for level in levels])

    def events(self, recording: Any) -> tuple[tuple[int, int], ...]:
        """Return where in a recording the magnitude stays below the threshold for the duration or longer.

        Parameters
        ----------
        recording : Recording or array_like, shape (time, axes)

        Returns
        -------
        tuple of (int, int)
            First sample of each event and the one after its last.

        Raises
        ------
        ShapeError, DataError : as for `predict`
        """
        below = _levels(recording, "recording") < self.limit
        edges = np.flatnonzero(np.diff(below.astype(np.int8), prepend=0, append=0))
        spans = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        return tuple((start, stop) for start, stop in spans if stop - start >= self.duration_samples)


def _cases(windows: Any) -> list[tuple[Any, str]]:
    """Return every window with its name for messages."""
    if isinstance(windows, Recording) or not (isinstance(windows, Sequence) or hasattr(windows, "__array__")):
        raise DataError(f"windows: {type(windows).__name__}, accepted are an array or a sequence of recordings")
    cases = [(window, f"windows[{number}]") for number, window in enumerate(windows)]
    if not cases:
        raise DataError("windows: none, accepted is at least one")
    return cases


def _levels(window: Any, where: str) -> NDArray[np.float32]:
    """Return the sum of the squares of each sample's axes."""
    values = window.values if isinstance(window, Recording) else real_array(window, where)
    if values.ndim != 2 or 0 in values.shape:
        raise ShapeError(f"{where}: shape {values.shape}, accepted is (time, axes)")
    if not np.isfinite(values).all():
        raise DataError(f"{where}: NaN or infinite values; fill the gaps first")
    single = values.astype(np.float32)
    # What is beyond the range is certainly not below a threshold.
    with np.errstate(over="ignore"):
        level = single[:, 0] * single[:, 0]
        for axis in range(1, single.shape[1]):
            level = level + single[:, axis] * single[:, axis]
    return level


def _lowest(level: NDArray[np.float32], duration: int) -> float:
    """Return the smallest of the largest levels of `duration` samples after each other."""
    if level.size < duration:
        return np.inf
    held, width = level, 1
    # The largest of twice as many samples is the larger one of two neighbours.
    while width < duration:
        step = min(width, duration - width)
        held = np.maximum(held[:-step], held[step:])
        width += step
    return float(held.min())


def _best_cut(lowest: NDArray[np.float32], wanted: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return the mean of sensitivity and specificity, relative gap, and threshold of the best cut between levels."""
    places = np.unique(lowest)
    low, high = places[:-1], places[1:]
    ends = np.sqrt(np.stack([low, np.minimum(high, np.finfo(np.float32).max)]).astype(np.float64))
    thresholds = ends.mean(axis=0)
    limits = np.square(thresholds.astype(np.float32))
    # Where no float32 lies between the two, this is no cut.
    parting = (low < limits) & (limits <= high)
    sensitivity = np.searchsorted(np.sort(lowest[wanted]), low, "right") / wanted.sum()
    specificity = 1 - np.searchsorted(np.sort(lowest[~wanted]), low, "right") / (~wanted).sum()
    cuts = np.stack([(sensitivity + specificity) / 2, (ends[1] - ends[0]) / thresholds, thresholds], axis=1)[parting]
    return max([(0.5, 0.0, 0.0), *((balanced, gap, threshold) for balanced, gap, threshold in cuts.tolist())])
