"""requantize, quantize, dequantize."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..errors import QuantizationError, ShapeError
from ..quantize_values import dequantize_array, quantize_array
from ..types import INT_RANGES, Array
from ._checks import array, broadcast_shape, int32_array, multipliers_of, rounding_of, shifts_of, shown, word

__all__ = ["dequantize", "quantize", "requantize"]


def requantize(values: Any, multiplier: Any, shift: Any, *, rounding: str = "double") -> NDArray[np.int32]:
    """Multiply int32 values by ``multiplier * 2**(shift - 31)`` with the boards' rounding; the arguments broadcast.

    Parameters
    ----------
    values : int or ndarray of int32
    multiplier : int or ndarray of int32, >= 0
    shift : int or ndarray of int32, in [-31, 30], positive = left
        With "double", a left shift of the value wraps at 32 bits; with "single" the result does.
    rounding : "double" or "single"

    Returns
    -------
    ndarray of int32

    Raises
    ------
    ShapeError : an argument that is not int32, or shapes that do not broadcast
    QuantizationError : an integer that is no int32, or a multiplier or shift out of range
    UnsupportedError : another rounding

    References
    ----------
    CMSIS-NN ``arm_nn_requantize``; TensorFlow Lite ``MultiplyByQuantizedMultiplier``.
    """
    code = rounding_of(rounding)
    checked = {
        "values": int32_array(values, "values"),
        "multiplier": multipliers_of(multiplier),
        "shift": shifts_of(shift),
    }
    shape = broadcast_shape(**checked)
    flat = [np.ascontiguousarray(np.broadcast_to(a, shape)).reshape(-1) for a in checked.values()]
    return _core.requantize(flat[0], flat[1], flat[2], code).reshape(shape)


def _scale(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise QuantizationError(f"scale: {shown(value)}, accepted is a positive number")
    return value  # type: ignore[return-value]


def quantize(values: Any, scale: float, zero_point: int, *, dtype: str = "int8") -> Array:
    """Quantize real values: ``round(x / scale) + zero_point``, ties away from zero, saturated.

    Parameters
    ----------
    values : array_like of real numbers
        Converted to float32 first; +-inf saturates.
    scale : float, > 0
        Converted to float32; real units per step.
    zero_point : int inside `dtype`
    dtype : "int8", "uint8", "int16" or "int32"

    Returns
    -------
    ndarray of `dtype`, the shape of `values`

    Raises
    ------
    QuantizationError : NaN in `values` or anything that is no real number, or `scale` or `zero_point` out of range
    UnsupportedError : another `dtype`

    References
    ----------
    TensorFlow Lite 8-bit quantization specification.
    """
    word(dtype, "dtype", INT_RANGES)
    return quantize_array(values, _scale(scale), zero_point, dtype)


def dequantize(values: Array, scale: float, zero_point: int) -> NDArray[np.float32]:
    """Return ``scale * (values - zero_point)`` in float32.

    Parameters
    ----------
    values : ndarray of int8, uint8, int16 or int32
    scale : float, > 0
        Converted to float32.
    zero_point : int inside the dtype of `values`

    Returns
    -------
    ndarray of float32, the shape of `values`

    Raises
    ------
    ShapeError : `values` is no array of codes
    QuantizationError : `scale` or `zero_point` out of range

    References
    ----------
    TensorFlow Lite 8-bit quantization specification.
    """
    if not isinstance(values, np.ndarray) or values.dtype.name not in INT_RANGES:
        raise ShapeError(f"values: {shown(values)}, accepted is an array of {', '.join(INT_RANGES)}")
    return dequantize_array(array(values, "values", values.dtype.name, None), _scale(scale), zero_point)
