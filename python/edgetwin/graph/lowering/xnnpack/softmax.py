"""softmax and log_softmax: LiteRT's own kernels, float32 sums of a table of exponentials."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...step import Step
from .. import curves, nonlinear
from ..context import Context

__all__ = ["lower_log_softmax", "lower_softmax"]


def _exponentials(ctx: Context, beta: float) -> NDArray[np.float32]:
    """Return exp(-i * beta * input scale) for 256 codes, the nearest float32, which expf of the C library nearly is."""
    with np.errstate(over="ignore"):
        exponents = -ctx.per_tensor(ctx.input(0))[0] * np.float32(beta) * np.arange(256, dtype=np.float32)
    if not (exponents[1] <= 0 and np.isfinite(exponents[1])):
        ctx.unsupported(
            f"beta {beta} times the input's scale is {-exponents[1]:g}, accepted are finite values from 0 on"
        )
    return np.array([math.exp(value) for value in exponents.tolist()]).astype(np.float32)


def lower_softmax(ctx: Context) -> Step:
    """Lower SOFTMAX over the last axis, int8 to int8 or int16."""
    step = nonlinear.lower_softmax(ctx)
    scale, zero_point = ctx.per_tensor(ctx.output())
    params = {"rows": step.params["rows"], "depth": step.params["depth"], "output_zero_point": zero_point}
    params |= {"output_scale": float(scale)}
    return ctx.step(f"{step.kernel}_litert", params, {"exponentials": _exponentials(ctx, ctx.option("beta"))})


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
    return ctx.step(f"{step.kernel}_litert", params, {"exponentials": _exponentials(ctx, 1.0)})
