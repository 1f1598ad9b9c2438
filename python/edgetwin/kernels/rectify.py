"""leaky_relu, prelu, abs."""

from __future__ import annotations

from ..types import MAX_RANK, Array
from ._checks import (
    CODES,
    INT32_MAX,
    SUFFIXES,
    codes_of,
    integer,
    multiplier_of,
    one_scale,
    run,
    shift_of,
    zero_point_of,
)
from ._operands import broadcast_params

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
    """Requantize int8 or int16 codes, those below zero by another scale; always rounding twice.

    Parameters
    ----------
    x : ndarray of int8 or int16, any shape
    input_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    identity_multiplier : int, >= 0
    identity_shift : int in [-31, 30]
        Of codes that stand for zero or more.
    alpha_multiplier : int, at least -(2**31 - 1)
        Negative where alpha is: its magnitude is what multiplies.
    alpha_shift : int in [-31, 30]

    Returns
    -------
    ndarray of the dtype of `x`, the shape of `x`

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a parameter out of range

    References
    ----------
    TensorFlow Lite LEAKY_RELU.
    """
    x = codes_of(x, "x", accepted=CODES)
    params = {
        "size": x.size,
        "input_zero_point": zero_point_of(input_zero_point, "input_zero_point", x.dtype.name),
        "output_zero_point": zero_point_of(output_zero_point, "output_zero_point", x.dtype.name),
        "identity_multiplier": multiplier_of(identity_multiplier, "identity_multiplier"),
        "identity_shift": shift_of(identity_shift, "identity_shift"),
        "alpha_multiplier": integer(alpha_multiplier, "alpha_multiplier", -INT32_MAX, INT32_MAX),
        "alpha_shift": shift_of(alpha_shift, "alpha_shift"),
    }
    return run(f"leaky_relu_{SUFFIXES[x.dtype.name]}", params, [x], {}, shape=x.shape, dtype=x.dtype.name)


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
    """Requantize int8 or int16 codes, those below zero times `alpha`; always rounding twice. The arrays broadcast.

    Parameters
    ----------
    x : ndarray of int8 or int16, at most 6 axes
    alpha : ndarray of int8, at most 6 axes
    input_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    alpha_zero_point : int in [-128, 127]
    identity_multiplier, alpha_multiplier : int, >= 0
    identity_shift, alpha_shift : int in [-31, 30]
        Of codes that stand for zero or more, and of the products.

    Returns
    -------
    ndarray of the dtype of `x`, the shape that `x` and `alpha` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range

    References
    ----------
    TensorFlow Lite PRELU.
    """
    x, alpha = codes_of(x, "x", MAX_RANK, CODES), codes_of(alpha, "alpha", MAX_RANK)
    params, shape = broadcast_params(x=x, alpha=alpha)
    params["y_broadcast"] = params.pop("alpha_broadcast")
    params |= {
        "input_zero_point": zero_point_of(input_zero_point, "input_zero_point", x.dtype.name),
        "alpha_zero_point": zero_point_of(alpha_zero_point, "alpha_zero_point"),
        "output_zero_point": zero_point_of(output_zero_point, "output_zero_point", x.dtype.name),
        "identity_multiplier": multiplier_of(identity_multiplier, "identity_multiplier"),
        "identity_shift": shift_of(identity_shift, "identity_shift"),
        "alpha_multiplier": multiplier_of(alpha_multiplier, "alpha_multiplier"),
        "alpha_shift": shift_of(alpha_shift, "alpha_shift"),
    }
    return run(f"prelu_{SUFFIXES[x.dtype.name]}", params, [x, alpha], {}, shape=shape, dtype=x.dtype.name)


def abs(x: Array, *, input_zero_point: int, output_zero_point: int, multiplier: int, shift: int) -> Array:
    """Requantize the magnitudes of int8 or int16 codes; always rounding twice.

    Parameters
    ----------
    x : ndarray of int8 or int16, any shape
    input_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    multiplier : int, >= 0
    shift : int in [-31, 30]

    Returns
    -------
    ndarray of the dtype of `x`, the shape of `x`

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a parameter out of range

    References
    ----------
    TensorFlow Lite ABS.
    """
    x = codes_of(x, "x", accepted=CODES)
    params = {
        "size": x.size,
        **one_scale(input_zero_point, output_zero_point, multiplier, shift, x.dtype.name),
    }
    return run(f"abs_{SUFFIXES[x.dtype.name]}", params, [x], {}, shape=x.shape, dtype=x.dtype.name)
