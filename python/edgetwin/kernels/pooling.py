"""max_pool_2d, average_pool_2d, mean."""

from __future__ import annotations

from typing import Any

from ..errors import ShapeError
from ..types import Array
from ._checks import activation, array, integer, padding_of, rounding_of, run, sizes

__all__ = ["average_pool_2d", "max_pool_2d", "mean"]


def max_pool_2d(
    x: Array, *, pool: Any, stride: Any, padding: Any, activation_min: int = -128, activation_max: int = 127
) -> Array:
    """Take the largest code of each window.

    Parameters
    ----------
    x : ndarray of int8, shape (n, h, w, c), NHWC
    pool, stride : int or (height, width), >= 1
    padding : "same", "valid" or ((top, bottom), (left, right))
        Padding takes no part; every window must hold an element of `x`.
    activation_min, activation_max : int in [-128, 127]

    Returns
    -------
    ndarray of int8, shape (n, h', w', c)
        Quantized as `x`.

    Raises
    ------
    ShapeError : dtype or shape of `x`, or a window that does not fit
    QuantizationError : a size or clamp out of range
    UnsupportedError : another padding

    References
    ----------
    CMSIS-NN ``arm_max_pool_s8``.
    """
    return _pool("max_pool_2d_s8", x, pool, stride, padding, activation_min, activation_max)


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
    return _pool("average_pool_2d_s8", x, pool, stride, padding, activation_min, activation_max)


def _pool(kernel: str, x: Array, pool: Any, stride: Any, padding: Any, low: int, high: int) -> Array:
    array(x, "x", "int8", ("n", "h", "w", "c"))
    n, input_h, input_w, channels = x.shape
    if 0 in x.shape[1:]:
        raise ShapeError(f"x: shape {x.shape}; only n may be 0")
    pool_h, pool_w = sizes(pool, "pool")
    stride_h, stride_w = sizes(stride, "stride")
    output_h, pad_top = padding_of(padding, input_h, pool_h, stride_h, 1, 0)
    output_w, pad_left = padding_of(padding, input_w, pool_w, stride_w, 1, 1)
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
        **activation(low, high),
    }
    return run(kernel, params, [array(x, "x", "int8", x.shape)], {}, (n, output_h, output_w, channels))


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
    axis : int or sequence of int
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
    UnsupportedError : another rounding
    """
    rank = x.ndim if hasattr(x, "ndim") else 0
    x = array(x, "x", "int8", ("any",) * rank)
    if not 1 <= rank <= 6 or x.size == 0:
        raise ShapeError(f"x: shape {x.shape}, accepted are 1 to 6 axes with elements")
    axes = set()
    for value in axis if isinstance(axis, (tuple, list)) else [axis]:
        axes.add(integer(value, "axis", -rank, rank - 1) % rank)
    front = 6 - rank
    params = {f"dim_{i}": dim for i, dim in enumerate((1,) * front + x.shape)}
    params |= {
        "reduced": sum(1 << (i + front) for i in axes),
        "input_zero_point": integer(input_zero_point, "input_zero_point", -128, 127),
        "output_zero_point": integer(output_zero_point, "output_zero_point", -128, 127),
        "multiplier": integer(multiplier, "multiplier", 0, 2**31 - 1),
        "shift": integer(shift, "shift", -31, 30),
        "rounding": rounding_of(rounding),
    }
    shape = [1 if i in axes else dim for i, dim in enumerate(x.shape) if keep_dims or i not in axes]
    return run("mean_s8", params, [x], {}, shape)
