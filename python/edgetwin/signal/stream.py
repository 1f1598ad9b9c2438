"""Windows of samples as they come, cut by the code that runs on the device."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..arrays import empty_array, real_array, whole_number
from ..errors import DataError, QuantizationError, ShapeError
from ..quantize_values import check_quantization
from ..types import INT32_MAX, Array
from .windows import float_samples, quantized

__all__ = ["Stream"]


class Stream:
    """Windows of a signal that is pushed sample by sample, or in blocks of any size.

    The ring buffer is the device core's (``window.hpp``), with the same memory: one window. Whatever the blocks, the
    windows are those of `sliding_windows`, or of `windows_to_int8` where a scale is given, for the whole signal.

    Parameters
    ----------
    length : int
        Samples of a window.
    hop : int
        Samples from one window's start to the next one's.
    axes : int
        Values of a sample.
    scale, zero_point : float and int, optional
        Of a model's int8 input: windows are then its codes, and samples are quantized as they come.

    Raises
    ------
    DataError : a number below 1, a window of more than 2^29 values
    QuantizationError : a scale without a zero point or the other way round, or one out of range

    Examples
    --------
    >>> stream = Stream(108, 54, 6, scale=spec.scale, zero_point=spec.zero_point)
    >>> for block in blocks:
    ...     for codes in stream.push(block):
    ...         print(model.run(codes.reshape(spec.shape)))
    """

    def __init__(
        self, length: int, hop: int, axes: int = 1, *, scale: float | None = None, zero_point: int | None = None
    ) -> None:
        self.length = whole_number(length, "length", 1, INT32_MAX)
        self.hop = whole_number(hop, "hop", 1, INT32_MAX)
        self.axes = whole_number(axes, "axes", 1, INT32_MAX)
        if 4 * self.length * self.axes > INT32_MAX:
            raise DataError(
                f"length: {length} samples of {axes} axes, accepted are windows of up to {INT32_MAX // 4} values"
            )
        if (scale is None) != (zero_point is None):
            raise QuantizationError(f"scale {scale!r} and zero_point {zero_point!r}, accepted are both or neither")
        self._quantization: tuple[float, int] | None = None
        if scale is not None:
            scale32, zero = check_quantization(scale, zero_point, "int8")
            self._quantization = (float(scale32), zero)
        self._dtype: np.dtype[Any] = np.dtype(np.int8 if self._quantization else np.float32)
        self._windows: _core.FloatWindows | _core.CodeWindows
        if self._quantization is None:
            self._windows = _core.FloatWindows(self.length, self.hop, self.axes, 0.0)
        else:
            self._windows = _core.CodeWindows(self.length, self.hop, self.axes, self._quantization[1])
        self._taken = 0

    @property
    def samples(self) -> int:
        """How many samples were taken since the start, or since `finish`."""
        return self._taken

    def push(self, samples: Any) -> Array:
        """Take the next samples; return the windows that end with them.

        Parameters
        ----------
        samples : array_like of real numbers, shape (time, axes), or (axes,) for one sample; (time,) where axes is 1
            Rounded to float32. Any number of samples, none included.

        Returns
        -------
        ndarray of float32, shape (windows, length, axes)
            With a scale int8, shape (windows, length * axes).

        Raises
        ------
        DataError, ShapeError : no real numbers, or another number of axes; nothing was taken
        QuantizationError : a NaN where samples are quantized, naming its sample, counted from the start, and its axis;
            nothing was taken
        """
        array = real_array(samples, "samples")
        if array.ndim == 1 and self.axes > 1:
            array = array[None]
        block = self._values(float_samples(array, "samples"))
        windows = empty_array((self._windows.capacity(len(block)), self.length, self.axes), self._dtype, "the windows")
        count = self._windows.push(block, windows)
        self._taken += len(block)
        return self._shaped(windows[:count])

    def finish(self) -> Array:
        """End the signal: return the window that has begun, filled up with zeros; start anew.

        Together with those of `push` these are the windows of ``pad="end"``.

        Returns
        -------
        ndarray
            As from `push`, of one window or none.
        """
        window = empty_array((1, self.length, self.axes), self._dtype, "the window")
        begun = self._windows.finish(window[0])
        self._taken = 0
        return self._shaped(window[: int(begun)])

    def _values(self, block: NDArray[np.float32]) -> Array:
        if block.shape[1] != self.axes:
            raise ShapeError(f"samples: {block.shape[1]} axes, accepted are {self.axes}")
        if self._quantization is None:
            return block
        codes = np.empty(block.shape, np.int8)
        quantized(block, 1, 1, *self._quantization, codes, self._taken)
        return codes

    def _shaped(self, windows: Array) -> Array:
        return windows if self._quantization is None else windows.reshape(len(windows), self.length * self.axes)
