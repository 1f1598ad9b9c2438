"""Random single-operator graphs: sizes with ones and primes, zero points at both ends, scales for every shift."""

from __future__ import annotations

import numpy as np

from edgetwin.graph.graph import Graph, Operator, Tensor
from edgetwin.types import Quantization

SIZES = (1, 1, 2, 3, 4, 5, 7, 8, 11, 13, 16, 17)
ZERO_POINTS = (-128, -127, -1, 0, 1, 5, -37, 126, 127)


def affine(scale, zero_point=0, axis=0):
    scale = np.atleast_1d(np.asarray(scale, np.float32))
    zero = np.broadcast_to(np.asarray(zero_point, np.int64), scale.shape).copy()
    return Quantization(scale, zero, axis)


class Builder:
    """Collects the tensors of one operator's graph."""

    def __init__(self, rng) -> None:
        self.rng = rng
        self.tensors: list[Tensor] = []
        self.inputs: list[int] = []

    def size(self, limit=17) -> int:
        return int(self.rng.choice([s for s in SIZES if s <= limit]))

    def zero_point(self) -> int:
        return int(self.rng.choice(ZERO_POINTS))

    def scale(self, low=-9, high=1) -> float:
        return float(2.0 ** self.rng.uniform(low, high))

    def add(self, name, shape, dtype="int8", quantization=None, data=None, variable=False) -> int:
        self.tensors.append(Tensor(name, tuple(int(s) for s in shape), dtype, quantization, data, variable))
        return len(self.tensors) - 1

    def input(self, shape, dtype="int8", quantization=None) -> int:
        index = self.add(f"input_{len(self.inputs)}", shape, dtype, quantization)
        self.inputs.append(index)
        return index

    def weights(self, shape, axis, per_channel):
        """int8 weights with extremes, -128 included, and their scales."""
        low = -128 if self.rng.random() < 0.3 else -127
        data = self.rng.integers(low, 128, shape).astype(np.int8)
        if self.rng.random() < 0.2:
            data = self.rng.choice([low, 127], shape).astype(np.int8)
        count = shape[axis] if per_channel else 1
        scales = np.array([self.scale(-10, -2) for _ in range(count)])
        return self.add("weights", shape, "int8", affine(scales, 0, axis if count > 1 else 0), data), scales

    def bias(self, channels, scales):
        limit = int(self.rng.choice([10, 1000, 100_000, 2**30]))
        data = self.rng.integers(-limit, limit, channels).astype(np.int32)
        return self.add("bias", (channels,), "int32", affine(scales), data)

    def effective(self, weight_scale) -> float:
        """An effective scale: mostly ordinary, sometimes for shifts down to -31 and up to +20."""
        if self.rng.random() < 0.25:
            return float(2.0 ** self.rng.uniform(-31, 20))
        return float(2.0 ** self.rng.uniform(-12, 0))

    def graph(self, name, inputs, outputs, options, version=1) -> Graph:
        operator = Operator(name, tuple(inputs), tuple(outputs), options, version)
        return Graph(tuple(self.tensors), (operator,), tuple(self.inputs), tuple(outputs), "")
