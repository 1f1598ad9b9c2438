"""batch_matmul in float32."""

from __future__ import annotations

from ...step import Step
from ..batch_matmul import batch_matmul_shape
from ..context import Context
from .operands import float32

__all__ = ["lower_batch_matmul"]


def lower_batch_matmul(ctx: Context) -> Step:
    """Lower BATCH_MATMUL: either operand may be a constant."""
    for tensor in (ctx.input(1), ctx.output()):
        float32(ctx, tensor)
    return ctx.step("batch_matmul_f32", batch_matmul_shape(ctx), inputs=2)
