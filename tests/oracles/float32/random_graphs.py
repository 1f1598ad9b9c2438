"""Random float32 graphs of 3 to 12 operators: those of integers in real numbers, and further curves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from oracles.random_graphs import random_graph

from edgetwin.graph.graph import Tensor

#: Operators that jump: a rounding error before them becomes another answer.
JUMPING = (
    "arg_max", "arg_min", "cast", "equal", "greater", "greater_equal", "less", "less_equal", "not_equal",
)  # fmt: skip
#: Operators that keep the shape -> what may stand in their place.
CURVES = ("abs", "elu", "hard_swish", "logistic", "relu", "relu6", "tanh")
OTHER_CURVES = {
    "cos": {}, "exp": {}, "gelu": {"approximate": False}, "neg": {}, "relu_0_to_1": {}, "relu_n1_to_1": {}, "sin": {},
    "square": {},
}  # fmt: skip
#: Operators that LiteRT does not know in their first version.
LEAST_VERSIONS = {"broadcast_to": 2}
#: Axis of the weights that counts outputs.
CHANNEL_AXES = {"conv_2d": 0, "depthwise_conv_2d": 3}


def real_graph(rng, count):
    """A graph, and samples of its inputs with the file's shapes."""
    while True:
        drawn = random_graph(rng, count)
        if not any(operator.name in JUMPING for operator in drawn.graph.operators):
            return _in_real_numbers(drawn.graph, rng), _samples_in_real_numbers(drawn)


def _real(tensor, values):
    quantization = tensor.quantization
    if quantization is None or values is None:
        return values
    form = [1] * values.ndim
    if quantization.scale.size > 1:
        form[quantization.quantized_dimension] = -1
    scale, zero_point = quantization.scale.reshape(form), quantization.zero_point.reshape(form)
    return np.asarray((values.astype(np.int64) - zero_point) * scale.astype(np.float64), np.float32).reshape(
        values.shape
    )


def _samples_in_real_numbers(drawn):
    tensors = [drawn.graph.tensors[index] for index in drawn.graph.inputs]
    return [[_real(tensor, x) for tensor, x in zip(tensors, sample, strict=True)] for sample in drawn.samples]


def _in_real_numbers(graph, rng):
    tensors = [
        tensor
        if tensor.quantization is None
        else replace(tensor, dtype="float32", quantization=None, data=_real(tensor, tensor.data))
        for tensor in graph.tensors
    ]
    same: dict[int, int] = {}
    operators = []
    for operator in graph.operators:
        inputs = tuple(same.get(index, index) for index in operator.inputs)
        if operator.name in ("quantize", "dequantize"):
            same[operator.outputs[0]] = inputs[0]
            continue
        name, options = operator.name, operator.options
        if name in CURVES and rng.random() < 0.6:
            name = str(rng.choice(list(OTHER_CURVES)))
            options = OTHER_CURVES[name]
        elif name == "reduce_max" and rng.random() < 0.5:
            name = "reduce_prod"
        if name in CHANNEL_AXES and len(inputs) == 2:
            # LiteRT asks for a bias, or reads one that is not there.
            inputs += (len(tensors),)
            channels = tensors[inputs[1]].shape[CHANNEL_AXES[name]]
            tensors.append(Tensor(f"no_bias_{inputs[2]}", (channels,), "float32", None, np.zeros(channels, np.float32)))
        version = max(operator.version, LEAST_VERSIONS.get(name, 1))
        operators.append(replace(operator, name=name, options=options, inputs=inputs, version=version))
    outputs = tuple(same.get(index, index) for index in graph.outputs)
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators), outputs=outputs)
