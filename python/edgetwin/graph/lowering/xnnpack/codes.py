"""What XNNPACK's lowerings share: codes of fused activations, tables of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....types import INT_RANGES, Array
from ...graph import Tensor
from ...step import Step
from ..context import Context

__all__ = ["activation_range", "nearest_codes", "stored", "table_step"]

_LOW, _HIGH = INT_RANGES["int8"]
_FLOAT = np.float32
#: Real limits of fused activations.
_LIMITS = {"relu": (0.0, np.inf), "relu6": (0.0, 6.0), "relu_n1_to_1": (-1.0, 1.0)}


def nearest_codes(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the nearest int8 code of each float32, ties to even, saturated."""
    return np.rint(np.clip(values, _FLOAT(_LOW), _FLOAT(_HIGH))).astype(np.int64)


def activation_range(ctx: Context, output: Tensor) -> tuple[int, int]:
    """Return the clamp of a fused activation: its limits over the scale, plus the zero point, in float32."""
    name = ctx.option("fused_activation_function")
    scale, zero_point = ctx.per_tensor(output)
    if name == "none":
        return _LOW, _HIGH
    if name not in _LIMITS:
        ctx.unsupported(f"fused activation {name!r}, accepted are none, {', '.join(_LIMITS)}")
    with np.errstate(over="ignore"):
        low, high = nearest_codes(np.array(_LIMITS[name], _FLOAT) / scale + _FLOAT(zero_point)).tolist()
    return low, high


def stored(ctx: Context, position: int) -> None:
    """Raise unless an operand is stored in the file: what operators compute, LiteRT's delegate does not take."""
    index = ctx.operator.inputs[position]
    if any(index in operator.outputs for operator in ctx.graph.operators):
        ctx.unsupported(
            f"arithmetic 'xnnpack' is not defined where input {position} ({ctx.input(position).name!r}) is computed, "
            "accepted is one that the file holds"
        )


def table_step(ctx: Context, function: Callable[[Array], Any]) -> Step:
    """Return the step of a function of single int8 codes.

    Parameters
    ----------
    ctx : Context
    function : callable
        All 256 codes, int64 -> their output codes in the int8 range.
    """
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    ctx.expect_shape(output, source.shape)
    # By the code's bits: 0 to 127, then -128 to -1.
    codes = np.concatenate((np.arange(_HIGH + 1), np.arange(_LOW, 0)))
    with np.errstate(all="ignore"):
        table = np.asarray(function(codes)).astype(np.int8)
    return ctx.step("lookup_s8", {"size": source.size}, {"table": table})
