"""The function that lowers each operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...types import INT32_MAX
from ..step import Step
from .arg_min_max import lower_arg_max, lower_arg_min
from .batch_matmul import lower_batch_matmul
from .cast import lower_cast
from .comparison import lower_equal, lower_greater, lower_greater_equal, lower_less, lower_less_equal, lower_not_equal
from .context import Context
from .conv import lower_conv_2d, lower_depthwise_conv_2d
from .cumsum import lower_cumsum
from .curves import lower_elu, lower_hard_swish, lower_l2_normalization, lower_log_softmax, lower_rsqrt
from .data_movement import lower_expand_dims, lower_pad, lower_reshape, lower_squeeze
from .elementwise import (
    lower_add,
    lower_div,
    lower_maximum,
    lower_minimum,
    lower_mul,
    lower_squared_difference,
    lower_sub,
)
from .fully_connected import lower_fully_connected
from .gather import lower_gather, lower_gather_nd
from .logical import lower_logical_and, lower_logical_not, lower_logical_or, lower_select_v2
from .nonlinear import lower_logistic, lower_softmax, lower_tanh
from .pool import lower_average_pool_2d, lower_max_pool_2d
from .quantize import lower_dequantize, lower_quantize, lower_relu, lower_relu6
from .rearrange import lower_fill, lower_mirror_pad, lower_reverse_v2
from .rectify import lower_abs, lower_leaky_relu, lower_prelu
from .recurrent import lower_svdf, lower_unidirectional_sequence_lstm
from .reduce import lower_mean, lower_reduce_all, lower_reduce_max, lower_reduce_min, lower_sum
from .resize import lower_resize_bilinear, lower_resize_nearest_neighbor
from .signal import SIGNAL_INPUTS, SIGNAL_LOWERINGS, SIGNAL_OUTPUTS
from .space_batch import lower_batch_to_space_nd, lower_space_to_batch_nd
from .strided_copy import (
    lower_broadcast_to,
    lower_concatenation,
    lower_depth_to_space,
    lower_pack,
    lower_slice,
    lower_space_to_depth,
    lower_split,
    lower_split_v,
    lower_strided_slice,
    lower_transpose,
    lower_unpack,
)
from .transpose_conv import lower_transpose_conv

__all__ = ["INPUTS", "LOWERINGS", "OUTPUTS"]

#: Operator name -> lowering: one step, or several that run in order, such as one an output. None marks an operator that
#: only relabels bytes (RESHAPE): its output is its input, seen with another shape.
LOWERINGS: Mapping[str, Callable[[Context], Step | Sequence[Step] | None]] = {
    "abs": lower_abs,
    "add": lower_add,
    "arg_max": lower_arg_max,
    "arg_min": lower_arg_min,
    "average_pool_2d": lower_average_pool_2d,
    "batch_matmul": lower_batch_matmul,
    "batch_to_space_nd": lower_batch_to_space_nd,
    "broadcast_to": lower_broadcast_to,
    "cast": lower_cast,
    "concatenation": lower_concatenation,
    "conv_2d": lower_conv_2d,
    "cumsum": lower_cumsum,
    "depth_to_space": lower_depth_to_space,
    "depthwise_conv_2d": lower_depthwise_conv_2d,
    "dequantize": lower_dequantize,
    "div": lower_div,
    "elu": lower_elu,
    "equal": lower_equal,
    "expand_dims": lower_expand_dims,
    "fill": lower_fill,
    "fully_connected": lower_fully_connected,
    "gather": lower_gather,
    "gather_nd": lower_gather_nd,
    "greater": lower_greater,
    "greater_equal": lower_greater_equal,
    "hard_swish": lower_hard_swish,
    "l2_normalization": lower_l2_normalization,
    "leaky_relu": lower_leaky_relu,
    "less": lower_less,
    "less_equal": lower_less_equal,
    "log_softmax": lower_log_softmax,
    "logical_and": lower_logical_and,
    "logical_not": lower_logical_not,
    "logical_or": lower_logical_or,
    "logistic": lower_logistic,
    "max_pool_2d": lower_max_pool_2d,
    "maximum": lower_maximum,
    "mean": lower_mean,
    "minimum": lower_minimum,
    "mirror_pad": lower_mirror_pad,
    "mul": lower_mul,
    "not_equal": lower_not_equal,
    "pack": lower_pack,
    "pad": lower_pad,
    "padv2": lower_pad,
    "prelu": lower_prelu,
    "quantize": lower_quantize,
    "reduce_all": lower_reduce_all,
    "reduce_max": lower_reduce_max,
    "reduce_min": lower_reduce_min,
    "relu": lower_relu,
    "relu6": lower_relu6,
    "reshape": lower_reshape,
    "resize_bilinear": lower_resize_bilinear,
    "resize_nearest_neighbor": lower_resize_nearest_neighbor,
    "reverse_v2": lower_reverse_v2,
    "rsqrt": lower_rsqrt,
    "select_v2": lower_select_v2,
    "slice": lower_slice,
    "softmax": lower_softmax,
    "space_to_batch_nd": lower_space_to_batch_nd,
    "space_to_depth": lower_space_to_depth,
    "split": lower_split,
    "split_v": lower_split_v,
    "squared_difference": lower_squared_difference,
    "squeeze": lower_squeeze,
    "strided_slice": lower_strided_slice,
    "sub": lower_sub,
    "sum": lower_sum,
    "svdf": lower_svdf,
    "tanh": lower_tanh,
    "transpose": lower_transpose,
    "transpose_conv": lower_transpose_conv,
    "unidirectional_sequence_lstm": lower_unidirectional_sequence_lstm,
    "unpack": lower_unpack,
    **SIGNAL_LOWERINGS,
}

#: Operator name -> fewest and most inputs, absent ones (-1) counted.
INPUTS: Mapping[str, tuple[int, int]] = dict.fromkeys(LOWERINGS, (1, 1)) | {
    "add": (2, 2),
    "arg_max": (2, 2),
    "arg_min": (2, 2),
    "batch_matmul": (2, 2),
    "batch_to_space_nd": (3, 3),
    "broadcast_to": (2, 2),
    "concatenation": (1, INT32_MAX),
    "conv_2d": (2, 3),
    "cumsum": (2, 2),
    "depthwise_conv_2d": (2, 3),
    "div": (2, 2),
    "equal": (2, 2),
    "expand_dims": (2, 2),
    "fill": (2, 2),
    "fully_connected": (2, 3),
    "gather": (2, 2),
    "gather_nd": (2, 2),
    "greater": (2, 2),
    "greater_equal": (2, 2),
    "less": (2, 2),
    "less_equal": (2, 2),
    "logical_and": (2, 2),
    "logical_or": (2, 2),
    "maximum": (2, 2),
    "mean": (2, 2),
    "minimum": (2, 2),
    "mirror_pad": (2, 2),
    "mul": (2, 2),
    "not_equal": (2, 2),
    "pack": (1, INT32_MAX),
    "pad": (2, 3),
    "padv2": (2, 3),
    "prelu": (2, 2),
    "reduce_all": (2, 2),
    "reduce_max": (2, 2),
    "reduce_min": (2, 2),
    "reshape": (1, 2),
    "resize_bilinear": (2, 2),
    "resize_nearest_neighbor": (2, 2),
    "reverse_v2": (2, 2),
    "select_v2": (3, 3),
    "slice": (3, 3),
    "space_to_batch_nd": (3, 3),
    "split": (2, 2),
    "split_v": (3, 3),
    "squared_difference": (2, 2),
    "strided_slice": (4, 4),
    "sub": (2, 2),
    "sum": (2, 2),
    "svdf": (5, 5),
    "transpose": (2, 2),
    "transpose_conv": (3, 4),
    "unidirectional_sequence_lstm": (24, 24),
    **SIGNAL_INPUTS,
}

#: Operator name -> most outputs; every operator has at least one.
OUTPUTS: Mapping[str, int] = (
    dict.fromkeys(LOWERINGS, 1) | dict.fromkeys(("split", "split_v", "unpack"), INT32_MAX) | SIGNAL_OUTPUTS
)
