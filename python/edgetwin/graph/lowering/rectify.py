"""leaky_relu, prelu, abs."""

from __future__ import annotations

import math

import numpy as np

from ..step import Step
from .context import Context
from .elementwise import SUFFIXES, broadcast_axes, dtype_of, quantized

__all__ = ["lower_abs", "lower_leaky_relu", "lower_prelu", "signed_scale"]

_CODES = ("int8", "int16")


def signed_scale(ctx: Context, real: float) -> tuple[int, int]:
    """Return the multiplier, negative where `real` is, and the shift of an effective scale."""
    if not math.isfinite(real):
        ctx.bad(f"effective scale {real:g} is not finite")
    multiplier, shift = ctx.scale(abs(real))
    return (-multiplier if real < 0 else multiplier), shift


def lower_leaky_relu(ctx: Context) -> Step:
    """Lower LEAKY_RELU."""
    source, output = ctx.input(0), ctx.output()
    dtype = dtype_of(ctx, _CODES, source, output)
    ctx.expect_shape(output, source.shape)
    input_scale, input_zero_point = quantized(ctx, source)
    output_scale, output_zero_point = quantized(ctx, output)
    identity = ctx.scale(float(input_scale) / float(output_scale))
    alpha = signed_scale(ctx, float(input_scale) * float(np.float32(ctx.option("alpha"))) / float(output_scale))
    params = {
        "size": source.size,
        "input_zero_point": input_zero_point,
        "output_zero_point": output_zero_point,
        "identity_multiplier": identity[0],
        "identity_shift": identity[1],
        "alpha_multiplier": alpha[0],
        "alpha_shift": alpha[1],
    }
    return ctx.step(f"leaky_relu_{SUFFIXES[dtype]}", params)


def lower_prelu(ctx: Context) -> Step:
    """Lower PRELU, input and alpha with broadcasting; alpha is int8 with int16 activations, too."""
    source, slope, output = ctx.input(0), ctx.int8(ctx.input(1)), ctx.output()
    dtype = dtype_of(ctx, _CODES, source, output)
    input_scale, input_zero_point = quantized(ctx, source)
    alpha_scale, alpha_zero_point = ctx.per_tensor(slope)
    output_scale, output_zero_point = quantized(ctx, output)
    identity = ctx.scale(float(input_scale) / float(output_scale))
    alpha = ctx.scale(float(input_scale) * float(alpha_scale) / float(output_scale))
    params = broadcast_axes(ctx, {"x": source, "y": slope}) | {
        "input_zero_point": input_zero_point,
        "alpha_zero_point": alpha_zero_point,
        "output_zero_point": output_zero_point,
        "identity_multiplier": identity[0],
        "identity_shift": identity[1],
        "alpha_multiplier": alpha[0],
        "alpha_shift": alpha[1],
    }
    return ctx.step(f"prelu_{SUFFIXES[dtype]}", params, inputs=2)


def lower_abs(ctx: Context) -> Step:
    """Lower ABS."""
    source, output = ctx.input(0), ctx.output()
    dtype = dtype_of(ctx, _CODES, source, output)
    ctx.expect_shape(output, source.shape)
    input_scale, input_zero_point = quantized(ctx, source)
    output_scale, output_zero_point = quantized(ctx, output)
    multiplier, shift = ctx.scale(float(input_scale) / float(output_scale))
    params = {
        "size": source.size,
        "input_zero_point": input_zero_point,
        "output_zero_point": output_zero_point,
        "multiplier": multiplier,
        "shift": shift,
    }
    return ctx.step(f"abs_{SUFFIXES[dtype]}", params)
