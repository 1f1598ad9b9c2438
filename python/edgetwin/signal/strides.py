"""Strides cut from a recording of one foot at its initial contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import positive_number, real_array, whole_number
from ..errors import DataError, ShapeError
from ..types import Array

__all__ = [
    "Strides",
    "cut_strides",
    "gait_events",
    "initial_contacts",
    "stride_windows",
]


@dataclass(frozen=True)
class Strides:
    """Stride windows.

    Attributes
    ----------
    windows : ndarray of float32, shape (n, length, channels)
        Zero-padded at the end, time-major.
    length : ndarray of int64, shape (n,)
        Samples of each stride before padding; larger than the window where a stride was cut.
    start_s, initial_contact_s : ndarray of float64, shape (n,)
        Where each stride begins and ends.
    label_cm : ndarray of float64, shape (n,)
        The reference's stride length; NaN where there is no reference.
    reference_contact_s : ndarray of float64, shape (n,)
        When the stride ends by the reference; NaN where there is none.
    complete : ndarray of bool, shape (n,)
        False where the stride has another number of samples than its reference's duration makes: contacts were missed.
        True where there is no reference to tell.
    unpaired_contact_s : ndarray of float64
        Ends of strides that were found and left out, since no reference stride belongs to them.
    missed_contact_s : ndarray of float64
        Ends of reference strides that no stride was found for.
    """

    windows: NDArray[np.float32]
    length: NDArray[np.int64]
    start_s: NDArray[np.float64]
    initial_contact_s: NDArray[np.float64]
    label_cm: NDArray[np.float64]
    reference_contact_s: NDArray[np.float64]
    complete: NDArray[np.bool_]
    unpaired_contact_s: NDArray[np.float64]
    missed_contact_s: NDArray[np.float64]

    @property
    def flat(self) -> NDArray[np.float32]:
        """The windows as rows of length * channels elements."""
        return self.windows.reshape(len(self.windows), self.windows.shape[1] * self.windows.shape[2])

    @property
    def longer(self) -> NDArray[np.bool_]:
        """True where a stride is longer than its window, which holds only its beginning."""
        return np.asarray(self.length > self.windows.shape[1])

    def __len__(self) -> int:
        return len(self.windows)

    @classmethod
    def unlabelled(
        cls,
        windows: NDArray[np.float32],
        length: NDArray[np.int64],
        start_s: NDArray[np.float64],
        initial_contact_s: NDArray[np.float64],
    ) -> Strides:
        """Return strides that no reference tells anything about.

        Parameters
        ----------
        windows, length, start_s, initial_contact_s
            As the attributes.

        Returns
        -------
        Strides
        """
        unknown, none = np.full(len(windows), np.nan), np.zeros(0)
        complete = np.ones(len(windows), np.bool_)
        return cls(windows, length, start_s, initial_contact_s, unknown, unknown, complete, none, none)


def stride_windows(
    samples: NDArray[np.float32], first: NDArray[np.int64], stop: NDArray[np.int64], window: int
) -> NDArray[np.float32]:
    """Copy pieces of a signal into windows, zero-padded at the end or cut.

    Parameters
    ----------
    samples : ndarray of float32, shape (time, channels)
    first, stop : ndarray of int64, shape (n,)
        Samples `first` up to, not including, `stop` of each piece.
    window : int

    Returns
    -------
    ndarray of float32, shape (n, window, channels)
    """
    windows = np.zeros((len(first), window, samples.shape[1]), np.float32)
    for k, (begin, end) in enumerate(zip(first.tolist(), stop.tolist(), strict=True)):
        piece = samples[begin : min(end, begin + window)]
        windows[k, : len(piece)] = piece
    return windows


def _numbers(values: Any, what: str, axes: int) -> Array:
    """Return finite real numbers with that many axes."""
    array = real_array(values, what)
    if array.ndim != axes:
        raise ShapeError(f"{what}: shape {array.shape}, accepted is {'(time,)' if axes == 1 else '(time, channels)'}")
    # A gap would hide the contacts beside it.
    if not np.isfinite(array).all():
        raise DataError(f"{what}: NaN or infinite values; fill the gaps first")
    return array


def initial_contacts(gyro_x: Any, threshold: float = 0.20) -> NDArray[np.int64]:
    """Find initial contacts: the trough below 0 that follows a mid-swing peak of -Gx.

    Parameters
    ----------
    gyro_x : array_like, shape (time,)
        Pitch rate, normalised by the sensor's range.
    threshold : float
        The sample after a peak must be above it.

    Returns
    -------
    ndarray of int64
        Sample indices.

    Raises
    ------
    ShapeError : `gyro_x` does not have one axis
    DataError : it holds anything but finite real numbers

    References
    ----------
    ML@E2dge gait pipeline, step 7.
    """
    signal = -_numbers(gyro_x, "gyro_x", 1).astype(np.float64)
    return gait_events(signal, threshold)[1]


def gait_events(
    signal: NDArray[Any], threshold: float | np.floating[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find mid-swings and initial contacts of -Gx.

    Parameters
    ----------
    signal : ndarray of float32 or float64, shape (time,)
    threshold : float
        Of the same precision, as in `initial_contacts`.

    Returns
    -------
    mid_swings, contacts : ndarray of int64
        Sample indices of the peaks that arm, and of the contacts.
    """
    if len(signal) < 3:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    before, after, following = signal[1:-1] - signal[:-2], signal[2:] - signal[1:-1], signal[2:]
    swings = 1 + np.flatnonzero((before > 0) & (after < 0) & (following > threshold))
    troughs = 1 + np.flatnonzero((before < 0) & (after > 0) & (following < 0))
    # A contact disarms, so it is the first trough after one or more mid-swings.
    place = np.unique(np.searchsorted(troughs, swings, "right"))
    return swings.astype(np.int64), troughs[place[place < len(troughs)]].astype(np.int64)


def cut_strides(samples: Any, rate_hz: float, *, window: int = 108, threshold: float = 0.20) -> Strides:
    """Cut a recording into strides, each from one initial contact to the next.

    Contacts closer than 40 % of the median distance to the one before are taken for false.

    Parameters
    ----------
    samples : array_like, shape (time, channels)
        Channel 0 is the pitch rate, normalised by range.
    rate_hz : float
    window : int
        Samples of a window: shorter strides are zero-padded at the end, longer ones cut.
    threshold : float
        See `initial_contacts`.

    Returns
    -------
    Strides

    Raises
    ------
    ShapeError : `samples` does not have two axes, or no channel
    DataError : `samples` are no finite real numbers, or `window` or `rate_hz` is not positive
    """
    data = _numbers(samples, "samples", 2).astype(np.float32)
    if data.shape[1] == 0:
        raise ShapeError(f"samples: shape {data.shape}, accepted is (time, channels) with at least one channel")
    whole_number(window, "window", 1)
    positive_number(rate_hz, "rate_hz")
    contacts = initial_contacts(data[:, 0], threshold)
    if len(contacts) > 1:
        least = 0.4 * float(np.median(np.diff(contacts)))
        kept = [int(contacts[0])]
        for contact in contacts[1:]:
            if contact - kept[-1] > least:
                kept.append(int(contact))
        contacts = np.array(kept, np.int64)
    count = max(len(contacts) - 1, 0)
    first, stop = contacts[:count], contacts[1 : count + 1]
    windows = stride_windows(data, first, stop, window)
    return Strides.unlabelled(windows, stop - first, first / rate_hz, stop / rate_hz)
