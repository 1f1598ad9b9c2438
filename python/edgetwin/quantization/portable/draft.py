"""An int8 graph on its way to its portable form: operators that run, with the tensors that they add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...graph.graph import Graph, Operator, Tensor
from ...graph.passes import fold
from ...types import Array, Quantization

__all__ = ["Draft", "part"]


class Draft:
    """A graph whose operators and tensors can be replaced; tensors keep their indices, new ones come after them.

    Parameters
    ----------
    graph : Graph
        With int8 codes.
    """

    def __init__(self, graph: Graph) -> None:
        folded, live = fold(graph)
        self.tensors: list[Tensor] = list(folded.tensors)
        self.operators: list[Operator] = [folded.operators[index] for index in live]
        self.inputs = folded.inputs
        self.outputs = folded.outputs
        self.description = folded.description
        #: Weights that all are one, of means -> elements in the window.
        self.means: dict[int, int] = {}

    @property
    def graph(self) -> Graph:
        """The graph as it is now."""
        return Graph(tuple(self.tensors), tuple(self.operators), self.inputs, self.outputs, self.description)

    def add(self, tensor: Tensor) -> int:
        """Add a tensor and return its index."""
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def constant(self, name: str, data: Array, quantization: Quantization | None = None) -> int:
        """Add a constant and return its index."""
        return self.add(Tensor(name, data.shape, data.dtype.name, quantization, data))

    def scale(self, index: int) -> float:
        """Return the scale of an activation."""
        return float(self.quantization(index).scale[0])

    def zero_point(self, index: int) -> int:
        """Return the zero point of an activation."""
        return int(self.quantization(index).zero_point[0])

    def quantization(self, index: int) -> Quantization:
        """Return the quantization of an activation that has one."""
        quantization = self.tensors[index].quantization
        if quantization is None:
            raise KeyError(self.tensors[index].name)
        return quantization

    def rescale(self, index: int, scale: float) -> None:
        """Give an activation another scale."""
        self.requantize(index, replace(self.quantization(index), scale=np.array([scale], np.float32)))

    def requantize(self, index: int, quantization: Quantization) -> None:
        """Give an activation another quantization."""
        self.tensors[index] = replace(self.tensors[index], quantization=quantization)


def part(graph: Graph, operators: Sequence[int], inputs: Sequence[int], outputs: Sequence[int]) -> Graph:
    """Return some operators of a graph as a graph of their own.

    Parameters
    ----------
    graph : Graph
    operators : sequence of int
        In order.
    inputs, outputs : sequence of int
        Tensors.

    Returns
    -------
    Graph
        Without tensors that none of them reads or writes.
    """
    kept = [graph.operators[index] for index in operators]
    used = {i for operator in kept for i in (*operator.inputs, *operator.outputs, *operator.intermediates)}
    order = sorted((used | {*inputs, *outputs}) - {-1})
    place = {old: new for new, old in enumerate(order)} | {-1: -1}

    def moved(tensors: Sequence[int]) -> tuple[int, ...]:
        return tuple(place[index] for index in tensors)

    return Graph(
        tuple(graph.tensors[index] for index in order),
        tuple(
            replace(one, inputs=moved(one.inputs), outputs=moved(one.outputs), intermediates=moved(one.intermediates))
            for one in kept
        ),
        moved(inputs),
        moved(outputs),
        graph.description,
    )
