"""cumsum."""

from __future__ import annotations

import math

from ..step import Step
from .context import Context
from .strided_copy import axis_of, integers

__all__ = ["lower_cumsum"]

#: The reference halves codes that it has shifted left by 20.
_FRACTION = 2.0**19


def lower_cumsum(ctx: Context) -> Step:
    """Lower CUMSUM of int8 along a constant axis."""
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    ctx.expect_shape(output, source.shape)
    axis = axis_of(ctx, integers(ctx, 1, 1)[0], len(source.shape))
    input_scale, input_zero_point = ctx.per_tensor(source)
    output_scale, output_zero_point = ctx.per_tensor(output)
    real = 2.0 * float(input_scale) / (2.0 * _FRACTION * float(output_scale))
    if not real < 1:
        ctx.unsupported(
            f"input scale {input_scale} over output scale {output_scale}, accepted is a quotient below 2**19: TFLite "
            "Micro aborts"
        )
    multiplier, shift = ctx.scale(real, 0)
    params: dict[str, int | float] = {
        "outer": math.prod(source.shape[:axis]),
        "size": source.shape[axis],
        "inner": math.prod(source.shape[axis + 1 :]),
        "exclusive": int(ctx.option("exclusive")),
        "reverse": int(ctx.option("reverse")),
        "input_zero_point": input_zero_point,
        "output_zero_point": output_zero_point,
        "multiplier": multiplier,
        "shift": shift,
    }
    return ctx.step("cumsum_s8", params)
