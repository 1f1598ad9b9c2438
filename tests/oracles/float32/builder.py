"""What generators of float32 models share."""

from __future__ import annotations

import numpy as np
from oracles.graph_builder import Builder

ACTIVATIONS = ("none", "none", "relu", "relu6", "relu_n1_to_1")


class RealBuilder(Builder):
    """Collects the tensors of one float32 operator's graph."""

    def real_input(self, shape) -> int:
        return self.input(shape, "float32")

    def real_output(self, shape, name="output") -> int:
        return self.add(name, shape, "float32")

    def constant(self, name, values) -> int:
        values = np.asarray(values, np.float32)
        return self.add(name, values.shape, "float32", data=values)

    def activation(self) -> str:
        return str(self.rng.choice(ACTIVATIONS))


def real_inputs(graph, rng, count):
    """Arrays with the file's shapes for every input: real numbers near 1, small and large ones, halves; any codes."""
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
