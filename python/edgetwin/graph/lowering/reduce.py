"""mean, sum, reduce_max, reduce_min, reduce_all."""

from __future__ import annotations

import math
from typing import Any

from ...types import INT32_MAX, MAX_RANK, ROUNDINGS
from ..graph import Tensor
from ..step import Step
from .context import Context, quantize_multiplier
from .elementwise import SUFFIXES, dtype_of, fused_axes, quantized
from .logical import boolean

__all__ = [
    "lower_mean",
    "lower_reduce_all",
    "lower_reduce_max",
    "lower_reduce_min",
    "lower_sum",
    "reduced_axes",
    "reduction_step",
]

#: Elements whose sum, less their zero points, stays in int32.
_MOST_SUMMED = {"int8": INT32_MAX // 255, "int16": INT32_MAX // 2**15}


def reduced_axes(ctx: Context, source: Tensor) -> set[int]:
    """Return the axes that are reduced; the output must have the shape that they leave."""
    rank = len(source.shape)
    if not 1 <= rank <= MAX_RANK:
        ctx.unsupported(f"input {source.name!r} has {rank} axes, accepted are 1 to {MAX_RANK}")
    axes = set()
    for axis in ctx.constant(1, "int32").reshape(-1):
        if not -rank <= axis < rank:
            ctx.bad(f"axis {axis}, accepted are {-rank} to {rank - 1}")
        axes.add(int(axis) % rank)
    keep = ctx.option("keep_dims")
    ctx.expect_shape(
        ctx.output(),
        tuple(1 if axis in axes else dim for axis, dim in enumerate(source.shape) if keep or axis not in axes),
    )
    return axes


def reduction_step(ctx: Context, kernel: str, axes: set[int], scales: dict[str, int]) -> Step:
    """Return the call of a kernel that reduces `axes`; `scales` are its parameters beside the shape."""
    shape = ctx.input(0).shape
    params: dict[str, Any]
    params, (reduced,) = fused_axes(shape, [axis in axes for axis in range(len(shape))])
    params |= {"reduced": reduced} | scales
    return ctx.step(kernel, params)


def _lower_sum(ctx: Context, *, averaged: bool) -> Step:
    source, output = ctx.input(0), ctx.output()
    dtype = dtype_of(ctx, ("int8", "int16"), source, output)
    axes = reduced_axes(ctx, source)
    input_scale, input_zero_point = quantized(ctx, source)
    output_scale, output_zero_point = quantized(ctx, output)
    count = math.prod(source.shape[axis] for axis in axes)
    if count > _MOST_SUMMED[dtype]:
        ctx.unsupported(f"{count} {dtype} elements to sum, accepted are at most {_MOST_SUMMED[dtype]}")
    multiplier, shift = quantize_multiplier(float(input_scale) / float(output_scale))
    if averaged:
        extra = min(count.bit_length() - 1, 32, 31 + shift)
        multiplier = (multiplier << extra) // count
        shift -= extra
    if shift > 30:
        ctx.unsupported(f"input scale {input_scale} over output scale {output_scale} needs a left shift of {shift}")
    scales = {
        "input_zero_point": input_zero_point,
        "output_zero_point": output_zero_point,
        "multiplier": multiplier,
        "shift": shift,
        # CMSIS-NN has no mean and no sum: TFLite Micro's own kernels, which round twice.
        "rounding": ROUNDINGS["double"],
    }
    return reduction_step(ctx, f"mean_{SUFFIXES[dtype]}", axes, scales)


def lower_mean(ctx: Context) -> Step:
    """Lower MEAN: the division by the number of elements is folded into the multiplier, as the reference does."""
    return _lower_sum(ctx, averaged=True)


def lower_sum(ctx: Context) -> Step:
    """Lower SUM: the kernel of MEAN, whose multiplier has no division in it."""
    return _lower_sum(ctx, averaged=False)


def _lower_extreme(ctx: Context, kernel: str) -> Step:
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    axes = reduced_axes(ctx, source)
    given, made = ctx.per_tensor(source), ctx.per_tensor(output)
    if given != made:
        ctx.bad(
            f"input ({given[0]}, {given[1]}) and output ({made[0]}, {made[1]}) differ in quantization; {kernel[:-3]} "
            "does not requantize"
        )
    return reduction_step(ctx, kernel, axes, {})


def lower_reduce_max(ctx: Context) -> Step:
    """Lower REDUCE_MAX of codes that keep their quantization."""
    return _lower_extreme(ctx, "reduce_max_s8")


def lower_reduce_min(ctx: Context) -> Step:
    """Lower REDUCE_MIN of codes that keep their quantization."""
    return _lower_extreme(ctx, "reduce_min_s8")


def lower_reduce_all(ctx: Context) -> Step:
    """Lower REDUCE_ALL of truth values."""
    source = boolean(ctx, ctx.input(0))
    boolean(ctx, ctx.output())
    return reduction_step(ctx, "reduce_all_bool", reduced_axes(ctx, source), {})
