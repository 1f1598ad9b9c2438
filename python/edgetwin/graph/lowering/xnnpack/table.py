"""Operator name -> what LiteRT computes of it with its default delegate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...step import Step
from ...support import data_dtype
from ..context import Context
from ..table import LOWERINGS
from .elementwise import lower_add, lower_mul, lower_sub
from .linear import lower_conv_2d, lower_depthwise_conv_2d, lower_fully_connected
from .softmax import lower_softmax

__all__ = ["XNNPACK_LOWERINGS", "xnnpack_lowering"]

Lowering = Callable[[Context], Step | Sequence[Step] | None]

#: Operators that move elements, of whatever dtype, as TFLite Micro does.
_MOVING = ("reshape",)
#: Operators of int8 whose integers are TFLite Micro's.
_SHARED = ("average_pool_2d", "max_pool_2d")
#: Operators of int8 with a form of their own.
_OWN: Mapping[str, Lowering] = {
    "add": lower_add,
    "conv_2d": lower_conv_2d,
    "depthwise_conv_2d": lower_depthwise_conv_2d,
    "fully_connected": lower_fully_connected,
    "mul": lower_mul,
    "softmax": lower_softmax,
    "sub": lower_sub,
}

XNNPACK_LOWERINGS: Mapping[str, Lowering] = {name: LOWERINGS[name] for name in (*_MOVING, *_SHARED)} | {**_OWN}


def xnnpack_lowering(ctx: Context) -> Lowering:
    """Return an operator's lowering under arithmetic "xnnpack".

    Parameters
    ----------
    ctx : Context

    Returns
    -------
    callable
        As in `LOWERINGS`.

    Raises
    ------
    UnsupportedError : the arithmetic is not defined for this operator, or for the dtype of its data
    """
    name = ctx.operator.name
    if name not in XNNPACK_LOWERINGS:
        ctx.unsupported("arithmetic 'xnnpack' is not defined for this operator")
    dtype = data_dtype(ctx.graph, ctx.operator)
    if name not in _MOVING and dtype != "int8":
        ctx.unsupported(f"arithmetic 'xnnpack' is not defined for {dtype}, accepted is int8")
    return XNNPACK_LOWERINGS[name]
