"""softmax, log_softmax and l2_normalization in float32."""

from __future__ import annotations

from ...step import Step
from ..context import Context
from .operands import finite, float32

__all__ = ["lower_l2_normalization", "lower_log_softmax", "lower_softmax"]


def _rows(ctx: Context) -> dict[str, int | float]:
    """Return the rows along the last axis; the output has the input's shape."""
    source, output = float32(ctx, ctx.input(0)), float32(ctx, ctx.output())
    if not source.shape:
        ctx.bad(f"input {source.name!r} is a scalar")
    ctx.expect_shape(output, source.shape)
    return {"rows": source.size // source.shape[-1], "depth": source.shape[-1]}


def lower_softmax(ctx: Context) -> Step:
    """Lower SOFTMAX over the last axis."""
    return ctx.step("softmax_f32", _rows(ctx) | {"beta": finite(ctx, "beta")})


def lower_log_softmax(ctx: Context) -> Step:
    """Lower LOG_SOFTMAX over the last axis."""
    return ctx.step("log_softmax_f32", _rows(ctx))


def lower_l2_normalization(ctx: Context) -> Step:
    """Lower L2_NORMALIZATION over the last axis."""
    activation = ctx.option("fused_activation_function")
    if activation != "none":
        ctx.unsupported(f"fused activation {activation!r}, accepted is none")
    return ctx.step("l2_normalization_f32", _rows(ctx))
