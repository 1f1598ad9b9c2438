"""max_pool_2d and average_pool_2d in float32."""

from __future__ import annotations

from ...step import Step
from ..context import Context
from ..pool import pool_shape
from .operands import activation, float32

__all__ = ["lower_average_pool_2d", "lower_max_pool_2d"]


def _lower(ctx: Context) -> Step:
    float32(ctx, ctx.output())
    params = pool_shape(ctx)
    # A pool is a window like a convolution's.
    params["kernel_h"], params["kernel_w"] = params.pop("pool_h"), params.pop("pool_w")
    params["input_c"] = params["output_c"] = params.pop("channels")
    params["dilation_h"] = params["dilation_w"] = 1
    return ctx.step(f"{ctx.operator.name}_f32", params | {"activation": activation(ctx)})


def lower_max_pool_2d(ctx: Context) -> Step:
    """Lower MAX_POOL_2D."""
    return _lower(ctx)


def lower_average_pool_2d(ctx: Context) -> Step:
    """Lower AVERAGE_POOL_2D."""
    return _lower(ctx)
