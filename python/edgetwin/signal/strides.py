"""Strides cut from a recording of one foot at its initial contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import positive_number, real_array, whole_number
from ..errors import DataError, ShapeError
from ..types import Array

__all__ = ["Strides", "cut_strides", "initial_contacts"]


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
    """

    windows: NDArray[np.float32]
    length: NDArray[np.int64]
    start_s: NDArray[np.float64]
    initial_contact_s: NDArray[np.float64]

    @property
    def flat(self) -> NDArray[np.float32]:
        """The windows as rows of length * channels elements."""
        return self.windows.reshape(len(self.windows), self.windows.shape[1] * self.windows.shape[2])


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
    difference = np.diff(signal)
    contacts = []
    armed = False
    for i in range(1, len(difference)):
        if difference[i - 1] > 0 and difference[i] < 0 and signal[i + 1] > threshold:
            armed = True
        elif armed and difference[i - 1] < 0 and difference[i] > 0 and signal[i + 1] < 0:
            contacts.append(i)
            armed = False
    return np.array(contacts, np.int64)


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
    windows = np.zeros((count, window, data.shape[1]), np.float32)
    for k in range(count):
        piece = data[contacts[k] : contacts[k + 1]][:window]
        windows[k, : len(piece)] = piece
    return Strides(windows, np.diff(contacts)[:count], contacts[:count] / rate_hz, contacts[1 : count + 1] / rate_hz)
