"""What random models of operators that move elements are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from .builder import Builder, affine

__all__ = ["COMMON", "Mover"]

COMMON = ("int8", "int16", "int32", "float32")
_SIZED = ("int8", "int16")


class Mover(Builder):
    """A builder whose tensors all have one dtype, int8 most often, and one quantization."""

    def __init__(self, rng: Generator, dtypes: Sequence[str]) -> None:
        super().__init__(rng)
        self.dtype = "int8" if rng.random() < 0.6 else str(rng.choice(dtypes))
        zero_point = self.zero_point() if self.dtype == "int8" else 0
        self.quantization = affine(self.scale(), zero_point) if self.dtype in _SIZED else None

    def shape(self, least: int = 1, most: int = 4, limit: int = 7) -> tuple[int, ...]:
        """Return a shape with so many axes."""
        rank = int(self.rng.integers(least, most, endpoint=True))
        lead = 1 if self.rng.random() < 0.7 else self.size(limit)
        return (lead, *(self.size(limit) for _ in range(rank - 1)))[:rank]

    def data(self, shape: Iterable[int]) -> int:
        """Add an input."""
        return self.input(shape, self.dtype, self.quantization)

    def value(self, shape: Sequence[int]) -> int:
        """Add a constant."""
        values = self.rng.integers(0, 2 if self.dtype == "bool" else 100, shape).astype(self.dtype)
        return self.add("value", shape, self.dtype, self.quantization, values)

    def out(self, shape: Iterable[int], name: str = "output") -> int:
        """Add an output."""
        return self.add(name, shape, self.dtype, self.quantization)

    def numbers(self, name: str, values: ArrayLike, dtype: str = "int32") -> int:
        """Add constant integers."""
        stored = np.asarray(values, dtype)
        return self.add(name, stored.shape, dtype, data=stored)

    def axis(self, rank: int) -> tuple[int, int]:
        """Return an axis, as counted from the front, and how the file writes it."""
        axis = int(self.rng.integers(rank))
        return axis, axis - rank if self.rng.random() < 0.4 else axis
