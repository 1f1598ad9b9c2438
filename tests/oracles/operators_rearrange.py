"""Random single-operator models of reverse_v2, mirror_pad, fill."""

from __future__ import annotations

import numpy as np
from oracles.mover import COMMON, Mover


def reverse_v2(rng):
    b = Mover(rng, (*COMMON, "uint8", "int64", "bool"))
    shape = b.shape(1, 5)
    rank = len(shape)
    first = int(rng.integers(rank))
    axes = np.arange(first, int(rng.integers(first, rank)) + 1)
    rng.shuffle(axes)
    written = np.where(rng.random(axes.size) < 0.4, axes - rank, axes)
    return b.graph("reverse_v2", [b.data(shape), b.numbers("axes", written)], [b.out(shape)], {})


def mirror_pad(rng):
    b = Mover(rng, ("int8", "float32"))
    shape = b.shape(1, 4)
    edge = int(rng.integers(2))
    paddings = np.array([rng.integers(0, min(n - edge, 3), 2, endpoint=True) for n in shape])
    if rng.random() < 0.5:
        paddings[0] = 0
    operand = b.numbers("paddings", paddings, "int64" if rng.random() < 0.3 else "int32")
    y = b.out(np.array(shape) + paddings.sum(1))
    return b.graph("mirror_pad", [b.data(shape), operand], [y], {"mode": 1 - edge})


def fill(rng):
    b = Mover(rng, ("int8", "int32", "float32"))
    shape = b.shape(1, 5)
    value = b.value(()) if rng.random() < 0.3 else b.data(())
    operand = b.numbers("shape", shape, str(rng.choice(["int32", "int64"])))
    return b.graph("fill", [operand, value], [b.out(shape)], {})


#: Every generator of this file.
REARRANGE = {f.__name__: f for f in (reverse_v2, mirror_pad, fill)}
