"""max_pool_2d, average_pool_2d."""

from __future__ import annotations

from typing import Any

from ..errors import ShapeError
from ..types import Array
from ._checks import (
    activation,
    array,
    run,
    sizes,
)
from ._windows import padding_2d, window_positions

__all__ = ["average_pool_2d", "max_pool_2d"]

#: A window's sum and count must stay in int32.
_MOST_POOLED = 2**22 - 1


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
