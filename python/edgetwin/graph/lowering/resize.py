"""resize_nearest_neighbor and resize_bilinear."""

from __future__ import annotations

from ..graph import Tensor
from ..step import Step
from .context import Context
from .elementwise import COPIED_SUFFIXES, dtype_of

__all__ = ["lower_resize_bilinear", "lower_resize_nearest_neighbor", "resize_step"]

#: Bilinear positions are counted in so many steps a pixel.
_ONE = 1024


def resize_step(ctx: Context, kernel: str, source: Tensor, output: Tensor) -> Step:
    """Return the call of a kernel that resizes the images of `source`, whose dtype has been checked, to `output`."""
    batches, input_h, input_w, channels = ctx.rank(source, 4)
    size = ctx.constant(1, "int32")
    if size.shape != (2,):
        ctx.bad(f"size {ctx.input(1).name!r} has shape {list(size.shape)}, accepted is [2]")
    output_h, output_w = (int(dim) for dim in size)
    ctx.expect_shape(output, (batches, output_h, output_w, channels))
    params = {
        "batches": batches,
        "input_h": input_h,
        "input_w": input_w,
        "channels": channels,
        "output_h": output_h,
        "output_w": output_w,
        "align_corners": int(ctx.option("align_corners")),
        "half_pixel_centers": int(ctx.option("half_pixel_centers")),
    }
    return ctx.step(kernel, params)


def lower_resize_nearest_neighbor(ctx: Context) -> Step:
    """Lower RESIZE_NEAREST_NEIGHBOR: both options may be set at once; neither side's quantization is read."""
    source, output = ctx.input(0), ctx.output()
    dtype = dtype_of(ctx, tuple(COPIED_SUFFIXES), source, output)
    return resize_step(ctx, f"resize_nearest_neighbor_{COPIED_SUFFIXES[dtype]}", source, output)


def _last_pixel(step: Step, axis: str) -> int:
    """Return the input pixel at or before the last output of an axis; the distance of outputs is rounded."""
    size, output = int(step.params[f"input_{axis}"]), int(step.params[f"output_{axis}"])
    if step.params["align_corners"] and output > 1:
        distance = (_ONE * (size - 1) + (output - 1) // 2) // (output - 1)
    else:
        distance = (_ONE * size + output // 2) // output
    shift = distance // 2 - _ONE // 2 if step.params["half_pixel_centers"] else 0
    return ((output - 1) * distance + shift) // _ONE


def lower_resize_bilinear(ctx: Context) -> Step:
    """Lower RESIZE_BILINEAR: neither side's quantization is read."""
    if ctx.option("align_corners") and ctx.option("half_pixel_centers"):
        ctx.bad("align_corners and half_pixel_centers are both set, which TFLite Micro refuses")
    step = resize_step(ctx, "resize_bilinear_s8", ctx.int8(ctx.input(0)), ctx.int8(ctx.output()))
    for axis, what in (("h", "height"), ("w", "width")):
        if _last_pixel(step, axis) >= step.params[f"input_{axis}"]:
            ctx.unsupported(
                f"{what} {step.params[f'input_{axis}']} to {step.params[f'output_{axis}']}: at such a factor TFLite "
                "Micro rounds the distance of outputs so that it reads past its input"
            )
    return step
