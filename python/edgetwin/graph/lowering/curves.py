"""hard_swish, elu, rsqrt, log_softmax, l2_normalization."""

from __future__ import annotations

import math

import numpy as np

from ...types import INT_RANGES, Array
from ..step import Step
from .context import Context, quantize_multiplier
from .elementwise import SUFFIXES, dtype_of, quantized
from .nonlinear import softmax_input

__all__ = ["elu_table", "lower_elu", "lower_hard_swish", "lower_l2_normalization", "lower_log_softmax", "lower_rsqrt"]

_FLOAT = np.float32
_MAX_SUM_OF_SQUARES = 33025


def _multiplier_s16(ctx: Context, real: float, name: str, most_shift: int) -> dict[str, int | float]:
    """Return a Q15 multiplier and a shift: those of TFLite, rounded to 16 bits."""
    if not real < 2.0**most_shift:
        ctx.unsupported(f"the scales give {name} {real:g}, accepted are below 2**{most_shift}")
    multiplier, shift = quantize_multiplier(real)
    if shift > most_shift:
        ctx.unsupported(f"the scales give {name} {real:g}, which rounds to 2**{most_shift}")
    rounded = INT_RANGES["int16"][1] if multiplier >= 2**31 - 1 - 2**15 else (multiplier + 2**15) >> 16
    return {f"{name}_multiplier": rounded, f"{name}_shift": shift}


def lower_hard_swish(ctx: Context) -> Step:
    """Lower HARD_SWISH of int8."""
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    ctx.expect_shape(output, source.shape)
    input_scale, input_zero_point = ctx.per_tensor(source)
    output_scale, output_zero_point = ctx.per_tensor(output)
    with np.errstate(under="ignore"):
        hires_scale = float(_FLOAT(1 / 128) * input_scale)
    output_real = hires_scale / float(output_scale)
    reluish_real = hires_scale / float(_FLOAT(3) / _FLOAT(32768))
    params: dict[str, int | float] = {
        "size": source.size,
        "input_zero_point": input_zero_point,
        "output_zero_point": output_zero_point,
    }
    params |= _multiplier_s16(ctx, output_real, "output", 0) | _multiplier_s16(ctx, reluish_real, "reluish", 31)
    return ctx.step("hard_swish_s8", params)


def elu_table(
    input_scale: np.float32, input_zero_point: int, output_scale: np.float32, output_zero_point: int
) -> Array | None:
    """Return the output code of every int8 code, as TFLite Micro's preparation: float32 but for the exponential.

    There expf of the C library is used, which is nearly but not always the nearest float32. Here it is the nearest, so
    that the table does not depend on the machine; an entry could differ where both lie on two sides of a tie.

    Parameters
    ----------
    input_scale, output_scale : float32, > 0, finite
    input_zero_point, output_zero_point : int in [-128, 127]

    Returns
    -------
    ndarray of int8, shape (256,), by the code's bits: 0 to 127, then -128 to -1; or None where a value leaves int32

    References
    ----------
    TFLite Micro ``micro/kernels/elu.cc``.
    """
    codes = np.concatenate((np.arange(128), np.arange(-128, 0)))
    with np.errstate(all="ignore"):
        x = input_scale * (codes - input_zero_point).astype(_FLOAT)
        exponentials = np.array([math.exp(value) for value in np.minimum(x, 0).astype(float)]).astype(_FLOAT)
        y = np.where(x < 0, exponentials - _FLOAT(1), x)
        scaled = y * (_FLOAT(1) / output_scale)
        # C's round: away from zero at ties. A float32 and a half are exact in float64.
        rounded = np.copysign(np.floor(np.abs(scaled.astype(float)) + 0.5), scaled).astype(_FLOAT)
        shifted = rounded + _FLOAT(output_zero_point)
    if not (np.abs(shifted) < 2.0**31).all():
        return None
    table: Array = np.clip(shifted, -128, 127).astype(np.int8)
    return table


def lower_elu(ctx: Context) -> Step:
    """Lower ELU of int8 to its table."""
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    ctx.expect_shape(output, source.shape)
    table = elu_table(*ctx.per_tensor(source), *ctx.per_tensor(output))
    if table is None:
        ctx.unsupported(
            f"scales {ctx.per_tensor(source)[0]} of the input and {ctx.per_tensor(output)[0]} of the output give codes "
            "beyond int32"
        )
    return ctx.step("lookup_s8", {"size": source.size}, {"table": table})


def lower_rsqrt(ctx: Context) -> Step:
    """Lower RSQRT. The kernel's doc says what becomes of codes below the zero point."""
    source, output = ctx.input(0), ctx.output()
    kernel = f"rsqrt_{SUFFIXES[dtype_of(ctx, ('int8', 'int16'), source, output)]}"
    ctx.expect_shape(output, source.shape)
    input_scale, input_zero_point = quantized(ctx, source)
    output_scale, output_zero_point = quantized(ctx, output)
    real = 1 / (math.sqrt(float(input_scale)) * float(output_scale))
    multiplier, shift = quantize_multiplier(real)
    shift -= 20  # the kernel's roots have 20 fraction bits
    if not -31 <= shift <= 30:
        ctx.unsupported(
            f"scales {input_scale} of the input and {output_scale} of the output give an effective scale of {real:g}, "
            "accepted are 2**-12 to below 2**50"
        )
    params: dict[str, int | float] = {
        "size": source.size,
        "input_zero_point": input_zero_point,
        "output_zero_point": output_zero_point,
        "multiplier": multiplier,
        "shift": shift,
    }
    return ctx.step(kernel, params)


def lower_log_softmax(ctx: Context) -> Step:
    """Lower LOG_SOFTMAX over the last axis."""
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    if not source.shape:
        ctx.bad(f"input {source.name!r} is a scalar")
    ctx.expect_shape(output, source.shape)
    output_scale, output_zero_point = ctx.per_tensor(output)
    if output_scale != _FLOAT(1 / 16) or output_zero_point != 127:
        ctx.bad(
            f"output {output.name!r} has scale {output_scale} and zero_point {output_zero_point}, accepted are "
            f"{1 / 16} and 127"
        )
    params = softmax_input(ctx, source, 1.0)
    multiplier, shift = quantize_multiplier(2.0 ** (31 - params["shift"]) / params["multiplier"])
    if shift > 0:
        ctx.unsupported(f"input scale {ctx.per_tensor(source)[0]} is too small for the fixed-point log_softmax")
    return ctx.step("log_softmax_s8", params | {"reverse_multiplier": multiplier, "reverse_shift": shift})


def lower_l2_normalization(ctx: Context) -> Step:
    """Lower L2_NORMALIZATION over the last axis: the output is taken as scale 1/128 and zero point 0."""
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    ctx.expect_shape(output, source.shape)
    if not 1 <= len(source.shape) <= 4:
        ctx.unsupported(f"input {source.name!r} has {len(source.shape)} axes, accepted are 1 to 4")
    activation = ctx.option("fused_activation_function")
    if activation != "none":
        ctx.unsupported(f"fused activation {activation!r}, accepted is none")
    depth = source.shape[-1]
    if depth > _MAX_SUM_OF_SQUARES:
        ctx.unsupported(f"{depth} elements a row, accepted are at most {_MAX_SUM_OF_SQUARES}: their squares fill int32")
    params: dict[str, int | float] = {
        "rows": source.size // depth,
        "depth": depth,
        "input_zero_point": ctx.per_tensor(source)[1],
    }
    return ctx.step("l2_normalization_s8", params)
