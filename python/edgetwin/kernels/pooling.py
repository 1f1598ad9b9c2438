"""max_pool_2d, average_pool_2d."""

from __future__ import annotations

from typing import Any

from ..errors import ShapeError
from ..types import Array
from ._checks import CODES, SUFFIXES, clamp_of, images_of, run, sizes
from ._windows import padding_2d, window_positions

__all__ = ["average_pool_2d", "max_pool_2d"]

#: A window's sum and count must stay in int32.
_MOST_POOLED = {"int8": 2**22 - 1, "int16": 2**15 - 1}


def max_pool_2d(
    x: Array,
    *,
    pool: Any,
    stride: Any,
    padding: Any,
    activation_min: int | None = None,
    activation_max: int | None = None,
) -> Array:
    """Take the largest code of each window.

    Parameters
    ----------
    x : ndarray of int8 or int16, shape (n, h, w, c), NHWC
    pool, stride : int or (height, width), >= 1
        A window holds fewer than 2**22 elements of int8, 2**15 of int16.
    padding : "same", "valid" or ((top, bottom), (left, right))
        Padding takes no part; every window must hold an element of `x`.
    activation_min, activation_max : int in the range of the dtype of `x`, optional

    Returns
    -------
    ndarray of the dtype of `x`, shape (n, h', w', c)
        Quantized as `x`.

    Raises
    ------
    ShapeError : dtype or shape of `x`, a size out of range, or a window that does not fit or lies in padding alone
    QuantizationError : a clamp out of range
    UnsupportedError : another kind of padding

    References
    ----------
    CMSIS-NN ``arm_max_pool_s8``, ``arm_max_pool_s16``.
    """
    return _pool("max_pool_2d", x, pool=pool, stride=stride, padding=padding, low=activation_min, high=activation_max)


def average_pool_2d(
    x: Array,
    *,
    pool: Any,
    stride: Any,
    padding: Any,
    activation_min: int | None = None,
    activation_max: int | None = None,
) -> Array:
    """Average the codes of each window that are not padding, rounded half away from zero.

    Parameters
    ----------
    x, pool, stride, padding, activation_min, activation_max
        As in `max_pool_2d`.

    Returns
    -------
    ndarray of the dtype of `x`, shape (n, h', w', c)
        Quantized as `x`.

    Raises
    ------
    ShapeError, QuantizationError, UnsupportedError : as in `max_pool_2d`

    References
    ----------
    CMSIS-NN ``arm_avgpool_s8``, ``arm_avgpool_s16``.
    """
    return _pool(
        "average_pool_2d", x, pool=pool, stride=stride, padding=padding, low=activation_min, high=activation_max
    )


def _pool(name: str, x: Array, *, pool: Any, stride: Any, padding: Any, low: Any, high: Any) -> Array:
    x = images_of(x, "x", CODES)
    dtype = x.dtype.name
    n, input_h, input_w, channels = x.shape
    if 0 in x.shape[1:]:
        raise ShapeError(f"x: shape {x.shape}; only n may be 0")
    pool_h, pool_w = sizes(pool, "pool")
    if pool_h * pool_w > _MOST_POOLED[dtype]:
        raise ShapeError(f"pool: {pool_h} x {pool_w}, accepted are at most {_MOST_POOLED[dtype]} elements")
    stride_h, stride_w = sizes(stride, "stride")
    amounts = padding_2d(padding)
    output_h, pad_top = window_positions(amounts, 0, size=input_h, kernel=pool_h, stride=stride_h, touching=True)
    output_w, pad_left = window_positions(amounts, 1, size=input_w, kernel=pool_w, stride=stride_w, touching=True)
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
        **clamp_of(low, high, dtype),
    }
    return run(f"{name}_{SUFFIXES[dtype]}", params, [x], {}, shape=(n, output_h, output_w, channels), dtype=dtype)
