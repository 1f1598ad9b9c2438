"""The operators on their own: numpy integers and raw integer parameters in, the board's integers out.

For training scripts and for people who check a board's kernel. Arrays are NHWC; ``multiplier`` is Q31 and
``shift`` positive = left; zero points, never offsets. Nothing is cast: a wrong dtype is an error.
"""

from __future__ import annotations

from .comparison import equal, greater, greater_equal, less, less_equal, not_equal
from .convolution import conv_1d, conv_2d, depthwise_conv_2d
from .curves import elu, hard_swish, l2_normalization, log_softmax, rsqrt
from .elementwise import add, div, maximum, minimum, mul, pad, squared_difference, sub
from .linear import batch_matmul, fully_connected
from .logical import logical_and, logical_not, logical_or, select
from .nonlinear import logistic, relu, relu6, softmax, tanh
from .pooling import average_pool_2d, max_pool_2d
from .quantization import dequantize, quantize, requantize
from .rectify import abs, leaky_relu, prelu
from .recurrent import lstm, svdf
from .reduction import arg_max, arg_min, cumsum, mean, reduce_all, reduce_max, reduce_min, sum
from .resize import resize_bilinear, resize_nearest_neighbor
from .transpose_conv import transpose_conv

__all__ = [
    "abs",
    "add",
    "arg_max",
    "arg_min",
    "average_pool_2d",
    "batch_matmul",
    "conv_1d",
    "conv_2d",
    "cumsum",
    "depthwise_conv_2d",
    "dequantize",
    "div",
    "elu",
    "equal",
    "fully_connected",
    "greater",
    "greater_equal",
    "hard_swish",
    "l2_normalization",
    "leaky_relu",
    "less",
    "less_equal",
    "log_softmax",
    "logical_and",
    "logical_not",
    "logical_or",
    "logistic",
    "lstm",
    "max_pool_2d",
    "maximum",
    "mean",
    "minimum",
    "mul",
    "not_equal",
    "pad",
    "prelu",
    "quantize",
    "reduce_all",
    "reduce_max",
    "reduce_min",
    "relu",
    "relu6",
    "requantize",
    "resize_bilinear",
    "resize_nearest_neighbor",
    "rsqrt",
    "select",
    "softmax",
    "squared_difference",
    "sub",
    "sum",
    "svdf",
    "tanh",
    "transpose_conv",
]
