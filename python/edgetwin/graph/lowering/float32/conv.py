"""conv_2d and depthwise_conv_2d in float32."""

from __future__ import annotations

import numpy as np

from ....types import Array
from ...step import Step
from ..context import Context
from ..conv import conv_2d_shape, depthwise_conv_2d_shape
from .operands import activation, float32

__all__ = ["lower_conv_2d", "lower_depthwise_conv_2d"]


def _step(ctx: Context, params: dict[str, int], weights: Array) -> Step:
    float32(ctx, ctx.output())
    constants = {"weights": weights, "bias": ctx.bias(2, params["output_c"], "float32")}
    return ctx.step(f"{ctx.operator.name}_f32", params | {"activation": activation(ctx)}, constants)


def lower_conv_2d(ctx: Context) -> Step:
    """Lower CONV_2D: weights OHWI in the file, a matrix of (taps, output channels) for each group in the kernel."""
    params = conv_2d_shape(ctx)
    groups, output_c = params["groups"], params["output_c"]
    weights = ctx.constant(1, "float32").reshape(groups, output_c // groups, -1)
    return _step(ctx, params, np.ascontiguousarray(weights.transpose(0, 2, 1)))


def lower_depthwise_conv_2d(ctx: Context) -> Step:
    """Lower DEPTHWISE_CONV_2D: weights 1HWO."""
    return _step(ctx, depthwise_conv_2d_shape(ctx), ctx.constant(1, "float32"))
