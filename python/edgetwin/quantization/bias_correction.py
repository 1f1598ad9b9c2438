"""Biases moved by the mean error that quantization makes of their layers' sums."""

from __future__ import annotations

from collections.abc import Mapping
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


def corrected_biases(graph: Graph, ranges: Ranges, scheme: Scheme, samples: Mapping[str, Array]) -> Graph:
    """Return a float32 graph whose biases take back what quantization adds to the sums on average.

    Layer by layer, each with the codes that the layers before it give once they are corrected.

    Parameters
    ----------
    graph : Graph
        Float32.
    ranges : mapping of int to (float, float)
    scheme : Scheme
    samples : mapping of str to ndarray
        Calibration samples by the inputs' names.

    Returns
    -------
    Graph
        The same but for the biases' values.

    Raises
    ------
    UnsupportedError, QuantizationError : as `quantized_graph`
    """
    graph, live = fold(graph)
    # Float32 at the ends, so that samples go in as they are.
    scheme = replace(scheme, inputs=REAL)
    truth = observed(Model(write_tflite(_kept(graph, live))), samples)
    for index in live:
        operator = graph.operators[index]
        rule = RULES.get(operator.name)
        if rule is None or rule.bias < 0 or rule.bias >= len(operator.inputs) or operator.inputs[rule.bias] < 0:
            continue
        quantized = quantized_graph(graph, ranges, scheme)
        coded = observed(Model(write_tflite(quantized)), samples)
        position = next(
            i
            for i, made in enumerate(quantized.operators)
            if quantized.tensors[made.outputs[0]].name.startswith(graph.tensors[operator.outputs[0]].name)
            and made.name == operator.name
        )
        coded_weights = quantized.tensors[quantized.operators[position].inputs[rule.weights]]
        if coded_weights.data is None or coded_weights.quantization is None:
            continue
        weights = dequantized(coded_weights.data, coded_weights.quantization)
        source = graph.tensors[operator.inputs[2 if operator.name == "transpose_conv" else 0]]
        found = coded.get(source.name, coded.get(f"{source.name}_{scheme.activations}"))
        if found is None or source.name not in truth:
            continue
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
        tensors.append(replace(bias, data=data))
        operators[index] = replace(operator, inputs=tuple(inputs))
        graph = replace(graph, tensors=tuple(tensors), operators=tuple(operators))
    return graph


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
