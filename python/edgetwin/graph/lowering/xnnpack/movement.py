"""space_to_batch_nd and strided_slice, which LiteRT takes otherwise than TFLite Micro."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...step import Step
from .. import space_batch, strided_copy
from ..context import Context

__all__ = ["lower_space_to_batch_nd", "lower_strided_slice"]


def lower_space_to_batch_nd(ctx: Context) -> Step:
    """Lower SPACE_TO_BATCH_ND, which LiteRT pads with the zero point."""
    step = space_batch.lower_space_to_batch_nd(ctx)
    value = ctx.per_tensor(ctx.output())[1] if ctx.output().dtype == "int8" else 0
    return replace(step, params={**step.params, "value": value})


def lower_strided_slice(ctx: Context) -> Step | Sequence[Step] | None:
    """Lower STRIDED_SLICE without the options that TFLite Micro does not look at."""
    for name in ("ellipsis_mask", "new_axis_mask", "offset"):
        if ctx.option(name):
            ctx.unsupported(f"arithmetic 'xnnpack' is not defined for {name} {ctx.option(name)}, accepted is 0")
    return strided_copy.lower_strided_slice(ctx)
