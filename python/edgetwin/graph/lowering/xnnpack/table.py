"""Operator name -> what LiteRT computes of it with its default delegate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ...step import Step
from ...support import data_dtype
from ..context import Context
from ..table import LOWERINGS
from .curves import lower_elu, lower_leaky_relu, lower_logistic, lower_quantize, lower_tanh
from .elementwise import lower_add, lower_mul, lower_sub
from .linear import (
    lower_batch_matmul,
    lower_conv_2d,
    lower_depthwise_conv_2d,
    lower_fully_connected,
    lower_transpose_conv,
)
from .movement import lower_space_to_batch_nd, lower_strided_slice
from .recurrent import lower_svdf, lower_unidirectional_sequence_lstm
from .reduce import lower_mean, lower_sum
from .rescaled import lower_abs, lower_div, lower_prelu, lower_relu, lower_rsqrt
from .resize import lower_resize_bilinear
from .softmax import lower_log_softmax, lower_softmax

__all__ = ["XNNPACK_LOWERINGS", "xnnpack_lowering"]

#: Dtypes whose scales a kernel computes with.
_SCALED = ("int8", "uint8", "int16")
Lowering = Callable[[Context], Step | Sequence[Step] | None]

#: Operators that move elements, of whatever dtype, as TFLite Micro does.
_MOVING = (
    "batch_to_space_nd",
    "broadcast_to",
    "cast",
    "concatenation",
    "depth_to_space",
    "dequantize",
    "expand_dims",
    "fill",
    "gather",
    "gather_nd",
    "logical_and",
    "logical_not",
    "logical_or",
    "mirror_pad",
    "pack",
    "pad",
    "padv2",
    "reshape",
    "resize_nearest_neighbor",
    "reverse_v2",
    "slice",
    "space_to_depth",
    "split",
    "split_v",
    "squeeze",
    "transpose",
    "unpack",
)
#: Operators of int8 whose integers are TFLite Micro's.
_SHARED = (
    "arg_max",
    "arg_min",
    "average_pool_2d",
    "equal",
    "greater",
    "greater_equal",
    "hard_swish",
    "l2_normalization",
    "less",
    "less_equal",
    "max_pool_2d",
    "maximum",
    "minimum",
    "not_equal",
    "reduce_max",
    "reduce_min",
    "relu6",
    "select_v2",
    "squared_difference",
)
#: Operators of int8 with a form of their own.
_OWN: Mapping[str, Lowering] = {
    "abs": lower_abs,
    "add": lower_add,
    "batch_matmul": lower_batch_matmul,
    "conv_2d": lower_conv_2d,
    "depthwise_conv_2d": lower_depthwise_conv_2d,
    "div": lower_div,
    "elu": lower_elu,
    "fully_connected": lower_fully_connected,
    "leaky_relu": lower_leaky_relu,
    "log_softmax": lower_log_softmax,
    "logistic": lower_logistic,
    "mean": lower_mean,
    "mul": lower_mul,
    "prelu": lower_prelu,
    "quantize": lower_quantize,
    "relu": lower_relu,
    "resize_bilinear": lower_resize_bilinear,
    "rsqrt": lower_rsqrt,
    "softmax": lower_softmax,
    "space_to_batch_nd": lower_space_to_batch_nd,
    "strided_slice": lower_strided_slice,
    "sub": lower_sub,
    "sum": lower_sum,
    "svdf": lower_svdf,
    "tanh": lower_tanh,
    "transpose_conv": lower_transpose_conv,
    "unidirectional_sequence_lstm": lower_unidirectional_sequence_lstm,
}

#: Operators that say themselves which dtypes they take.
_ANY_DTYPE = (*_MOVING, "quantize", "space_to_batch_nd", "strided_slice")

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
    UnsupportedError : the arithmetic is not defined for this operator, for the dtype of its data, or for a scale
    """
    name = ctx.operator.name
    if name not in XNNPACK_LOWERINGS:
        ctx.unsupported("arithmetic 'xnnpack' is not defined for this operator")
    dtype = data_dtype(ctx.graph, ctx.operator)
    if name not in _ANY_DTYPE and dtype != "int8":
        ctx.unsupported(f"arithmetic 'xnnpack' is not defined for {dtype}, accepted is int8")
    for index in (*ctx.operator.inputs, *ctx.operator.outputs):
        tensor = ctx.graph.tensors[index]
        if index < 0 or tensor.quantization is None or tensor.dtype not in _SCALED:
            continue
        # XNNPACK takes normal scales only; the reciprocal of others may be infinite.
        if (abs(tensor.quantization.scale) < np.finfo(np.float32).tiny).any():
            ctx.unsupported(
                f"arithmetic 'xnnpack' is not defined for the scale {tensor.quantization.scale.min():g} of "
                f"{tensor.name!r}, accepted are normal float32"
            )
    return XNNPACK_LOWERINGS[name]
