"""A network with its weights -> a float32 graph, as TensorFlow Lite's converter would write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..graph.builder import GraphBuilder
from ..graph.graph import Graph
from ..types import Array
from .stack import Stack
from .stage import Stage

__all__ = ["FloatGraph", "float_graph"]

#: Stages that change no value of a model.
_SILENT = ("dropout", "reshape")


@dataclass(frozen=True)
class FloatGraph:
    """A network as a graph.

    Attributes
    ----------
    graph : Graph
    tensors : tuple of int
        For each stage of the network the tensor that holds its output: of what is folded or fused into one operator
        that operator's output, of what only relabels or is dropped the tensor before.
    """

    graph: Graph
    tensors: tuple[int, ...]


def float_graph(stack: Stack, values: Sequence[Array]) -> FloatGraph:
    """Return the graph of a network: batch norm folded, dropout dropped, activations fused, time on the width.

    Parameters
    ----------
    stack : Stack
    values : sequence of ndarray of float32
        Its parameters, in its order.

    Returns
    -------
    FloatGraph
        One input and one output of batch 1, with the user's shapes.
    """
    parameters: list[dict[str, Array]] = [{} for _ in stack.stages]
    for (index, parameter), value in zip(stack.parameters, values, strict=True):
        parameters[index][parameter.name] = value
    builder = GraphBuilder("edgetwin")
    x = start = builder.input("input", (1, *stack.input_shape))
    names: list[str] = []
    before = stack.engine_input
    for index, stage in enumerate(stack.stages):
        name = f"{stage.layer}/{stage.kind}" if stage.layer in names else stage.layer
        x = _add(builder, builder.reshape(x, (1, *before), name="reshape"), stage, parameters[index], name)
        names.append(name)
        before = stage.shape
    x = builder.reshape(x, (1, *stack.output_shape), name="output")
    if all(stage.kind in _SILENT for stage in stack.stages):
        # Of operators a model has at least one.
        shape = builder.constant("output/shape", (1, *stack.output_shape), "int32")
        x = builder.operator("reshape", [start, shape], (1, *stack.output_shape), {}, name="output")
    graph = builder.graph(x)
    tensors = _tensors(graph, stack.stages, names)
    return FloatGraph(_named(graph), tensors)


def _add(builder: GraphBuilder, x: int, stage: Stage, parameters: Mapping[str, Array], name: str) -> int:
    """Add what one stage becomes and return its output."""
    options: dict[str, Any] = dict(stage.options)
    if stage.kind == "dropout":
        return x
    if stage.kind == "reshape":
        return builder.reshape(x, (1, *stage.shape), name=name)
    if stage.kind in ("conv_2d", "depthwise_conv_2d"):
        convolve = builder.conv_2d if stage.kind == "conv_2d" else builder.depthwise_conv_2d
        stride, dilation = options["stride"], options["dilation"]
        weights, bias = parameters["weights"], parameters.get("bias")
        return convolve(x, weights, bias, stride=stride, dilation=dilation, padding=stage.padding, name=name)
    if stage.kind == "dense":
        return builder.fully_connected(x, parameters["weights"], parameters.get("bias"), name=name)
    if stage.kind == "batch_norm":
        # In float64, so that what is folded rounds once.
        gamma, beta, mean, variance = (
            parameters[key].astype(np.float64) for key in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        scale = gamma / np.sqrt(variance + options["epsilon"])
        return builder.scale_shift(x, scale, beta - mean * scale, name=name)
    if stage.kind == "relu":
        return builder.unary("relu" if options["maximum"] is None else "relu6", x, name=name)
    if stage.kind == "softmax":
        return builder.softmax(x, name=name)
    if stage.padding == "global":
        return builder.reshape(builder.mean(x, (1, 2), keep_dims=False, name=name), (1, *stage.shape))
    pool = builder.max_pool_2d if stage.kind == "max_pool_2d" else builder.average_pool_2d
    return pool(x, pool=options["pool"], stride=options["stride"], padding=stage.padding, name=name)


def _tensors(graph: Graph, stages: Sequence[Stage], names: Sequence[str]) -> tuple[int, ...]:
    """Return for each stage the tensor that holds its output."""
    at = {tensor.name: index for index, tensor in enumerate(graph.tensors)}
    found: list[int] = []
    current = graph.inputs[0]
    for index, stage in enumerate(stages):
        if stage.kind not in _SILENT:
            # What was fused lives on in the next operator's output.
            following = (names[j] for j in range(index, len(stages)) if stages[j].kind not in _SILENT)
            current = at[next(name for name in following if name in at)]
        found.append(current)
    return tuple(found)


def _named(graph: Graph) -> Graph:
    """Return the graph with what a layer with weights makes called by its name, whatever was fused into it."""
    tensors = list(graph.tensors)
    names = {tensor.name for tensor in tensors}
    for operator in graph.operators:
        weights = tensors[operator.inputs[1]].name if len(operator.inputs) > 1 else ""
        layer, _, last = weights.rpartition("/")
        if last == "weights" and layer not in names:
            names.add(layer)
            tensors[operator.outputs[0]] = replace(tensors[operator.outputs[0]], name=layer)
    return replace(graph, tensors=tuple(tensors))
