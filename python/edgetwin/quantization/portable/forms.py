"""Which operators every runtime computes alike, or would in another form."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...graph.graph import Operator
from ...graph.support import PORTABLE
from ...types import Quantization
from .draft import Draft

__all__ = ["means_as_convolutions", "refusal"]

_ACTIVATIONS = ("none", "relu", "relu6", "relu_n1_to_1")
#: Weights of a mean until it has its portable scale.
_MEAN_CODE = 126


def refusal(draft: Draft, operator: Operator) -> str:
    """Return why an operator cannot be made one that every runtime computes alike; empty where it can.

    Parameters
    ----------
    draft : Draft
    operator : Operator
        One of its operators.

    Returns
    -------
    str
    """
    form = PORTABLE.get(operator.name)
    if form is None:
        return "runtimes compute it in ways of their own"
    moving = [i for i in (*operator.inputs, *operator.outputs) if i >= 0 and draft.tensors[i].quantization is not None]
    moving = [i for i in moving if draft.tensors[i].data is None]
    other = next((draft.tensors[i] for i in moving if draft.tensors[i].dtype != "int8"), None)
    if other is not None or not moving:
        return f"it is {'no' if other is None else other.dtype} arithmetic, accepted is int8"
    activation = operator.options.get("fused_activation_function", "none")
    if activation not in _ACTIVATIONS:
        return f"it fuses {activation}, accepted are {', '.join(_ACTIVATIONS)}"
    if form == "linear":
        constants = [draft.tensors[i].data is not None for i in operator.inputs[1:] if i >= 0]
        return "" if all(constants) and draft.tensors[operator.inputs[0]].data is None else "it computes its weights"
    if form == "mean":
        return "" if _window(draft, operator) is not None else "it is no mean of as many elements everywhere"
    if form == "sum":
        constant = any(draft.tensors[i].data is not None for i in operator.inputs)
        return "it adds a constant" if constant else ""
    codes = [i for i in operator.inputs if i >= 0 and draft.tensors[i].dtype == "int8"]
    kept = {(draft.scale(i), draft.zero_point(i)) for i in codes}
    zero_points = {draft.zero_point(i) for i in (*codes, *operator.outputs)}
    if (operator.name not in ("relu", "relu6") and len(zero_points) > 1) or len(kept) > 1:
        return "its inputs and outputs have other quantizations"
    return ""


def means_as_convolutions(draft: Draft, operators: Sequence[int]) -> dict[int, str]:
    """Make means and average pools depthwise convolutions with one weight, in place; return what, by their output.

    Parameters
    ----------
    draft : Draft
        The weights of each are noted in ``draft.means``.
    operators : sequence of int
        Those that may be changed.
    """
    made: list[Operator] = []
    changed = {}
    for index, operator in enumerate(draft.operators):
        if index not in operators or PORTABLE.get(operator.name) != "mean":
            made.append(operator)
            continue
        made += _convolution(draft, operator)
        changed[operator.outputs[0]] = f"{operator.name} is a depthwise convolution"
    draft.operators = made
    return changed


def _window(draft: Draft, operator: Operator) -> tuple[tuple[int, int], tuple[int, ...], tuple[int, ...]] | None:
    """Return a mean's window, and its input's and output's shape as pictures; None where there is no such window."""
    given, taken = draft.tensors[operator.inputs[0]], draft.tensors[operator.outputs[0]]
    if operator.name == "average_pool_2d":
        kernel = operator.options["filter_height"], operator.options["filter_width"]
        padded = operator.options["padding"] == "same" and any(
            (made - 1) * operator.options[f"stride_{axis}"] + size > length
            for axis, made, size, length in zip("hw", taken.shape[1:3], kernel, given.shape[1:3], strict=True)
        )
        return None if padded else (kernel, given.shape, taken.shape)
    data, rank = draft.tensors[operator.inputs[1]].data, len(given.shape)
    axes = set() if data is None else {int(axis) % rank for axis in data.reshape(-1)}
    # All but the first and the last: a window that holds everything.
    if axes != set(range(1, rank - 1)) or given.shape[0] != 1 or rank < 3:
        return None
    kernel = (given.shape[1], given.shape[2]) if rank == 4 else (1, math.prod(given.shape[1:-1]))
    return kernel, (1, *kernel, given.shape[-1]), (1, 1, 1, given.shape[-1])


def _convolution(draft: Draft, operator: Operator) -> list[Operator]:
    """Return the operators that compute a mean."""
    found = _window(draft, operator)
    if found is None:
        raise ValueError(operator.name)
    kernel, picture, shape = found
    source, output = operator.inputs[0], operator.outputs[0]
    given, taken = draft.tensors[source], draft.tensors[output]
    options = {"stride_h": 1, "stride_w": 1, "fused_activation_function": "none"}
    options = {name: operator.options.get(name, value) for name, value in options.items()}
    options |= {"padding": "valid", "depth_multiplier": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    name, channels = taken.name, picture[-1]
    quantization = Quantization(np.array([1 / (_MEAN_CODE * math.prod(kernel))], np.float32), np.zeros(1, np.int64))
    weights = draft.constant(f"{name}_weights", np.full((1, *kernel, channels), _MEAN_CODE, np.int8), quantization)
    bias_quantization = replace(quantization, scale=np.float32(draft.scale(source)) * quantization.scale)
    bias = draft.constant(f"{name}_bias", np.ones(channels, np.int32), bias_quantization)
    draft.means[weights] = math.prod(kernel)
    made = []
    if picture != given.shape:
        windows = draft.add(replace(given, name=f"{name}_window", shape=picture))
        made.append(_reshape(draft, source, windows))
        source = windows
    summed = output if shape == taken.shape else draft.add(replace(taken, name=f"{name}_sums", shape=shape))
    made.append(Operator("depthwise_conv_2d", (source, weights, bias), (summed,), options, 3))
    if summed != output:
        made.append(_reshape(draft, summed, output))
    return made


def _reshape(draft: Draft, source: int, output: int) -> Operator:
    shape = draft.tensors[output].shape
    constant = draft.constant(f"{draft.tensors[output].name}_shape", np.array(shape, np.int32))
    return Operator("reshape", (source, constant), (output,), {"new_shape": list(shape)}, 1)
