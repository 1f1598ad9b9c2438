"""Random single-operator models of the reductions beside mean, and of arg_max and arg_min."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ...graph.graph import Graph
from .builder import Builder, affine

__all__ = ["GENERATORS"]

_REDUCER_VERSION = 2


def _shape(rng: Generator, b: Builder) -> tuple[int, ...]:
    rank = int(rng.integers(1, 6))
    return (1, *(b.size(11 if rank < 4 else 5) for _ in range(rank)))


def _negative_now_and_then(rng: Generator, axes: Sequence[int], rank: int) -> NDArray[np.int32]:
    return np.array([a - rank if rng.random() < 0.3 else a for a in axes], np.int32)


def _reduction(
    rng: Generator, name: str, scale_range: tuple[float, float] | None = None, dtypes: Sequence[str] = ("int8",)
) -> Graph:
    b = Builder(rng, dtypes)
    shape = _shape(rng, b)
    rank = len(shape)
    # The first axis, too: one output for all samples.
    axes = rng.choice(np.arange(int(rng.random() < 0.7), rank), int(rng.integers(1, rank)), replace=False).tolist()
    stored = _negative_now_and_then(rng, axes, rank)
    if rng.random() < 0.1:
        stored = np.append(stored, stored[0])  # twice is once
    if stored.size == 1 and rng.random() < 0.3:
        stored = stored.reshape(())
    keep = bool(rng.random() < 0.5)
    scale, zero_point = b.scale(), b.zero_point()
    coded = b.dtype != "bool"
    x = b.input(shape, quantization=affine(scale, zero_point) if coded else None)
    operand = b.add("axes", stored.shape, "int32", data=stored)
    out = [1 if i in axes else s for i, s in enumerate(shape) if keep or i not in axes]
    if scale_range is not None:
        scale, zero_point = scale * 2.0 ** rng.uniform(*scale_range), b.zero_point()
    y = b.add("output", out, quantization=affine(scale, zero_point) if coded else None)
    return b.graph(name, [x, operand], [y], {"keep_dims": keep}, _REDUCER_VERSION)


def _sum_of(rng: Generator) -> Graph:
    return _reduction(rng, "sum", (-29, 30) if rng.random() < 0.2 else (-3, 10), ("int8", "int16"))


def _reduce_max(rng: Generator) -> Graph:
    return _reduction(rng, "reduce_max")


def _reduce_min(rng: Generator) -> Graph:
    return _reduction(rng, "reduce_min")


def _reduce_all(rng: Generator) -> Graph:
    return _reduction(rng, "reduce_all", dtypes=("bool",))


def _position(rng: Generator, name: str) -> Graph:
    b = Builder(rng)
    shape = _shape(rng, b)
    rank = len(shape)
    axis = int(rng.integers(0, rank))
    x = b.input(shape, quantization=affine(b.scale(), b.zero_point()) if rng.random() < 0.9 else None)
    stored = _negative_now_and_then(rng, [axis], rank).reshape(() if rng.random() < 0.5 else (1,))
    operand = b.add("axis", stored.shape, "int32", data=stored)
    y = b.add("output", [s for i, s in enumerate(shape) if i != axis], "int32")
    return b.graph(name, [x, operand], [y], {"output_type": 2}, 2)


def _arg_max(rng: Generator) -> Graph:
    return _position(rng, "arg_max")


def _arg_min(rng: Generator) -> Graph:
    return _position(rng, "arg_min")


GENERATORS = {
    "sum": _sum_of,
    "reduce_all": _reduce_all,
    "reduce_max": _reduce_max,
    "reduce_min": _reduce_min,
    "arg_max": _arg_max,
    "arg_min": _arg_min,
}
