"""space_to_batch_nd, batch_to_space_nd: what converters put around a dilated convolution."""

from __future__ import annotations

import math

from ..graph import DTYPES
from ..step import Step
from .context import Context

__all__ = ["lower_batch_to_space_nd", "lower_space_to_batch_nd"]

_SIDES = {"pad": ("pad_top", "pad_left"), "crop": ("crop_top", "crop_left")}


def _integers(ctx: Context, position: int, size: int) -> list[int]:
    values = ctx.constant(position, "int32").reshape(-1)
    if values.size != size:
        ctx.bad(f"input {position} ({ctx.input(position).name!r}) has {values.size} elements, expected {size}")
    return [int(value) for value in values]


def _lower(ctx: Context, kernel: str, side: str) -> Step:
    """Lower either operator; `side` is what its third operand holds: "pad" or "crop"."""
    source, output = ctx.input(0), ctx.output()
    if source.dtype != output.dtype:
        ctx.bad(f"input {source.name!r} is {source.dtype}, output {output.name!r} is {output.dtype}")
    rank = len(source.shape)
    if rank not in (3, 4):
        ctx.unsupported(f"input {source.name!r} has {rank} axes, accepted are 3 and 4")
    space = source.shape[1:-1]
    blocks, margins = _integers(ctx, 1, len(space)), _integers(ctx, 2, 2 * len(space))
    before, after = margins[::2], margins[1::2]
    if min(blocks) < 1 or min(margins) < 0:
        ctx.bad(f"block shape {blocks} and {side}s {margins}, accepted are positive blocks and {side}s of at least 0")
    if side == "pad":
        padded = [n + low + high for n, low, high in zip(space, before, after, strict=True)]
        if any(n % block for n, block in zip(padded, blocks, strict=True)):
            ctx.bad(f"padded sizes {padded} are no multiples of the block shape {blocks}")
        batches, outer = source.shape[0], source.shape[0] * math.prod(blocks)
        inner = [n // block for n, block in zip(padded, blocks, strict=True)]
    else:
        if source.shape[0] % math.prod(blocks):
            ctx.bad(f"input {source.name!r} has {source.shape[0]} batches, no multiple of the block shape {blocks}")
        batches = outer = source.shape[0] // math.prod(blocks)
        planes = zip(space, blocks, before, after, strict=True)
        inner = [n * block - low - high for n, block, low, high in planes]
    ctx.expect_shape(output, (outer, *inner, source.shape[-1]))
    params = {"batches": batches, "channels": source.shape[-1] * DTYPES[source.dtype].itemsize}
    for axis, name in enumerate("hw"):
        # Three axes are batch, height, channels.
        there = axis < len(space)
        params[f"input_{name}"] = space[axis] if there else 1
        params[f"block_{name}"] = blocks[axis] if there else 1
        params[_SIDES[side][axis]] = before[axis] if there else 0
        params[f"output_{name}"] = inner[axis] if there else 1
    if side == "pad":
        # TFLite Micro never sets the value that it pads with, so codes of 0 whatever the zero point: what its zeroed
        # arena holds.
        params["value"] = 0
    return ctx.step(kernel, params)


def lower_space_to_batch_nd(ctx: Context) -> Step:
    """Lower SPACE_TO_BATCH_ND with constant block shape and paddings."""
    return _lower(ctx, "space_to_batch_s8", "pad")


def lower_batch_to_space_nd(ctx: Context) -> Step:
    """Lower BATCH_TO_SPACE_ND with constant block shape and crops."""
    return _lower(ctx, "batch_to_space_s8", "crop")
