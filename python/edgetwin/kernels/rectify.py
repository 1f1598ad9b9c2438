"""leaky_relu, prelu, abs."""

from __future__ import annotations

from typing import Any

from ..types import Array
from ._checks import INT32_MAX, codes_of, integer, multiplier_of, one_scale, run, shift_of, zero_point_of
from .elementwise import operands

__all__ = ["abs", "leaky_relu", "prelu"]


def leaky_relu(
    x: Array,
    *,
    input_zero_point: int,
    output_zero_point: int,
    identity_multiplier: int,
    identity_shift: int,
    alpha_multiplier: int,
    alpha_shift: int,
) -> Array:
    """Requantize int8 codes, those below zero by another scale; always rounding twice.

    Parameters
    ----------
    x : ndarray of int8, any shape
    input_zero_point, output_zero_point : int in [-128, 127]
    identity_multiplier : int, >= 0
    identity_shift : int in [-31, 30]
        Of codes that stand for zero or more.
    alpha_multiplier : int, at least -(2**31 - 1)
        Negative where alpha is: its magnitude is what multiplies.
    alpha_shift : int in [-31, 30]

    Returns
    -------
    ndarray of int8, the shape of `x`

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a parameter out of range

    References
    ----------
    TensorFlow Lite LEAKY_RELU.
    """
    x = codes_of(x, "x")
    params = {
        "size": x.size,
        "input_zero_point": zero_point_of(input_zero_point, "input_zero_point"),
        "output_zero_point": zero_point_of(output_zero_point, "output_zero_point"),
        "identity_multiplier": multiplier_of(identity_multiplier, "identity_multiplier"),
        "identity_shift": shift_of(identity_shift, "identity_shift"),
        "alpha_multiplier": integer(alpha_multiplier, "alpha_multiplier", -INT32_MAX, INT32_MAX),
        "alpha_shift": shift_of(alpha_shift, "alpha_shift"),
    }
    return run("leaky_relu_s8", params, [x], {}, shape=x.shape)


def prelu(
    x: Array,
    alpha: Array,
    *,
    input_zero_point: int,
    alpha_zero_point: int,
    output_zero_point: int,
    identity_multiplier: int,
    identity_shift: int,
    alpha_multiplier: int,
    alpha_shift: int,
) -> Array:
    """Requantize int8 codes, those below zero times `alpha`; always rounding twice. The arrays broadcast.

    Parameters
    ----------
    x, alpha : ndarray of int8, at most 6 axes
    input_zero_point, alpha_zero_point, output_zero_point : int in [-128, 127]
    identity_multiplier, alpha_multiplier : int, >= 0
    identity_shift, alpha_shift : int in [-31, 30]
        Of codes that stand for zero or more, and of the products.

    Returns
    -------
    ndarray of int8, the shape that `x` and `alpha` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range

    References
    ----------
    TensorFlow Lite PRELU.
    """
    params: dict[str, Any]
    params, arrays, shape = operands(x, alpha, ("x", "alpha"))
    params |= {
        "input_zero_point": zero_point_of(input_zero_point, "input_zero_point"),
        "alpha_zero_point": zero_point_of(alpha_zero_point, "alpha_zero_point"),
        "output_zero_point": zero_point_of(output_zero_point, "output_zero_point"),
        "identity_multiplier": multiplier_of(identity_multiplier, "identity_multiplier"),
        "identity_shift": shift_of(identity_shift, "identity_shift"),
        "alpha_multiplier": multiplier_of(alpha_multiplier, "alpha_multiplier"),
        "alpha_shift": shift_of(alpha_shift, "alpha_shift"),
    }
    return run("prelu_s8", params, arrays, {}, shape=shape)


def abs(x: Array, *, input_zero_point: int, output_zero_point: int, multiplier: int, shift: int) -> Array:
    """Requantize the magnitudes of int8 codes; always rounding twice.

    Parameters
    ----------
    x : ndarray of int8, any shape
    input_zero_point, output_zero_point : int in [-128, 127]
    multiplier : int, >= 0
    shift : int in [-31, 30]

    Returns
    -------
    ndarray of int8, the shape of `x`

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a parameter out of range

    References
    ----------
    TensorFlow Lite ABS.
    """
    x = codes_of(x, "x")
    params = {
        "size": x.size,
        **one_scale(input_zero_point, output_zero_point, multiplier, shift),
    }
    return run("abs_s8", params, [x], {}, shape=x.shape)
