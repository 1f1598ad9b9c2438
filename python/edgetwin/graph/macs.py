"""Multiply-accumulates of one step, counted as the field does: every tap of every output, padding included."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from .step import Step

__all__ = ["multiply_accumulates"]
_DTYPE = re.compile(r"_[sf]\d+(_\w+)?$")


def _product(step: Step, *names: str) -> int:
    return math.prod(int(step.params[name]) for name in names)


def _conv_2d(step: Step) -> int:
    outputs = _product(step, "batches", "output_h", "output_w", "output_c")
    return outputs * _product(step, "kernel_h", "kernel_w", "input_c") // int(step.params["groups"])


def _depthwise_conv_2d(step: Step) -> int:
    return _product(step, "batches", "output_h", "output_w", "output_c", "kernel_h", "kernel_w")


def _fully_connected(step: Step) -> int:
    return _product(step, "batches", "input_features", "output_features")


def _transpose_conv(step: Step) -> int:
    inputs = _product(step, "batches", "input_h", "input_w", "input_c")
    return inputs * _product(step, "kernel_h", "kernel_w", "output_c")


def _batch_matmul(step: Step) -> int:
    return _product(step, "batch_0", "batch_1", "batch_2", "rows", "depth", "columns")


def _weights(step: Step) -> int:
    """Every weight once a sample: recurrent operators of one time step."""
    return sum(array.size for name, array in step.constants.items() if array is not None and "weights" in name)


def _lstm(step: Step) -> int:
    return _weights(step) * _product(step, "batches", "time_steps")


def _svdf(step: Step) -> int:
    return _weights(step) * _product(step, "batches")


#: By kernel name without the dtype that ends it.
_COUNTS: Mapping[str, Callable[[Step], int]] = {
    "batch_matmul": _batch_matmul,
    "conv_2d": _conv_2d,
    "depthwise_conv_2d": _depthwise_conv_2d,
    "fully_connected": _fully_connected,
    "lstm": _lstm,
    "svdf": _svdf,
    "transpose_conv": _transpose_conv,
}


def multiply_accumulates(step: Step) -> int:
    """Return the multiply-accumulates of one step.

    Parameters
    ----------
    step : Step

    Returns
    -------
    int
        For one sample; 0 for operators without weights.
    """
    count = _COUNTS.get(_DTYPE.sub("", step.kernel))
    return 0 if count is None else count(step)
