"""Operator name -> its lowering where the data is float32; operators that only move elements are in the other table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...step import Step
from ..context import Context
from ..table import INPUTS
from .axes import REDUCTIONS, lower_arg_max, lower_arg_min, lower_cumsum, lower_resize_bilinear
from .batch_matmul import lower_batch_matmul
from .cast import lower_cast
from .conv import lower_conv_2d, lower_depthwise_conv_2d
from .elementwise import ARITHMETIC, BINARY, COMPARISONS, UNARY, lower_gelu, lower_leaky_relu, lower_prelu
from .fully_connected import lower_fully_connected
from .pool import lower_average_pool_2d, lower_max_pool_2d
from .recurrent import lower_svdf, lower_unidirectional_sequence_lstm
from .rows import lower_l2_normalization, lower_log_softmax, lower_softmax
from .transpose_conv import lower_transpose_conv

__all__ = ["FLOAT32_INPUTS", "FLOAT32_LOWERINGS"]

FLOAT32_LOWERINGS: Mapping[str, Callable[[Context], Step | Sequence[Step] | None]] = {
    **ARITHMETIC,
    **BINARY,
    **COMPARISONS,
    **REDUCTIONS,
    **UNARY,
    "arg_max": lower_arg_max,
    "arg_min": lower_arg_min,
    "average_pool_2d": lower_average_pool_2d,
    "batch_matmul": lower_batch_matmul,
    "cast": lower_cast,
    "conv_2d": lower_conv_2d,
    "cumsum": lower_cumsum,
    "depthwise_conv_2d": lower_depthwise_conv_2d,
    "fully_connected": lower_fully_connected,
    "gelu": lower_gelu,
    "l2_normalization": lower_l2_normalization,
    "leaky_relu": lower_leaky_relu,
    "log_softmax": lower_log_softmax,
    "max_pool_2d": lower_max_pool_2d,
    "prelu": lower_prelu,
    "resize_bilinear": lower_resize_bilinear,
    "softmax": lower_softmax,
    "svdf": lower_svdf,
    "transpose_conv": lower_transpose_conv,
    "unidirectional_sequence_lstm": lower_unidirectional_sequence_lstm,
}

#: Operator name -> fewest and most inputs, absent ones (-1) counted; where nothing else is said, those of integers.
FLOAT32_INPUTS: Mapping[str, tuple[int, int]] = {name: INPUTS.get(name, (1, 1)) for name in FLOAT32_LOWERINGS} | {
    "pow": (2, 2),
    "reduce_prod": (2, 2),
    "unidirectional_sequence_lstm": (20, 24),
}
