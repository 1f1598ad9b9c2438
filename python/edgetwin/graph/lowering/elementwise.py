"""add."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...types import MAX_RANK, ROUNDINGS
from ..step import Step
from .context import Context, quantize_multiplier

__all__ = ["fused_axes", "lower_add"]

_LEFT_SHIFT = 20


def fused_axes(shape: tuple[int, ...], *marks: Sequence[bool]) -> tuple[dict[str, int], list[int]]:
    """Join neighbouring axes that a kernel treats alike, so that its inner loop is long.

    Parameters
    ----------
    shape : tuple of int
        At most `MAX_RANK` axes.
    *marks : sequence of bool, one an axis
        What the kernel is told about an axis (broadcast, reduced); axes of one element need none.

    Returns
    -------
    dims : dict of str to int
        The kernel's ``dim_0`` to ``dim_5``, ones in front.
    masks : list of int
        For each of `marks`, bit i set where it holds for ``dim_i``.
    """
    axes: list[tuple[int, tuple[bool, ...]]] = []
    for dim, *flags in zip(shape, *marks, strict=True):
        mark = tuple(flags)
        if dim == 1:
            continue
        if axes and axes[-1][1] == mark:
            axes[-1] = (axes[-1][0] * dim, mark)
        else:
            axes.append((dim, mark))
    axes = [(1, (False,) * len(marks))] * (MAX_RANK - len(axes)) + axes
    dims = {f"dim_{axis}": dim for axis, (dim, _) in enumerate(axes)}
    return dims, [sum(mark[i] << axis for axis, (_, mark) in enumerate(axes)) for i in range(len(marks))]


def _scale(ctx: Context, real: float, what: str) -> tuple[int, int]:
    if not 0 < real < 1:
        ctx.unsupported(f"the {what} scale {real:g} is not between 0 and 1")
    multiplier, shift = quantize_multiplier(real)
    if shift > 0:
        ctx.unsupported(f"the {what} scale {real:g} rounds to 1")
    return multiplier, shift


def lower_add(ctx: Context) -> Step:
    """Lower ADD of int8 operands with broadcasting."""
    x, y, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.input(1)), ctx.int8(ctx.output())
    for tensor in (x, y, output):
        if len(tensor.shape) > MAX_RANK:
            ctx.unsupported(f"tensor {tensor.name!r} has {len(tensor.shape)} axes, accepted are at most {MAX_RANK}")
    try:
        shape = np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        ctx.bad(f"inputs have shapes {list(x.shape)} and {list(y.shape)}, which do not broadcast")
    ctx.expect_shape(output, shape)
    x_scale, x_zero_point = ctx.per_tensor(x)
    y_scale, y_zero_point = ctx.per_tensor(y)
    output_scale, output_zero_point = ctx.per_tensor(output)
    twice_max = 2 * float(max(x_scale, y_scale))
    x_multiplier, x_shift = _scale(ctx, float(x_scale) / twice_max, "first input's")
    y_multiplier, y_shift = _scale(ctx, float(y_scale) / twice_max, "second input's")
    output_multiplier, output_shift = _scale(ctx, twice_max / ((1 << _LEFT_SHIFT) * float(output_scale)), "output's")
    low, high = ctx.activation_range(ctx.option("fused_activation_function"), output)
    repeats = [
        [dim != own for dim, own in zip(shape, (1,) * (len(shape) - len(t.shape)) + t.shape, strict=True)]
        for t in (x, y)
    ]
    params: dict[str, Any]
    params, (x_broadcast, y_broadcast) = fused_axes(shape, *repeats)
    params |= {
        "x_broadcast": x_broadcast,
        "y_broadcast": y_broadcast,
        "x_zero_point": x_zero_point,
        "x_multiplier": x_multiplier,
        "x_shift": x_shift,
        "y_zero_point": y_zero_point,
        "y_multiplier": y_multiplier,
        "y_shift": y_shift,
        "left_shift": _LEFT_SHIFT,
        "output_zero_point": output_zero_point,
        "output_multiplier": output_multiplier,
        "output_shift": output_shift,
        "activation_min": low,
        "activation_max": high,
        # Where it must broadcast, TFLite Micro does not call CMSIS-NN but its own kernel, which rounds twice.
        "rounding": ROUNDINGS["double"] if x_broadcast or y_broadcast else ctx.rounding,
    }
    return Step(ctx.index, "add_s8", ctx.operator.inputs[:2], (), ctx.operator.outputs[:1], params, {})
