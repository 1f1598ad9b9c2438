"""abs, div, leaky_relu, prelu, relu, rsqrt: LiteRT's own kernels, as TFLite Micro's but with scales in float32."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...step import Step
from .. import curves, elementwise, quantize, rectify
from ..context import Context, quantize_multiplier

__all__ = ["lower_abs", "lower_div", "lower_leaky_relu", "lower_prelu", "lower_relu", "lower_rsqrt"]

#: Fraction bits of the kernel's roots.
_ROOT_BITS = 20


def _with_scales(ctx: Context, step: Step, **reals: np.float32) -> Step:
    """Return a step with other multipliers and shifts: those of `reals`, by the prefix of their names."""
    params = dict(step.params)
    for prefix, real in reals.items():
        multiplier, shift = rectify.signed_scale(ctx, float(real))
        params |= {f"{prefix}multiplier": multiplier, f"{prefix}shift": shift}
    return replace(step, params=params)


def _ratio(ctx: Context) -> np.float32:
    with np.errstate(all="ignore"):
        ratio: np.float32 = ctx.per_tensor(ctx.input(0))[0] / ctx.per_tensor(ctx.output())[0]
    return ratio


def _slope(ctx: Context, alpha: np.float32) -> np.float32:
    with np.errstate(all="ignore"):
        slope: np.float32 = ctx.per_tensor(ctx.input(0))[0] * alpha / ctx.per_tensor(ctx.output())[0]
    return slope


def lower_abs(ctx: Context) -> Step:
    """Lower ABS."""
    return _with_scales(ctx, rectify.lower_abs(ctx), **{"": _ratio(ctx)})


def lower_div(ctx: Context) -> Step:
    """Lower DIV."""
    step = elementwise.lower_div(ctx)
    with np.errstate(all="ignore"):
        real = ctx.per_tensor(ctx.input(0))[0] / (ctx.per_tensor(ctx.input(1))[0] * ctx.per_tensor(ctx.output())[0])
    return _with_scales(ctx, step, **{"": real})


def lower_leaky_relu(ctx: Context) -> Step:
    """Lower LEAKY_RELU."""
    alpha = np.float32(ctx.option("alpha"))
    return _with_scales(ctx, rectify.lower_leaky_relu(ctx), identity_=_ratio(ctx), alpha_=_slope(ctx, alpha))


def lower_prelu(ctx: Context) -> Step:
    """Lower PRELU."""
    alpha = ctx.per_tensor(ctx.input(1))[0]
    return _with_scales(ctx, rectify.lower_prelu(ctx), identity_=_ratio(ctx), alpha_=_slope(ctx, alpha))


def lower_relu(ctx: Context) -> Step:
    """Lower RELU."""
    return _with_scales(ctx, quantize.lower_relu(ctx), **{"": _ratio(ctx)})


def lower_rsqrt(ctx: Context) -> Step:
    """Lower RSQRT."""
    step = curves.lower_rsqrt(ctx)
    with np.errstate(over="ignore"):
        root = np.sqrt(ctx.per_tensor(ctx.input(0))[0]) * ctx.per_tensor(ctx.output())[0]
    multiplier, shift = quantize_multiplier(1 / float(root))
    return replace(step, params={**step.params, "multiplier": multiplier, "shift": shift - _ROOT_BITS})
