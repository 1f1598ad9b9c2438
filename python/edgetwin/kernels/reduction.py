"""mean, sum, reduce_max, reduce_min, reduce_all, arg_max, arg_min, cumsum."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

from ..errors import ShapeError
from ..types import INT32_MAX, MAX_RANK, Array
from ._checks import CODES, SUFFIXES, codes_of, flag, integer, one_scale, rounding_of, run

__all__ = ["arg_max", "arg_min", "cumsum", "mean", "reduce_all", "reduce_max", "reduce_min", "sum"]

#: A sum of codes less their zero points must stay in int32.
_MOST_SUMMED = {"int8": INT32_MAX // 255, "int16": INT32_MAX // 2**15}


def mean(
    x: Array,
    *,
    axis: Any,
    input_zero_point: int,
    output_zero_point: int,
    multiplier: int,
    shift: int,
    keep_dims: bool = False,
    rounding: str = "double",
) -> Array:
    """Sum codes over axes and requantize; the number of elements belongs into the multiplier.

    Parameters
    ----------
    x : ndarray of int8 or int16, 1 to 6 axes
    axis : int, or tuple or list of int, in [-axes, axes - 1]
        An axis named twice is averaged once.
    input_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    multiplier : int, >= 0
        Q31 of s_x / s_out / number of elements.
    shift : int in [-31, 30], positive = left
    keep_dims : bool
        Keep the averaged axes with size 1.
    rounding : "double" or "single"

    Returns
    -------
    ndarray of the dtype of `x`

    Raises
    ------
    ShapeError : dtype or shape of `x`, or an axis that it does not have
    QuantizationError : a zero point, multiplier or shift out of range
    UnsupportedError : another rounding, or a `keep_dims` that is no bool

    References
    ----------
    TensorFlow Lite MEAN.
    """
    x, axes, params, shape = _reduced(x, axis, keep_dims, CODES)
    dtype = x.dtype.name
    count = math.prod(x.shape[i] for i in axes)
    if not 1 <= count <= _MOST_SUMMED[dtype]:
        raise ShapeError(f"axis: {count} elements to sum, accepted are 1 to {_MOST_SUMMED[dtype]}")
    params |= {
        **one_scale(input_zero_point, output_zero_point, multiplier, shift, dtype),
        "rounding": rounding_of(rounding),
    }
    return run(f"mean_{SUFFIXES[dtype]}", params, [x], {}, shape=shape, dtype=dtype)


def sum(
    x: Array,
    *,
    axis: Any,
    input_zero_point: int,
    output_zero_point: int,
    multiplier: int,
    shift: int,
    keep_dims: bool = False,
    rounding: str = "double",
) -> Array:
    """Sum codes over axes and requantize.

    Parameters
    ----------
    x : ndarray of int8 or int16, 1 to 6 axes
    axis : int, or tuple or list of int, in [-axes, axes - 1]
        An axis named twice is summed once.
    input_zero_point, output_zero_point : int in [-128, 127]; 0 for int16
    multiplier : int, >= 0
        Q31 of s_x / s_out.
    shift : int in [-31, 30], positive = left
    keep_dims : bool
        Keep the summed axes with size 1.
    rounding : "double" or "single"

    Returns
    -------
    ndarray of the dtype of `x`

    Raises
    ------
    ShapeError : dtype or shape of `x`, or an axis that it does not have
    QuantizationError : a zero point, multiplier or shift out of range
    UnsupportedError : another rounding, or a `keep_dims` that is no bool

    References
    ----------
    TensorFlow Lite SUM.
    """
    return mean(
        x,
        axis=axis,
        input_zero_point=input_zero_point,
        output_zero_point=output_zero_point,
        multiplier=multiplier,
        shift=shift,
        keep_dims=keep_dims,
        rounding=rounding,
    )


def reduce_max(x: Array, *, axis: Any, keep_dims: bool = False) -> Array:
    """Take the largest code over axes.

    Parameters
    ----------
    x : ndarray of int8, 1 to 6 axes
    axis : int, or tuple or list of int, in [-axes, axes - 1]
    keep_dims : bool
        Keep the reduced axes with size 1.

    Returns
    -------
    ndarray of int8

    Raises
    ------
    ShapeError : dtype or shape of `x`, or an axis that it does not have
    UnsupportedError : a `keep_dims` that is no bool

    References
    ----------
    TensorFlow Lite REDUCE_MAX.
    """
    return _extreme("reduce_max", x, axis, keep_dims)


def reduce_min(x: Array, *, axis: Any, keep_dims: bool = False) -> Array:
    """Take the smallest code over axes.

    Parameters
    ----------
    x : ndarray of int8, 1 to 6 axes
    axis : int, or tuple or list of int, in [-axes, axes - 1]
    keep_dims : bool
        Keep the reduced axes with size 1.

    Returns
    -------
    ndarray of int8

    Raises
    ------
    ShapeError : dtype or shape of `x`, or an axis that it does not have
    UnsupportedError : a `keep_dims` that is no bool

    References
    ----------
    TensorFlow Lite REDUCE_MIN.
    """
    return _extreme("reduce_min", x, axis, keep_dims)


def reduce_all(x: Array, *, axis: Any, keep_dims: bool = False) -> Array:
    """Tell where all are true over axes.

    Parameters
    ----------
    x : ndarray of bool, 1 to 6 axes
    axis : int, or tuple or list of int, in [-axes, axes - 1]
    keep_dims : bool
        Keep the reduced axes with size 1.

    Returns
    -------
    ndarray of bool

    Raises
    ------
    ShapeError : dtype or shape of `x`, or an axis that it does not have
    UnsupportedError : a `keep_dims` that is no bool

    References
    ----------
    TensorFlow Lite REDUCE_ALL.
    """
    return _extreme("reduce_all", x, axis, keep_dims, ("bool",))


def arg_max(x: Array, *, axis: int) -> Array:
    """Find the largest code along an axis; the first of equal ones.

    Parameters
    ----------
    x : ndarray of int8, 1 to 6 axes
    axis : int in [-axes, axes - 1]

    Returns
    -------
    ndarray of int32, `x` without that axis

    Raises
    ------
    ShapeError : dtype or shape of `x`, or an axis that it does not have

    References
    ----------
    TensorFlow Lite ARG_MAX.
    """
    return _position("arg_max_s8", x, axis)


def arg_min(x: Array, *, axis: int) -> Array:
    """Find the smallest code along an axis; the first of equal ones.

    Parameters
    ----------
    x : ndarray of int8, 1 to 6 axes
    axis : int in [-axes, axes - 1]

    Returns
    -------
    ndarray of int32, `x` without that axis

    Raises
    ------
    ShapeError : dtype or shape of `x`, or an axis that it does not have

    References
    ----------
    TensorFlow Lite ARG_MIN.
    """
    return _position("arg_min_s8", x, axis)


def cumsum(
    x: Array,
    *,
    axis: int,
    input_zero_point: int,
    output_zero_point: int,
    multiplier: int,
    shift: int,
    exclusive: bool = False,
    reverse: bool = False,
) -> Array:
    """Sum int8 codes along an axis, each with those before it, and requantize; always rounding twice.

    Parameters
    ----------
    x : ndarray of int8, 1 to 6 axes
    axis : int in [-axes, axes - 1]
    input_zero_point, output_zero_point : int in [-128, 127]
        As TFLite Micro does, the sum begins at -`input_zero_point`.
    multiplier : int, >= 0
        Q31 of s_x * 2**-19 / s_out: sums have 19 bits of fraction and wrap beyond 32 bits.
    shift : int in [-31, 0], positive = left
    exclusive : bool
        Leave each element's own code out.
    reverse : bool
        Sum from the end.

    Returns
    -------
    ndarray of int8, the shape of `x`

    Raises
    ------
    ShapeError : dtype or shape of `x`, or an axis that it does not have
    QuantizationError : a zero point, multiplier or shift out of range
    UnsupportedError : an `exclusive` or `reverse` that is no bool

    References
    ----------
    TensorFlow Lite CUMSUM.
    """
    x = _checked(x)
    at = _axis(axis, x)
    params = {
        "outer": math.prod(x.shape[:at]),
        "size": x.shape[at],
        "inner": math.prod(x.shape[at + 1 :]),
        "exclusive": int(flag(exclusive, "exclusive")),
        "reverse": int(flag(reverse, "reverse")),
        **one_scale(input_zero_point, output_zero_point, multiplier, integer(shift, "shift", -31, 0)),
    }
    return run("cumsum_s8", params, [x], {}, shape=x.shape)


def _checked(x: Array, accepted: Sequence[str] = ("int8",)) -> Array:
    x = codes_of(x, "x", MAX_RANK, accepted)
    if x.ndim == 0:
        raise ShapeError("x: no axes, accepted are 1 to 6")
    return x


def _axis(value: Any, x: Array) -> int:
    return integer(value, "axis", -x.ndim, x.ndim - 1, ShapeError) % x.ndim


def _reduced(
    x: Array, axis: Any, keep_dims: bool, accepted: Sequence[str] = ("int8",)
) -> tuple[Array, set[int], dict[str, int], list[int]]:
    """Return the checked array and axes, the kernel's dimensions and the output's shape."""
    x = _checked(x, accepted)
    axes = {_axis(value, x) for value in (axis if isinstance(axis, (tuple, list)) else [axis])}
    kept = flag(keep_dims, "keep_dims")
    front = MAX_RANK - x.ndim
    params = {f"dim_{i}": dim for i, dim in enumerate((1,) * front + x.shape)}
    params["reduced"] = functools.reduce(operator.or_, (1 << (i + front) for i in axes), 0)
    return x, axes, params, [1 if i in axes else dim for i, dim in enumerate(x.shape) if kept or i not in axes]


def _extreme(name: str, x: Array, axis: Any, keep_dims: bool, accepted: Sequence[str] = ("int8",)) -> Array:
    x, axes, params, shape = _reduced(x, axis, keep_dims, accepted)
    if 0 in (x.shape[i] for i in axes):
        raise ShapeError(f"axis: no elements to compare in x {x.shape}")
    dtype = x.dtype.name
    return run(f"{name}_{SUFFIXES[dtype]}", params, [x], {}, shape=shape, dtype=dtype)


def _position(kernel: str, x: Array, axis: int) -> Array:
    x = _checked(x)
    at = _axis(axis, x)
    if x.shape[at] == 0:
        raise ShapeError(f"axis: no elements to compare in x {x.shape}")
    params = {"outer": math.prod(x.shape[:at]), "size": x.shape[at], "inner": math.prod(x.shape[at + 1 :])}
    return run(kernel, params, [x], {}, shape=(*x.shape[:at], *x.shape[at + 1 :]), dtype="int32")
