"""Batch norm folded into the layers before it: the network that a board computes, as layers that train."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..types import Array
from .float_graph import float_graph
from .layers import BatchNorm, Dense, Dropout, Input, Layer
from .stack import Stack
from .windows import Conv1D, Conv2D, DepthwiseConv1D, DepthwiseConv2D

__all__ = ["folded"]

_WEIGHTED = (Conv1D, Conv2D, Dense, DepthwiseConv1D, DepthwiseConv2D)


def folded(stack: Stack, values: Sequence[Array]) -> tuple[Stack, list[Array]]:
    """Return a network of the same function without batch norm and dropout, with its parameters.

    Parameters
    ----------
    stack : Stack
    values : sequence of ndarray of float32
        Its parameters, in its order.

    Returns
    -------
    Stack
        Its layers have the names that they had.
    list of ndarray of float32

    Raises
    ------
    UnsupportedError : a batch norm that does not follow a convolution or dense layer without activation
    """
    layers: list[Layer] = []
    for row in stack.rows:
        layer: Any = replace(row.layer, name=row.name)
        if isinstance(layer, (Dropout, Input)):
            continue
        if not isinstance(layer, BatchNorm):
            layers.append(layer)
            continue
        before: Any = layers[-1] if layers else None
        if not isinstance(before, _WEIGHTED) or before.activation not in (None, "linear"):
            raise UnsupportedError(
                f"{row.name}: a batch norm that cannot be folded has no exact int8 form to train; accepted is one "
                "directly after a convolution or dense layer without activation"
            )
        layers[-1] = replace(before, use_bias=True)
    made = Stack(layers, stack.input_shape)
    # The very constants of the float32 model, which is what quantization after training starts from.
    graph = float_graph(stack, values).graph
    constants = {tensor.name: tensor.data for tensor in graph.tensors if tensor.data is not None}
    return made, [np.array(constants[name], np.float32) for name in made.names]
