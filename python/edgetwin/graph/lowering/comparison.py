"""equal, not_equal, greater, greater_equal, less, less_equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...types import ROUNDINGS
from ..step import Step
from .context import Context, quantize_multiplier
from .elementwise import SUFFIXES, broadcast_axes, dtype_of
from .logical import boolean

__all__ = [
    "lower_equal",
    "lower_greater",
    "lower_greater_equal",
    "lower_less",
    "lower_less_equal",
    "lower_not_equal",
]

_LEFT_SHIFT = 8


#: Dtypes that TFLite Micro compares as they are.
_NUMBERS = ("int32", "int64")


def _lower(ctx: Context, name: str, accepted: Sequence[str]) -> Step:
    """Lower to a comparison of numbers as they are, or of both operands' real values in units of 2**-8."""
    x, y = ctx.input(0), ctx.input(1)
    dtype = dtype_of(ctx, accepted, x, y)
    boolean(ctx, ctx.output())
    params: dict[str, Any] = broadcast_axes(ctx, {"x": x, "y": y})
    if dtype != "int8":
        return ctx.step(f"{name}_{SUFFIXES[dtype]}", params, inputs=2)
    for side, tensor in (("x", x), ("y", y)):
        scale, zero_point = ctx.per_tensor(tensor)
        multiplier, shift = quantize_multiplier(float(scale))
        # The reference asks for scales below 1 and aborts on others.
        if not scale < 1 or shift > 0:
            ctx.unsupported(f"input {tensor.name!r} has scale {scale}, accepted are scales below 1")
        params |= {f"{side}_zero_point": zero_point, f"{side}_multiplier": multiplier, f"{side}_shift": shift}
    # CMSIS-NN has no comparisons: TFLite Micro's own kernels, which round twice.
    params |= {"left_shift": _LEFT_SHIFT, "rounding": ROUNDINGS["double"]}
    return ctx.step(f"{name}_s8", params, inputs=2)


def lower_equal(ctx: Context) -> Step:
    """Lower EQUAL with broadcasting."""
    return _lower(ctx, "equal", ("int8", *_NUMBERS, "bool"))


def lower_not_equal(ctx: Context) -> Step:
    """Lower NOT_EQUAL with broadcasting."""
    return _lower(ctx, "not_equal", ("int8", *_NUMBERS, "bool"))


def lower_greater(ctx: Context) -> Step:
    """Lower GREATER with broadcasting."""
    return _lower(ctx, "greater", ("int8", *_NUMBERS))


def lower_greater_equal(ctx: Context) -> Step:
    """Lower GREATER_EQUAL with broadcasting."""
    return _lower(ctx, "greater_equal", ("int8", *_NUMBERS))


def lower_less(ctx: Context) -> Step:
    """Lower LESS with broadcasting."""
    return _lower(ctx, "less", ("int8", *_NUMBERS))


def lower_less_equal(ctx: Context) -> Step:
    """Lower LESS_EQUAL with broadcasting."""
    return _lower(ctx, "less_equal", ("int8", *_NUMBERS))
