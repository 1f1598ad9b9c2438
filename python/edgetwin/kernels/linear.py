"""fully_connected."""

from __future__ import annotations

from typing import Any

from ..errors import ShapeError
from ..types import Array
from ._checks import activation, array, optional, rounding_of, run, scales, zero_point_of

__all__ = ["fully_connected"]


def fully_connected(
    x: Array,
    weights: Array,
    bias: Array | None,
    *,
    multiplier: Any,
    shift: Any,
    input_zero_point: int,
    output_zero_point: int,
    weights_zero_point: int = 0,
    activation_min: int = -128,
    activation_max: int = 127,
    rounding: str = "double",
) -> Array:
    """Multiply int8 rows by an int8 matrix.

    Parameters
    ----------
    x : ndarray of int8, shape (n, in)
    weights : ndarray of int8, shape (out, in), OI
    bias : ndarray of int32, shape (out,), or None
    multiplier : int or ndarray of int32, scalar, (1,) or (out,), >= 0
        Q31 of s_x * s_weights / s_out.
    shift : int or ndarray of int32, scalar, (1,) or (out,), in [-31, 30], positive = left
    input_zero_point, output_zero_point, weights_zero_point : int in [-128, 127]
    activation_min, activation_max : int in [-128, 127]
    rounding : "double" or "single"

    Returns
    -------
    ndarray of int8, shape (n, out)

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a zero point, multiplier, shift or clamp out of range
    UnsupportedError : another rounding

    References
    ----------
    TensorFlow Lite 8-bit quantization specification; CMSIS-NN ``arm_fully_connected_wrapper_s8``.
    """
    x = array(x, "x", "int8", ("n", "in"))
    n, features = x.shape
    weights = array(weights, "weights", "int8", ("out", features))
    outputs = weights.shape[0]
    if features == 0 or outputs == 0:
        raise ShapeError(f"x: shape {x.shape}, weights: shape {weights.shape}; only n may be 0")
    low, high = activation(activation_min, activation_max)
    params = {
        "batches": n,
        "input_features": features,
        "output_features": outputs,
        "input_zero_point": zero_point_of(input_zero_point, "input_zero_point"),
        "weights_zero_point": zero_point_of(weights_zero_point, "weights_zero_point"),
        "output_zero_point": zero_point_of(output_zero_point, "output_zero_point"),
        "activation_min": low,
        "activation_max": high,
        "rounding": rounding_of(rounding),
    }
    constants = {
        "weights": weights,
        "bias": optional(bias, "bias", "int32", (outputs,)),
        **scales(multiplier, shift, outputs),
    }
    return run("fully_connected_s8", params, [x], constants, shape=(n, outputs))
