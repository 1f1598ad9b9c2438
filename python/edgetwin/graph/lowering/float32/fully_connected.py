"""fully_connected in float32."""

from __future__ import annotations

import numpy as np

from ...step import Step
from ..context import Context
from ..fully_connected import fully_connected_shape
from .operands import activation, bias, constant, float32

__all__ = ["lower_fully_connected"]


def lower_fully_connected(ctx: Context) -> Step:
    """Lower FULLY_CONNECTED: weights OI in the file, IO in the kernel."""
    float32(ctx, ctx.input(0))
    float32(ctx, ctx.output())
    batches, features, outputs = fully_connected_shape(ctx)
    constants = {"weights": np.ascontiguousarray(constant(ctx, 1).T), "bias": bias(ctx, 2, outputs)}
    params = {
        "batches": batches,
        "input_features": features,
        "output_features": outputs,
        "activation": activation(ctx),
    }
    return ctx.step("fully_connected_f32", params, constants)
