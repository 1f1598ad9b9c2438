"""add, sub, mul."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...step import Step
from .. import elementwise
from ..context import Context
from ..elementwise import Operands, operands
from .codes import activation_range

__all__ = ["lower_add", "lower_mul", "lower_sub"]

#: Bits of the larger operand's multiplier.
_MULTIPLIER_BITS = 20
#: Ratios of scales that LiteRT's delegate takes: of an operand to the output, and of a product.
_LEAST_RATIO, _LEAST_PRODUCT, _MOST_RATIO = 2.0**-10, 2.0**-16, 2.0**8


def _params(ctx: Context, ops: Operands) -> dict[str, Any]:
    low, high = activation_range(ctx, ops.output)
    zero_points = {
        f"{name}_zero_point": ctx.per_tensor(tensor)[1]
        for name, tensor in (("x", ops.x), ("y", ops.y), ("output", ops.output))
    }
    return {**ops.params, **zero_points, "activation_min": low, "activation_max": high}


def _taken(ratios: Sequence[np.float32], low: float) -> bool:
    """Return whether LiteRT's delegate takes these ratios of scales; its own kernels compute the others."""
    return all(low <= ratio < _MOST_RATIO for ratio in ratios)


def _lower_sum(ctx: Context, ops: Operands, ratios: Sequence[np.float32], sign: int) -> Step:
    shift = _MULTIPLIER_BITS - (int(np.frexp(max(ratios))[1]) - 1)
    x, y = (int(np.rint(np.ldexp(float(ratio), shift))) for ratio in ratios)
    params = _params(ctx, ops) | {"x_multiplier": x, "y_multiplier": sign * y, "shift": shift}
    return ctx.step("add_s8_xnnpack", params, inputs=2)


def _ratios(ctx: Context, ops: Operands) -> list[np.float32]:
    output_scale = ctx.per_tensor(ops.output)[0]
    with np.errstate(all="ignore"):
        return [ctx.per_tensor(tensor)[0] / output_scale for tensor in (ops.x, ops.y)]


def lower_add(ctx: Context) -> Step:
    """Lower ADD: fixed-point multipliers of the scales' float32 ratios."""
    ops = operands(ctx)
    ratios = _ratios(ctx, ops)
    return _lower_sum(ctx, ops, ratios, 1) if _taken(ratios, _LEAST_RATIO) else elementwise.lower_add(ctx)


def lower_sub(ctx: Context) -> Step:
    """Lower SUB: ADD with the second multiplier negative."""
    ops = operands(ctx)
    ratios = _ratios(ctx, ops)
    return _lower_sum(ctx, ops, ratios, -1) if _taken(ratios, _LEAST_RATIO) else elementwise.lower_sub(ctx)


def lower_mul(ctx: Context) -> Step:
    """Lower MUL: a float32 scale."""
    ops = operands(ctx)
    with np.errstate(all="ignore"):
        scale = ctx.per_tensor(ops.x)[0] * ctx.per_tensor(ops.y)[0] / ctx.per_tensor(ops.output)[0]
    if _taken([scale], _LEAST_PRODUCT):
        return ctx.step("mul_s8_xnnpack", _params(ctx, ops) | {"scale": float(scale)}, inputs=2)
    step = elementwise.lower_mul(ctx)
    multiplier, shift = ctx.scale(float(scale))
    return replace(step, params={**step.params, "multiplier": multiplier, "shift": shift})
