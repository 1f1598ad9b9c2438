"""transpose_conv in float32."""

from __future__ import annotations

import numpy as np

from ...step import Step
from ..context import Context
from ..transpose_conv import transpose_conv_shape
from .operands import activation, float32

__all__ = ["lower_transpose_conv"]


def lower_transpose_conv(ctx: Context) -> Step:
    """Lower TRANSPOSE_CONV: weights OHWI in the file, HWIO in the kernel."""
    float32(ctx, ctx.output())
    params = transpose_conv_shape(ctx) | {"dilation_h": 1, "dilation_w": 1, "activation": activation(ctx)}
    weights = np.ascontiguousarray(ctx.constant(1, "float32").transpose(1, 2, 3, 0))
    constants = {"weights": weights, "bias": ctx.bias(3, params["output_c"], "float32")}
    operator = ctx.operator
    return Step(ctx.index, "transpose_conv_f32", (operator.inputs[2],), (), operator.outputs[:1], params, constants)
