"""logical_and, logical_or, logical_not; select_v2."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...types import MAX_RANK
from ..graph import Tensor
from ..step import Step
from .context import Context
from .elementwise import fused_axes

__all__ = [
    "boolean",
    "broadcast_axes",
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
    """Lower SELECT_V2 of int8 operands: their codes as they are; no quantization is read, as in the reference."""
    condition, x, y = boolean(ctx, ctx.input(0)), ctx.int8(ctx.input(1)), ctx.int8(ctx.input(2))
    output = ctx.int8(ctx.output())
    if condition.size == x.size == y.size == output.size == 1:
        # Any shapes of one element go together.
        params = {f"dim_{axis}": 1 for axis in range(MAX_RANK)}
        params |= {"x_broadcast": 0, "y_broadcast": 0, "condition_broadcast": 0}
    else:
        params = broadcast_axes(ctx, {"x": x, "y": y, "condition": condition})
    return ctx.step("select_s8", params, inputs=3)
