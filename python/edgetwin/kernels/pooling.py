"""max_pool_2d, average_pool_2d, mean."""

from __future__ import annotations

import math
from typing import Any

from ..errors import ShapeError
from ..types import MAX_RANK, Array
from ._checks import (
    INT32_MAX,
    activation,
    array,
    codes_of,
    flag,
    integer,
    multiplier_of,
    rounding_of,
    run,
    shift_of,
    sizes,
    zero_point_of,
)
from ._windows import padding_2d, window_positions

__all__ = ["average_pool_2d", "max_pool_2d", "mean"]

#: A window's sum and count must stay in int32.
_MOST_POOLED = 2**22 - 1
_MOST_AVERAGED = INT32_MAX // 255


def max_pool_2d(
    x: Array, *, pool: Any, stride: Any, padding: Any, activation_min: int = -128, activation_max: int = 127
) -> Array:
    """Take the largest code of each window.

    Parameters
    ----------
    x : ndarray of int8, shape (n, h, w, c), NHWC
    pool, stride : int or (height, width), >= 1
        A window holds fewer than 2**22 elements.
    padding : "same", "valid" or ((top, bottom), (left, right))
        Padding takes no part; every window must hold an element of `x`.
    activation_min, activation_max : int in [-128, 127]

    Returns
    -------
    ndarray of int8, shape (n, h', w', c)
        Quantized as `x`.

    Raises
    ------
    ShapeError : dtype or shape of `x`, a size out of range, or a window that does not fit or lies in padding alone
    QuantizationError : a clamp out of range
    UnsupportedError : another kind of padding

    References
    ----------
    CMSIS-NN ``arm_max_pool_s8``.
    """
    return _pool(
        "max_pool_2d_s8", x, pool=pool, stride=stride, padding=padding, low=activation_min, high=activation_max
    )


def average_pool_2d(
    x: Array, *, pool: Any, stride: Any, padding: Any, activation_min: int = -128, activation_max: int = 127
) -> Array:
    """Average the codes of each window that are not padding, rounded half away from zero.

    Parameters
    ----------
    x, pool, stride, padding, activation_min, activation_max
        As in `max_pool_2d`.

    Returns
    -------
    ndarray of int8, shape (n, h', w', c)
        Quantized as `x`.

    Raises
    ------
    ShapeError, QuantizationError, UnsupportedError : as in `max_pool_2d`

    References
    ----------
    CMSIS-NN ``arm_avgpool_s8``.
    """
    return _pool(
        "average_pool_2d_s8", x, pool=pool, stride=stride, padding=padding, low=activation_min, high=activation_max
    )


def _pool(kernel: str, x: Array, *, pool: Any, stride: Any, padding: Any, low: Any, high: Any) -> Array:
    x = array(x, "x", "int8", ("n", "h", "w", "c"))
    n, input_h, input_w, channels = x.shape
    if 0 in x.shape[1:]:
        raise ShapeError(f"x: shape {x.shape}; only n may be 0")
    pool_h, pool_w = sizes(pool, "pool")
    if pool_h * pool_w > _MOST_POOLED:
        raise ShapeError(f"pool: {pool_h} x {pool_w}, accepted are at most {_MOST_POOLED} elements")
    stride_h, stride_w = sizes(stride, "stride")
    amounts = padding_2d(padding)
    output_h, pad_top = window_positions(amounts, 0, size=input_h, kernel=pool_h, stride=stride_h, touching=True)
    output_w, pad_left = window_positions(amounts, 1, size=input_w, kernel=pool_w, stride=stride_w, touching=True)
    activation_min, activation_max = activation(low, high)
    params = {
        "batches": n,
        "input_h": input_h,
        "input_w": input_w,
        "channels": channels,
        "output_h": output_h,
        "output_w": output_w,
        "pool_h": pool_h,
        "pool_w": pool_w,
        "stride_h": stride_h,
        "stride_w": stride_w,
        "pad_top": pad_top,
        "pad_left": pad_left,
        "activation_min": activation_min,
        "activation_max": activation_max,
    }
    return run(kernel, params, [x], {}, shape=(n, output_h, output_w, channels))


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
    """Sum int8 codes over axes and requantize; the number of elements belongs into the multiplier.

    Parameters
    ----------
    x : ndarray of int8, 1 to 6 axes
    axis : int, or tuple or list of int, in [-axes, axes - 1]
        An axis named twice is averaged once.
    input_zero_point, output_zero_point : int in [-128, 127]
    multiplier : int, >= 0
        Q31 of s_x / s_out / number of elements.
    shift : int in [-31, 30], positive = left
    keep_dims : bool
        Keep the averaged axes with size 1.
    rounding : "double" or "single"

    Returns
    -------
    ndarray of int8

    Raises
    ------
    ShapeError : dtype or shape of `x`, or an axis that it does not have
    QuantizationError : a zero point, multiplier or shift out of range
    UnsupportedError : another rounding, or a `keep_dims` that is no bool

    References
    ----------
    TensorFlow Lite MEAN.
    """
    x = codes_of(x, "x", MAX_RANK)
    if x.ndim == 0:
        raise ShapeError("x: no axes, accepted are 1 to 6")
    axes = {
        integer(value, "axis", -x.ndim, x.ndim - 1, ShapeError) % x.ndim
        for value in (axis if isinstance(axis, (tuple, list)) else [axis])
    }
    kept = flag(keep_dims, "keep_dims")
    count = math.prod(x.shape[i] for i in axes)
    if not 1 <= count <= _MOST_AVERAGED:
        raise ShapeError(f"axis: {count} elements to average, accepted are 1 to {_MOST_AVERAGED}")
    front = MAX_RANK - x.ndim
    params = {f"dim_{i}": dim for i, dim in enumerate((1,) * front + x.shape)}
    params |= {
        "reduced": sum(1 << (i + front) for i in axes),
        "input_zero_point": zero_point_of(input_zero_point, "input_zero_point"),
        "output_zero_point": zero_point_of(output_zero_point, "output_zero_point"),
        "multiplier": multiplier_of(multiplier, "multiplier"),
        "shift": shift_of(shift, "shift"),
        "rounding": rounding_of(rounding),
    }
    shape = [1 if i in axes else dim for i, dim in enumerate(x.shape) if kept or i not in axes]
    return run("mean_s8", params, [x], {}, shape=shape)
