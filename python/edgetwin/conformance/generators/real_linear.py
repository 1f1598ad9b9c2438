"""Random float32 models of sums of products, pools and recurrent operators: the shapes are those of the int8 models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from ...graph.graph import Graph, Tensor
from .builder import windows
from .operators import GENERATORS
from .real import RealBuilder

__all__ = ["LINEAR", "real"]

NAMES = (
    "average_pool_2d", "batch_matmul", "conv_2d", "depthwise_conv_2d", "fully_connected", "max_pool_2d", "svdf",
    "transpose_conv",
)  # fmt: skip


def real(graph: Graph, rng: Generator) -> Graph:
    """Return the graph with float32 in place of codes; constants keep sums near 1."""

    def tensor_of(tensor: Tensor) -> Tensor:
        if tensor.quantization is None:
            return tensor
        data = tensor.data
        if data is not None:
            spread = 0.5 if data.ndim == 1 else np.sqrt(max(data.shape) / data.size)
            data = rng.normal(0, spread, data.shape).astype(np.float32)
        return replace(tensor, dtype="float32", quantization=None, data=data)

    operators = tuple(
        replace(operator, options={k: v for k, v in operator.options.items() if k != "quantized_bias_type"})
        for operator in graph.operators
    )
    return replace(graph, tensors=tuple(map(tensor_of, graph.tensors)), operators=operators)


def _biased(graph: Graph, rng: Generator) -> Graph:
    """Return the graph with a bias where LiteRT refuses or crashes without."""
    (operator,) = graph.operators
    if operator.name not in ("conv_2d", "depthwise_conv_2d") or len(operator.inputs) == 3:
        return graph
    channels = graph.tensors[operator.outputs[0]].shape[-1]
    bias = Tensor("bias", (channels,), "float32", data=rng.normal(0, 0.5, channels).astype(np.float32))
    operator = replace(operator, inputs=(*operator.inputs, len(graph.tensors)))
    return replace(graph, tensors=(*graph.tensors, bias), operators=(operator,))


def _refused(graph: Graph) -> bool:
    """Return whether LiteRT without delegate refuses: an output that no convolution would lead back to the input."""
    (operator,) = graph.operators
    if operator.name != "transpose_conv":
        return False
    weights, source = (graph.tensors[index] for index in operator.inputs[1:3])
    output = graph.tensors[operator.outputs[0]]
    return any(
        windows(output.shape[axis], weights.shape[axis], operator.options[stride], 1, operator.options["padding"])
        != source.shape[axis]
        for axis, stride in ((1, "stride_h"), (2, "stride_w"))
    )


def _generator(name: str) -> Callable[[Generator], Graph]:
    def generate(rng: Generator) -> Graph:
        while _refused(graph := GENERATORS[name](rng)):
            pass
        return _biased(real(graph, rng), rng)

    return generate


def _unidirectional_sequence_lstm(rng: Generator) -> Graph:
    """Return a model of every form that LiteRT runs: without an input gate, with peepholes, with a projection."""
    b = RealBuilder(rng)
    batches, steps, features, cells = b.size(3), b.size(8), b.size(), b.size()
    coupled, peepholes, projected = rng.random(3) < (0.3, 0.3, 0.4)
    hidden = b.size() if projected else cells
    time_major = bool(rng.random() < 0.3)
    lead = (steps, batches) if time_major else (batches, steps)
    x = b.real_input((*lead, features))

    def constants(name: str, count: int, shape: tuple[int, ...], spread: float = 1.0) -> list[int]:
        values = [rng.normal(0, spread, shape) for _ in range(count)]
        return [b.constant(f"{name}_{number}", value) for number, value in enumerate(values)]

    inputs = [
        x,
        *constants("from_input", 4, (cells, features), 0.3),
        *constants("from_hidden", 4, (cells, hidden), 0.3),
        *(constants("peephole", 3, (cells,), 0.5) if peepholes else [-1] * 3),
        *constants("bias", 4, (cells,), 0.5),
        *(constants("projection", 1, (hidden, cells), 0.5) if projected else [-1]),
        *(constants("projection_bias", 1, (hidden,), 0.5) if projected and rng.random() < 0.6 else [-1]),
        b.add("hidden", (batches, hidden), "float32", variable=True),
        b.add("cell", (batches, cells), "float32", variable=True),
        *([-1] * 4 if rng.random() < 0.7 else []),
    ]
    if coupled:
        for position in (1, 5, 9, 12):
            inputs[position] = -1
    y = b.real_output((*lead, hidden))
    options = {
        "fused_activation_function": "tanh", "time_major": time_major,
        "cell_clip": float(np.float32(rng.choice([0.0, 0.0, 0.3, 1.5]))),
        "proj_clip": float(np.float32(rng.choice([0.0, 0.0, 0.3]))) if projected else 0.0,
    }  # fmt: skip
    return b.graph("unidirectional_sequence_lstm", inputs, [y], options)


#: Generator of one operator by name.
LINEAR = {name: _generator(name) for name in NAMES} | {"unidirectional_sequence_lstm": _unidirectional_sequence_lstm}
