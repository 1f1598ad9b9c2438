"""Means and sums: other forms of them.

References
----------
LiteRT ``tflite/kernels/reduce.cc`` and ``internal/optimized``.
"""

from __future__ import annotations

import math

import numpy as np

from ...types import Array
from .called import (
    Called,
    Codes,
    away_from_zero,
    doubly_rounded,
    half_upwards,
    multiplier,
    to_int32,
    wrapped,
    zero_point,
)

__all__ = ["float32_sum", "mean_with_a_rounded_zero_point", "sum_of_bytes"]

#: Channels that LiteRT's mean requantizes together.
_BLOCK = 16


def _axes(op: Called) -> tuple[int, ...]:
    rank = len(op.tensor(0).shape)
    return tuple({int(axis) % rank + 1 for axis in op.stored(1).reshape(-1)})


def _summed(op: Called, codes: Codes) -> tuple[Codes, int]:
    """Return sums of raw codes and how many there are in each."""
    axes = _axes(op)
    return codes.sum(axes), math.prod(codes.shape[axis] for axis in axes)


def float32_sum(op: Called) -> Array:
    """Scale the sum in float32 and round it, ties away from zero; what int32 cannot hold is its lowest number."""
    total, count = _summed(op, op.stored(0).astype(np.int64))
    scale = op.scale(0)[0] / op.output_scale
    bias = np.float32(-zero_point(op.tensor(0))) * scale * np.float32(count)
    codes = to_int32(away_from_zero(total.astype(np.float32) * scale + bias))
    return op.made(wrapped(codes + op.output_zero_point))


def sum_of_bytes(op: Called, theirs: Array) -> Array:
    """Take codes of any dtype for uint8, read and written; bytes that are not written are the other's."""
    x = op.stored(0)
    size = math.prod(x.shape[1:])
    read = np.ascontiguousarray(x).reshape(op.samples, -1).view(np.uint8)[:, :size].reshape(x.shape)
    total, count = _summed(op, read.astype(np.int64))
    total = total - zero_point(op.tensor(0)) * count
    parts = multiplier(np.float64(op.scale(0)[0]) / np.float64(op.output_scale))
    codes = np.clip(doubly_rounded(total, *parts) + op.output_zero_point, 0, 255).astype(np.uint8)
    made = np.ascontiguousarray(theirs).reshape(op.samples, -1).view(np.uint8).copy()
    made[:, : op.output.size] = codes.reshape(op.samples, -1)
    return np.asarray(made.view(op.output.dtype).reshape(-1, *op.output.shape))


def mean_with_a_rounded_zero_point(op: Called) -> Array:
    """Scale the sum of raw codes, and take the input's zero point off as a rounded number of output codes."""
    total, count = _summed(op, op.stored(0).astype(np.int64))
    scale, made = op.scale(0)[0], op.output_scale
    offset = np.float32(zero_point(op.tensor(0))) * scale / made
    bias = op.output_zero_point - int(offset + np.float32(0.5 if offset > 0 else -0.5))
    parts = multiplier(scale / (np.float32(count) * made))
    channels = total.shape[-1]
    vector = np.arange(channels) < channels - channels % _BLOCK
    return op.made(np.where(vector, half_upwards(total, *parts), doubly_rounded(total, *parts)) + bias)
