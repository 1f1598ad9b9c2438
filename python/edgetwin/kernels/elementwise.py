"""add, sub, mul, div, maximum, minimum, squared_difference; pad."""

from __future__ import annotations

from typing import Any

from ..errors import ShapeError
from ..types import INT_RANGES, MAX_RANK, Array
from ._checks import (
    CODES,
    SUFFIXES,
    clamp_of,
    codes_of,
    integer,
    multiplier_of,
    rounding_of,
    run,
    shift_of,
    shown,
    zero_point_of,
)
from ._operands import common_scale, operands
from ._windows import amounts

__all__ = ["add", "div", "maximum", "minimum", "mul", "pad", "squared_difference", "sub"]

_NUMBERS = ("int8", "int16", "int32", "int64")


def add(
    x: Array,
    y: Array,
    *,
    x_zero_point: int,
    x_multiplier: int,
    x_shift: int,
    y_zero_point: int,
    y_multiplier: int,
    y_shift: int,
    left_shift: int,
    output_zero_point: int,
    output_multiplier: int,
    output_shift: int,
    activation_min: int | None = None,
    activation_max: int | None = None,
    rounding: str = "double",
) -> Array:
    """Add int8 or int16 codes of different scales; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8 or int16, both the same, at most 6 axes
    x_zero_point, y_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    x_multiplier, y_multiplier, output_multiplier : int, >= 0
    x_shift, y_shift, output_shift : int in [-31, 0]
    left_shift : int in [0, 22]; for int16 in [0, 15]
        Bits that the differences to the zero points gain first; TFLite uses 20, for int16 15.
    activation_min, activation_max : int, optional
        Codes; by default the ends of the dtype.
    rounding : "double" or "single"

    Returns
    -------
    ndarray of the operands' dtype, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    CMSIS-NN ``arm_elementwise_add_s8``, ``arm_elementwise_add_s16``.
    """
    sides = (
        ("x", x_zero_point, x_multiplier, x_shift, 0),
        ("y", y_zero_point, y_multiplier, y_shift, 0),
        ("output", output_zero_point, output_multiplier, output_shift, 0),
    )
    both = operands(x, y)
    params = common_scale(left_shift, *sides, dtype=both.dtype)
    params |= clamp_of(activation_min, activation_max, both.dtype) | {"rounding": rounding_of(rounding)}
    return both.run("add", params)


def sub(
    x: Array,
    y: Array,
    *,
    x_zero_point: int,
    x_multiplier: int,
    x_shift: int,
    y_zero_point: int,
    y_multiplier: int,
    y_shift: int,
    left_shift: int,
    output_zero_point: int,
    output_multiplier: int,
    output_shift: int,
    activation_min: int | None = None,
    activation_max: int | None = None,
    rounding: str = "double",
) -> Array:
    """Subtract int8 or int16 codes of different scales; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8 or int16, both the same, at most 6 axes
    x_zero_point, y_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    x_multiplier, y_multiplier, output_multiplier : int, >= 0
    x_shift, y_shift, output_shift : int in [-31, 0]
    left_shift : int in [0, 22]; for int16 in [0, 15]
        Bits that the differences to the zero points gain first; TFLite uses 20, for int16 15.
    activation_min, activation_max : int, optional
        Codes; by default the ends of the dtype.
    rounding : "double" or "single"
        TFLite Micro always rounds twice: CMSIS-NN has no subtraction.

    Returns
    -------
    ndarray of the operands' dtype, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    TensorFlow Lite SUB.
    """
    sides = (
        ("x", x_zero_point, x_multiplier, x_shift, 0),
        ("y", y_zero_point, y_multiplier, y_shift, 0),
        ("output", output_zero_point, output_multiplier, output_shift, 0),
    )
    both = operands(x, y)
    params = common_scale(left_shift, *sides, dtype=both.dtype)
    params |= clamp_of(activation_min, activation_max, both.dtype) | {"rounding": rounding_of(rounding)}
    return both.run("sub", params)


def mul(
    x: Array,
    y: Array,
    *,
    x_zero_point: int,
    y_zero_point: int,
    output_zero_point: int,
    multiplier: int,
    shift: int,
    activation_min: int | None = None,
    activation_max: int | None = None,
    rounding: str = "double",
) -> Array:
    """Multiply int8 or int16 codes; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8 or int16, both the same, at most 6 axes
    x_zero_point, y_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    multiplier : int, >= 0
    shift : int in [-31, 30]
    activation_min, activation_max : int, optional
        Codes; by default the ends of the dtype.
    rounding : "double" or "single"

    Returns
    -------
    ndarray of the operands' dtype, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    CMSIS-NN ``arm_elementwise_mul_s8``, ``arm_elementwise_mul_s16``.
    """
    both = operands(x, y)
    params = {
        "x_zero_point": zero_point_of(x_zero_point, "x_zero_point", both.dtype),
        "y_zero_point": zero_point_of(y_zero_point, "y_zero_point", both.dtype),
        "output_zero_point": zero_point_of(output_zero_point, "output_zero_point", both.dtype),
        "multiplier": multiplier_of(multiplier, "multiplier"),
        "shift": shift_of(shift, "shift"),
    }
    params |= clamp_of(activation_min, activation_max, both.dtype) | {"rounding": rounding_of(rounding)}
    return both.run("mul", params)


def div(
    x: Array,
    y: Array,
    *,
    x_zero_point: int,
    y_zero_point: int,
    output_zero_point: int,
    multiplier: int,
    shift: int,
    activation_min: int = -128,
    activation_max: int = 127,
) -> Array:
    """Divide int8 codes, always rounding twice; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8, at most 6 axes
        A divisor that stands for zero is no error; it gives what the reference gives.
    x_zero_point, y_zero_point, output_zero_point : int in [-128, 127]
    multiplier : int, >= 0
    shift : int in [-23, 22]
    activation_min, activation_max : int in [-128, 127]

    Returns
    -------
    ndarray of int8, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range

    References
    ----------
    TensorFlow Lite DIV.
    """
    both = operands(x, y, ("int8",))
    params = {
        "x_zero_point": zero_point_of(x_zero_point, "x_zero_point"),
        "y_zero_point": zero_point_of(y_zero_point, "y_zero_point"),
        "output_zero_point": zero_point_of(output_zero_point, "output_zero_point"),
        "multiplier": multiplier_of(multiplier, "multiplier"),
        "shift": integer(shift, "shift", -23, 22),
    }
    return both.run("div", params | clamp_of(activation_min, activation_max, both.dtype))


def maximum(x: Array, y: Array) -> Array:
    """Take the larger of two codes of the same scale, or numbers; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8, int16, int32 or int64, both the same, at most 6 axes

    Returns
    -------
    ndarray of the operands' dtype, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array

    References
    ----------
    CMSIS-NN ``arm_maximum_s8``.
    """
    return operands(x, y, _NUMBERS).run("maximum", {})


def minimum(x: Array, y: Array) -> Array:
    """Take the smaller of two codes of the same scale, or numbers; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8, int16, int32 or int64, both the same, at most 6 axes

    Returns
    -------
    ndarray of the operands' dtype, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array

    References
    ----------
    CMSIS-NN ``arm_minimum_s8``.
    """
    return operands(x, y, _NUMBERS).run("minimum", {})


def squared_difference(
    x: Array,
    y: Array,
    *,
    x_zero_point: int,
    x_multiplier: int,
    x_shift: int,
    y_zero_point: int,
    y_multiplier: int,
    y_shift: int,
    left_shift: int,
    output_zero_point: int,
    output_multiplier: int,
    output_shift: int,
) -> Array:
    """Square the difference of int8 or int16 codes of different scales, always rounding twice; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8 or int16, both the same, at most 6 axes
    x_zero_point, y_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    x_multiplier, y_multiplier, output_multiplier : int, >= 0
    x_shift, y_shift : int in [-31, 0]
    left_shift : int in [0, 22]; for int16 in [0, 15]
        Bits that the differences to the zero points gain first; TFLite uses 7, for int16 0: the square
        fits into 32 bits.
    output_shift : int in [-31, 30]

    Returns
    -------
    ndarray of the operands' dtype, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range

    References
    ----------
    TensorFlow Lite SQUARED_DIFFERENCE.
    """
    both = operands(x, y)
    params = common_scale(
        left_shift,
        ("x", x_zero_point, x_multiplier, x_shift, 0),
        ("y", y_zero_point, y_multiplier, y_shift, 0),
        ("output", output_zero_point, output_multiplier, output_shift, 30),
        dtype=both.dtype,
    )
    return both.run("squared_difference", params)


def pad(x: Array, *, paddings: Any, value: int) -> Array:
    """Surround codes or numbers with a constant.

    Parameters
    ----------
    x : ndarray of int8, int16 or int32, 1 to 6 axes
    paddings : tuple or list of (before, after), one an axis, >= 0
    value : int in the range of the dtype of `x`
        TFLite pads with the output's zero point.

    Returns
    -------
    ndarray of the dtype of `x`

    Raises
    ------
    ShapeError : dtype or shape of `x`, an amount out of range, or a number of pairs that is not its number of axes
    QuantizationError : `value` out of range

    References
    ----------
    TensorFlow Lite PAD, PADV2.
    """
    x = codes_of(x, "x", MAX_RANK, (*CODES, "int32"))
    pairs = _paddings(paddings, x)
    shape = tuple(before + dim + after for dim, (before, after) in zip(x.shape, pairs, strict=True))
    if x.size == 0 and 0 not in shape:
        raise ShapeError(f"x: shape {x.shape}, accepted is an axis of 0 elements only where it is not padded")
    front = MAX_RANK - x.ndim
    dtype = x.dtype.name
    params = {"value": integer(value, "value", *INT_RANGES[dtype])}
    for i, (dim, (before, after)) in enumerate(zip((1,) * front + x.shape, [(0, 0)] * front + pairs, strict=True)):
        params |= {f"dim_{i}": dim, f"before_{i}": before, f"after_{i}": after}
    return run(f"pad_{SUFFIXES[dtype]}", params, [x], {}, shape=shape, dtype=dtype)


def _paddings(paddings: Any, x: Array) -> list[tuple[int, int]]:
    pairs = isinstance(paddings, (tuple, list)) and all(isinstance(p, (tuple, list)) and len(p) == 2 for p in paddings)
    if not pairs or x.ndim == 0 or len(paddings) != x.ndim:
        raise ShapeError(
            f"paddings: {shown(paddings)}, accepted is a pair (before, after) for each axis of x {x.shape}"
        )
    return [amounts(pair, "paddings") for pair in paddings]
