"""equal, not_equal, greater, greater_equal, less, less_equal."""

from __future__ import annotations

from ..types import Array
from ._checks import integer, multiplier_of, rounding_of, run, zero_point_of
from .elementwise import operands

__all__ = ["equal", "greater", "greater_equal", "less", "less_equal", "not_equal"]


def equal(
    x: Array,
    y: Array,
    *,
    x_zero_point: int,
    x_multiplier: int,
    x_shift: int,
    y_zero_point: int,
    y_multiplier: int,
    y_shift: int,
    left_shift: int = 8,
    rounding: str = "double",
) -> Array:
    """Tell where int8 codes stand for equal values; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8, at most 6 axes
    x_zero_point, y_zero_point : int in [-128, 127]
    x_multiplier, y_multiplier : int, >= 0
        Q31 of the operand's scale.
    x_shift, y_shift : int in [-31, 0]
    left_shift : int in [0, 22]
        The operands are compared in units of 2**-left_shift.
    rounding : "double" or "single"
        TFLite Micro always rounds twice.

    Returns
    -------
    ndarray of bool, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    TensorFlow Lite EQUAL.
    """
    params = _params((x_zero_point, x_multiplier, x_shift), (y_zero_point, y_multiplier, y_shift), left_shift, rounding)
    return _compare("equal_s8", x, y, params)


def not_equal(
    x: Array,
    y: Array,
    *,
    x_zero_point: int,
    x_multiplier: int,
    x_shift: int,
    y_zero_point: int,
    y_multiplier: int,
    y_shift: int,
    left_shift: int = 8,
    rounding: str = "double",
) -> Array:
    """Tell where int8 codes stand for different values; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8, at most 6 axes
    x_zero_point, y_zero_point : int in [-128, 127]
    x_multiplier, y_multiplier : int, >= 0
        Q31 of the operand's scale.
    x_shift, y_shift : int in [-31, 0]
    left_shift : int in [0, 22]
        The operands are compared in units of 2**-left_shift.
    rounding : "double" or "single"
        TFLite Micro always rounds twice.

    Returns
    -------
    ndarray of bool, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    TensorFlow Lite NOT_EQUAL.
    """
    params = _params((x_zero_point, x_multiplier, x_shift), (y_zero_point, y_multiplier, y_shift), left_shift, rounding)
    return _compare("not_equal_s8", x, y, params)


def greater(
    x: Array,
    y: Array,
    *,
    x_zero_point: int,
    x_multiplier: int,
    x_shift: int,
    y_zero_point: int,
    y_multiplier: int,
    y_shift: int,
    left_shift: int = 8,
    rounding: str = "double",
) -> Array:
    """Tell where `x` stands for the larger value; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8, at most 6 axes
    x_zero_point, y_zero_point : int in [-128, 127]
    x_multiplier, y_multiplier : int, >= 0
        Q31 of the operand's scale.
    x_shift, y_shift : int in [-31, 0]
    left_shift : int in [0, 22]
        The operands are compared in units of 2**-left_shift.
    rounding : "double" or "single"
        TFLite Micro always rounds twice.

    Returns
    -------
    ndarray of bool, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    TensorFlow Lite GREATER.
    """
    params = _params((x_zero_point, x_multiplier, x_shift), (y_zero_point, y_multiplier, y_shift), left_shift, rounding)
    return _compare("greater_s8", x, y, params)


def greater_equal(
    x: Array,
    y: Array,
    *,
    x_zero_point: int,
    x_multiplier: int,
    x_shift: int,
    y_zero_point: int,
    y_multiplier: int,
    y_shift: int,
    left_shift: int = 8,
    rounding: str = "double",
) -> Array:
    """Tell where `x` does not stand for the smaller value; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8, at most 6 axes
    x_zero_point, y_zero_point : int in [-128, 127]
    x_multiplier, y_multiplier : int, >= 0
        Q31 of the operand's scale.
    x_shift, y_shift : int in [-31, 0]
    left_shift : int in [0, 22]
        The operands are compared in units of 2**-left_shift.
    rounding : "double" or "single"
        TFLite Micro always rounds twice.

    Returns
    -------
    ndarray of bool, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    TensorFlow Lite GREATER_EQUAL.
    """
    params = _params((x_zero_point, x_multiplier, x_shift), (y_zero_point, y_multiplier, y_shift), left_shift, rounding)
    return _compare("greater_equal_s8", x, y, params)


def less(
    x: Array,
    y: Array,
    *,
    x_zero_point: int,
    x_multiplier: int,
    x_shift: int,
    y_zero_point: int,
    y_multiplier: int,
    y_shift: int,
    left_shift: int = 8,
    rounding: str = "double",
) -> Array:
    """Tell where `x` stands for the smaller value; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8, at most 6 axes
    x_zero_point, y_zero_point : int in [-128, 127]
    x_multiplier, y_multiplier : int, >= 0
        Q31 of the operand's scale.
    x_shift, y_shift : int in [-31, 0]
    left_shift : int in [0, 22]
        The operands are compared in units of 2**-left_shift.
    rounding : "double" or "single"
        TFLite Micro always rounds twice.

    Returns
    -------
    ndarray of bool, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    TensorFlow Lite LESS.
    """
    params = _params((x_zero_point, x_multiplier, x_shift), (y_zero_point, y_multiplier, y_shift), left_shift, rounding)
    return _compare("less_s8", x, y, params)


def less_equal(
    x: Array,
    y: Array,
    *,
    x_zero_point: int,
    x_multiplier: int,
    x_shift: int,
    y_zero_point: int,
    y_multiplier: int,
    y_shift: int,
    left_shift: int = 8,
    rounding: str = "double",
) -> Array:
    """Tell where `x` does not stand for the larger value; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8, at most 6 axes
    x_zero_point, y_zero_point : int in [-128, 127]
    x_multiplier, y_multiplier : int, >= 0
        Q31 of the operand's scale.
    x_shift, y_shift : int in [-31, 0]
    left_shift : int in [0, 22]
        The operands are compared in units of 2**-left_shift.
    rounding : "double" or "single"
        TFLite Micro always rounds twice.

    Returns
    -------
    ndarray of bool, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    TensorFlow Lite LESS_EQUAL.
    """
    params = _params((x_zero_point, x_multiplier, x_shift), (y_zero_point, y_multiplier, y_shift), left_shift, rounding)
    return _compare("less_equal_s8", x, y, params)


def _params(x: tuple[int, int, int], y: tuple[int, int, int], left_shift: int, rounding: str) -> dict[str, int]:
    """Return the checked parameters of (zero point, multiplier, shift) of each operand."""
    params = {"left_shift": integer(left_shift, "left_shift", 0, 22), "rounding": rounding_of(rounding)}
    for name, (zero_point, multiplier, shift) in (("x", x), ("y", y)):
        params[f"{name}_zero_point"] = zero_point_of(zero_point, f"{name}_zero_point")
        params[f"{name}_multiplier"] = multiplier_of(multiplier, f"{name}_multiplier")
        params[f"{name}_shift"] = integer(shift, f"{name}_shift", -31, 0)
    return params


def _compare(kernel: str, x: Array, y: Array, params: dict[str, int]) -> Array:
    dims, arrays, shape = operands(x, y)
    return run(kernel, dims | params, arrays, {}, shape=shape, dtype="bool")
