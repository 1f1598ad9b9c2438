"""Butterworth filters: causal ones as the device computes them, and zero-phase ones that only a host can."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..arrays import positive_number, real_array, whole_number
from ..errors import DataError, ShapeError
from ..types import Array
from .windows import float_samples

__all__ = ["CausalFilter", "butterworth", "check_sections", "filtfilt", "sosfilt"]

#: Second-order sections that the device core's cascade takes.
MOST_SECTIONS = 8
_KINDS = ("low", "high", "band")


def butterworth(order: int, cutoff_hz: Any, rate_hz: float, kind: str = "low") -> NDArray[np.float64]:
    """Design a Butterworth filter.

    Parameters
    ----------
    order : int
        1 to 16; a band's is 1 to 8, and its two edges fall off with it.
    cutoff_hz : float, or a pair of floats for a band
        Where the gain is 1 / sqrt(2); between 0 and `rate_hz` / 2, a band's lower one first.
    rate_hz : float
        Of the signal.
    kind : {"low", "high", "band"}
        What passes.

    Returns
    -------
    ndarray of float64, shape (sections, 6)
        Second-order sections b0, b1, b2, 1, a1, a2, as SciPy orders and scales them.

    Raises
    ------
    DataError : an order, kind or cut-off outside of that, or a filter whose sections are not stable in float32

    References
    ----------
    `scipy.signal.butter`.
    """
    if kind not in _KINDS:
        raise DataError(f"kind: {kind!r}, accepted are 'low', 'high' and 'band'")
    order = whole_number(order, "order", 1, MOST_SECTIONS if kind == "band" else 2 * MOST_SECTIONS)
    rate = positive_number(rate_hz, "rate_hz")
    edges = real_array(cutoff_hz, "cutoff_hz").astype(np.float64)
    if edges.shape != ((2,) if kind == "band" else ()):
        raise DataError(f"cutoff_hz: {cutoff_hz!r}, accepted is {'a pair of frequencies' if kind == 'band' else 'one'}")
    # Written so that NaN fails.
    if not (np.all(edges > 0) and np.all(edges < rate / 2)):
        raise DataError(f"cutoff_hz: {cutoff_hz!r}, accepted at {rate:g} Hz is above 0 and below {rate / 2:g} Hz")
    if kind == "band" and not edges[0] < edges[1]:
        raise DataError(f"cutoff_hz: {cutoff_hz!r}, accepted is the lower frequency first")
    from scipy.signal import butter

    design: Array = butter(order, edges, {"band": "bandpass"}.get(kind, kind), fs=rate, output="sos")
    try:
        return check_sections(design)
    except DataError as error:
        raise DataError(
            f"order {order} at {cutoff_hz!r} of {rate:g} Hz: {error}; raise the cut-off or lower the order"
        ) from None


def check_sections(sos: Any) -> NDArray[np.float64]:
    """Return second-order sections that the device core's cascade takes.

    Parameters
    ----------
    sos : array_like, shape (sections, 6)
        b0, b1, b2, 1, a1, a2.

    Returns
    -------
    ndarray of float64, shape (sections, 6)

    Raises
    ------
    DataError : another shape, more than 8 sections, a0 other than 1, numbers that are not finite, or a pole that is not
        inside the unit circle once its coefficients are float32
    """
    sections = real_array(sos, "sos").astype(np.float64)
    if sections.ndim != 2 or sections.shape[1] != 6 or not 1 <= len(sections) <= MOST_SECTIONS:
        raise DataError(f"sos: shape {sections.shape}, accepted is (1 to {MOST_SECTIONS} sections, 6)")
    if not np.isfinite(sections).all() or (sections[:, 3] != 1).any():
        raise DataError("sos: a0 other than 1, or numbers that are not finite")
    rounded = sections.astype(np.float32).astype(np.float64)
    for number, (a1, a2) in enumerate(rounded[:, 4:]):
        if not (a2 < 1 and abs(a1) < 1 + a2):
            raise DataError(
                f"section {number} is not stable in float32: a1 {a1:.9g}, a2 {a2:.9g}, accepted are a2 < 1 and "
                "|a1| < 1 + a2"
            )
    return sections


class CausalFilter:
    """A cascade of second-order sections as the device core computes it (``biquad.hpp``), with its state.

    Blocks of any size give what one block gives, to the last bit, and so does the device.

    Parameters
    ----------
    sos : array_like, shape (sections, 6)
        From `butterworth`; rounded to float32.
    axes : int
        Values of a sample; each axis is filtered on its own.

    Raises
    ------
    DataError : as for `check_sections`, or a number of axes below 1
    """

    def __init__(self, sos: Any, axes: int = 1) -> None:
        self.axes = whole_number(axes, "axes", 1, 2**24)
        sections = check_sections(sos)
        self._sections = np.ascontiguousarray(sections[:, [0, 1, 2, 4, 5]], np.float32)
        self.reset()

    def reset(self) -> None:
        """Start anew: as if there had been zeros for ever."""
        self._state = np.zeros((self.axes, 2 * len(self._sections)), np.float32)

    def push(self, samples: Any) -> NDArray[np.float32]:
        """Filter the next samples.

        Parameters
        ----------
        samples : array_like of real numbers, shape (time, axes), or (time,) for one axis
            Rounded to float32, and finite: the filter would not forget others.

        Returns
        -------
        ndarray of float32, shape (time, axes)

        Raises
        ------
        DataError, ShapeError : anything else; nothing was taken
        """
        values = np.array(float_samples(samples, "samples"), order="C")
        if values.shape[1] != self.axes:
            raise ShapeError(f"samples: {values.shape[1]} axes, accepted are {self.axes}")
        if not np.isfinite(values).all():
            row, axis = (int(place) for place in np.argwhere(~np.isfinite(values))[0])
            raise DataError(f"samples: sample {row}, axis {axis} is {values[row, axis]}, accepted are finite values")
        _core.cascade(self._sections, self._state, values)
        return values


def sosfilt(sos: Any, x: Any, axis: int = 0) -> NDArray[np.float32]:
    """Filter a whole signal causally, in float32, as the device does.

    Parameters
    ----------
    sos : array_like, shape (sections, 6)
        From `butterworth`.
    x : array_like of finite real numbers
        Rounded to float32.
    axis : int
        The axis of time.

    Returns
    -------
    ndarray of float32, the shape of `x`

    Raises
    ------
    DataError, ShapeError : as for `CausalFilter`, or no such axis
    """
    signal, place = _signal(x, axis)
    moved = np.moveaxis(signal, place, 0)
    flat = moved.reshape(len(moved), -1)
    if flat.size == 0:
        check_sections(sos)
        return signal.astype(np.float32)
    filtered = CausalFilter(sos, flat.shape[1]).push(flat)
    return np.moveaxis(filtered.reshape(moved.shape), 0, place)


def filtfilt(sos: Any, x: Any, axis: int = 0) -> NDArray[np.float32]:
    """Filter forward and backward: no phase, twice the order. It needs the whole signal, so no device can do it.

    Parameters
    ----------
    sos : array_like, shape (sections, 6)
        From `butterworth`.
    x : array_like of finite real numbers
    axis : int
        The axis of time.

    Returns
    -------
    ndarray of float32, the shape of `x`
        Computed in float64 and rounded once.

    Raises
    ------
    DataError, ShapeError : as for `sosfilt`, or a signal not longer than its padding

    References
    ----------
    `scipy.signal.sosfiltfilt`, whose odd padding this has.
    """
    sections = check_sections(sos)
    signal, place = _signal(x, axis)
    zeros = min(int((sections[:, 2] == 0).sum()), int((sections[:, 5] == 0).sum()))
    padding = 3 * (2 * len(sections) + 1 - zeros)
    if signal.shape[place] <= padding:
        raise DataError(f"signal: {signal.shape[place]} samples, accepted are at least {padding + 1}, to be padded")
    from scipy.signal import sosfiltfilt

    return np.asarray(sosfiltfilt(sections, signal.astype(np.float64), axis=place, padlen=padding), np.float32)


def _signal(x: Any, axis: int) -> tuple[Array, int]:
    """Return a finite signal and its axis of time, not negative."""
    array = real_array(x, "signal")
    place = whole_number(axis, "axis", -(2**31), 2**31)
    if not -array.ndim <= place < array.ndim:
        raise ShapeError(f"axis: {place}, accepted for a signal of shape {array.shape} are axes that it has")
    if not np.isfinite(array).all():
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        raise DataError(f"signal: the value at {where} is {array[where]}, accepted are finite values")
    return array, place % array.ndim
