"""add."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..step import Step
from .context import Context, quantize_multiplier

__all__ = ["lower_add", "six_dims"]

_RANK = 6
_LEFT_SHIFT = 20


def six_dims(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return `shape` with ones in front up to six axes."""
    return (1,) * (_RANK - len(shape)) + shape


def _scale(ctx: Context, real: float, what: str) -> tuple[int, int]:
    if not 0 < real < 1:
        ctx.unsupported(f"the {what} scale {real:g} is not between 0 and 1")
    multiplier, shift = quantize_multiplier(real)
    if shift > 0:
        ctx.unsupported(f"the {what} scale {real:g} rounds to 1")
    return multiplier, shift


def lower_add(ctx: Context) -> Step:
    """Lower ADD of int8 operands with broadcasting."""
    x, y, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.input(1)), ctx.int8(ctx.output())
    for tensor in (x, y, output):
        if len(tensor.shape) > _RANK:
            ctx.unsupported(f"tensor {tensor.name!r} has {len(tensor.shape)} axes, accepted are at most {_RANK}")
    try:
        shape = np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        ctx.bad(f"inputs have shapes {list(x.shape)} and {list(y.shape)}, which do not broadcast")
    ctx.expect_shape(output, shape)
    x_scale, x_zero_point = ctx.per_tensor(x)
    y_scale, y_zero_point = ctx.per_tensor(y)
    output_scale, output_zero_point = ctx.per_tensor(output)
    twice_max = 2 * float(max(x_scale, y_scale))
    x_multiplier, x_shift = _scale(ctx, float(x_scale) / twice_max, "first input's")
    y_multiplier, y_shift = _scale(ctx, float(y_scale) / twice_max, "second input's")
    output_multiplier, output_shift = _scale(
        ctx, twice_max / ((1 << _LEFT_SHIFT) * float(output_scale)), "output's"
    )
    low, high = ctx.activation_range(ctx.option("fused_activation_function"), output)
    dims, x_dims, y_dims = six_dims(shape), six_dims(x.shape), six_dims(y.shape)
    params: dict[str, Any] = {f"dim_{axis}": dim for axis, dim in enumerate(dims)}
    params |= {
        "x_broadcast": sum(1 << axis for axis in range(_RANK) if x_dims[axis] != dims[axis]),
        "y_broadcast": sum(1 << axis for axis in range(_RANK) if y_dims[axis] != dims[axis]),
        "x_zero_point": x_zero_point,
        "x_multiplier": x_multiplier,
        "x_shift": x_shift,
        "y_zero_point": y_zero_point,
        "y_multiplier": y_multiplier,
        "y_shift": y_shift,
        "left_shift": _LEFT_SHIFT,
        "output_zero_point": output_zero_point,
        "output_multiplier": output_multiplier,
        "output_shift": output_shift,
        "activation_min": low,
        "activation_max": high,
        "rounding": ctx.rounding,
    }
    return Step(ctx.index, "add_s8", ctx.operator.inputs[:2], (), ctx.operator.outputs[:1], params, {})
