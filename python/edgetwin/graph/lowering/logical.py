"""logical_and, logical_or, logical_not; select_v2."""

from __future__ import annotations

from ...types import MAX_RANK
from ..graph import Tensor
from ..step import Step
from .context import Context
from .elementwise import COPIED_SUFFIXES, broadcast_axes, dtype_of

__all__ = [
    "boolean",
    "lower_logical_and",
    "lower_logical_not",
    "lower_logical_or",
    "lower_select_v2",
]


def boolean(ctx: Context, tensor: Tensor) -> Tensor:
    """Return `tensor`, which must be bool."""
    if tensor.dtype != "bool":
        ctx.unsupported(f"tensor {tensor.name!r} is {tensor.dtype}, accepted is bool")
    return tensor


def _lower_binary(ctx: Context, kernel: str) -> Step:
    x, y = boolean(ctx, ctx.input(0)), boolean(ctx, ctx.input(1))
    boolean(ctx, ctx.output())
    params = broadcast_axes(ctx, {"x": x, "y": y})
    return ctx.step(kernel, params, inputs=2)


def lower_logical_and(ctx: Context) -> Step:
    """Lower LOGICAL_AND with broadcasting."""
    return _lower_binary(ctx, "logical_and_bool")


def lower_logical_or(ctx: Context) -> Step:
    """Lower LOGICAL_OR with broadcasting."""
    return _lower_binary(ctx, "logical_or_bool")


def lower_logical_not(ctx: Context) -> Step:
    """Lower LOGICAL_NOT."""
    source = boolean(ctx, ctx.input(0))
    ctx.expect_shape(boolean(ctx, ctx.output()), source.shape)
    return ctx.step("logical_not_bool", {"size": source.size})


def lower_select_v2(ctx: Context) -> Step:
    """Lower SELECT_V2: the codes as they are; no quantization is read, as in the reference."""
    condition, x, y = boolean(ctx, ctx.input(0)), ctx.input(1), ctx.input(2)
    output = ctx.output()
    kernel = f"select_{COPIED_SUFFIXES[dtype_of(ctx, tuple(COPIED_SUFFIXES), x, y, output)]}"
    if condition.size == x.size == y.size == output.size == 1:
        # Any shapes of one element go together.
        params = {f"dim_{axis}": 1 for axis in range(MAX_RANK)}
        params |= {"x_broadcast": 0, "y_broadcast": 0, "condition_broadcast": 0}
    else:
        params = broadcast_axes(ctx, {"x": x, "y": y, "condition": condition})
    return ctx.step(kernel, params, inputs=3)
