"""Real values <-> integer codes, TFLite's affine scheme."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import real_array
from .errors import QuantizationError
from .types import INT_RANGES, Array

__all__ = ["check_quantization", "dequantize_array", "quantize_array"]


def check_quantization(scale: Any, zero_point: Any, dtype: str) -> tuple[np.float32, int]:
    """Check affine quantization parameters.

    Parameters
    ----------
    scale : float, > 0, in real units per step
    zero_point : int inside `dtype`
    dtype : str
        A key of `INT_RANGES`.

    Returns
    -------
    scale : numpy.float32
    zero_point : int

    Raises
    ------
    QuantizationError : `dtype` is no integer dtype, `scale` is not positive and finite in float32, or `zero_point` is
        no integer inside `dtype`
    """
    if dtype not in INT_RANGES:
        raise QuantizationError(f"dtype {dtype!r}, accepted are {', '.join(INT_RANGES)}")
    try:
        real = float(scale)
    except (TypeError, ValueError, OverflowError):
        real = math.nan
    with np.errstate(over="ignore", under="ignore"):
        scale32 = np.float32(real)
    if not (np.isfinite(scale32) and scale32 > 0):
        raise QuantizationError(f"scale {scale!r}, accepted is a positive finite float32")
    low, high = INT_RANGES[dtype]
    if isinstance(zero_point, bool) or not isinstance(zero_point, (int, np.integer)) or not low <= zero_point <= high:
        raise QuantizationError(f"zero_point {zero_point!r}, accepted for {dtype} is an integer in [{low}, {high}]")
    return scale32, int(zero_point)


def quantize_array(values: Any, scale: float, zero_point: int, dtype: str = "int8") -> Array:
    """Quantize real values: ``round(x / scale) + zero_point``, ties away from zero, saturated.

    Parameters
    ----------
    values : array_like of real numbers
        Converted to float32 first; +-inf saturates.
    scale : float, > 0
        Converted to float32.
    zero_point : int inside `dtype`
    dtype : str
        "int8", "uint8", "int16" or "int32".

    Returns
    -------
    ndarray of `dtype`, the shape of `values`

    Raises
    ------
    QuantizationError : NaN in `values` or anything that is no real number, or `scale`, `zero_point` or `dtype` out of
        range
    """
    scale32, zero = check_quantization(scale, zero_point, dtype)
    real = real_array(values, "values", error=QuantizationError)
    # Beyond float32 is infinity, which saturates.
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        ratio = real.astype(np.float32) / scale32
    if np.isnan(ratio).any():
        raise QuantizationError("NaN cannot be quantized")
    low, high = INT_RANGES[dtype]
    # In double, trunc(|x| + 0.5) of a float32 is exact, so ties are seen as they are.
    rounded = np.copysign(np.floor(np.abs(ratio.astype(np.float64)) + 0.5), ratio)
    codes: Array = np.asarray(np.clip(rounded + zero, low, high)).astype(dtype)
    return codes


def dequantize_array(codes: Array, scale: float, zero_point: int) -> NDArray[np.float32]:
    """Return ``scale * (codes - zero_point)`` in float32.

    Parameters
    ----------
    codes : ndarray of integers
    scale : float, > 0
    zero_point : int

    Returns
    -------
    ndarray of float32, the shape of `codes`

    Raises
    ------
    QuantizationError : `codes` is no integer array, or `scale` or `zero_point` is out of range
    """
    scale32, zero = check_quantization(scale, zero_point, np.asarray(codes).dtype.name)
    # As the reference: in double, then to float32. With codes of 16 bits or fewer the product is exact in double, so it
    # rounds once, as it does in float32 alone.
    real = np.float32 if np.asarray(codes).dtype.itemsize <= 2 else np.float64
    values_of_codes: Array = np.asarray(codes).astype(real)
    difference = values_of_codes - real(zero)
    with np.errstate(over="ignore", under="ignore"):
        values: NDArray[np.float32] = np.asarray(difference * real(scale32)).astype(np.float32, copy=False)
    return values
