"""add, sub, mul, div, maximum, minimum, squared_difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...types import INT32_MAX, INT_RANGES, MAX_RANK, ROUNDINGS
from ..graph import Tensor
from ..step import Step
from .context import Context, quantize_multiplier

__all__ = [
    "COPIED_SUFFIXES",
    "SUFFIXES",
    "Operands",
    "broadcast_axes",
    "dtype_of",
    "fused_axes",
    "lower_add",
    "lower_div",
    "lower_maximum",
    "lower_minimum",
    "lower_mul",
    "lower_squared_difference",
    "lower_sub",
    "operands",
    "quantized",
]

#: Dtype -> what the names of its kernels end with.
SUFFIXES: Mapping[str, str] = {"int8": "s8", "int16": "s16", "int32": "s32", "int64": "s64", "bool": "bool"}
#: The same for kernels that copy elements.
COPIED_SUFFIXES: Mapping[str, str] = {"int8": "s8", "int16": "s16", "float32": "s32"}
_CODES = ("int8", "int16")
_LEFT_SHIFT = {"int8": 20, "int16": 15}
#: SQUARED_DIFFERENCE squares in int32.
_SQUARED_LEFT_SHIFT = {"int8": 7, "int16": 0}
#: Fused activation -> the clamp of int32 numbers.
_INTEGER_ACTIVATIONS = {
    "none": INT_RANGES["int32"],
    "relu": (0, INT32_MAX),
    "relu6": (0, 6),
    "relu_n1_to_1": (-1, 1),
}
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


def broadcast_axes(ctx: Context, tensors: Mapping[str, Tensor]) -> dict[str, int]:
    """Return ``dim_0`` to ``dim_5`` and ``<name>_broadcast`` of operands that broadcast to the output's shape.

    Parameters
    ----------
    ctx : Context
    tensors : mapping of str to Tensor
        The operands by the kernel's names.

    Returns
    -------
    dict of str to int

    Raises
    ------
    ModelError : shapes that do not broadcast, or an output of another shape
    UnsupportedError : more than `MAX_RANK` axes
    """
    for tensor in (*tensors.values(), ctx.output()):
        if len(tensor.shape) > MAX_RANK:
            ctx.unsupported(f"tensor {tensor.name!r} has {len(tensor.shape)} axes, accepted are at most {MAX_RANK}")
    shapes = [tensor.shape for tensor in tensors.values()]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        ctx.bad(f"inputs have shapes {', '.join(str(list(s)) for s in shapes)}, which do not broadcast")
    ctx.expect_shape(ctx.output(), shape)
    repeated = [[dim != own for dim, own in zip(shape, (1,) * (len(shape) - len(s)) + s, strict=True)] for s in shapes]
    params, masks = fused_axes(shape, *repeated)
    return params | {f"{name}_broadcast": mask for name, mask in zip(tensors, masks, strict=True)}


def dtype_of(ctx: Context, accepted: Sequence[str], first: Tensor, *others: Tensor) -> str:
    """Return the dtype of `first`, one of the `accepted`, which `others` must have too."""
    if first.dtype not in accepted:
        ctx.unsupported(f"tensor {first.name!r} is {first.dtype}, accepted are {', '.join(accepted)}")
    for tensor in others:
        if tensor.dtype != first.dtype:
            ctx.unsupported(f"tensor {tensor.name!r} is {tensor.dtype}, accepted is {first.dtype} as {first.name!r}")
    return first.dtype


def quantized(ctx: Context, tensor: Tensor) -> tuple[np.float32, int]:
    """Return (scale, zero point) of codes; TFLite's int16 is symmetric."""
    scale, zero_point = ctx.per_tensor(tensor)
    if tensor.dtype == "int16" and zero_point != 0:
        ctx.bad(f"tensor {tensor.name!r} is int16 with zero_point {zero_point}, accepted is 0")
    return scale, zero_point


@dataclass(frozen=True)
class Operands:
    """Two operands of one dtype that broadcast, and their output.

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
    def dtype(self) -> str:
        """The dtype of all three."""
        return self.output.dtype

    @property
    def broadcasts(self) -> bool:
        """Whether an operand is repeated along an axis."""
        return bool(self.params["x_broadcast"] or self.params["y_broadcast"])


def operands(ctx: Context, accepted: Sequence[str] = _CODES) -> Operands:
    """Return the checked operands of a binary operator."""
    x, y, output = ctx.input(0), ctx.input(1), ctx.output()
    dtype_of(ctx, accepted, x, y, output)
    return Operands(x, y, output, broadcast_axes(ctx, {"x": x, "y": y}))


def _integer(ctx: Context, name: str, activation: str, *unquantized: Tensor) -> Step | None:
    """Return the step on int32 numbers, which TFLite Micro takes as they are; None for another dtype."""
    if ctx.input(0).dtype != "int32":
        return None
    ops = operands(ctx, ("int32",))
    for tensor in unquantized:
        if tensor.quantization is not None:
            ctx.bad(f"tensor {tensor.name!r} is int32 with quantization parameters, accepted is none")
    if activation not in _INTEGER_ACTIVATIONS:
        ctx.unsupported(f"fused activation {activation!r}, accepted are {', '.join(_INTEGER_ACTIVATIONS)}")
    low, high = _INTEGER_ACTIVATIONS[activation]
    return ctx.step(f"{name}_s32", ops.params | {"activation_min": low, "activation_max": high}, inputs=2)


def _scale(ctx: Context, real: float, what: str) -> tuple[int, int]:
    if not 0 < real < 1:
        ctx.unsupported(f"the {what} scale {real:g} is not between 0 and 1")
    multiplier, shift = quantize_multiplier(real)
    if shift > 0:
        ctx.unsupported(f"the {what} scale {real:g} rounds to 1")
    return multiplier, shift


def _common_scale(
    ctx: Context, ops: Operands, reals: tuple[float, float], output: tuple[int, int], left_shift: int
) -> dict[str, Any]:
    """Return the parameters of kernels that bring both operands to a common scale first."""
    x_multiplier, x_shift = _scale(ctx, reals[0], "first input's")
    y_multiplier, y_shift = _scale(ctx, reals[1], "second input's")
    return ops.params | {
        "x_zero_point": quantized(ctx, ops.x)[1],
        "x_multiplier": x_multiplier,
        "x_shift": x_shift,
        "y_zero_point": quantized(ctx, ops.y)[1],
        "y_multiplier": y_multiplier,
        "y_shift": y_shift,
        "left_shift": left_shift,
        "output_zero_point": quantized(ctx, ops.output)[1],
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
    """Lower ADD with broadcasting; TFLite Micro ignores ``pot_scale_int16``, and the activation of int32 numbers."""
    step = _integer(ctx, "add", "none", ctx.input(0), ctx.input(1))
    if step is not None:
        return step
    ops = operands(ctx)
    left_shift = _LEFT_SHIFT[ops.dtype]
    x, y, output = map(float, _scales(ctx, ops))
    twice_max = 2 * max(x, y)
    result = _scale(ctx, twice_max / ((1 << left_shift) * output), "output's")
    params = _common_scale(ctx, ops, (x / twice_max, y / twice_max), result, left_shift)
    params |= _activation(ctx, ops.output) | {"rounding": _rounding(ctx, ops)}
    return ctx.step(f"add_{SUFFIXES[ops.dtype]}", params, inputs=2)


def lower_sub(ctx: Context) -> Step:
    """Lower SUB with broadcasting."""
    step = _integer(ctx, "sub", ctx.option("fused_activation_function"), ctx.input(0), ctx.input(1), ctx.output())
    if step is not None:
        return step
    ops = operands(ctx)
    left_shift = _LEFT_SHIFT[ops.dtype]
    x, y, output = map(float, _scales(ctx, ops))
    twice_max = 2 * max(x, y)
    result = _scale(ctx, twice_max / ((1 << left_shift) * output), "output's")
    params = _common_scale(ctx, ops, (x / twice_max, y / twice_max), result, left_shift)
    # CMSIS-NN has no subtraction: TFLite Micro's own kernel, which rounds twice.
    params |= _activation(ctx, ops.output) | {"rounding": ROUNDINGS["double"]}
    return ctx.step(f"sub_{SUFFIXES[ops.dtype]}", params, inputs=2)


def lower_mul(ctx: Context) -> Step:
    """Lower MUL with broadcasting."""
    step = _integer(ctx, "mul", ctx.option("fused_activation_function"))
    if step is not None:
        return step
    ops = operands(ctx)
    x, y, output = map(float, _scales(ctx, ops))
    multiplier, shift = ctx.scale(x * y / output)
    params = ops.params | {
        "x_zero_point": quantized(ctx, ops.x)[1],
        "y_zero_point": quantized(ctx, ops.y)[1],
        "output_zero_point": quantized(ctx, ops.output)[1],
        "multiplier": multiplier,
        "shift": shift,
        "rounding": _rounding(ctx, ops),
    }
    return ctx.step(f"mul_{SUFFIXES[ops.dtype]}", params | _activation(ctx, ops.output), inputs=2)


def lower_div(ctx: Context) -> Step:
    """Lower DIV with broadcasting.

    The ratio of the scales is a double: so the wheel computes it, although its source has a float32 there.

    The reference shifts the quotient of codes right by a number of bits that depends on its operands; scales with which
    that could be a left shift, or more bits than an int32 has, are undefined there and refused.
    """
    step = _integer(ctx, "div", ctx.option("fused_activation_function"), ctx.input(0), ctx.input(1))
    if step is not None:
        return step
    ops = operands(ctx, ("int8",))
    x, y, output = map(float, _scales(ctx, ops))
    y_zero_point = ctx.per_tensor(ops.y)[1]
    real = x / (y * output)
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
        "x_zero_point": quantized(ctx, ops.x)[1],
        "y_zero_point": y_zero_point,
        "output_zero_point": quantized(ctx, ops.output)[1],
        "multiplier": multiplier,
        "shift": shift,
    }
    return ctx.step("div_s8", params | _activation(ctx, ops.output), inputs=2)


def _extremum(ctx: Context, name: str) -> Step:
    """No quantization is read, as in the reference."""
    ops = operands(ctx, (*_CODES, "int32", "int64"))
    return ctx.step(f"{name}_{SUFFIXES[ops.dtype]}", ops.params, inputs=2)


def lower_maximum(ctx: Context) -> Step:
    """Lower MAXIMUM of codes or numbers with broadcasting."""
    return _extremum(ctx, "maximum")


def lower_minimum(ctx: Context) -> Step:
    """Lower MINIMUM of codes or numbers with broadcasting."""
    return _extremum(ctx, "minimum")


def lower_squared_difference(ctx: Context) -> Step:
    """Lower SQUARED_DIFFERENCE with broadcasting."""
    step = _integer(ctx, "squared_difference", "none")
    if step is not None:
        return step
    ops = operands(ctx)
    left_shift = _SQUARED_LEFT_SHIFT[ops.dtype]
    x, y, output = map(float, _scales(ctx, ops))
    twice_max = 2 * max(x, y)
    with np.errstate(over="ignore"):
        divisor = float(np.float32(1 << 2 * left_shift) * np.float32(output))
    result = ctx.scale(twice_max * twice_max / divisor)
    params = _common_scale(ctx, ops, (x / twice_max, y / twice_max), result, left_shift)
    return ctx.step(f"squared_difference_{SUFFIXES[ops.dtype]}", params, inputs=2)
