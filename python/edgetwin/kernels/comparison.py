"""equal, not_equal, greater, greater_equal, less, less_equal."""

from __future__ import annotations

from ..types import Array
from ._checks import rounding_of
from ._operands import common_scale, operands

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
    sides = ("x", x_zero_point, x_multiplier, x_shift, 0), ("y", y_zero_point, y_multiplier, y_shift, 0)
    return _compare("equal", x, y, common_scale(left_shift, *sides), rounding)


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
    sides = ("x", x_zero_point, x_multiplier, x_shift, 0), ("y", y_zero_point, y_multiplier, y_shift, 0)
    return _compare("not_equal", x, y, common_scale(left_shift, *sides), rounding)


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
    sides = ("x", x_zero_point, x_multiplier, x_shift, 0), ("y", y_zero_point, y_multiplier, y_shift, 0)
    return _compare("greater", x, y, common_scale(left_shift, *sides), rounding)


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
    sides = ("x", x_zero_point, x_multiplier, x_shift, 0), ("y", y_zero_point, y_multiplier, y_shift, 0)
    return _compare("greater_equal", x, y, common_scale(left_shift, *sides), rounding)


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
    sides = ("x", x_zero_point, x_multiplier, x_shift, 0), ("y", y_zero_point, y_multiplier, y_shift, 0)
    return _compare("less", x, y, common_scale(left_shift, *sides), rounding)


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
    sides = ("x", x_zero_point, x_multiplier, x_shift, 0), ("y", y_zero_point, y_multiplier, y_shift, 0)
    return _compare("less_equal", x, y, common_scale(left_shift, *sides), rounding)


def _compare(name: str, x: Array, y: Array, scales: dict[str, int], rounding: str) -> Array:
    return operands(x, y, ("int8",)).run(name, scales | {"rounding": rounding_of(rounding)}, "bool")
