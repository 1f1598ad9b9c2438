"""softmax: LiteRT's own kernel, float32 sums of a table of exponentials."""

from __future__ import annotations

import math

import numpy as np

from ...step import Step
from ..context import Context
from ..nonlinear import lower_softmax as lower_integer_softmax

__all__ = ["lower_softmax"]


def lower_softmax(ctx: Context) -> Step:
    """Lower SOFTMAX over the last axis, int8 to int8 or int16."""
    step = lower_integer_softmax(ctx)
    scale, zero_point = ctx.per_tensor(ctx.output())
    input_scale = ctx.per_tensor(ctx.input(0))[0]
    exponent = -input_scale * np.float32(ctx.option("beta"))
    # expf of the C library is nearly always the nearest float32, which this is.
    exponentials = np.array([math.exp(float(exponent * np.float32(i))) for i in range(256)]).astype(np.float32)
    params = {"rows": step.params["rows"], "depth": step.params["depth"], "output_zero_point": zero_point}
    return ctx.step(f"{step.kernel}_litert", params | {"output_scale": float(scale)}, {"exponentials": exponentials})
