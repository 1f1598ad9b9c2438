"""Reductions, positions of extremes, bilinear images, in float32."""

from __future__ import annotations

from collections.abc import Callable

from ...step import Step
from ..arg_min_max import search_step
from ..context import Context
from ..cumsum import running_axes
from ..reduce import reduced_axes, reduction_step
from ..resize import resize_step
from .operands import float32

__all__ = ["REDUCTIONS", "lower_arg_max", "lower_arg_min", "lower_cumsum", "lower_resize_bilinear"]


def _reduction(kernel: str) -> Callable[[Context], Step]:
    def lower(ctx: Context) -> Step:
        source = float32(ctx, ctx.input(0))
        float32(ctx, ctx.output())
        return reduction_step(ctx, kernel, reduced_axes(ctx, source), {})

    return lower


#: Operator -> its lowering.
REDUCTIONS = {name: _reduction(f"{name}_f32") for name in ("mean", "reduce_max", "reduce_min", "reduce_prod", "sum")}


def lower_cumsum(ctx: Context) -> Step:
    """Lower CUMSUM along a constant axis."""
    source = float32(ctx, ctx.input(0))
    float32(ctx, ctx.output())
    return ctx.step("cumsum_f32", running_axes(ctx, source))


def lower_arg_max(ctx: Context) -> Step:
    """Lower ARG_MAX to int32: the first of equal values wins."""
    return search_step(ctx, "arg_max_f32", float32(ctx, ctx.input(0)))


def lower_arg_min(ctx: Context) -> Step:
    """Lower ARG_MIN to int32: the first of equal values wins."""
    return search_step(ctx, "arg_min_f32", float32(ctx, ctx.input(0)))


def lower_resize_bilinear(ctx: Context) -> Step:
    """Lower RESIZE_BILINEAR."""
    if ctx.option("align_corners") and ctx.option("half_pixel_centers"):
        ctx.bad("align_corners and half_pixel_centers are both set, which LiteRT refuses")
    return resize_step(ctx, "resize_bilinear_f32", float32(ctx, ctx.input(0)), float32(ctx, ctx.output()))
