"""Variable tensors: what they hold before the first run, and those that a file does not show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..errors import ModelError
from ..types import Array
from .graph import DTYPES, Graph, Tensor

__all__ = ["initial_state", "with_kept_state"]

#: Operators that keep a state of their own -> its dtype; it has the shape of the input.
_KEPT: Mapping[str, str] = {"custom:SignalFilterBankSpectralSubtraction": "uint32"}


def initial_state(tensor: Tensor) -> Array:
    """Return the value of a variable tensor before the first run, as TFLite Micro resets it.

    Parameters
    ----------
    tensor : Tensor
        A variable tensor.

    Returns
    -------
    ndarray
        Of the tensor's shape and dtype: its zero point for int8, 0 for every other dtype.
    """
    value = 0
    if tensor.dtype == "int8" and tensor.quantization is not None:
        value = int(tensor.quantization.zero_point[0])
    return np.full(tensor.shape, value, DTYPES[tensor.dtype])


def with_kept_state(graph: Graph) -> Graph:
    """Return a graph in which the state that an operator keeps to itself is a variable tensor, its last input.

    Parameters
    ----------
    graph : Graph
        As read from its file.

    Returns
    -------
    Graph
        The same where no operator keeps a state; otherwise further tensors follow those of the file.

    Raises
    ------
    ModelError : such an operator has not one input
    """
    tensors, operators = list(graph.tensors), list(graph.operators)
    for index, operator in enumerate(operators):
        dtype = _KEPT.get(operator.name)
        if dtype is None:
            continue
        if len(operator.inputs) != 1 or operator.inputs[0] < 0:
            raise ModelError(f"{graph.where(index)}: it has {len(operator.inputs)} inputs, accepted is 1")
        source = graph.tensors[operator.inputs[0]]
        operators[index] = replace(operator, inputs=(*operator.inputs, len(tensors)))
        tensors.append(Tensor(f"{source.name}/state", source.shape, dtype, is_variable=True))
    if len(tensors) == len(graph.tensors):
        return graph
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators))
