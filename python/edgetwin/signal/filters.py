"""Butterworth filters: causal ones as the device computes them, and zero-phase ones that only a host can."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..arrays import positive_number, real_array, whole_number
from ..errors import DataError, ShapeError
from ..types import Array
from .windows import float_samples

__all__ = [
    "FORMS", "CausalFilter", "as_recordings", "butterworth", "check_sections", "checked_signal", "filtfilt",
    "rounded_copy", "sosfilt", "state_variables",
]  # fmt: skip

#: Second-order sections that the device core's cascade takes.
MOST_SECTIONS = 8
_KINDS = ("low", "high", "band")
#: How a section is computed: transposed direct form II, or two integrators.
FORMS = ("direct", "state_variable")


def butterworth(
    order: int, cutoff_hz: Any, rate_hz: float, kind: str = "low", *, form: str = "direct"
) -> NDArray[np.float64]:
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
    form : {"direct", "state_variable"}
        In which form the filter has to be stable in float32; see `CausalFilter`.

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
        return check_sections(design, form)
    except DataError as error:
        other = " or use form='state_variable'" if form == "direct" else ""
        raise DataError(
            f"order {order} at {cutoff_hz!r} of {rate:g} Hz: {error}; raise the cut-off, lower the order{other}"
        ) from None


def check_sections(sos: Any, form: str = "direct") -> NDArray[np.float64]:
    """Return second-order sections that the device core's cascade takes.

    Parameters
    ----------
    sos : array_like, shape (sections, 6)
        b0, b1, b2, 1, a1, a2.
    form : {"direct", "state_variable"}
        For "direct" coefficients count as float32 holds them.

    Returns
    -------
    ndarray of float64, shape (sections, 6)

    Raises
    ------
    DataError : another form or shape, more than 8 sections, a0 other than 1, numbers that are not finite, or a pole not
        inside the unit circle
    """
    if form not in FORMS:
        raise DataError(f"form: {form!r}, accepted are {', '.join(FORMS)}")
    sections = real_array(sos, "sos").astype(np.float64)
    if sections.ndim != 2 or sections.shape[1] != 6 or not 1 <= len(sections) <= MOST_SECTIONS:
        raise DataError(f"sos: shape {sections.shape}, accepted is (1 to {MOST_SECTIONS} sections, 6)")
    if not np.isfinite(sections).all() or (sections[:, 3] != 1).any():
        raise DataError("sos: a0 other than 1, or numbers that are not finite")
    rounded = sections.astype(np.float32).astype(np.float64) if form == "direct" else sections
    where = " in float32" if form == "direct" else ""
    for number, (a1, a2) in enumerate(rounded[:, 4:]):
        if not (a2 < 1 and abs(a1) < 1 + a2):
            raise DataError(
                f"section {number} is not stable{where}: a1 {a1:.9g}, a2 {a2:.9g}, accepted are a2 < 1 and "
                "|a1| < 1 + a2"
            )
    return sections


def state_variables(sections: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return sections as the core's state variables hold them (``state_variable.hpp``).

    Parameters
    ----------
    sections : ndarray of float64, shape (sections, 6)
        From `check_sections`.

    Returns
    -------
    ndarray of float32, shape (sections, 6)
        a1, a2, a3, direct, band and low; computed in float64 and rounded once.
    """
    b0, b1, b2, _, a1, a2 = sections.T
    # The denominator at frequency 0 and at half the rate, and the section in s = (z - 1) / (g (z + 1)).
    slow, fast = 1 + a1 + a2, 1 - a1 + a2
    g = np.sqrt(slow / fast)
    damping = 2 * g * (1 - a2) / slow
    low, band, direct = (b0 + b1 + b2) / slow, 2 * g * (b0 - b2) / slow, (b0 - b1 + b2) / fast
    first = 1 / (1 + g * (g + damping))
    rows = [first, g * first, g * g * first, direct, band - damping * direct, low - direct]
    sections_32: NDArray[np.float32] = np.stack(rows, axis=1).astype(np.float32)
    return sections_32


class CausalFilter:
    """A cascade of second-order sections as the device core computes it, with its state.

    Blocks of any size give what one block gives, to the last bit, and so does the device.

    Parameters
    ----------
    sos : array_like, shape (sections, 6)
        From `butterworth`; rounded to float32.
    axes : int
        Values of a sample; each axis is filtered on its own.
    form : {"direct", "state_variable"}
        "direct" (``biquad.hpp``) has the bits of `scipy.signal.sosfilt` in float32, and its rounding: against float64
        1e-6 of the largest input for cut-offs from c = 0.08 of the rate on, below it up to 1e-6 (0.08 / c)^1.5, that is
        2e-5 at 0.01. "state_variable" (``state_variable.hpp``) stays within 1e-6 from 0.001 of the rate on, for half as
        much computing again.

    Raises
    ------
    DataError : as for `check_sections`, or a number of axes below 1
    """

    def __init__(self, sos: Any, axes: int = 1, *, form: str = "direct") -> None:
        self.axes = whole_number(axes, "axes", 1, 2**24)
        self._sections = _core_sections(sos, form)
        self.reset()

    def reset(self) -> None:
        """Start anew: as if there had been zeros for ever."""
        self._state = np.zeros((1, self.axes, 2 * len(self._sections)), np.float32)

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
        _core.cascade(self._sections, self._state, values[None])
        return values


def _core_sections(sos: Any, form: str) -> NDArray[np.float32]:
    sections = check_sections(sos, form)
    if form == "direct":
        return np.ascontiguousarray(sections[:, [0, 1, 2, 4, 5]], np.float32)
    return np.ascontiguousarray(state_variables(sections))


def sosfilt(sos: Any, x: Any, axis: int = 0, *, form: str = "direct") -> NDArray[np.float32]:
    """Filter a whole signal, or a batch of them, causally, in float32, as the device does.

    Parameters
    ----------
    sos : array_like, shape (sections, 6)
        From `butterworth`.
    x : array_like of finite real numbers
        Rounded to float32.
    axis : int
        The axis of time; along the others are signals of their own.
    form : {"direct", "state_variable"}
        See `CausalFilter`.

    Returns
    -------
    ndarray of float32, the shape of `x`

    Raises
    ------
    DataError, ShapeError : as for `CausalFilter`, or no such axis
    """
    signal, place = checked_signal(x, axis)
    sections = _core_sections(sos, form)
    values = rounded_copy(signal)
    recordings = as_recordings(values, place)
    state = np.zeros((recordings.shape[0], recordings.shape[2], 2 * len(sections)), np.float32)
    _core.cascade(sections, state, recordings)
    return values


def rounded_copy(signal: Array) -> NDArray[np.float32]:
    """Return a finite signal as float32, C-contiguous; DataError where a value is beyond its range."""
    with np.errstate(over="ignore"):
        values = np.array(signal, np.float32, order="C")
    if signal.dtype != np.float32 and not _core.all_finite(values):
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(values))[0])
        raise DataError(f"signal: the value at {where} is {signal[where]}, accepted is the range of float32")
    return values


def as_recordings(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Return a C-contiguous signal as the core takes batches: (recordings, time, channels), not copied."""
    shape = values.shape
    return values.reshape(math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :]))


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
    sections = check_sections(sos, "state_variable")
    signal, place = checked_signal(x, axis)
    zeros = min(int((sections[:, 2] == 0).sum()), int((sections[:, 5] == 0).sum()))
    padding = 3 * (2 * len(sections) + 1 - zeros)
    if signal.shape[place] <= padding:
        raise DataError(f"signal: {signal.shape[place]} samples, accepted are at least {padding + 1}, to be padded")
    from scipy.signal import sosfiltfilt

    return rounded_copy(sosfiltfilt(sections, signal.astype(np.float64), axis=place, padlen=padding))


def checked_signal(x: Any, axis: int) -> tuple[Array, int]:
    """Return a finite signal and its axis of time, not negative.

    Parameters
    ----------
    x : array_like of real numbers
    axis : int

    Returns
    -------
    tuple of ndarray and int

    Raises
    ------
    DataError : values that are no finite real numbers, naming the first
    ShapeError : no such axis
    """
    array = real_array(x, "signal")
    place = whole_number(axis, "axis", -(2**31), 2**31)
    if not -array.ndim <= place < array.ndim:
        raise ShapeError(f"axis: {place}, accepted for a signal of shape {array.shape} are axes that it has")
    # The core looks at float32 in one pass and without a mask.
    fast = array.dtype == np.float32 and array.flags.c_contiguous and array.flags.aligned
    if not (_core.all_finite(array) if fast else np.isfinite(array).all()):
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        raise DataError(f"signal: the value at {where} is {array[where]}, accepted are finite values")
    return array, place % array.ndim
