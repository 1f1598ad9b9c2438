"""equal, not_equal, greater, greater_equal, less, less_equal."""

from __future__ import annotations

from typing import Any

from ...types import ROUNDINGS
from ..step import Step
from .context import Context, quantize_multiplier
from .logical import boolean, broadcast_axes

__all__ = [
    "lower_equal",
    "lower_greater",
    "lower_greater_equal",
    "lower_less",
    "lower_less_equal",
    "lower_not_equal",
]

_LEFT_SHIFT = 8


def _lower(ctx: Context, kernel: str) -> Step:
    """Lower to a comparison of both operands' real values in units of 2**-8."""
    x, y = ctx.int8(ctx.input(0)), ctx.int8(ctx.input(1))
    boolean(ctx, ctx.output())
    params: dict[str, Any] = broadcast_axes(ctx, {"x": x, "y": y})
    for name, tensor in (("x", x), ("y", y)):
        scale, zero_point = ctx.per_tensor(tensor)
        multiplier, shift = quantize_multiplier(float(scale))
        # The reference asks for scales below 1 and aborts on others.
        if not scale < 1 or shift > 0:
            ctx.unsupported(f"input {tensor.name!r} has scale {scale}, accepted are scales below 1")
        params |= {f"{name}_zero_point": zero_point, f"{name}_multiplier": multiplier, f"{name}_shift": shift}
    # CMSIS-NN has no comparisons: TFLite Micro's own kernels, which round twice.
    params |= {"left_shift": _LEFT_SHIFT, "rounding": ROUNDINGS["double"]}
    return ctx.step(kernel, params, inputs=2)


def lower_equal(ctx: Context) -> Step:
    """Lower EQUAL of int8 operands with broadcasting."""
    return _lower(ctx, "equal_s8")


def lower_not_equal(ctx: Context) -> Step:
    """Lower NOT_EQUAL of int8 operands with broadcasting."""
    return _lower(ctx, "not_equal_s8")


def lower_greater(ctx: Context) -> Step:
    """Lower GREATER of int8 operands with broadcasting."""
    return _lower(ctx, "greater_s8")


def lower_greater_equal(ctx: Context) -> Step:
    """Lower GREATER_EQUAL of int8 operands with broadcasting."""
    return _lower(ctx, "greater_equal_s8")


def lower_less(ctx: Context) -> Step:
    """Lower LESS of int8 operands with broadcasting."""
    return _lower(ctx, "less_s8")


def lower_less_equal(ctx: Context) -> Step:
    """Lower LESS_EQUAL of int8 operands with broadcasting."""
    return _lower(ctx, "less_equal_s8")
