"""reverse_v2, mirror_pad, fill: strided copies, some of them backwards."""

from __future__ import annotations

import itertools
import math

from ..step import Step
from .context import Context
from .strided_copy import axis_of, copy_step, integers, row_major, same_dtype, whole_output

__all__ = ["lower_fill", "lower_mirror_pad", "lower_reverse_v2"]

#: Copies of one operator: three to the power of its padded axes.
_MOST_COPIES = 3**4


def lower_reverse_v2(ctx: Context) -> Step:
    """Lower REVERSE_V2 along constant axes, which must be neighbours."""
    source, output = ctx.input(0), ctx.output()
    same_dtype(ctx, source, output)
    ctx.expect_shape(output, source.shape)
    shape, operand = source.shape, ctx.constant(1, "int32")
    axes = sorted(axis_of(ctx, int(axis), len(shape)) for axis in operand.reshape(-1))
    if operand.ndim != 1 or not axes or axes != list(range(axes[0], axes[-1] + 1)):
        ctx.unsupported(
            f"axes {operand.tolist()}, accepted are neighbours, in a vector: TFLite Micro reverses no others"
        )
    outer, middle, inner = (
        math.prod(part) for part in (shape[: axes[0]], shape[axes[0] : axes[-1] + 1], shape[axes[-1] + 1 :])
    )
    copied = [(outer, middle * inner, 0), (middle, -inner, 0), (inner, 1, 0)]
    return whole_output(ctx, copied, (middle - 1) * inner)


def lower_mirror_pad(ctx: Context) -> list[Step]:
    """Lower MIRROR_PAD with constant paddings: each padded axis is three parts, the outer ones backwards."""
    source, output = ctx.input(0), ctx.output()
    same_dtype(ctx, source, output)
    mode = int(ctx.option("mode"))
    if mode not in (0, 1):
        ctx.bad(f"mode is {mode}, accepted are 0 (reflect) and 1 (symmetric)")
    # Of the edge itself there is no second copy in REFLECT.
    edge = 1 - mode
    shape = source.shape
    amounts = integers(ctx, 1, 2 * len(shape))
    pairs = list(zip(amounts[::2], amounts[1::2], strict=True))
    for axis, (dim, pair) in enumerate(zip(shape, pairs, strict=True)):
        if min(pair) < 0 or max(pair) > dim - edge:
            ctx.bad(f"axis {axis} of {dim} is padded by {list(pair)}, accepted are 0 to {dim - edge}")
    ctx.expect_shape(output, tuple(dim + sum(pair) for dim, pair in zip(shape, pairs, strict=True)))
    parts = []
    for dim, (before, after) in zip(shape, pairs, strict=True):
        # (elements, first of the input, its direction, first of the output)
        cut = [(before, before - 1 + edge, -1, 0), (dim, 0, 1, before), (after, dim - 1 - edge, -1, before + dim)]
        parts.append([part for part in cut if part[0]])
    if math.prod(map(len, parts)) > _MOST_COPIES:
        ctx.unsupported(f"paddings {amounts}, accepted are paddings of at most 4 axes")
    steps = []
    for corner in itertools.product(*parts):
        strides = list(zip(row_major(shape), row_major(output.shape), strict=True))
        axes = [(n, way * x, y) for (n, _, way, _), (x, y) in zip(corner, strides, strict=True)]
        first = sum(start * x for (_, start, _, _), (x, _) in zip(corner, strides, strict=True))
        placed = sum(start * y for (*_, start), (_, y) in zip(corner, strides, strict=True))
        steps.append(copy_step(ctx, ctx.operator.inputs[0], ctx.operator.outputs[0], axes, first, placed))
    return steps


def lower_fill(ctx: Context) -> Step:
    """Lower FILL: one element, constant or computed, everywhere in an output of constant shape."""
    value, output = ctx.input(1), ctx.output()
    same_dtype(ctx, value, output)
    if value.shape:
        ctx.bad(f"the value {value.name!r} has shape {list(value.shape)}, accepted is a scalar")
    if len(ctx.input(0).shape) != 1:
        ctx.bad(f"the shape {ctx.input(0).name!r} has shape {list(ctx.input(0).shape)}, accepted is a vector")
    ctx.expect_shape(output, tuple(integers(ctx, 0, ctx.input(0).size)))
    return copy_step(ctx, ctx.operator.inputs[1], ctx.operator.outputs[0], [(output.size, 0, 1)])
