"""Biases moved by the mean error that quantization makes of their layers' sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..graph.graph import Graph, Operator, Tensor
from ..graph.passes import fold
from ..io.tflite_write import write_tflite
from ..model import Model
from ..types import Array
from .observed import dequantized, observed
from .rewrite import quantized_graph
from .rules import RULES
from .scheme import REAL, Scheme
from .sharing import Ranges

__all__ = ["corrected_biases"]


def corrected_biases(graph: Graph, ranges: Ranges, scheme: Scheme, samples: Sequence[Array]) -> Graph:
    """Return a float32 graph whose biases take back what quantization adds to the sums on average.

    Layer by layer, each with the codes that the layers before it give once they are corrected.

    Parameters
    ----------
    graph : Graph
        Float32.
    ranges : mapping of int to (float, float)
    scheme : Scheme
    samples : sequence of ndarray
        Calibration samples, one array an input of the model.

    Returns
    -------
    Graph
        The same but for the biases' values.

    Raises
    ------
    UnsupportedError, QuantizationError : as `quantized_graph`
    """
    graph, live = fold(graph)
    names = [tensor.name for tensor in graph.tensors]
    # By number: what flows is found by name, and names may come twice.
    graph = replace(graph, tensors=tuple(replace(tensor, name=f"t{i}") for i, tensor in enumerate(graph.tensors)))
    # Float32 at the ends, so that samples go in as they are; quantizations of ends are given by name.
    scheme = _renamed(replace(scheme, inputs=REAL), graph, names)
    given = dict(zip((f"t{i}" for i in graph.inputs), samples, strict=True))
    truth = observed(Model(write_tflite(_kept(graph, live))), given)
    for index in live:
        operator = graph.operators[index]
        rule = RULES.get(operator.name)
        if rule is None or rule.bias < 0 or rule.bias >= len(operator.inputs) or operator.inputs[rule.bias] < 0:
            continue
        quantized = quantized_graph(graph, ranges, scheme)
        coded = observed(Model(write_tflite(quantized)), given)
        output = graph.tensors[operator.outputs[0]].name
        made = next(
            one
            for one in quantized.operators
            if quantized.tensors[one.outputs[0]].name in (output, f"{output}_{scheme.activations}")
        )
        coded_weights = quantized.tensors[made.inputs[rule.weights]]
        if coded_weights.data is None or coded_weights.quantization is None:
            continue
        weights = dequantized(coded_weights.data, coded_weights.quantization)
        source = graph.tensors[operator.inputs[2 if operator.name == "transpose_conv" else 0]]
        coded_name = f"{source.name}_{scheme.activations}"
        found = coded[coded_name if coded_name in coded else source.name]
        error = _mean_sums(graph, operator, weights, found) - _mean_sums(
            graph, operator, np.asarray(graph.tensors[operator.inputs[rule.weights]].data), truth[source.name]
        )
        bias = graph.tensors[operator.inputs[rule.bias]]
        data = (np.asarray(bias.data, np.float64) - error).astype(np.float32)
        tensors = list(graph.tensors)
        # Another operator may share the bias.
        operators = list(graph.operators)
        inputs = list(operator.inputs)
        inputs[rule.bias] = len(tensors)
        names.append(names[operator.inputs[rule.bias]])
        tensors.append(replace(bias, data=data))
        operators[index] = replace(operator, inputs=tuple(inputs))
        graph = replace(graph, tensors=tuple(tensors), operators=tuple(operators))
    tensors = [replace(tensor, name=name) for tensor, name in zip(graph.tensors, names, strict=True)]
    return replace(graph, tensors=tuple(tensors), operators=tuple(graph.operators[index] for index in live))


def _renamed(scheme: Scheme, graph: Graph, names: Sequence[str]) -> Scheme:
    ends = ((graph.inputs, scheme.input_quantization), (graph.outputs, scheme.output_quantization))
    inputs, outputs = ({f"t{i}": given[names[i]] for i in end if names[i] in given} for end, given in ends)
    return replace(scheme, input_quantization=inputs, output_quantization=outputs)


def _kept(graph: Graph, live: tuple[int, ...]) -> Graph:
    """Return the graph without operators that were folded: they would write to constants."""
    return replace(graph, operators=tuple(graph.operators[index] for index in live))


def _mean_sums(graph: Graph, operator: Operator, weights: Array, source: Array) -> NDArray[np.float64]:
    """Return the mean of a layer's sums, of every output channel, without bias and activation."""
    rule = RULES[operator.name]
    data_position = 2 if operator.name == "transpose_conv" else 0
    tensors: list[Tensor] = []
    inputs = []
    for position, index in enumerate(operator.inputs):
        tensor = graph.tensors[index]
        if position == rule.weights:
            tensor = replace(tensor, data=weights)
        elif position == rule.bias:
            tensor = replace(tensor, data=np.zeros(tensor.shape, np.float32))
        inputs.append(len(tensors))
        tensors.append(tensor)
    output = len(tensors)
    tensors.append(graph.tensors[operator.outputs[0]])
    options = dict(operator.options) | {"fused_activation_function": "none"}
    alone = Operator(operator.name, tuple(inputs), (output,), options, operator.version)
    model = Model(write_tflite(Graph(tuple(tensors), (alone,), (inputs[data_position],), (output,))))
    shape = (len(source), *model.inputs[0].shape)
    sums = model.run(np.ascontiguousarray(source.reshape(shape)))
    mean: NDArray[np.float64] = sums.reshape(-1, sums.shape[-1]).mean(axis=0, dtype=np.float64)
    return mean
