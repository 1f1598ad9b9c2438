"""add, pad."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..types import Array
from ._checks import activation, array, integer, pair, rounding_of, run

__all__ = ["add", "pad"]

_RANK = 6


def _operand(value: Array, name: str) -> Array:
    rank = value.ndim if hasattr(value, "ndim") else 0
    checked = array(value, name, "int8", ("any",) * rank)
    if rank > _RANK:
        raise ShapeError(f"{name}: {rank} axes, accepted are at most {_RANK}")
    return checked


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
    activation_min: int = -128,
    activation_max: int = 127,
    rounding: str = "double",
) -> Array:
    """Add int8 codes of different scales; the arrays broadcast.

    Parameters
    ----------
    x, y : ndarray of int8, at most 6 axes
    x_zero_point, y_zero_point, output_zero_point : int in [-128, 127]
    x_multiplier, y_multiplier, output_multiplier : int, >= 0
    x_shift, y_shift, output_shift : int in [-31, 0]
    left_shift : int in [0, 22]
        Bits that the differences to the zero points gain first; TFLite uses 20.
    activation_min, activation_max : int in [-128, 127]
    rounding : "double" or "single"

    Returns
    -------
    ndarray of int8, the shape that `x` and `y` broadcast to

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    CMSIS-NN ``arm_elementwise_add_s8``.
    """
    x, y = _operand(x, "x"), _operand(y, "y")
    try:
        shape = np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        raise ShapeError(f"x and y: shapes {x.shape} and {y.shape} do not broadcast") from None
    dims, x_dims, y_dims = ((1,) * (_RANK - len(s)) + s for s in (shape, x.shape, y.shape))
    params: dict[str, Any] = {f"dim_{i}": dim for i, dim in enumerate(dims)}
    params |= {
        "x_broadcast": sum(1 << i for i in range(_RANK) if x_dims[i] != dims[i]),
        "y_broadcast": sum(1 << i for i in range(_RANK) if y_dims[i] != dims[i]),
        "left_shift": integer(left_shift, "left_shift", 0, 22),
        "rounding": rounding_of(rounding),
        **activation(activation_min, activation_max),
    }
    for name, zero_point, multiplier, shift in (
        ("x", x_zero_point, x_multiplier, x_shift),
        ("y", y_zero_point, y_multiplier, y_shift),
        ("output", output_zero_point, output_multiplier, output_shift),
    ):
        params[f"{name}_zero_point"] = integer(zero_point, f"{name}_zero_point", -128, 127)
        params[f"{name}_multiplier"] = integer(multiplier, f"{name}_multiplier", 0, 2**31 - 1)
        params[f"{name}_shift"] = integer(shift, f"{name}_shift", -31, 0)
    return run("add_s8", params, [x, y], {}, shape)


def pad(x: Array, *, paddings: Any, value: int) -> Array:
    """Surround int8 codes with a constant.

    Parameters
    ----------
    x : ndarray of int8, 1 to 6 axes
    paddings : sequence of (before, after), one an axis, >= 0
    value : int in [-128, 127]
        TFLite pads with the output's zero point.

    Returns
    -------
    ndarray of int8

    Raises
    ------
    ShapeError : dtype or shape of `x`, or a number of pairs that is not its number of axes
    QuantizationError : `value` or an amount out of range
    """
    x = _operand(x, "x")
    if not isinstance(paddings, (tuple, list)) or len(paddings) != x.ndim or x.ndim == 0 or x.size == 0:
        raise ShapeError(f"paddings: {paddings!r}, accepted is one pair (before, after) for each axis of x {x.shape}")
    amounts = [pair(p, "paddings") for p in paddings]
    checked = [(integer(a, "paddings", 0, 2**30), integer(b, "paddings", 0, 2**30)) for a, b in amounts]
    front = _RANK - x.ndim
    params = {"value": integer(value, "value", -128, 127)}
    for i, (dim, (before, after)) in enumerate(
        zip((1,) * front + x.shape, [(0, 0)] * front + checked, strict=True)
    ):
        params |= {f"dim_{i}": dim, f"before_{i}": before, f"after_{i}": after}
    shape = [a + dim + b for dim, (a, b) in zip(x.shape, checked, strict=True)]
    return run("pad_s8", params, [x], {}, shape)
