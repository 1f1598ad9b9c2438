"""add, sub, mul."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...step import Step
from ..context import Context
from ..elementwise import Operands, operands
from .codes import activation_range, scale_ratio

__all__ = ["lower_add", "lower_mul", "lower_sub"]

#: Bits of the larger operand's multiplier.
_MULTIPLIER_BITS = 20


def _params(ctx: Context, ops: Operands) -> dict[str, Any]:
    low, high = activation_range(ctx, ops.output)
    zero_points = {
        f"{name}_zero_point": ctx.per_tensor(tensor)[1]
        for name, tensor in (("x", ops.x), ("y", ops.y), ("output", ops.output))
    }
    return {**ops.params, **zero_points, "activation_min": low, "activation_max": high}


def _lower_sum(ctx: Context, sign: int) -> Step:
    ops = operands(ctx)
    output_scale = ctx.per_tensor(ops.output)[0]
    ratios = [scale_ratio(ctx, ctx.per_tensor(t)[0], output_scale, 2.0**-10, 2.0**8) for t in (ops.x, ops.y)]
    shift = _MULTIPLIER_BITS - (int(np.frexp(max(ratios))[1]) - 1)
    x, y = (int(np.rint(np.ldexp(float(ratio), shift))) for ratio in ratios)
    params = _params(ctx, ops) | {"x_multiplier": x, "y_multiplier": sign * y, "shift": shift}
    return ctx.step("add_s8_xnnpack", params, inputs=2)


def lower_add(ctx: Context) -> Step:
    """Lower ADD: fixed-point multipliers of the scales' float32 ratios."""
    return _lower_sum(ctx, 1)


def lower_sub(ctx: Context) -> Step:
    """Lower SUB: ADD with the second multiplier negative."""
    return _lower_sum(ctx, -1)


def lower_mul(ctx: Context) -> Step:
    """Lower MUL: a float32 scale."""
    ops = operands(ctx)
    with np.errstate(all="ignore"):
        product = ctx.per_tensor(ops.x)[0] * ctx.per_tensor(ops.y)[0]
    scale = scale_ratio(ctx, product, ctx.per_tensor(ops.output)[0], 2.0**-16, 2.0**8)
    return ctx.step("mul_s8_xnnpack", _params(ctx, ops) | {"scale": float(scale)}, inputs=2)
