"""Signals cut into windows: as a view, or straight into the int8 batch that a model reads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..arrays import contiguous, empty_array, real_array, whole_number
from ..errors import DataError, QuantizationError, ShapeError
from ..quantize_values import check_quantization
from ..types import INT32_MAX, Array

__all__ = ["PADS", "float_samples", "sliding_windows", "window_count", "windows_to_int8"]

#: What to do with samples behind the last whole window: leave them out, or fill a last window up with zeros.
PADS = (None, "end")


def window_count(samples: int, length: int, hop: int, pad: str | None = None) -> int:
    """Return how many windows a signal has.

    Parameters
    ----------
    samples : int
        Of the signal, at least 1.
    length, hop : int
        Samples of a window, and from one window's start to the next one's; both at least 1.
    pad : {None, "end"}
        None counts whole windows. "end" also counts one that is filled up with zeros, where it begins in the signal and
        holds a sample that no window before it holds.

    Returns
    -------
    int

    Raises
    ------
    DataError : a number below 1 or another `pad`
    """
    samples = whole_number(samples, "samples", 1)
    length = whole_number(length, "length", 1, INT32_MAX)
    hop = whole_number(hop, "hop", 1, INT32_MAX)
    if pad not in PADS:
        raise DataError(f"pad: {pad!r}, accepted are None and 'end'")
    whole = max(0, (samples - length) // hop + 1)
    if pad is None:
        return whole
    covered = (whole - 1) * hop + length if whole else 0
    return whole + (covered < samples and whole * hop < samples)


def _enough(samples: int, length: int, hop: int, pad: str | None) -> int:
    """Return the number of windows, of which there must be one."""
    count = window_count(samples, length, hop, pad) if samples else 0
    if count == 0:
        hint = "" if samples == 0 else "; pad='end' fills a window up with zeros"
        raise DataError(f"signal: {samples} samples, accepted for windows of {length} are at least {length}{hint}")
    return count


def sliding_windows(x: Any, length: int, hop: int, pad: str | None = None, axis: int = 0) -> Array:
    """Cut a signal into windows, window k from sample ``k * hop`` on.

    Without padding nothing is copied: the result is a view that shares the signal's memory, and reads from it whatever
    is written there later. It is read-only, since windows that overlap share their samples. Sequences that are no
    arrays are copied once; so is the signal, not the windows, where `pad` adds samples to it.

    Parameters
    ----------
    x : array_like of real numbers, shape (..., time, ...)
        Of any dtype, which stays.
    length : int
        Samples of a window.
    hop : int
        Samples from one window's start to the next one's; `length` for windows that touch.
    pad : {None, "end"}
        None leaves out samples behind the last whole window; "end" puts zeros behind the signal so that the last
        window holds them. Where windows have gaps between them, samples in a gap are in none.
    axis : int
        The axis of time.

    Returns
    -------
    ndarray, shape (windows, length, ...)
        Time in axis 1, the signal's other axes behind it in their order.

    Raises
    ------
    DataError : `x` holds no real numbers, `length` or `hop` is no integer above 0, another `pad`, or a signal that is
        shorter than a window and not padded
    ShapeError : `x` has no such axis
    """
    array = real_array(x, "signal", kinds="iufb")
    place = whole_number(axis, "axis", -INT32_MAX, INT32_MAX)
    if not -array.ndim <= place < array.ndim:
        raise ShapeError(
            f"axis: {place}, accepted for a signal of shape {array.shape} are {-array.ndim} to {array.ndim - 1}"
        )
    array = np.moveaxis(array, place, 0)
    count = _enough(len(array), length, hop, pad)
    end = (count - 1) * hop + length
    if end > len(array):
        array = np.concatenate([array, np.zeros((end - len(array), *array.shape[1:]), array.dtype)])
    step = array.strides[0]
    return np.lib.stride_tricks.as_strided(
        array, (count, length, *array.shape[1:]), (hop * step, step, *array.strides[1:]), writeable=False
    )


def float_samples(x: Any, what: str) -> NDArray[np.float32]:
    """Return samples as the core reads them.

    Parameters
    ----------
    x : array_like of real numbers, shape (time, axes), or (time,) for one axis
    what : str
        Its name, for messages.

    Returns
    -------
    ndarray of float32, shape (time, axes), C-contiguous; not copied where it is

    Raises
    ------
    DataError : no real numbers
    ShapeError : another shape, or no axis
    """
    array = real_array(x, what)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] == 0:
        raise ShapeError(f"{what}: shape {array.shape}, accepted is (time, axes), or (time,) for one axis")
    # Beyond float32 is infinity.
    with np.errstate(over="ignore"):
        return contiguous(array.astype(np.float32, copy=False), what)


def quantized(
    x: NDArray[np.float32], length: int, hop: int, scale: float, zero_point: int, codes: Array, first: int = 0
) -> None:
    """Write int8 codes of windows.

    Parameters
    ----------
    x : ndarray of float32, shape (time, axes), C-contiguous
    length, hop : int
    scale : float
    zero_point : int
    codes : ndarray of int8, shape (windows, length * axes)
    first : int
        The number of sample 0, for messages.

    Raises
    ------
    QuantizationError : a scale or zero point out of range; a NaN, naming its sample and axis
    """
    scale32, zero = check_quantization(scale, zero_point, "int8")
    place = _core.windows_to_int8(x, length, hop, float(scale32), zero, codes)
    if place >= 0:
        sample, axis = divmod(place, x.shape[1])
        raise _of_nan(first + sample, axis)


def _of_nan(sample: int, axis: int) -> QuantizationError:
    return QuantizationError(f"signal: sample {sample}, axis {axis} is NaN, which cannot be quantized")


def windows_to_int8(
    x: Any,
    length: int,
    hop: int,
    scale: float,
    zero_point: int,
    out: NDArray[np.int8] | None = None,
    *,
    pad: str | None = None,
) -> NDArray[np.int8]:
    """Cut a signal into windows of int8 codes: the batch that a model with int8 input reads.

    Gathers, scales and rounds in one pass, each sample once however windows overlap, and gives the bytes of
    `sliding_windows` followed by quantization: ``round(x / scale) + zero_point``, ties away from zero, saturated.

    Parameters
    ----------
    x : array_like of real numbers, shape (time, axes), or (time,) for one axis
        Converted to float32 first; infinities saturate. Contiguous float32 is read where it lies.
    length, hop, pad : int, int, {None, "end"}
        As in `sliding_windows`; samples that "end" adds are real zeros, hence `zero_point`.
    scale : float, > 0
        Of the model's input, as is `zero_point`; converted to float32.
    zero_point : int in [-128, 127]
    out : ndarray of int8, shape (windows, length * axes), C-contiguous, optional
        Written and returned; after a NaN it holds zero points only, after other errors it is as it was.

    Returns
    -------
    ndarray of int8, shape (windows, length * axes)
        Of each window the samples in order, of each sample its axes.

    Raises
    ------
    DataError, ShapeError : as for `sliding_windows`; `out` is of another dtype, shape or layout, or does not fit into
        memory
    QuantizationError : a scale or zero point out of range; a NaN in a window, naming its sample and axis

    Examples
    --------
    >>> spec = model.inputs[0]
    >>> codes = windows_to_int8(recording.values, 108, 54, spec.scale, spec.zero_point)
    >>> outputs = model.run(codes.reshape(-1, *spec.shape))
    """
    samples = float_samples(x, "signal")
    count = _enough(len(samples), length, hop, pad)
    check_quantization(scale, zero_point, "int8")
    shape = (count, length * samples.shape[1])
    if shape[1] > INT32_MAX:
        raise ShapeError(f"length: {length} samples of {samples.shape[1]} axes, accepted are up to {INT32_MAX} values")
    if out is None:
        out = empty_array(shape, np.dtype(np.int8), "the windows")
    elif not isinstance(out, np.ndarray) or out.dtype != np.int8 or out.shape != shape:
        came = f"{out.dtype} {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise ShapeError(f"out: {came}, accepted is an array of int8 with shape {shape}")
    elif not (out.flags.c_contiguous and out.flags.writeable):
        raise ShapeError("out: read-only or not C-contiguous")
    elif np.may_share_memory(out, samples):
        raise ShapeError("out: it overlaps the signal")
    try:
        quantized(samples, length, hop, scale, zero_point, out)
    except QuantizationError:
        # The windows before the NaN are written by then: none is left that looks right.
        out.fill(zero_point)
        raise
    return out
