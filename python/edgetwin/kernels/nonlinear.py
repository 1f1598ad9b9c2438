"""softmax, logistic, tanh, relu."""

from __future__ import annotations

from typing import Any

from ..errors import ShapeError
from ..types import Array
from ._checks import activation, array, choice, integer, rounding_of, run

__all__ = ["logistic", "relu", "softmax", "tanh"]


def softmax(x: Array, *, multiplier: int, shift: int, diff_min: int, output_dtype: str = "int8") -> Array:
    """Fixed-point softmax over the last axis.

    Parameters
    ----------
    x : ndarray of int8, shape (..., depth), depth <= 4095
    multiplier : int, >= 0
        Q31 of beta * s_x * 2**26.
    shift : int in [0, 31], positive = left
    diff_min : int, <= 0
        -floor(31 * 2**26 / 2**shift): differences to the largest code below it give the lowest code.
    output_dtype : "int8" or "int16"

    Returns
    -------
    ndarray of int8 (scale 1/256, zero point -128) or int16 (scale 1/65536, zero point -32768), the shape of `x`

    Raises
    ------
    ShapeError : dtype or shape of `x`
    QuantizationError : a parameter out of range
    UnsupportedError : another `output_dtype`

    References
    ----------
    CMSIS-NN ``arm_softmax_s8``, ``arm_softmax_s8_s16``.
    """
    choice(output_dtype, "output_dtype", {"int8": 0, "int16": 1})
    rank = x.ndim if hasattr(x, "ndim") else 0
    x = array(x, "x", "int8", ("any",) * rank)
    if rank < 1 or not 1 <= x.shape[-1] <= 4095:
        raise ShapeError(f"x: shape {x.shape}, accepted is a last axis of 1 to 4095 elements")
    params = {
        "rows": x.size // x.shape[-1],
        "depth": x.shape[-1],
        "multiplier": integer(multiplier, "multiplier", 0, 2**31 - 1),
        "shift": integer(shift, "shift", 0, 31),
        "diff_min": integer(diff_min, "diff_min", -(2**31), 0),
    }
    kernel = "softmax_s8" if output_dtype == "int8" else "softmax_s8_s16"
    return run(kernel, params, [x], {}, x.shape, output_dtype)


def _unary(kernel: str, x: Array, params: dict[str, Any]) -> Array:
    rank = x.ndim if hasattr(x, "ndim") else 0
    x = array(x, "x", "int8", ("any",) * rank)
    return run(kernel, params | {"size": x.size}, [x], {}, x.shape)


def _curve(
    kernel: str, x: Array, input_zero_point: int, input_range_radius: int, multiplier: int, shift: int
) -> Array:
    params = {
        "input_zero_point": integer(input_zero_point, "input_zero_point", -128, 127),
        "input_range_radius": integer(input_range_radius, "input_range_radius", 0, 2**31 - 1),
        "multiplier": integer(multiplier, "multiplier", 0, 2**31 - 1),
        "shift": integer(shift, "shift", -31, 30),
    }
    return _unary(kernel, x, params)


def logistic(x: Array, *, input_zero_point: int, input_range_radius: int, multiplier: int, shift: int) -> Array:
    """Fixed-point logistic of int8 codes.

    Parameters
    ----------
    x : ndarray of int8
    input_zero_point : int in [-128, 127]
    input_range_radius : int, >= 0
        floor(15 * 2**27 / 2**shift): at this distance from the zero point the output saturates.
    multiplier : int, >= 0
        Q31 of s_x * 2**27.
    shift : int in [-31, 30], positive = left

    Returns
    -------
    ndarray of int8, the shape of `x`, scale 1/256 and zero point -128

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a parameter out of range
    """
    return _curve("logistic_s8", x, input_zero_point, input_range_radius, multiplier, shift)


def tanh(x: Array, *, input_zero_point: int, input_range_radius: int, multiplier: int, shift: int) -> Array:
    """Fixed-point tanh of int8 codes.

    Parameters
    ----------
    x, input_zero_point, input_range_radius, multiplier, shift
        As in `logistic`.

    Returns
    -------
    ndarray of int8, the shape of `x`, scale 1/128 and zero point 0

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a parameter out of range
    """
    return _curve("tanh_s8", x, input_zero_point, input_range_radius, multiplier, shift)


def relu(
    x: Array,
    *,
    input_zero_point: int,
    output_zero_point: int,
    multiplier: int,
    shift: int,
    activation_min: int | None = None,
    activation_max: int = 127,
    rounding: str = "double",
) -> Array:
    """Requantize int8 codes and clamp them: RELU, and with an `activation_max` RELU6 and its relatives.

    Parameters
    ----------
    x : ndarray of int8
    input_zero_point, output_zero_point : int in [-128, 127]
    multiplier : int, >= 0
        Q31 of s_x / s_out.
    shift : int in [-31, 30], positive = left
    activation_min : int in [-128, 127], optional
        The code of the lower bound; `output_zero_point`, the code of 0, by default.
    activation_max : int in [-128, 127]
    rounding : "double" or "single"

    Returns
    -------
    ndarray of int8, the shape of `x`

    Raises
    ------
    ShapeError : dtype of `x`
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding
    """
    zero = integer(output_zero_point, "output_zero_point", -128, 127)
    params = {
        "input_zero_point": integer(input_zero_point, "input_zero_point", -128, 127),
        "output_zero_point": zero,
        "multiplier": integer(multiplier, "multiplier", 0, 2**31 - 1),
        "shift": integer(shift, "shift", -31, 30),
        "rounding": rounding_of(rounding),
        **activation(zero if activation_min is None else activation_min, activation_max),
    }
    return _unary("requantize_s8_s8", x, params)
