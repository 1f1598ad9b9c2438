"""Other sample rates: a polyphase filter as the device computes it, and by FFT, which only a host can."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..arrays import empty_array, real_array, whole_number
from ..errors import DataError, ShapeError
from ..types import Array
from .filters import as_recordings, checked_signal, rounded_copy
from .windows import float_samples

__all__ = ["Resampler", "polyphase", "polyphase_taps", "resample"]

#: Above it the coefficients would no longer be small tables.
_MOST = 1000
#: A Kaiser window's shape, and zero crossings on either side, as SciPy's resample_poly has them.
_KAISER_BETA, _WIDTH = 5.0, 10


def polyphase_taps(up: int, down: int, width: int = _WIDTH) -> NDArray[np.float32]:
    """Design the low-pass of a resampler: `scipy.signal.resample_poly`'s own where `width` is 10.

    Parameters
    ----------
    up, down : int
        The ratio of the rates, 1 to 1000.
    width : int
        Periods of the slower rate on either side of the filter's centre: more cut off more sharply and delay more.

    Returns
    -------
    ndarray of float32, shape (2 * width * max(up, down) + 1,)
        At `up` times the old rate; they delay by ``width * max(up, down) / up`` old samples.

    Raises
    ------
    DataError : a number outside of that
    """
    up = whole_number(up, "up", 1, _MOST)
    down = whole_number(down, "down", 1, _MOST)
    width = whole_number(width, "width", 1, 100)
    from scipy.signal import firwin

    most = max(up, down)
    half = width * most
    if most == 1:
        return np.eye(1, 2 * half + 1, half, np.float32).reshape(-1)
    return np.asarray(up * firwin(2 * half + 1, 1 / most, window=("kaiser", _KAISER_BETA)), np.float32)


class Resampler:
    """A polyphase resampler as the device core computes it (``resample.hpp``), causal, with its state.

    Blocks of any size give what one block gives, to the last bit, and so does the device. Output j stands for old
    sample ``j * down / up``, later by the delay of the taps.

    Parameters
    ----------
    up, down : int
        The ratio of the rates: 15 and 32 make 60 Hz of 128 Hz, 32 and 15 the way back.
    axes : int
        Values of a sample.
    taps : array_like, shape (n,), optional
        A low-pass at `up` times the old rate whose gain is `up`; by default `polyphase_taps`.

    Raises
    ------
    DataError : rates that `polyphase_taps` refuses, taps that are no finite numbers
    """

    def __init__(self, up: int, down: int, axes: int = 1, taps: Any = None) -> None:
        self.up, self.down, self._taps = _ratio_and_taps(up, down, taps)
        self.axes = whole_number(axes, "axes", 1, 2**24)
        self.reset()

    def reset(self) -> None:
        """Start anew: as if there had been zeros for ever."""
        self._position = np.zeros(2, np.int32)
        self._history = np.zeros((1, len(self._taps) // self.up, self.axes), np.float32)

    def push(self, samples: Any) -> NDArray[np.float32]:
        """Take the next samples; return what they make.

        Parameters
        ----------
        samples : array_like of finite real numbers, shape (time, axes), or (time,) for one axis
            Rounded to float32.

        Returns
        -------
        ndarray of float32, shape (time', axes)

        Raises
        ------
        DataError, ShapeError : anything else; nothing was taken
        """
        values = float_samples(samples, "samples")
        if values.shape[1] != self.axes:
            raise ShapeError(f"samples: {values.shape[1]} axes, accepted are {self.axes}")
        if not np.isfinite(values).all():
            row, axis = (int(place) for place in np.argwhere(~np.isfinite(values))[0])
            raise DataError(f"samples: sample {row}, axis {axis} is {values[row, axis]}, accepted are finite values")
        made = _made(self.up, self.down, self._position, (1, len(values), self.axes))
        _core.resample(self._taps, self.up, self.down, self._position, self._history, values[None], made)
        resampled: NDArray[np.float32] = made[0]
        return resampled


def _ratio_and_taps(up: int, down: int, taps: Any) -> tuple[int, int, NDArray[np.float32]]:
    """Return rates, and taps to which zeros are added so that every phase has as many."""
    up = whole_number(up, "up", 1, _MOST)
    down = whole_number(down, "down", 1, _MOST)
    given = real_array(polyphase_taps(up, down) if taps is None else taps, "taps").astype(np.float32)
    if given.ndim != 1 or len(given) == 0 or not np.isfinite(given).all():
        raise DataError(f"taps: shape {given.shape}, accepted are finite numbers in one row")
    padded = np.zeros(-(-len(given) // up) * up, np.float32)
    padded[: len(given)] = given
    return up, down, padded


def _made(up: int, down: int, position: NDArray[np.int32], shape: tuple[int, ...]) -> Array:
    """Return room for what the next samples make."""
    count = max(0, -((int(position[1]) - shape[1] * up) // down))
    return empty_array((shape[0], count, shape[2]), np.dtype(np.float32), "the resampled signal")


def polyphase(x: Any, up: int, down: int, axis: int = 0, *, taps: Any = None) -> NDArray[np.float32]:
    """Resample a whole signal, or a batch of them, causally, in float32, as the device does.

    Parameters
    ----------
    x : array_like of finite real numbers
        Rounded to float32.
    up, down, taps
        As for `Resampler`, whose outputs these are.
    axis : int
        The axis of time; along the others are signals of their own.

    Returns
    -------
    ndarray of float32
        The shape of `x`, with ``ceil(samples * up / down)`` samples.

    Raises
    ------
    DataError, ShapeError : as for `Resampler`, or no such axis
    """
    up, down, padded = _ratio_and_taps(up, down, taps)
    signal, place = checked_signal(x, axis)
    values = as_recordings(rounded_copy(signal), place)
    position = np.zeros(2, np.int32)
    history = np.zeros((values.shape[0], len(padded) // up, values.shape[2]), np.float32)
    made = _made(up, down, position, values.shape)
    _core.resample(padded, up, down, position, history, values, made)
    return made.reshape(*signal.shape[:place], made.shape[1], *signal.shape[place + 1 :])


def resample(x: Any, count: int, axis: int = 0) -> NDArray[np.float32]:
    """Resample a whole signal by FFT. It needs all samples at once, so no device can do it.

    Parameters
    ----------
    x : array_like of finite real numbers
        Taken as one period of a periodic signal: its ends should meet.
    count : int
        Samples of the result, over the same time.
    axis : int
        The axis of time.

    Returns
    -------
    ndarray of float32
        The shape of `x`, with `count` samples. Computed in float64 and rounded once.

    Raises
    ------
    DataError : a count below 1, an empty signal, values that are not finite
    ShapeError : no such axis

    References
    ----------
    `scipy.signal.resample`.
    """
    signal = real_array(x, "signal")
    count = whole_number(count, "count", 1, 2**31 - 1)
    place = whole_number(axis, "axis", -(2**31), 2**31)
    if not -signal.ndim <= place < signal.ndim:
        raise ShapeError(f"axis: {place}, accepted for a signal of shape {signal.shape} are axes that it has")
    if signal.size == 0 or not np.isfinite(signal).all():
        raise DataError("signal: empty, or with NaN or infinite values, accepted are finite values")
    from scipy.signal import resample as by_fft

    return rounded_copy(by_fft(signal.astype(np.float64), count, axis=place))
