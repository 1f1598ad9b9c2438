"""What generators of float32 models share."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from ...graph.graph import Graph
from ...types import Array
from .builder import ACTIVATIONS, Builder

__all__ = ["RealBuilder", "real_inputs"]


class RealBuilder(Builder):
    """Collects the tensors of one float32 operator's graph."""

    def real_input(self, shape: Iterable[int]) -> int:
        """Add a float32 input."""
        return self.input(shape, "float32")

    def real_output(self, shape: Iterable[int], name: str = "output") -> int:
        """Add a float32 output."""
        return self.add(name, shape, "float32")

    def constant(self, name: str, values: ArrayLike) -> int:
        """Add a float32 constant."""
        stored = np.asarray(values, np.float32)
        return self.add(name, stored.shape, "float32", data=stored)

    def activation(self) -> str:
        """Return a fused activation."""
        return str(self.rng.choice(ACTIVATIONS))


def real_inputs(graph: Graph, rng: Generator, count: int) -> list[list[Array]]:
    """Return arrays with the file's shapes: real numbers near 1, small and large ones, halves; any codes."""
    samples = []
    for i in range(count):
        arrays = []
        for index in graph.inputs:
            tensor = graph.tensors[index]
            if tensor.dtype != "float32":
                arrays.append(np.asarray(rng.integers(0, 256, tensor.shape)).astype(tensor.dtype))
                continue
            values = rng.normal(0, 1, tensor.shape)
            if i % 4 == 2:
                values = np.rint(4 * values) / 2
            if i % 2:
                values *= np.exp2(rng.uniform(-6, 4, tensor.shape))
            arrays.append(np.asarray(values, np.float32))
        samples.append(arrays)
    return samples
