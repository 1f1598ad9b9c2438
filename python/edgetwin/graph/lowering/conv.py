"""conv_2d and depthwise_conv_2d."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..step import Step
from .context import Context
from .linear import form_of, refuse_in_cmsis_nn

__all__ = ["conv_2d_shape", "depthwise_conv_2d_shape", "lower_conv_2d", "lower_depthwise_conv_2d"]


def _shape(ctx: Context, kernel_h: int, kernel_w: int, output_c: int) -> dict[str, int]:
    batches, input_h, input_w, input_c = ctx.rank(ctx.input(0), 4)
    stride_h, stride_w = ctx.positive("stride_h"), ctx.positive("stride_w")
    dilation_h, dilation_w = ctx.positive("dilation_h_factor"), ctx.positive("dilation_w_factor")
    rows = ctx.window(input_h, kernel_h, stride_h, dilation_h)
    columns = ctx.window(input_w, kernel_w, stride_w, dilation_w)
    ctx.expect_shape(ctx.output(), (batches, rows.output, columns.output, output_c))
    return {
        "batches": batches,
        "input_h": input_h,
        "input_w": input_w,
        "input_c": input_c,
        "output_h": rows.output,
        "output_w": columns.output,
        "output_c": output_c,
        "kernel_h": kernel_h,
        "kernel_w": kernel_w,
        "stride_h": stride_h,
        "stride_w": stride_w,
        "dilation_h": dilation_h,
        "dilation_w": dilation_w,
        "pad_top": rows.pad,
        "pad_left": columns.pad,
    }


def conv_2d_shape(ctx: Context) -> dict[str, int]:
    """Return the sizes and strides of CONV_2D: weights OHWI, fewer input channels than the input's mean groups."""
    output_c, kernel_h, kernel_w, group_in = ctx.rank(ctx.input(1), 4)
    params = _shape(ctx, kernel_h, kernel_w, output_c)
    if group_in < 1 or params["input_c"] % group_in != 0:
        ctx.bad(f"{params['input_c']} input channels are not a multiple of the filter's {group_in}")
    groups = params["input_c"] // group_in
    if output_c % groups != 0:
        ctx.bad(f"{output_c} output channels are not a multiple of {groups} groups")
    return params | {"groups": groups}


def depthwise_conv_2d_shape(ctx: Context) -> dict[str, int]:
    """Return the sizes and strides of DEPTHWISE_CONV_2D: weights 1HWO."""
    one, kernel_h, kernel_w, output_c = ctx.rank(ctx.input(1), 4)
    params = _shape(ctx, kernel_h, kernel_w, output_c)
    if len(ctx.operator.inputs) == 3 and not ctx.has_input(2):
        ctx.unsupported("its bias is absent (-1), which TFLite Micro reads all the same; leave the input out")
    if one != 1:
        ctx.bad(f"weights {ctx.input(1).name!r} have shape {list(ctx.input(1).shape)}, the first axis must be 1")
    # The reference computes with both this option and the shapes, unchecked: they must agree.
    multiplier = ctx.option("depth_multiplier")
    if output_c != params["input_c"] * multiplier:
        ctx.bad(
            f"{output_c} output channels are not {params['input_c']} input channels by depth_multiplier {multiplier}"
        )
    return params


def _step(ctx: Context, params: dict[str, Any], channel_axis: int, sums: tuple[str, ...]) -> Step:
    input_tensor, output = ctx.input(0), ctx.output()
    form = form_of(ctx, input_tensor, output, 2, sums)
    if params.get("groups", 1) > 1:
        refuse_in_cmsis_nn(ctx, form, "groups")
    weights, scales, zero_points = ctx.weights(1, channel_axis, int4=input_tensor.dtype == "int8")
    if np.any(zero_points):
        ctx.bad(f"weights {ctx.input(1).name!r} have a zero point that is not 0")
    channels = params["output_c"]
    params["rounding"] = ctx.rounding
    params["input_zero_point"] = ctx.per_tensor(input_tensor)[1]
    params["output_zero_point"] = ctx.per_tensor(output)[1]
    low, high = ctx.activation_range(ctx.option("fused_activation_function"), output)
    params["activation_min"], params["activation_max"] = low, high
    constants = {"weights": weights, "bias": ctx.bias(2, channels, form.sums)}
    constants |= ctx.requantization(ctx.effective_scales(input_tensor, scales, output, channels), form.most_left)
    return ctx.step(f"{ctx.operator.name}_{form.suffix}", params, constants)


def lower_conv_2d(ctx: Context) -> Step:
    """Lower CONV_2D."""
    return _step(ctx, conv_2d_shape(ctx), 0, ("int64", "int32"))


def lower_depthwise_conv_2d(ctx: Context) -> Step:
    """Lower DEPTHWISE_CONV_2D."""
    return _step(ctx, depthwise_conv_2d_shape(ctx), 3, ("int64",))
