"""The function that lowers each operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..step import Step
from .arg_min_max import lower_arg_max, lower_arg_min
from .context import Context
from .conv import lower_conv_2d, lower_depthwise_conv_2d
from .data_movement import lower_expand_dims, lower_pad, lower_reshape, lower_squeeze
from .elementwise import lower_add
from .fully_connected import lower_fully_connected
from .nonlinear import lower_logistic, lower_softmax, lower_tanh
from .pool import lower_average_pool_2d, lower_max_pool_2d
from .quantize import lower_dequantize, lower_quantize, lower_relu, lower_relu6
from .recurrent import lower_svdf, lower_unidirectional_sequence_lstm
from .reduce import lower_mean, lower_reduce_max, lower_reduce_min, lower_sum

__all__ = ["INPUTS", "LOWERINGS"]

#: Operator name -> lowering. None as the step marks an operator that only relabels bytes (RESHAPE): its output is its
#: input, seen with another shape.
LOWERINGS: Mapping[str, Callable[[Context], Step | None]] = {
    "add": lower_add,
    "arg_max": lower_arg_max,
    "arg_min": lower_arg_min,
    "average_pool_2d": lower_average_pool_2d,
    "conv_2d": lower_conv_2d,
    "depthwise_conv_2d": lower_depthwise_conv_2d,
    "dequantize": lower_dequantize,
    "expand_dims": lower_expand_dims,
    "fully_connected": lower_fully_connected,
    "logistic": lower_logistic,
    "max_pool_2d": lower_max_pool_2d,
    "mean": lower_mean,
    "pad": lower_pad,
    "padv2": lower_pad,
    "quantize": lower_quantize,
    "reduce_max": lower_reduce_max,
    "reduce_min": lower_reduce_min,
    "relu": lower_relu,
    "relu6": lower_relu6,
    "reshape": lower_reshape,
    "softmax": lower_softmax,
    "squeeze": lower_squeeze,
    "sum": lower_sum,
    "svdf": lower_svdf,
    "tanh": lower_tanh,
    "unidirectional_sequence_lstm": lower_unidirectional_sequence_lstm,
}

#: Operator name -> fewest and most inputs, absent ones (-1) counted; every operator here has one output.
INPUTS: Mapping[str, tuple[int, int]] = dict.fromkeys(LOWERINGS, (1, 1)) | {
    "add": (2, 2),
    "arg_max": (2, 2),
    "arg_min": (2, 2),
    "conv_2d": (2, 3),
    "depthwise_conv_2d": (2, 3),
    "expand_dims": (2, 2),
    "fully_connected": (2, 3),
    "mean": (2, 2),
    "pad": (2, 3),
    "padv2": (2, 3),
    "reduce_max": (2, 2),
    "reduce_min": (2, 2),
    "reshape": (1, 2),
    "sum": (2, 2),
    "svdf": (5, 5),
    "unidirectional_sequence_lstm": (24, 24),
}
