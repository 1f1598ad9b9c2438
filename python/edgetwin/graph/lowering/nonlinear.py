"""softmax, logistic, tanh."""

from __future__ import annotations

import math

import numpy as np

from ...types import ROUNDINGS, SATURATIONS
from ..graph import Tensor
from ..step import Step
from .context import Context, quantize_multiplier
from .elementwise import dtype_of, quantized

__all__ = ["lower_logistic", "lower_softmax", "lower_tanh", "softmax_input"]

_SOFTMAX_INTEGER_BITS = 5
_CURVE_INTEGER_BITS = 4
_MOST_INT16 = 65535


def _input_radius(integer_bits: int, shift: int) -> int:
    """Distance from the zero point beyond which the fixed-point input has no bits left."""
    return math.floor(((1 << integer_bits) - 1) * (1 << (31 - integer_bits)) / (1 << shift))


def softmax_input(ctx: Context, source: Tensor, beta: float) -> dict[str, int | float]:
    """Return the parameters of a softmax's input: its rows, and the scale of its differences in Q5.26."""
    scale, _ = ctx.per_tensor(source)
    real = min(beta * float(scale) * (1 << (31 - _SOFTMAX_INTEGER_BITS)), 2.0**31 - 1)
    if not real > 1:
        ctx.unsupported(f"beta {beta} times input scale {scale} is too small for the fixed-point softmax")
    multiplier, shift = quantize_multiplier(real)
    depth = source.shape[-1]
    if depth > 4095:
        ctx.unsupported(f"softmax over {depth} elements, accepted are at most 4095 (its sum has 12 bits)")
    return {
        "rows": source.size // depth,
        "depth": depth,
        "multiplier": multiplier,
        "shift": shift,
        "diff_min": -_input_radius(_SOFTMAX_INTEGER_BITS, shift),
    }


def _lower_softmax_s16(ctx: Context, source: Tensor, output: Tensor) -> Step:
    scale, _ = quantized(ctx, source)
    dtype_of(ctx, ("int16",), source, output)
    output_scale, _ = quantized(ctx, output)
    step = np.float32(1 / 32768)
    if abs(output_scale - step) > np.float32(0.001) * step:
        ctx.bad(f"output {output.name!r} has scale {output_scale}, accepted is {1 / 32768}")
    depth = source.shape[-1]
    if depth > _MOST_INT16:
        ctx.unsupported(f"softmax over {depth} elements, accepted are at most {_MOST_INT16} (its sum has 16 bits)")
    beta = float(np.float32(ctx.option("beta")))
    real = float(scale) * beta / (10.0 / 65535.0)
    if not 0 <= real < math.inf:
        ctx.unsupported(f"beta is {beta}, accepted is a finite number that is not negative")
    multiplier, shift = ctx.scale(real)
    params: dict[str, int | float] = {
        "rows": source.size // depth,
        "depth": depth,
        "multiplier": multiplier,
        "shift": shift,
        "rounding": ctx.rounding,
        # The reference saturates, CMSIS-NN wraps.
        "saturation": SATURATIONS["cmsis_nn" if ctx.rounding == ROUNDINGS["single"] else "tflm"],
    }
    return ctx.step("softmax_s16", params)


def lower_softmax(ctx: Context) -> Step:
    """Lower SOFTMAX over the last axis: int8 to int8 or int16, int16 to int16."""
    source, output = ctx.input(0), ctx.output()
    if not source.shape:
        ctx.bad(f"input {source.name!r} is a scalar")
    ctx.expect_shape(output, source.shape)
    if dtype_of(ctx, ("int8", "int16"), source) == "int16":
        return _lower_softmax_s16(ctx, source, output)
    output_scale, output_zero_point = ctx.per_tensor(output)
    if output.dtype == "int8":
        kernel, zero_point, exact = "softmax_s8", -128, output_scale == np.float32(1 / 256)
    elif output.dtype == "int16":
        step = np.float32(1 / 65536)
        kernel, zero_point = "softmax_s8_s16", -32768
        exact = abs(output_scale - step) <= np.float32(0.001) * step
    else:
        ctx.unsupported(f"output {output.name!r} is {output.dtype}, accepted are int8 and int16")
    if output_zero_point != zero_point or not exact:
        ctx.bad(
            f"output {output.name!r} has scale {output_scale} and zero_point {output_zero_point}, accepted are "
            f"{1 / 256 if output.dtype == 'int8' else 1 / 65536} and {zero_point}"
        )
    params = softmax_input(ctx, source, float(np.float32(ctx.option("beta"))))
    return ctx.step(kernel, params)


def _curve(ctx: Context, kernel: str) -> Step:
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    ctx.expect_shape(output, source.shape)
    scale, zero_point = ctx.per_tensor(source)
    multiplier, shift = quantize_multiplier(float(scale) * (1 << (31 - _CURVE_INTEGER_BITS)))
    # The reference shifts a 64-bit integer by it.
    if not 0 <= shift <= 62 or multiplier == 0:
        ctx.unsupported(f"input {source.name!r} has scale {scale}, accepted are 2**-28 to below 2**35")
    params = {
        "size": source.size,
        "input_zero_point": zero_point,
        "input_range_radius": _input_radius(_CURVE_INTEGER_BITS, shift),
        "multiplier": multiplier,
        # Beyond 30 the radius is 0: every code saturates, and the shift is not used.
        "shift": min(shift, 30),
    }
    return ctx.step(kernel, params)


def _power_of_two(scale: np.float32) -> int | None:
    """Return the exponent of a scale that the reference takes for a power of two: its logarithm is off by 0.001."""
    exponent = np.log(scale) * np.float32(1 / np.log(np.float32(2.0)))
    nearest = math.floor(float(exponent) + 0.5)
    return nearest if abs(exponent - np.float32(nearest)) < np.float32(1e-3) else None


def _table_curve(ctx: Context, kernel: str, lefts: tuple[int, ...]) -> Step:
    """Lower int16: scales of 2**-12 times 2 to the power of one of `lefts` are taken as such, others by multiplier."""
    source, output = ctx.input(0), ctx.output()
    dtype_of(ctx, ("int16",), source, output)
    ctx.expect_shape(output, source.shape)
    scale, _ = quantized(ctx, source)
    output_scale, _ = quantized(ctx, output)
    if _power_of_two(output_scale) != -15:
        ctx.bad(f"output {output.name!r} has scale {output_scale}, accepted is {1 / 32768}")
    exponent = _power_of_two(scale)
    if exponent is not None and exponent + 12 in lefts:
        multiplier, shift = 3 << (exponent + 12), 0
    else:
        real, shift = float(scale) * 4096.0 * 3.0, 0
        while real <= 32767.0 / 2.0 and shift <= 30:
            real, shift = real * 2.0, shift + 1
        multiplier = int(real)
        if not 1 <= multiplier <= 32767:
            ctx.unsupported(f"input {source.name!r} has scale {scale}, accepted are about 2**-44 to 2.66")
    return ctx.step(kernel, {"size": source.size, "multiplier": multiplier, "shift": -shift})


def lower_logistic(ctx: Context) -> Step:
    """Lower LOGISTIC: an int8 output's zero point must be -128; its scale is taken as 1/256, as the reference does."""
    if ctx.input(0).dtype == "int16":
        return _table_curve(ctx, "logistic_s16", (0,))
    _, zero_point = ctx.per_tensor(ctx.int8(ctx.output()))
    if zero_point != -128:
        ctx.bad(f"output {ctx.output().name!r} has zero_point {zero_point}, accepted is -128")
    return _curve(ctx, "logistic_s8")


def lower_tanh(ctx: Context) -> Step:
    """Lower TANH: an int8 output's quantization is taken as scale 1/128 and zero point 0, as the reference does."""
    if ctx.input(0).dtype == "int16":
        return _table_curve(ctx, "tanh_s16", (0, 1))
    return _curve(ctx, "tanh_s8")
