"""Random single-operator graphs: sizes with ones and primes, zero points at both ends, scales for every shift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from ...graph.graph import Graph, Operator, Tensor
from ...types import Array, Quantization

__all__ = ["ACTIVATIONS", "SIZES", "ZERO_POINTS", "Builder", "affine", "random_codes", "windows"]

ACTIVATIONS = ("none", "none", "relu", "relu6", "relu_n1_to_1")
SIZES = (1, 1, 2, 3, 4, 5, 7, 8, 11, 13, 16, 17)
ZERO_POINTS = (-128, -127, -1, 0, 1, 5, -37, 126, 127)


def random_codes(rng: Generator, shape: int | Sequence[int], dtype: Any = np.int8) -> Array:
    """Return full-range codes; now and then only the ends of the range."""
    info = np.iinfo(dtype)
    if rng.random() < 0.2:
        return rng.choice([info.min, info.max], shape).astype(dtype)
    codes: Array = rng.integers(info.min, info.max, shape, dtype, endpoint=True)
    return codes


def affine(scale: ArrayLike, zero_point: ArrayLike = 0, axis: int = 0) -> Quantization:
    """Return a quantization of one scale or of several."""
    scales = np.atleast_1d(np.asarray(scale, np.float32))
    zero = np.broadcast_to(np.asarray(zero_point, np.int64), scales.shape).copy()
    return Quantization(scales, zero, axis)


def windows(size: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    """Return the positions of a window along an axis."""
    extent = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == "same" else (size - extent) // stride + 1


class Builder:
    """Collects the tensors of one operator's graph.

    Parameters
    ----------
    rng : numpy.random.Generator
    dtypes : sequence of str
        One of them is taken for the activations that are given no other.
    """

    def __init__(self, rng: Generator, dtypes: Sequence[str] = ("int8",)) -> None:
        self.rng = rng
        self.dtype = str(rng.choice(dtypes)) if len(dtypes) > 1 else dtypes[0]
        self.tensors: list[Tensor] = []
        self.inputs: list[int] = []

    def size(self, limit: int = 17) -> int:
        """Return a size up to `limit`: ones, primes, multiples of vectors and what lies beside them."""
        return int(self.rng.choice([s for s in SIZES if s <= limit]))

    def zero_point(self) -> int:
        """Return a zero point, often at either end of int8; 0 for int16."""
        if self.dtype == "int16":
            return 0
        return int(self.rng.choice(ZERO_POINTS))

    def scale(self, low: float = -9, high: float = 1) -> float:
        """Return a scale from 2^low to 2^high."""
        return float(2.0 ** self.rng.uniform(low, high))

    def add(
        self,
        name: str,
        shape: Iterable[int],
        dtype: str | None = None,
        quantization: Quantization | None = None,
        data: Array | None = None,
        variable: bool = False,
    ) -> int:
        """Add a tensor and return its index."""
        sizes = tuple(int(s) for s in shape)
        self.tensors.append(Tensor(name, sizes, dtype or self.dtype, quantization, data, variable))
        return len(self.tensors) - 1

    def input(self, shape: Iterable[int], dtype: str | None = None, quantization: Quantization | None = None) -> int:
        """Add an input of the graph and return its index."""
        index = self.add(f"input_{len(self.inputs)}", shape, dtype, quantization)
        self.inputs.append(index)
        return index

    def quantization_of(self, index: int) -> Quantization:
        """Return the quantization of a tensor that has one."""
        quantization = self.tensors[index].quantization
        assert quantization is not None  # noqa: S101 - the caller gave it one
        return quantization

    def weights(
        self, shape: tuple[int, ...], axis: int, per_channel: bool, dtype: str = "int8"
    ) -> tuple[int, NDArray[np.float64]]:
        """Add int8 or int4 weights with extremes, the lowest code included; return their index and their scales."""
        high = 7 if dtype == "int4" else 127
        low = -high - (1 if self.rng.random() < 0.3 else 0)
        data = self.rng.integers(low, high, shape, endpoint=True).astype(np.int8)
        if self.rng.random() < 0.2:
            data = self.rng.choice([low, high], shape).astype(np.int8)
        count = shape[axis] if per_channel else 1
        scales = np.array([self.scale(-10, -2) for _ in range(count)])
        return self.add("weights", shape, dtype, affine(scales, 0, axis if count > 1 else 0), data), scales

    def bias(self, channels: int, scales: ArrayLike, dtype: str = "int32") -> int:
        """Add a bias of few bits or of many and return its index."""
        limits = [10, 1000, 100_000, 2**30] if dtype == "int32" else [1000, 2**24, 2**31, 2**46]
        limit = min(int(self.rng.choice(limits)), np.iinfo(dtype).max)
        data = self.rng.integers(-limit, limit, channels).astype(dtype)
        return self.add("bias", (channels,), dtype, affine(scales), data)

    def effective(self) -> float:
        """Return an effective scale: mostly ordinary, now and then for shifts of -31 to +20 (64-bit sums: to +14)."""
        wide = self.dtype == "int16"
        if self.rng.random() < 0.25:
            return float(2.0 ** self.rng.uniform(-31, 6 if wide else 20))
        return float(2.0 ** self.rng.uniform(-20 if wide else -12, -4 if wide else 0))

    def graph(
        self, name: str, inputs: Sequence[int], outputs: Sequence[int], options: Mapping[str, Any], version: int = 1
    ) -> Graph:
        """Return the graph of one operator."""
        operator = Operator(name, tuple(inputs), tuple(outputs), options, version)
        return Graph(tuple(self.tensors), (operator,), tuple(self.inputs), tuple(outputs), "")
