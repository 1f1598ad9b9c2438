"""Functions of single codes: logistic, tanh, elu, leaky_relu; quantize."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ....types import Array
from ...step import Step
from .. import quantize
from ..context import Context
from . import rescaled
from .codes import nearest_codes, table_step

__all__ = ["lower_elu", "lower_leaky_relu", "lower_logistic", "lower_quantize", "lower_tanh"]

_FLOAT = np.float32
#: Beyond these XNNPACK takes the logistic function to be 0 and 1.
_LOGISTIC_LIMIT = 100.0
#: Bits of a multiplier's fraction, and the scales that it can hold.
_FRACTION_BITS = 8
_LEAST_SCALE, _MOST_SCALE = 2.0**-8, 2.0**7
_LEAST_NEGATIVE = -127.99609375


def _curve(ctx: Context, function: Callable[[float], float]) -> Step:
    """Return the table of a real function: codes to float32, the function, the nearest code."""
    scale, zero_point = ctx.per_tensor(ctx.int8(ctx.input(0)))
    output_scale, output_zero_point = ctx.per_tensor(ctx.int8(ctx.output()))

    def table(codes: Array) -> NDArray[np.int64]:
        x = (codes - zero_point).astype(_FLOAT) * scale
        y = np.array([function(value) for value in x.tolist()], np.float64).astype(_FLOAT)
        return nearest_codes(y * (_FLOAT(1) / output_scale) + _FLOAT(output_zero_point))

    return table_step(ctx, table)


def _logistic(x: float) -> float:
    if abs(x) > _LOGISTIC_LIMIT:
        return float(x > 0)
    exponential = math.exp(x)
    return exponential / (1 + exponential)


def lower_logistic(ctx: Context) -> Step:
    """Lower LOGISTIC."""
    return _curve(ctx, _logistic)


def lower_tanh(ctx: Context) -> Step:
    """Lower TANH."""
    return _curve(ctx, math.tanh)


def lower_elu(ctx: Context) -> Step:
    """Lower ELU."""
    return _curve(ctx, lambda x: math.expm1(x) if x < 0 else x)


def _multiplied(codes: Array, multiplier: Array | int, output_zero_point: int) -> Array:
    """Return codes less their zero point times a multiplier of 8 fraction bits, ties towards +infinity."""
    products: Array = codes * multiplier + (1 << (_FRACTION_BITS - 1))
    shifted: Array = np.clip((products >> _FRACTION_BITS) + output_zero_point, -128, 127)
    return shifted


def _multiplier(scale: np.float32) -> int:
    return int(np.rint(_FLOAT(1 << _FRACTION_BITS) * scale))


def lower_leaky_relu(ctx: Context) -> Step:
    """Lower LEAKY_RELU: multipliers of 8 fraction bits; scales that they cannot hold go to LiteRT's own kernel."""
    scale, zero_point = ctx.per_tensor(ctx.int8(ctx.input(0)))
    output_scale, output_zero_point = ctx.per_tensor(ctx.int8(ctx.output()))
    alpha = _FLOAT(ctx.option("alpha"))
    with np.errstate(all="ignore"):
        positive: np.float32 = scale / output_scale
        negative: np.float32 = positive * alpha
    holds = _LEAST_SCALE <= positive <= _MOST_SCALE and _LEAST_NEGATIVE <= negative <= _MOST_SCALE
    if not (holds and abs(negative) >= _LEAST_SCALE and abs(alpha) >= np.finfo(_FLOAT).tiny):
        return rescaled.lower_leaky_relu(ctx)

    def table(codes: Array) -> Array:
        x = codes - zero_point
        return _multiplied(x, np.where(x < 0, _multiplier(negative), _multiplier(positive)), output_zero_point)

    return table_step(ctx, table)


def lower_quantize(ctx: Context) -> Step:
    """Lower QUANTIZE: to int8 as XNNPACK; scales that it cannot hold, and other integers, go to LiteRT's own kernel."""
    source, output = ctx.input(0), ctx.output()
    if output.dtype == "int8" and source.dtype == "float32":
        ctx.expect_shape(output, source.shape)
        scale, zero_point = ctx.per_tensor(output)
        params = {"size": source.size, "scale": float(_FLOAT(1) / scale), "zero_point": zero_point}
        return ctx.step("quantize_f32_s8_xnnpack", params)
    if source.dtype == "float32":
        ctx.unsupported(f"arithmetic 'xnnpack' is not defined for float32 to {output.dtype}, accepted is int8")
    if "uint8" in (source.dtype, output.dtype) and ctx.per_tensor(source)[0] != ctx.per_tensor(output)[0]:
        ctx.unsupported(f"arithmetic 'xnnpack' is not defined for {source.dtype} to {output.dtype} of another scale")
    if output.dtype != "int8" or source.dtype != "int8":
        return quantize.lower_quantize(ctx)
    with np.errstate(all="ignore"):
        ratio: np.float32 = ctx.per_tensor(source)[0] / ctx.per_tensor(output)[0]
    if not _LEAST_SCALE <= ratio <= _MOST_SCALE:
        return quantize.lower_quantize(ctx)
    zero_point, output_zero_point = ctx.per_tensor(source)[1], ctx.per_tensor(output)[1]
    return table_step(ctx, lambda codes: _multiplied(codes - zero_point, _multiplier(ratio), output_zero_point))
