"""Ranges and weights -> scales, zero points and codes, as TFLite's converter chooses them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..types import INT_RANGES, Array, Quantization

__all__ = [
    "activation_quantization",
    "quantize_constant",
    "quantized_bias",
    "symmetric_codes",
    "symmetric_scales",
    "widened_scales",
]

#: A channel whose weights are all nearer to 0 than this gets the scale of weights as large as this.
_NEAR_ZERO = 1e-6
#: A bias beyond this many steps would leave the sums too little of int32's range.
_MOST_BIAS_STEPS = {"int32": (2**31 - 1) // 2, "int64": 2**39 - 1}
_SMALLEST_SCALE = float(np.finfo(np.float32).tiny)


def _per_tensor(scale: float, zero_point: int) -> Quantization:
    return Quantization(np.array([scale], np.float32), np.array([zero_point], np.int64))


def activation_quantization(minimum: float, maximum: float, dtype: str) -> Quantization:
    """Return the quantization of activations in a range.

    Parameters
    ----------
    minimum, maximum : float
        In real units, finite; widened to hold 0, which then is a code exactly.
    dtype : str
        "int8", or "int16", whose zero point is 0.

    Returns
    -------
    Quantization
        Per-tensor. Of an empty range: scale 1, and the lowest code for 0 (int16: scale 1/32768).
    """
    low, high = min(float(minimum), 0.0), max(float(maximum), 0.0)
    first, last = INT_RANGES[dtype]
    if dtype == "int16":
        reach = max(-low, high)
        # A scale of 1 would be too far from others for sums with this tensor: their kernels align scales in 15 bits.
        return _per_tensor(reach / last if reach > np.finfo(np.float64).eps else 1 / (last + 1), 0)
    if high - low < np.finfo(np.float64).eps:
        return _per_tensor(1.0, first)
    scale = max((high - low) / (last - first), _SMALLEST_SCALE)
    # 0 gets a code of its own; of the two ends the one nearer to it tells which, for it rounds less.
    from_low, from_high = first - low / scale, last - high / scale
    nearest = from_low if abs(first) + abs(low / scale) < abs(last) + abs(high / scale) else from_high
    zero_point = int(np.clip(np.floor(nearest + 0.5), first, last))
    return _per_tensor(scale, zero_point)


def symmetric_scales(weights: Array, axis: int | None, limit: int) -> NDArray[np.float64]:
    """Return the scales of weights.

    Parameters
    ----------
    weights : ndarray of float32
    axis : int or None
        The axis that counts channels; None for one scale in all.
    limit : int
        The largest code.

    Returns
    -------
    ndarray of float64, shape (channels,) or (1,)
        The largest absolute weight over `limit`, values of float32; positive where all weights are 0.
    """
    others = tuple(i for i in range(weights.ndim) if i != axis)
    largest = np.abs(weights).max(axis=others, initial=0.0) if axis is not None else np.abs(weights).max(initial=0.0)
    scales = np.maximum(np.atleast_1d(largest).astype(np.float64), _NEAR_ZERO) / limit
    rounded: NDArray[np.float64] = scales.astype(np.float32).astype(np.float64)
    return rounded


def widened_scales(scales: NDArray[np.float64], bias: Array, input_scale: float, dtype: str) -> NDArray[np.float64]:
    """Return scales of weights with which the bias fits.

    The bias's scale is that of the weights times the input's: where weights are tiny beside the bias, it would
    overflow. As the converter, give up precision of the weights then.

    Parameters
    ----------
    scales : ndarray of float64, shape (channels,) or (1,)
    bias : ndarray of float32, shape (channels,)
    input_scale : float
    dtype : str
        Of the bias: "int32" or "int64".

    Returns
    -------
    ndarray of float64, the shape of `scales`, values of float32
    """
    largest = np.abs(bias).astype(np.float64)
    if scales.size == 1:
        largest = np.atleast_1d(largest.max(initial=0.0))
    needed = largest / _MOST_BIAS_STEPS[dtype] / input_scale
    return np.maximum(scales, needed.astype(np.float32).astype(np.float64))


def _rounded(ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    rounded: NDArray[np.float64] = np.copysign(np.floor(np.abs(ratio) + 0.5), ratio)
    return rounded


def symmetric_codes(weights: Array, scales: NDArray[np.float64], axis: int | None, limit: int) -> NDArray[np.int8]:
    """Return the codes of weights, ties away from zero, from ``-limit`` to `limit`.

    Parameters
    ----------
    weights : ndarray of float32
    scales : ndarray of float64, shape (channels,) or (1,)
    axis : int or None
        The axis that `scales` run along.
    limit : int

    Returns
    -------
    ndarray of int8, the shape of `weights`
    """
    form = [1] * weights.ndim
    if axis is not None:
        form[axis] = -1
    ratio = weights.astype(np.float64) / scales.reshape(form)
    return np.clip(_rounded(ratio), -limit, limit).astype(np.int8)


def quantized_bias(bias: Array, scales: NDArray[np.float64], dtype: str) -> Array:
    """Return a bias in steps of `scales`, ties away from zero.

    Parameters
    ----------
    bias : ndarray of float32, shape (channels,)
    scales : ndarray of float64, shape (channels,) or (1,)
        The weights' scales times the input's.
    dtype : str
        "int32" or "int64".

    Returns
    -------
    ndarray of `dtype`, the shape of `bias`
    """
    limit = _MOST_BIAS_STEPS[dtype]
    codes: Array = np.clip(_rounded(bias.astype(np.float64) / scales), -limit, limit).astype(dtype)
    return codes


def quantize_constant(values: Array, quantization: Quantization, dtype: str) -> Array:
    """Return the codes of a constant that is no weight, ties away from zero, saturated.

    Parameters
    ----------
    values : ndarray of float32
    quantization : Quantization
        Per-tensor.
    dtype : str

    Returns
    -------
    ndarray of `dtype`, the shape of `values`
    """
    low, high = INT_RANGES[dtype]
    ratio = _rounded(values.astype(np.float64) / float(quantization.scale[0]))
    codes: Array = np.asarray(np.clip(ratio + int(quantization.zero_point[0]), low, high)).astype(dtype)
    return codes
