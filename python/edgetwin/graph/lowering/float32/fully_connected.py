"""fully_connected in float32."""

from __future__ import annotations

import numpy as np

from ...step import Step
from ..context import Context
from ..fully_connected import fully_connected_shape
from .operands import activation, float32

__all__ = ["lower_fully_connected"]


def lower_fully_connected(ctx: Context) -> Step:
    """Lower FULLY_CONNECTED: weights OI in the file, IO in the kernel."""
    float32(ctx, ctx.input(0))
    float32(ctx, ctx.output())
    batches, features, outputs = fully_connected_shape(ctx)
    weights = np.ascontiguousarray(ctx.constant(1, "float32").T)
    constants = {"weights": weights, "bias": ctx.bias(2, outputs, "float32")}
    params = {
        "batches": batches,
        "input_features": features,
        "output_features": outputs,
        "activation": activation(ctx),
    }
    return ctx.step("fully_connected_f32", params, constants)
