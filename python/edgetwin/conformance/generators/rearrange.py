"""Random single-operator models of reverse_v2, mirror_pad, fill, gather_nd, cumsum."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ...graph.graph import Graph
from .builder import affine
from .mover import COMMON, Mover

__all__ = ["REARRANGE"]


def _reverse_v2(rng: Generator) -> Graph:
    b = Mover(rng, (*COMMON, "uint8", "int64", "bool"))
    shape = b.shape(1, 5)
    rank = len(shape)
    first = int(rng.integers(rank))
    axes = np.arange(first, int(rng.integers(first, rank)) + 1)
    rng.shuffle(axes)
    written = np.where(rng.random(axes.size) < 0.4, axes - rank, axes)
    return b.graph("reverse_v2", [b.data(shape), b.numbers("axes", written)], [b.out(shape)], {})


def _mirror_pad(rng: Generator) -> Graph:
    b = Mover(rng, ("int8", "float32"))
    shape = b.shape(1, 4)
    edge = int(rng.integers(2))
    paddings = np.array([rng.integers(0, min(n - edge, 3), 2, endpoint=True) for n in shape])
    if rng.random() < 0.5:
        paddings[0] = 0
    operand = b.numbers("paddings", paddings, "int64" if rng.random() < 0.3 else "int32")
    y = b.out(np.array(shape) + paddings.sum(1))
    return b.graph("mirror_pad", [b.data(shape), operand], [y], {"mode": 1 - edge})


def _fill(rng: Generator) -> Graph:
    b = Mover(rng, ("int8", "int32", "float32"))
    shape = b.shape(1, 5)
    value = b.value(()) if rng.random() < 0.3 else b.data(())
    operand = b.numbers("shape", shape, str(rng.choice(["int32", "int64"])))
    return b.graph("fill", [operand, value], [b.out(shape)], {})


def _gather_nd(rng: Generator) -> Graph:
    b = Mover(rng, ("int8", "float32"))
    shape = b.shape(1, 5)
    depth = int(rng.integers(1, len(shape), endpoint=True))
    counted = tuple(b.size(7) for _ in range(int(rng.integers(3))))
    values = rng.integers(0, shape[:depth], (*counted, depth)).astype(np.int32)
    constant = rng.random() < 0.5
    x = b.data(shape) if constant or rng.random() < 0.5 else b.value(shape)
    indices = b.add("indices", values.shape, "int32", data=values if constant else None)
    if not constant:
        b.inputs.append(indices)
    return b.graph("gather_nd", [x, indices], [b.out((*counted, *shape[depth:]))], {})


def _cumsum(rng: Generator) -> Graph:
    b = Mover(rng, ("int8",))
    shape = b.shape(1, 4, 17)
    _, written = b.axis(len(shape))
    x = b.data(shape)
    scale = float(b.quantization_of(x).scale[0]) * 2.0 ** rng.uniform(-18.9 if rng.random() < 0.1 else -3, 6)
    y = b.add("output", shape, quantization=affine(scale, b.zero_point()))
    options = {"exclusive": bool(rng.random() < 0.4), "reverse": bool(rng.random() < 0.4)}
    return b.graph("cumsum", [x, b.numbers("axis", written)], [y], options)


#: Every generator of this file.
REARRANGE = {
    "reverse_v2": _reverse_v2,
    "mirror_pad": _mirror_pad,
    "fill": _fill,
    "gather_nd": _gather_nd,
    "cumsum": _cumsum,
}
