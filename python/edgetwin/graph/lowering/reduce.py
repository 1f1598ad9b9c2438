"""mean."""

from __future__ import annotations

from typing import Any

from ...types import MAX_RANK, ROUNDINGS
from ..step import Step
from .context import Context, quantize_multiplier
from .elementwise import fused_axes

__all__ = ["lower_mean"]


def lower_mean(ctx: Context) -> Step:
    """Lower MEAN: the division by the number of elements is folded into the multiplier, as the reference does."""
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
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
        output, tuple(1 if axis in axes else dim for axis, dim in enumerate(source.shape) if keep or axis not in axes)
    )
    count = 1
    for axis in axes:
        count *= source.shape[axis]
    input_scale, input_zero_point = ctx.per_tensor(source)
    output_scale, output_zero_point = ctx.per_tensor(output)
    multiplier, shift = quantize_multiplier(float(input_scale) / float(output_scale))
    extra = min(count.bit_length() - 1, 32, 31 + shift)
    multiplier = (multiplier << extra) // count
    shift -= extra
    if shift > 30:
        ctx.unsupported(f"input scale {input_scale} over output scale {output_scale} needs a left shift of {shift}")
    params: dict[str, Any]
    params, (reduced,) = fused_axes(source.shape, [axis in axes for axis in range(rank)])
    params |= {
        "reduced": reduced,
        "input_zero_point": input_zero_point,
        "output_zero_point": output_zero_point,
        "multiplier": multiplier,
        "shift": shift,
        # CMSIS-NN has no mean: TFLite Micro's own kernel, which rounds twice.
        "rounding": ROUNDINGS["double"],
    }
    return Step(ctx.index, "mean_s8", ctx.operator.inputs[:1], (), ctx.operator.outputs[:1], params, {})
