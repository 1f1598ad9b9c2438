"""softmax and log_softmax: LiteRT's own kernels, float32 sums of a table of exponentials."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...step import Step
from .. import curves, nonlinear
from ..context import Context

__all__ = ["lower_log_softmax", "lower_softmax"]


def _exponentials(exponent: np.float32) -> NDArray[np.float32]:
    """Return exp(i * exponent) for 256 codes; expf of the C library is nearly always the nearest float32, as here."""
    return np.array([math.exp(float(exponent * np.float32(i))) for i in range(256)]).astype(np.float32)


def lower_softmax(ctx: Context) -> Step:
    """Lower SOFTMAX over the last axis, int8 to int8 or int16."""
    step = nonlinear.lower_softmax(ctx)
    scale, zero_point = ctx.per_tensor(ctx.output())
    exponent = -ctx.per_tensor(ctx.input(0))[0] * np.float32(ctx.option("beta"))
    params = {"rows": step.params["rows"], "depth": step.params["depth"], "output_zero_point": zero_point}
    params |= {"output_scale": float(scale)}
    return ctx.step(f"{step.kernel}_litert", params, {"exponentials": _exponentials(exponent)})


def lower_log_softmax(ctx: Context) -> Step:
    """Lower LOG_SOFTMAX over the last axis."""
    step = curves.lower_log_softmax(ctx)
    scale, zero_point = ctx.per_tensor(ctx.output())
    input_scale = ctx.per_tensor(ctx.input(0))[0]
    params = {
        "rows": step.params["rows"],
        "depth": step.params["depth"],
        "input_scale": float(input_scale),
        "output_scale": float(scale),
        "output_zero_point": zero_point,
    }
    return ctx.step(f"{step.kernel}_litert", params, {"exponentials": _exponentials(-input_scale)})
