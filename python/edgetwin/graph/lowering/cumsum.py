"""cumsum."""

from __future__ import annotations

import math

from ..graph import Tensor
from ..step import Step
from .context import Context
from .strided_copy import axis_of, integers

__all__ = ["lower_cumsum", "running_axes"]

#: The reference halves codes that it has shifted left by 20.
_FRACTION = 2.0**19


def running_axes(ctx: Context, source: Tensor) -> dict[str, int | float]:
    """Return what a kernel of running sums is told of `source`, whose dtype has been checked, and of the options."""
    ctx.expect_shape(ctx.output(), source.shape)
    axis = axis_of(ctx, integers(ctx, 1, 1)[0], len(source.shape))
    return {
        "outer": math.prod(source.shape[:axis]),
        "size": source.shape[axis],
        "inner": math.prod(source.shape[axis + 1 :]),
        "exclusive": int(ctx.option("exclusive")),
        "reverse": int(ctx.option("reverse")),
    }


def lower_cumsum(ctx: Context) -> Step:
    """Lower CUMSUM of int8 along a constant axis."""
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    params = running_axes(ctx, source)
    input_scale, input_zero_point = ctx.per_tensor(source)
    output_scale, output_zero_point = ctx.per_tensor(output)
    real = 2.0 * float(input_scale) / (2.0 * _FRACTION * float(output_scale))
    if not real < 1:
        ctx.unsupported(
            f"input scale {input_scale} over output scale {output_scale}, accepted is a quotient below 2**19: TFLite "
            "Micro aborts"
        )
    multiplier, shift = ctx.scale(real, 0)
    params |= {
        "input_zero_point": input_zero_point,
        "output_zero_point": output_zero_point,
        "multiplier": multiplier,
        "shift": shift,
    }
    return ctx.step("cumsum_s8", params)
