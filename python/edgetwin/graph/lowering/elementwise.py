"""add, sub, mul, div, maximum, minimum, squared_difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...types import INT_RANGES, MAX_RANK, ROUNDINGS
from ..graph import Tensor
from ..step import Step
from .context import Context, quantize_multiplier

__all__ = [
    "Operands",
    "effective_scale",
    "fused_axes",
    "lower_add",
    "lower_div",
    "lower_maximum",
    "lower_minimum",
    "lower_mul",
    "lower_squared_difference",
    "lower_sub",
    "operands",
]

_LEFT_SHIFT = 20
#: SQUARED_DIFFERENCE squares in int32.
_SQUARED_LEFT_SHIFT = 7
#: DIV: with a divisor of 0 or 1 and a dividend of 255 the reference shifts right by 22 bits less the shift.
_MOST_DIV_SHIFT = 22


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


@dataclass(frozen=True)
class Operands:
    """Two int8 operands that broadcast, and their output.

    Attributes
    ----------
    x, y, output : Tensor
    params : dict
        What every binary kernel takes: ``dim_0`` to ``dim_5``, ``x_broadcast``, ``y_broadcast``.
    """

    x: Tensor
    y: Tensor
    output: Tensor
    params: dict[str, Any]

    @property
    def broadcasts(self) -> bool:
        """Whether an operand is repeated along an axis."""
        return bool(self.params["x_broadcast"] or self.params["y_broadcast"])


def operands(ctx: Context) -> Operands:
    """Return the checked operands of a binary operator."""
    x, y, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.input(1)), ctx.int8(ctx.output())
    for tensor in (x, y, output):
        if len(tensor.shape) > MAX_RANK:
            ctx.unsupported(f"tensor {tensor.name!r} has {len(tensor.shape)} axes, accepted are at most {MAX_RANK}")
    try:
        shape = np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        ctx.bad(f"inputs have shapes {list(x.shape)} and {list(y.shape)}, which do not broadcast")
    ctx.expect_shape(output, shape)
    repeats = [
        [dim != own for dim, own in zip(shape, (1,) * (len(shape) - len(t.shape)) + t.shape, strict=True)]
        for t in (x, y)
    ]
    dims, (x_broadcast, y_broadcast) = fused_axes(shape, *repeats)
    return Operands(x, y, output, {**dims, "x_broadcast": x_broadcast, "y_broadcast": y_broadcast})


def _scale(ctx: Context, real: float, what: str) -> tuple[int, int]:
    if not 0 < real < 1:
        ctx.unsupported(f"the {what} scale {real:g} is not between 0 and 1")
    multiplier, shift = quantize_multiplier(real)
    if shift > 0:
        ctx.unsupported(f"the {what} scale {real:g} rounds to 1")
    return multiplier, shift


def effective_scale(ctx: Context, real: float) -> tuple[int, int]:
    """Return the multiplier and the shift of an effective scale, which a left shift of 30 must reach."""
    multiplier, shift = quantize_multiplier(real)
    if shift > 30:
        ctx.unsupported(f"effective scale {real:g} needs a left shift of {shift}, accepted are at most 30")
    return multiplier, shift


def _common_scale(
    ctx: Context, ops: Operands, reals: tuple[float, float], output: tuple[int, int], left_shift: int
) -> dict[str, Any]:
    """Return the parameters of kernels that bring both operands to a common scale first."""
    x_multiplier, x_shift = _scale(ctx, reals[0], "first input's")
    y_multiplier, y_shift = _scale(ctx, reals[1], "second input's")
    return ops.params | {
        "x_zero_point": ctx.per_tensor(ops.x)[1],
        "x_multiplier": x_multiplier,
        "x_shift": x_shift,
        "y_zero_point": ctx.per_tensor(ops.y)[1],
        "y_multiplier": y_multiplier,
        "y_shift": y_shift,
        "left_shift": left_shift,
        "output_zero_point": ctx.per_tensor(ops.output)[1],
        "output_multiplier": output[0],
        "output_shift": output[1],
    }


def _activation(ctx: Context, output: Tensor) -> dict[str, int]:
    low, high = ctx.activation_range(ctx.option("fused_activation_function"), output)
    return {"activation_min": low, "activation_max": high}


def _rounding(ctx: Context, ops: Operands) -> int:
    """Where it must broadcast, TFLite Micro does not call CMSIS-NN but its own kernel, which rounds twice."""
    return ROUNDINGS["double"] if ops.broadcasts else ctx.rounding


def _scales(ctx: Context, ops: Operands) -> tuple[np.float32, np.float32, np.float32]:
    return ctx.per_tensor(ops.x)[0], ctx.per_tensor(ops.y)[0], ctx.per_tensor(ops.output)[0]


def lower_add(ctx: Context) -> Step:
    """Lower ADD of int8 operands with broadcasting."""
    ops = operands(ctx)
    x, y, output = map(float, _scales(ctx, ops))
    twice_max = 2 * max(x, y)
    result = _scale(ctx, twice_max / ((1 << _LEFT_SHIFT) * output), "output's")
    params = _common_scale(ctx, ops, (x / twice_max, y / twice_max), result, _LEFT_SHIFT)
    return ctx.step("add_s8", params | _activation(ctx, ops.output) | {"rounding": _rounding(ctx, ops)}, inputs=2)


def lower_sub(ctx: Context) -> Step:
    """Lower SUB of int8 operands with broadcasting; the ratios of the scales are float32, as in the reference."""
    ops = operands(ctx)
    x, y, output = _scales(ctx, ops)
    with np.errstate(over="ignore", under="ignore"):
        twice_max = np.float32(2) * max(x, y)
        ratios = [float(ratio) for ratio in (x / twice_max, y / twice_max)]
        real = float(twice_max / (np.float32(1 << _LEFT_SHIFT) * output))
    result = _scale(ctx, real, "output's")
    params = _common_scale(ctx, ops, (ratios[0], ratios[1]), result, _LEFT_SHIFT)
    # CMSIS-NN has no subtraction: TFLite Micro's own kernel, which rounds twice.
    return ctx.step("sub_s8", params | _activation(ctx, ops.output) | {"rounding": ROUNDINGS["double"]}, inputs=2)


def lower_mul(ctx: Context) -> Step:
    """Lower MUL of int8 operands with broadcasting."""
    ops = operands(ctx)
    x, y, output = map(float, _scales(ctx, ops))
    multiplier, shift = effective_scale(ctx, x * y / output)
    params = ops.params | {
        "x_zero_point": ctx.per_tensor(ops.x)[1],
        "y_zero_point": ctx.per_tensor(ops.y)[1],
        "output_zero_point": ctx.per_tensor(ops.output)[1],
        "multiplier": multiplier,
        "shift": shift,
        "rounding": _rounding(ctx, ops),
    }
    return ctx.step("mul_s8", params | _activation(ctx, ops.output), inputs=2)


def lower_div(ctx: Context) -> Step:
    """Lower DIV of int8 operands with broadcasting; the ratio of the scales is a float32, as in the reference.

    The reference shifts the quotient right by a number of bits that depends on its operands; scales with which that
    could be a left shift, or more bits than an int32 has, are undefined there and refused.
    """
    ops = operands(ctx)
    x, y, output = _scales(ctx, ops)
    y_zero_point = ctx.per_tensor(ops.y)[1]
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        real = float(x / (y * output))
    if not math.isfinite(real):
        ctx.bad(f"effective scale {real:g} is not finite")
    multiplier, shift = quantize_multiplier(real)
    codes = np.array([INT_RANGES["int8"]]) if ops.y.data is None else ops.y.data
    # The whole bits of the largest divisor.
    least = max(int(np.abs(codes.astype(np.int64) - y_zero_point).max()).bit_length() - 1, 0)
    if not least <= shift <= _MOST_DIV_SHIFT:
        ctx.unsupported(
            f"effective scale {real:g} has shift {shift}, accepted is [{least}, {_MOST_DIV_SHIFT}]: TFLite Micro's "
            "division is undefined for others"
        )
    params = ops.params | {
        "x_zero_point": ctx.per_tensor(ops.x)[1],
        "y_zero_point": y_zero_point,
        "output_zero_point": ctx.per_tensor(ops.output)[1],
        "multiplier": multiplier,
        "shift": shift,
    }
    return ctx.step("div_s8", params | _activation(ctx, ops.output), inputs=2)


def lower_maximum(ctx: Context) -> Step:
    """Lower MAXIMUM of int8 codes with broadcasting; no quantization is read, as in the reference."""
    return ctx.step("maximum_s8", operands(ctx).params, inputs=2)


def lower_minimum(ctx: Context) -> Step:
    """Lower MINIMUM of int8 codes with broadcasting; no quantization is read, as in the reference."""
    return ctx.step("minimum_s8", operands(ctx).params, inputs=2)


def lower_squared_difference(ctx: Context) -> Step:
    """Lower SQUARED_DIFFERENCE of int8 operands with broadcasting."""
    ops = operands(ctx)
    x, y, output = map(float, _scales(ctx, ops))
    twice_max = 2 * max(x, y)
    with np.errstate(over="ignore"):
        divisor = float(np.float32(1 << 2 * _SQUARED_LEFT_SHIFT) * np.float32(output))
    result = effective_scale(ctx, twice_max * twice_max / divisor)
    params = _common_scale(ctx, ops, (x / twice_max, y / twice_max), result, _SQUARED_LEFT_SHIFT)
    return ctx.step("squared_difference_s8", params, inputs=2)
