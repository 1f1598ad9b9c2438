"""leaky_relu, prelu, abs."""

from __future__ import annotations

import math

import numpy as np

from ..step import Step
from .context import Context
from .elementwise import effective_scale, operands

__all__ = ["lower_abs", "lower_leaky_relu", "lower_prelu"]


def _float32_scale(ctx: Context, real: np.float32) -> tuple[int, int]:
    """Return the multiplier, negative where `real` is, and the shift of a ratio that the reference forms in float32."""
    value = float(real)
    if not math.isfinite(value):
        ctx.bad(f"effective scale {value:g} is not finite")
    multiplier, shift = effective_scale(ctx, abs(value))
    return (-multiplier if value < 0 else multiplier), shift


def lower_leaky_relu(ctx: Context) -> Step:
    """Lower LEAKY_RELU; the ratios of the scales are float32, as in the reference."""
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    ctx.expect_shape(output, source.shape)
    input_scale, input_zero_point = ctx.per_tensor(source)
    output_scale, output_zero_point = ctx.per_tensor(output)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        identity = _float32_scale(ctx, input_scale / output_scale)
        alpha = _float32_scale(ctx, input_scale * np.float32(ctx.option("alpha")) / output_scale)
    params = {
        "size": source.size,
        "input_zero_point": input_zero_point,
        "output_zero_point": output_zero_point,
        "identity_multiplier": identity[0],
        "identity_shift": identity[1],
        "alpha_multiplier": alpha[0],
        "alpha_shift": alpha[1],
    }
    return ctx.step("leaky_relu_s8", params)


def lower_prelu(ctx: Context) -> Step:
    """Lower PRELU, input and alpha with broadcasting."""
    ops = operands(ctx)
    input_scale, input_zero_point = ctx.per_tensor(ops.x)
    alpha_scale, alpha_zero_point = ctx.per_tensor(ops.y)
    output_scale, output_zero_point = ctx.per_tensor(ops.output)
    identity = effective_scale(ctx, float(input_scale) / float(output_scale))
    alpha = effective_scale(ctx, float(input_scale) * float(alpha_scale) / float(output_scale))
    params = ops.params | {
        "input_zero_point": input_zero_point,
        "alpha_zero_point": alpha_zero_point,
        "output_zero_point": output_zero_point,
        "identity_multiplier": identity[0],
        "identity_shift": identity[1],
        "alpha_multiplier": alpha[0],
        "alpha_shift": alpha[1],
    }
    return ctx.step("prelu_s8", params, inputs=2)


def lower_abs(ctx: Context) -> Step:
    """Lower ABS; the ratio of the scales is a float32, as in the reference."""
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    ctx.expect_shape(output, source.shape)
    input_scale, input_zero_point = ctx.per_tensor(source)
    output_scale, output_zero_point = ctx.per_tensor(output)
    with np.errstate(over="ignore", under="ignore"):
        multiplier, shift = _float32_scale(ctx, input_scale / output_scale)
    params = {
        "size": source.size,
        "input_zero_point": input_zero_point,
        "output_zero_point": output_zero_point,
        "multiplier": multiplier,
        "shift": shift,
    }
    return ctx.step("abs_s8", params)
