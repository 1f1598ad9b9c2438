"""Random single-operator models of the comparisons, of logical operators and of select_v2."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator

from ...graph.graph import Graph
from ...types import Quantization
from .arithmetic import constant_values
from .builder import Builder, affine

__all__ = ["GENERATORS"]

COMPARISONS = ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")


def _shapes(b: Builder, count: int) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """Return the output's shape and `count` shapes that broadcast to it, at least one of them with all its axes."""
    rng = b.rng
    rank = int(rng.integers(1, 7))
    shape = (1, *(b.size(13 if rank < 4 else 5) for _ in range(rank - 1)))
    whole = int(rng.integers(count))
    alike = rng.random() < 0.4
    shapes = []
    for number in range(count):
        own = shape
        if number != whole and not alike:
            own = tuple(1 if rng.random() < 0.3 else s for s in shape)
            own = own[int(rng.integers(0, rank + 1)) if rng.random() < 0.3 else 0 :]
        shapes.append(own)
    return shape, shapes


def _operands(
    b: Builder, shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str], quantizations: Sequence[Quantization | None]
) -> list[int]:
    """Return operands: one of the largest operands is an input; others may be constants."""
    rng = b.rng
    largest = max(range(len(shapes)), key=lambda i: (int(np.prod(shapes[i])), len(shapes[i])))
    indices = []
    for number, (shape, dtype, quantization) in enumerate(zip(shapes, dtypes, quantizations, strict=True)):
        if number == largest or (rng.random() < 0.5 and shape[:1] == (1,)):
            indices.append(b.input(shape, dtype, quantization))
            continue
        values = rng.random(shape) < 0.5 if dtype == "bool" else constant_values(rng, shape, dtype)
        indices.append(b.add("constant", shape, dtype, quantization, np.asarray(values)))
    return indices


def _comparison(name: str, rng: Generator) -> Graph:
    numbers = ("int32", "int64", "bool") if name in ("equal", "not_equal") else ("int32", "int64")
    b = Builder(rng, ("int8", "int8", *numbers))
    shape, shapes = _shapes(b, 2)
    scale, zero_point = b.scale(-12, 0), b.zero_point()
    quantizations: list[Quantization | None] = [affine(scale, zero_point)] * 2
    kind = rng.random()
    if b.dtype != "int8":
        quantizations = [None] * 2
    elif kind < 0.4:
        # One scale twice the other, so that real values coincide.
        quantizations[1] = affine(scale / 2, b.zero_point())
    elif kind < 0.8:
        quantizations[1] = affine(b.scale(-12, 0) if kind < 0.75 else b.scale(-40, -12), b.zero_point())
    inputs = _operands(b, shapes, [b.dtype] * 2, quantizations)
    return b.graph(name, inputs, [b.add("output", shape, "bool")], {}, 2)


def _logical(name: str, rng: Generator) -> Graph:
    b = Builder(rng)
    shape, shapes = _shapes(b, 2)
    inputs = _operands(b, shapes, ["bool"] * 2, [None] * 2)
    return b.graph(name, inputs, [b.add("output", shape, "bool")], {}, 1)


def _logical_not(rng: Generator) -> Graph:
    b = Builder(rng)
    shape = (1, b.size(), b.size())
    return b.graph("logical_not", [b.input(shape, "bool")], [b.add("output", shape, "bool")], {}, 1)


def _select_v2(rng: Generator) -> Graph:
    b = Builder(rng, ("int8", "int16", "float32"))
    shape, shapes = _shapes(b, 3)
    quantization = None if b.dtype == "float32" else affine(b.scale(), b.zero_point())
    inputs = _operands(b, shapes, ["bool", b.dtype, b.dtype], [None, quantization, quantization])
    return b.graph("select_v2", inputs, [b.add("output", shape, b.dtype, quantization)], {}, 1)


GENERATORS: dict[str, Callable[[Generator], Graph]] = {
    name: functools.partial(_comparison, name) for name in COMPARISONS
}
GENERATORS |= {name: functools.partial(_logical, name) for name in ("logical_and", "logical_or")}
GENERATORS |= {"logical_not": _logical_not, "select_v2": _select_v2}
