"""resize_bilinear."""

from __future__ import annotations

from ...step import Step
from ..context import Context
from ..resize import resize_step
from .codes import stored

__all__ = ["lower_resize_bilinear"]


def lower_resize_bilinear(ctx: Context) -> Step:
    """Lower RESIZE_BILINEAR of codes that keep their quantization."""
    stored(ctx, 1)
    source, output = ctx.int8(ctx.input(0)), ctx.int8(ctx.output())
    if ctx.option("align_corners") and ctx.option("half_pixel_centers"):
        ctx.bad("align_corners and half_pixel_centers are both set, which LiteRT refuses")
    if ctx.per_tensor(source) != ctx.per_tensor(output):
        ctx.unsupported(
            f"arithmetic 'xnnpack' is not defined where input {source.name!r} and output {output.name!r} differ in "
            "quantization"
        )
    return resize_step(ctx, "resize_bilinear_s8_xnnpack", source, output)
