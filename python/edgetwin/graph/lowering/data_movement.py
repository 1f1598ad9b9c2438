"""reshape, squeeze, expand_dims; pad, padv2."""

from __future__ import annotations

from typing import Any

from ...types import MAX_RANK
from ..graph import DTYPES
from ..step import Step
from .context import Context
from .elementwise import dtype_of

__all__ = ["lower_expand_dims", "lower_pad", "lower_reshape", "lower_squeeze"]

#: TFLite Micro's pad kernel takes no more axes.
_PAD_RANK = 5
_PAD_KERNELS = {"int8": "pad_s8", "int16": "pad_s16", "int32": "pad_s32", "float32": "pad_s32"}


def _relabel(ctx: Context) -> None:
    source, output = ctx.input(0), ctx.output()
    if source.dtype != output.dtype:
        ctx.bad(f"input {source.name!r} is {source.dtype}, output {output.name!r} is {output.dtype}")
    if source.size != output.size:
        ctx.bad(
            f"input {source.name!r} has shape {list(source.shape)}, output {output.name!r} {list(output.shape)}: "
            "different numbers of elements"
        )


def lower_reshape(ctx: Context) -> None:
    """Check RESHAPE: the same bytes under another shape, so there is no step.

    The file's output shape is what the reference computes with; a shape operand or option that says otherwise is not
    read, as in TFLite Micro.
    """
    _relabel(ctx)


def lower_squeeze(ctx: Context) -> None:
    """Check SQUEEZE: the axes named are of one element; all such axes where none is named."""
    _relabel(ctx)
    source, output = ctx.input(0), ctx.output()
    rank = len(source.shape)
    named = [int(axis) for axis in ctx.operator.options.get("squeeze_dims", ())]
    for axis in named:
        if not -rank <= axis < rank or source.shape[axis] != 1:
            ctx.bad(f"squeeze_dims has {axis}, but input {source.name!r} has shape {list(source.shape)}")
    gone = {axis % rank for axis in named} if named else {i for i, dim in enumerate(source.shape) if dim == 1}
    ctx.expect_shape(output, tuple(dim for axis, dim in enumerate(source.shape) if axis not in gone))


def lower_expand_dims(ctx: Context) -> None:
    """Check EXPAND_DIMS: one axis of one element is put in front of constant axis `axis`."""
    _relabel(ctx)
    source, rank = ctx.input(0), len(ctx.input(0).shape)
    values = ctx.constant(1, "int32").reshape(-1)
    if values.size != 1 or not -rank - 1 <= values[0] <= rank:
        ctx.bad(f"axis is {values.tolist()}, accepted is one of {-rank - 1} to {rank}")
    axis = int(values[0]) % (rank + 1)
    ctx.expect_shape(ctx.output(), (*source.shape[:axis], 1, *source.shape[axis:]))


def _fused(shape: tuple[int, ...], before: tuple[int, ...], after: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Return (size, before, after) of six axes: those without padding join the axis in front, for long rows."""
    axes = [(1, 0, 0)]
    for dim, low, high in zip(shape, before, after, strict=True):
        if low == high == 0:
            axes[-1] = (axes[-1][0] * dim, axes[-1][1] * dim, axes[-1][2] * dim)
        else:
            axes.append((dim, low, high))
    return [(1, 0, 0)] * (MAX_RANK - len(axes)) + axes


def lower_pad(ctx: Context) -> Step:
    """Lower PAD and PADV2: the pad value is PADV2's constant, or the int8 output's zero point, or 0."""
    source, output = ctx.input(0), ctx.output()
    dtype = dtype_of(ctx, tuple(_PAD_KERNELS), source, output)
    rank = len(source.shape)
    if not 1 <= rank <= _PAD_RANK:
        ctx.unsupported(f"input {source.name!r} has {rank} axes, accepted are 1 to {_PAD_RANK}")
    paddings = ctx.constant(1, "int32")
    if paddings.size != 2 * rank:
        ctx.bad(f"paddings have {paddings.size} elements, expected {2 * rank}")
    before, after = (tuple(int(v) for v in column) for column in paddings.reshape(rank, 2).T)
    if min(before + after) < 0:
        ctx.unsupported(f"paddings {paddings.reshape(rank, 2).tolist()} are negative")
    ctx.expect_shape(output, tuple(a + n + b for a, n, b in zip(before, source.shape, after, strict=True)))
    value = ctx.per_tensor(output)[1] if dtype == "int8" else 0
    if ctx.has_input(2):
        constant = ctx.input(2)
        if constant.size != 1 or (dtype == "int8" and ctx.per_tensor(constant) != ctx.per_tensor(output)):
            ctx.bad(f"the pad value {constant.name!r} must be one element with the output's quantization")
        # Of a float32, its bits.
        value = int(ctx.constant(2, dtype).reshape(-1).view(f"int{8 * DTYPES[dtype].itemsize}")[0])
    params: dict[str, Any] = {"value": value}
    for axis, (dim, low, high) in enumerate(_fused(source.shape, before, after)):
        params |= {f"dim_{axis}": dim, f"before_{axis}": low, f"after_{axis}": high}
    return ctx.step(_PAD_KERNELS[dtype], params)
