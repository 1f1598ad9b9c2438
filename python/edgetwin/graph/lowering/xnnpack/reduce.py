"""mean and sum: the sum of codes, then float32."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ...step import Step
from .. import reduce
from ..context import Context

__all__ = ["lower_mean", "lower_sum"]

_FLOAT = np.float32


def _scaled(ctx: Context, step: Step, *, averaged: bool) -> Step:
    """Return an integer step with XNNPACK's scale and offset."""
    input_scale, input_zero_point = ctx.per_tensor(ctx.input(0))
    output_scale, output_zero_point = ctx.per_tensor(ctx.output())
    count = ctx.input(0).size // max(math.prod(ctx.output().shape), 1)
    with np.errstate(all="ignore"):
        scale = input_scale / output_scale * (_FLOAT(1) / _FLOAT(count) if averaged else _FLOAT(1))
        offset = _FLOAT(output_zero_point) - _FLOAT(count) * _FLOAT(input_zero_point) * scale
    if not (np.isfinite(scale) and np.isfinite(offset)):
        ctx.unsupported(f"input scale {input_scale} over output scale {output_scale} is too large")
    axes = {name: value for name, value in step.params.items() if name.startswith("dim_") or name == "reduced"}
    return replace(step, kernel="sum_s8_xnnpack", params={**axes, "scale": float(scale), "offset": float(offset)})


def lower_mean(ctx: Context) -> Step:
    """Lower MEAN."""
    return _scaled(ctx, reduce.lower_mean(ctx), averaged=True)


def lower_sum(ctx: Context) -> Step:
    """Lower SUM."""
    return _scaled(ctx, reduce.lower_sum(ctx), averaged=False)
