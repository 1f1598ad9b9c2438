"""What float32 operators ask of their operands."""

from __future__ import annotations

import math

from ...graph import Tensor
from ..context import Context

__all__ = ["activation", "finite", "float32"]

#: Fused activation -> TFLite's number of it, which the kernels take.
_ACTIVATIONS = {"none": 0, "relu": 1, "relu_n1_to_1": 2, "relu6": 3}


def float32(ctx: Context, tensor: Tensor) -> Tensor:
    """Return `tensor`, which must be float32."""
    if tensor.dtype != "float32":
        ctx.unsupported(f"tensor {tensor.name!r} is {tensor.dtype}, accepted is float32")
    return tensor


def activation(ctx: Context) -> int:
    """Return the number of the fused activation."""
    name = ctx.option("fused_activation_function")
    if name not in _ACTIVATIONS:
        ctx.unsupported(f"fused activation {name!r}, accepted are {', '.join(_ACTIVATIONS)}")
    return _ACTIVATIONS[name]


def finite(ctx: Context, name: str) -> float:
    """Return a float option that must be a finite number."""
    value = float(ctx.option(name))
    if not math.isfinite(value):
        ctx.unsupported(f"{name} is {value}, accepted are finite numbers")
    return value
