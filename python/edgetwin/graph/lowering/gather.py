"""gather, gather_nd."""

from __future__ import annotations

import math

import numpy as np

from ..graph import DTYPES, Tensor
from ..step import Step
from .context import Context

__all__ = ["lower_gather", "lower_gather_nd"]

#: TFLite Micro's GATHER_ND indexes no more axes.
_MOST_INDEXED = 5


def _operands(ctx: Context) -> tuple[Tensor, Tensor, Tensor]:
    """Return input, int32 indices and output, which must have the input's dtype."""
    source, indices, output = ctx.input(0), ctx.input(1), ctx.output()
    if source.dtype != output.dtype:
        ctx.bad(f"input {source.name!r} is {source.dtype}, output {output.name!r} is {output.dtype}")
    if indices.dtype != "int32":
        ctx.unsupported(f"indices {indices.name!r} are {indices.dtype}, accepted is int32")
    return source, indices, output


def lower_gather(ctx: Context) -> Step:
    """Lower GATHER: slices of one axis by int32 indices, constant or computed, with or without batch axes."""
    source, indices, output = _operands(ctx)
    shape, rank, batches = source.shape, len(source.shape), int(ctx.option("batch_dims"))
    axis = int(ctx.option("axis"))
    axis += rank if axis < 0 else 0
    batches += len(indices.shape) if batches < 0 else 0
    if not 0 <= axis < rank or not 0 <= batches <= min(axis, len(indices.shape)):
        ctx.bad(
            f"axis is {ctx.option('axis')} and batch_dims {ctx.option('batch_dims')}, input {source.name!r} has shape "
            f"{list(shape)}, indices {indices.name!r} {list(indices.shape)}"
        )
    if shape[:batches] != indices.shape[:batches]:
        ctx.bad(f"input {source.name!r} has shape {list(shape)}, indices {indices.name!r} {list(indices.shape)}")
    ctx.expect_shape(output, (*shape[:axis], *indices.shape[batches:], *shape[axis + 1 :]))
    if indices.data is not None and not ((indices.data >= 0) & (indices.data < shape[axis])).all():
        ctx.bad(f"indices {indices.name!r} leave axis {axis} of input {source.name!r}, shape {list(shape)}")
    params = {
        "batches": math.prod(shape[:batches]),
        "outer": math.prod(shape[batches:axis]),
        "axis": shape[axis],
        "indices": math.prod(indices.shape[batches:]),
        "inner": math.prod(shape[axis + 1 :]) * DTYPES[source.dtype].itemsize,
    }
    return ctx.step("gather_s8", params, inputs=2)


def lower_gather_nd(ctx: Context) -> Step:
    """Lower GATHER_ND: slices by int32 indices of their first axes, constant or computed."""
    source, indices, output = _operands(ctx)
    most = min(len(source.shape), _MOST_INDEXED)
    depth = indices.shape[-1] if indices.shape else 0
    if not 1 <= depth <= most:
        ctx.bad(f"indices {indices.name!r} have shape {list(indices.shape)}, accepted are 1 to {most} in the last axis")
    dims = source.shape[:depth]
    ctx.expect_shape(output, (*indices.shape[:-1], *source.shape[depth:]))
    if indices.data is not None and not ((indices.data >= 0) & (indices.data < np.array(dims))).all():
        ctx.bad(f"indices {indices.name!r} leave axes {list(dims)} of input {source.name!r}")
    params = {
        "count": math.prod(indices.shape[:-1]),
        "depth": depth,
        "inner": math.prod(source.shape[depth:]) * DTYPES[source.dtype].itemsize,
    }
    params |= {f"dim_{i}": dim for i, dim in enumerate((*dims, *(1,) * (_MOST_INDEXED - depth)))}
    return ctx.step("gather_nd_s8", params, inputs=2)
