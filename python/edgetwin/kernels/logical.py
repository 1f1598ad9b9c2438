"""logical_and, logical_or, logical_not; select."""

from __future__ import annotations

from ..types import MAX_RANK, Array
from ._checks import CODES, SUFFIXES, codes_of, run
from ._operands import broadcast_params, operands

__all__ = ["logical_and", "logical_not", "logical_or", "select"]


def logical_and(x: Array, y: Array) -> Array:
    """Tell where both are true; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of bool, at most 6 axes

    Returns
    -------
    ndarray of bool, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array

    References
    ----------
    TensorFlow Lite LOGICAL_AND.
    """
    return operands(x, y, ("bool",)).run("logical_and", {})


def logical_or(x: Array, y: Array) -> Array:
    """Tell where one of both is true; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of bool, at most 6 axes

    Returns
    -------
    ndarray of bool, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array

    References
    ----------
    TensorFlow Lite LOGICAL_OR.
    """
    return operands(x, y, ("bool",)).run("logical_or", {})


def logical_not(x: Array) -> Array:
    """Tell where an array is false.

    Parameters
    ----------
    x : ndarray of bool, any shape

    Returns
    -------
    ndarray of bool, the shape of `x`

    Raises
    ------
    ShapeError : dtype of `x`

    References
    ----------
    TensorFlow Lite LOGICAL_NOT.
    """
    x = codes_of(x, "x", accepted=("bool",))
    return run("logical_not_bool", {"size": x.size}, [x], {}, shape=x.shape, dtype="bool")


def select(condition: Array, x: Array, y: Array) -> Array:
    """Take the codes of `x` where a condition holds, those of `y` elsewhere; the arrays broadcast.

    Parameters
    ----------
    condition : ndarray of bool, at most 6 axes
    x, y : ndarray of int8 or int16, both the same, at most 6 axes

    Returns
    -------
    ndarray of the dtype of `x`, the shape that the three broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array

    References
    ----------
    TensorFlow Lite SELECT_V2.
    """
    condition, x = codes_of(condition, "condition", MAX_RANK, ("bool",)), codes_of(x, "x", MAX_RANK, CODES)
    dtype = x.dtype.name
    y = codes_of(y, "y", MAX_RANK, (dtype,))
    params, shape = broadcast_params(x=x, y=y, condition=condition)
    return run(f"select_{SUFFIXES[dtype]}", params, [condition, x, y], {}, shape=shape, dtype=dtype)
