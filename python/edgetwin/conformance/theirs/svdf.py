"""SVDF of int8 whose time weights and state are read as int16.

References
----------
LiteRT ``tflite/kernels/svdf.cc`` and ``internal/reference/svdf.h``.
"""

from __future__ import annotations

import numpy as np

from ...types import Array
from .called import Called, doubly_rounded, multiplier, wrapped, zero_point

__all__ = ["svdf_of_int16"]


def svdf_of_int16(op: Called, theirs: Array) -> Array:
    """Compute the units whose weights, read as int16, lie inside the file's bytes; the other's for the rest.

    Both bytes of what the state has initially are its zero point.
    """
    x, features = op.codes(0).reshape(op.samples, -1), op.stored(1)[0].astype(np.int64)
    bytes_of_weights = np.ascontiguousarray(op.stored(2)[0])
    filters, memory = bytes_of_weights.shape
    weights = bytes_of_weights.reshape(-1)[: filters * memory // 2 * 2].view("<i2").astype(np.int64)
    rank = int(op.options["rank"])
    units = len(weights) // memory // rank
    whole = units * rank
    state, made = np.float64(op.scale(4)[0]), np.float64(op.output_scale)
    first = multiplier(np.float64(op.scale(0)[0]) * np.float64(op.scale(1)[0]) / state)
    second = multiplier(state * np.float64(op.scale(2)[0]) / made)
    newest = np.clip(doubly_rounded(x @ features[:whole].T, *first), -32768, 32767)
    in_time = weights[: whole * memory].reshape(whole, memory)
    older = int(np.full(2, zero_point(op.tensor(4)), np.int8).view("<i2")[0])
    filtered = newest * in_time[:, -1] + in_time[:, :-1].sum(1) * older
    sums = filtered.reshape(op.samples, units, rank).sum(2)
    if op.has(3):
        sums = sums + op.stored(3)[0][:units]
    codes = np.clip(doubly_rounded(wrapped(sums), *second) + op.output_zero_point, -128, 127)
    known = theirs.reshape(op.samples, -1).copy()
    known[:, :units] = codes
    return np.asarray(known.reshape(theirs.shape))
