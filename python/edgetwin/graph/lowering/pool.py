"""max_pool_2d and average_pool_2d."""

from __future__ import annotations

from ..step import Step
from .context import Context
from .elementwise import SUFFIXES, dtype_of, quantized

__all__ = ["lower_average_pool_2d", "lower_max_pool_2d", "pool_shape"]

#: TFLite Micro refuses pools whose input and output scales differ by more than this.
_SCALE_TOLERANCE = 1e-6
#: Elements of a window whose sum may leave int32.
_TOO_LARGE = {"int8": 2**22, "int16": 2**15}


def pool_shape(ctx: Context) -> dict[str, int]:
    """Return the sizes and strides of a pool, checked against the output."""
    batches, input_h, input_w, channels = ctx.rank(ctx.input(0), 4)
    pool_h, pool_w = ctx.positive("filter_height"), ctx.positive("filter_width")
    stride_h, stride_w = ctx.positive("stride_h"), ctx.positive("stride_w")
    rows = ctx.window(input_h, pool_h, stride_h)
    columns = ctx.window(input_w, pool_w, stride_w)
    ctx.expect_shape(ctx.output(), (batches, rows.output, columns.output, channels))
    return {
        "batches": batches,
        "input_h": input_h,
        "input_w": input_w,
        "channels": channels,
        "output_h": rows.output,
        "output_w": columns.output,
        "pool_h": pool_h,
        "pool_w": pool_w,
        "stride_h": stride_h,
        "stride_w": stride_w,
        "pad_top": rows.pad,
        "pad_left": columns.pad,
    }


def _lower(ctx: Context, kernel: str) -> Step:
    source, output = ctx.input(0), ctx.output()
    dtype = dtype_of(ctx, ("int8", "int16"), source, output)
    params = pool_shape(ctx)
    if params["pool_h"] * params["pool_w"] >= _TOO_LARGE[dtype]:
        ctx.unsupported(
            f"a window of {params['pool_h']} x {params['pool_w']}, accepted are fewer than {_TOO_LARGE[dtype]} {dtype} "
            "elements: their sum must stay in 32 bits"
        )
    input_scale, input_zero_point = quantized(ctx, source)
    output_scale, output_zero_point = quantized(ctx, output)
    if input_zero_point != output_zero_point or abs(input_scale - output_scale) > _SCALE_TOLERANCE:
        ctx.bad(
            f"input ({input_scale}, {input_zero_point}) and output ({output_scale}, {output_zero_point}) differ in "
            "quantization; a pool does not requantize"
        )
    low, high = ctx.activation_range(ctx.option("fused_activation_function"), output)
    return ctx.step(f"{kernel}_{SUFFIXES[dtype]}", params | {"activation_min": low, "activation_max": high})


def lower_max_pool_2d(ctx: Context) -> Step:
    """Lower MAX_POOL_2D."""
    return _lower(ctx, "max_pool_2d")


def lower_average_pool_2d(ctx: Context) -> Step:
    """Lower AVERAGE_POOL_2D."""
    return _lower(ctx, "average_pool_2d")
