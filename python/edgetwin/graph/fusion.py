"""What TensorFlow Lite's converter does to a float32 graph: batch normalizations folded, activations fused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..types import Array
from .graph import Graph, Operator, Tensor

__all__ = ["fuse"]

#: Operator with weights -> positions of weights and bias among its inputs, axis of the weights that counts its outputs.
_WEIGHTED = {
    "conv_2d": (1, 2, 0),
    "depthwise_conv_2d": (1, 2, 3),
    "fully_connected": (1, 2, 0),
    "transpose_conv": (1, 3, 0),
}
_FUSED = ("relu", "relu6", "relu_n1_to_1")
_TAKE_ACTIVATIONS = (*_WEIGHTED, "add", "sub", "mul", "div", "max_pool_2d", "average_pool_2d")


def fuse(graph: Graph) -> Graph:
    """Fold and fuse what TensorFlow Lite's converter would, and leave out what no output needs.

    A MUL or ADD by a constant a channel is folded into the convolution or matrix product whose output only it reads; a
    RELU, RELU6 or RELU_N1_TO_1 becomes the fused activation of the operator whose output only it reads.

    Parameters
    ----------
    graph : Graph
        Of float32, one output an operator.

    Returns
    -------
    Graph
        Its tensors are those that are used, in order of use.
    """
    tensors = list(graph.tensors)
    operators = _needed(graph, list(graph.operators))
    readers: dict[int, int] = dict.fromkeys(graph.outputs, 1)
    for operator in operators:
        for index in operator.inputs:
            readers[index] = readers.get(index, 0) + 1
    kept: list[Operator] = []
    made: dict[int, int] = {}
    for operator in operators:
        source = made.get(operator.inputs[0])
        if source is not None and readers[operator.inputs[0]] == 1:
            merged = _merged(tensors, kept[source], operator)
            if merged is not None:
                kept[source] = merged
                made[operator.outputs[0]] = source
                continue
        made[operator.outputs[0]] = len(kept)
        kept.append(operator)
    return _renumbered(replace(graph, tensors=tuple(tensors)), kept)


def _needed(graph: Graph, operators: list[Operator]) -> list[Operator]:
    """Return the operators that the outputs need."""
    wanted = set(graph.outputs)
    kept = []
    for operator in reversed(operators):
        if wanted.intersection(operator.outputs):
            kept.append(operator)
            wanted.update(operator.inputs)
    return kept[::-1]


def _merged(tensors: list[Tensor], first: Operator, second: Operator) -> Operator | None:
    """Return one operator in place of two, None where that is not the same function."""
    if first.options.get("fused_activation_function", "none") != "none":
        return None
    if second.name in _FUSED and first.name in _TAKE_ACTIVATIONS:
        options = {**first.options, "fused_activation_function": second.name}
        return replace(first, outputs=second.outputs, options=options)
    if second.name in ("mul", "add") and first.name in _WEIGHTED:
        return _folded(tensors, first, second)
    return None


def _folded(tensors: list[Tensor], first: Operator, second: Operator) -> Operator | None:
    """Fold a constant a channel into weights and bias; new constants are added to `tensors`."""
    factor = tensors[second.inputs[1]].data
    channels = tensors[first.outputs[0]].shape[-1]
    if factor is None or factor.shape != (channels,):
        return None
    at_weights, at_bias, axis = _WEIGHTED[first.name]
    weights = tensors[first.inputs[at_weights]]
    bias = tensors[first.inputs[at_bias]] if len(first.inputs) > at_bias and first.inputs[at_bias] >= 0 else None
    if weights.data is None or (bias is not None and bias.data is None):
        return None
    name = weights.name.rsplit("/", 1)[0]
    values = np.zeros(channels) if bias is None or bias.data is None else bias.data.astype(np.float64)
    inputs = [*first.inputs, -1][: at_bias + 1]
    if second.name == "mul":
        shape = [1] * weights.data.ndim
        shape[axis] = channels
        inputs[at_weights] = _constant(tensors, weights.name, weights.data * factor.astype(np.float64).reshape(shape))
        values = values * factor
    else:
        values = values + factor
    if second.name == "add" or bias is not None:
        inputs[at_bias] = _constant(tensors, bias.name if bias is not None else f"{name}/bias", values)
    return replace(first, inputs=tuple(inputs), outputs=second.outputs)


def _constant(tensors: list[Tensor], name: str, value: Array) -> int:
    data = value.astype(np.float32)
    data.setflags(write=False)
    tensors.append(Tensor(name, data.shape, "float32", data=data))
    return len(tensors) - 1


def _renumbered(graph: Graph, operators: list[Operator]) -> Graph:
    """Return the graph with the tensors that are used, in order of use."""
    order: dict[int, int] = {-1: -1}

    def number(index: int) -> int:
        if index not in order:
            order[index] = len(order) - 1
        return order[index]

    inputs = tuple(number(index) for index in graph.inputs)
    written = []
    for operator in operators:
        ends = tuple(map(number, operator.inputs)), tuple(map(number, operator.outputs))
        written.append(replace(operator, inputs=ends[0], outputs=ends[1]))
    outputs = tuple(number(index) for index in graph.outputs)
    kept = tuple(graph.tensors[index] for index in order if index >= 0)
    return Graph(kept, tuple(written), inputs, outputs, graph.description)
