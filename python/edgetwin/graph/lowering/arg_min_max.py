"""arg_max, arg_min."""

from __future__ import annotations

import math

from ...types import MAX_RANK
from ..graph import Tensor
from ..step import Step
from .context import Context

__all__ = ["lower_arg_max", "lower_arg_min", "search_step"]


def search_step(ctx: Context, kernel: str, source: Tensor) -> Step:
    """Return the call of a kernel that searches one axis of `source`, whose dtype has been checked."""
    output = ctx.output()
    if output.dtype != "int32":
        ctx.unsupported(f"output {output.name!r} is {output.dtype}, accepted is int32")
    shape = source.shape
    rank = len(shape)
    if not 1 <= rank <= MAX_RANK:
        ctx.unsupported(f"input {source.name!r} has {rank} axes, accepted are 1 to {MAX_RANK}")
    values = ctx.constant(1, "int32").reshape(-1)
    if values.size != 1 or not -rank <= values[0] < rank:
        ctx.bad(f"axis is {values.tolist()}, accepted is one of {-rank} to {rank - 1}")
    axis = int(values[0]) % rank
    ctx.expect_shape(output, (*shape[:axis], *shape[axis + 1 :]))
    params = {"outer": math.prod(shape[:axis]), "size": shape[axis], "inner": math.prod(shape[axis + 1 :])}
    return ctx.step(kernel, params)


def _lower(ctx: Context, kernel: str) -> Step:
    """Lower either: the order of codes is that of their real values, whatever the scale."""
    return search_step(ctx, kernel, ctx.int8(ctx.input(0)))


def lower_arg_max(ctx: Context) -> Step:
    """Lower ARG_MAX to int32: the first of equal codes wins."""
    return _lower(ctx, "arg_max_s8")


def lower_arg_min(ctx: Context) -> Step:
    """Lower ARG_MIN to int32: the first of equal codes wins."""
    return _lower(ctx, "arg_min_s8")
