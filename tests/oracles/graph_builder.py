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


def windows(size, kernel, stride, dilation, padding):
    """Positions of a window along an axis."""
    extent = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == "same" else (size - extent) // stride + 1


class Builder:
    """Collects the tensors of one operator's graph."""

    def __init__(self, rng, dtypes=("int8",)) -> None:
        self.rng = rng
        #: Of the activations that are given no other.
        self.dtype = str(rng.choice(dtypes)) if len(dtypes) > 1 else dtypes[0]
        self.tensors: list[Tensor] = []
        self.inputs: list[int] = []

    def size(self, limit=17) -> int:
        return int(self.rng.choice([s for s in SIZES if s <= limit]))

    def zero_point(self) -> int:
        if self.dtype == "int16":
            return 0
        return int(self.rng.choice(ZERO_POINTS))

    def scale(self, low=-9, high=1) -> float:
        return float(2.0 ** self.rng.uniform(low, high))

    def add(self, name, shape, dtype=None, quantization=None, data=None, variable=False) -> int:
        shape = tuple(int(s) for s in shape)
        self.tensors.append(Tensor(name, shape, dtype or self.dtype, quantization, data, variable))
        return len(self.tensors) - 1

    def input(self, shape, dtype=None, quantization=None) -> int:
        index = self.add(f"input_{len(self.inputs)}", shape, dtype, quantization)
        self.inputs.append(index)
        return index

    def weights(self, shape, axis, per_channel, dtype="int8"):
        """int8 or int4 weights with extremes, the lowest code included, and their scales."""
        high = 7 if dtype == "int4" else 127
        low = -high - (1 if self.rng.random() < 0.3 else 0)
        data = self.rng.integers(low, high, shape, endpoint=True).astype(np.int8)
        if self.rng.random() < 0.2:
            data = self.rng.choice([low, high], shape).astype(np.int8)
        count = shape[axis] if per_channel else 1
        scales = np.array([self.scale(-10, -2) for _ in range(count)])
        return self.add("weights", shape, dtype, affine(scales, 0, axis if count > 1 else 0), data), scales

    def bias(self, channels, scales, dtype="int32"):
        limits = [10, 1000, 100_000, 2**30] if dtype == "int32" else [1000, 2**24, 2**31, 2**46]
        limit = min(int(self.rng.choice(limits)), np.iinfo(dtype).max)
        data = self.rng.integers(-limit, limit, channels).astype(dtype)
        return self.add("bias", (channels,), dtype, affine(scales), data)

    def effective(self, weight_scale) -> float:
        """An effective scale: mostly ordinary, sometimes for shifts from -31 to +20, for sums of 64 bits to +14."""
        wide = self.dtype == "int16"
        if self.rng.random() < 0.25:
            return float(2.0 ** self.rng.uniform(-31, 6 if wide else 20))
        return float(2.0 ** self.rng.uniform(-20 if wide else -12, -4 if wide else 0))

    def graph(self, name, inputs, outputs, options, version=1) -> Graph:
        operator = Operator(name, tuple(inputs), tuple(outputs), options, version)
        return Graph(tuple(self.tensors), (operator,), tuple(self.inputs), tuple(outputs), "")
