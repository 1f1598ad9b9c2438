"""Random float32 models of sums of products, pools and recurrent operators: the shapes are those of the int8 models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from oracles.operators import GENERATORS

from edgetwin.graph.graph import Tensor

NAMES = (
    "average_pool_2d", "conv_2d", "depthwise_conv_2d", "fully_connected", "max_pool_2d",
)  # fmt: skip


def real(graph, rng):
    """The graph with float32 in place of codes; constants keep sums near 1."""

    def tensor_of(tensor):
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


def _biased(graph, rng):
    """The graph with a bias where LiteRT refuses or crashes without."""
    (operator,) = graph.operators
    if operator.name not in ("conv_2d", "depthwise_conv_2d") or len(operator.inputs) == 3:
        return graph
    channels = graph.tensors[operator.outputs[0]].shape[-1]
    bias = Tensor("bias", (channels,), "float32", data=rng.normal(0, 0.5, channels).astype(np.float32))
    operator = replace(operator, inputs=(*operator.inputs, len(graph.tensors)))
    return replace(graph, tensors=(*graph.tensors, bias), operators=(operator,))


def _generator(name):
    return lambda rng: _biased(real(GENERATORS[name](rng), rng), rng)


#: Generator of one operator by name.
LINEAR = {name: _generator(name) for name in NAMES}
