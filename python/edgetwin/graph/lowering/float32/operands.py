"""What float32 operators ask of their operands."""

from __future__ import annotations

import numpy as np

from ....types import Array
from ...graph import Tensor
from ..context import Context

__all__ = ["activation", "bias", "constant", "float32"]

#: Fused activation -> TFLite's number of it, which the kernels take.
_ACTIVATIONS = {"none": 0, "relu": 1, "relu_n1_to_1": 2, "relu6": 3}


def float32(ctx: Context, tensor: Tensor) -> Tensor:
    """Return `tensor`, which must be float32."""
    if tensor.dtype != "float32":
        ctx.unsupported(f"tensor {tensor.name!r} is {tensor.dtype}, accepted is float32")
    return tensor


def constant(ctx: Context, position: int) -> Array:
    """Return the value of constant float32 input `position`."""
    return ctx.constant(position, "float32")


def bias(ctx: Context, position: int, channels: int) -> Array | None:
    """Return the bias of `channels` elements, or None where it is absent."""
    if not ctx.has_input(position):
        return None
    values = constant(ctx, position)
    if values.size != channels:
        ctx.bad(f"bias {ctx.input(position).name!r} has {values.size} elements, expected {channels}")
    return np.ascontiguousarray(values.reshape(-1))


def activation(ctx: Context) -> int:
    """Return the number of the fused activation."""
    name = ctx.option("fused_activation_function")
    if name not in _ACTIVATIONS:
        ctx.unsupported(f"fused activation {name!r}, accepted are {', '.join(_ACTIVATIONS)}")
    return _ACTIVATIONS[name]
