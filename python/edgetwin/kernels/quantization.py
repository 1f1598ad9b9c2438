"""requantize, quantize, dequantize."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..errors import ShapeError
from ..quantize_values import dequantize_array, quantize_array
from ..types import Array
from ._checks import rounding_of

__all__ = ["dequantize", "quantize", "requantize"]


def _int32(value: Any, name: str) -> Array:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and -(2**31) <= value < 2**31:
        return np.array(value, np.int32)
    if not isinstance(value, np.ndarray) or value.dtype != np.int32:
        came = f"dtype {value.dtype}" if isinstance(value, np.ndarray) else repr(value)
        raise ShapeError(f"{name}: {came}, accepted is an int32 array or an integer that fits")
    return value


def requantize(values: Any, multiplier: Any, shift: Any, *, rounding: str = "double") -> NDArray[np.int32]:
    """Multiply int32 values by ``multiplier * 2**(shift - 31)`` with the boards' rounding; the arguments broadcast.

    Parameters
    ----------
    values : int or ndarray of int32
    multiplier : int or ndarray of int32, >= 0
    shift : int or ndarray of int32, in [-31, 30], positive = left
        A left shift wraps at 32 bits.
    rounding : "double" or "single"

    Returns
    -------
    ndarray of int32

    Raises
    ------
    ShapeError : an argument that is not int32, or shapes that do not broadcast
    QuantizationError : a multiplier or shift out of range
    UnsupportedError : another rounding

    References
    ----------
    CMSIS-NN ``arm_nn_requantize``; TensorFlow Lite ``MultiplyByQuantizedMultiplier``.
    """
    code = rounding_of(rounding)
    arrays = [_int32(v, n) for v, n in ((values, "values"), (multiplier, "multiplier"), (shift, "shift"))]
    try:
        shape = np.broadcast_shapes(*(a.shape for a in arrays))
    except ValueError:
        raise ShapeError(f"shapes {[a.shape for a in arrays]} do not broadcast") from None
    flat = [np.ascontiguousarray(np.broadcast_to(a, shape)).reshape(-1) for a in arrays]
    return _core.requantize(flat[0], flat[1], flat[2], code).reshape(shape)


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
    QuantizationError : NaN in `values`, or `scale`, `zero_point` or `dtype` out of range

    References
    ----------
    TensorFlow Lite 8-bit quantization specification.
    """
    return quantize_array(values, scale, zero_point, dtype)


def dequantize(values: Array, scale: float, zero_point: int) -> NDArray[np.float32]:
    """Return ``scale * (values - zero_point)`` in float32.

    Parameters
    ----------
    values : ndarray of int8, uint8, int16 or int32
    scale : float, > 0
    zero_point : int inside the dtype of `values`

    Returns
    -------
    ndarray of float32, the shape of `values`

    Raises
    ------
    QuantizationError : `values` is no integer array, or `scale` or `zero_point` is out of range
    """
    return dequantize_array(values, scale, zero_point)
