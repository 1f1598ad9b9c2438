"""transpose_conv."""

from __future__ import annotations

import numpy as np

from ...types import Array
from ..step import Step
from .context import Context
from .linear import Form, form_of

__all__ = ["lower_transpose_conv", "transpose_conv_shape", "transpose_padding"]
_MAX_STRIDE = 2**15 - 1


def transpose_padding(padding: str, output: int, kernel: int, stride: int) -> int:
    """Return the elements cut off before one axis of a transpose convolution's output.

    Parameters
    ----------
    padding : "same" or "valid"
    output, kernel, stride : int
        Of that axis.

    Returns
    -------
    int
        The padding of the convolution that would lead back from the output to the input.
    """
    if padding == "valid":
        return 0
    back = (output + stride - 1) // stride
    return max((back - 1) * stride + kernel - output, 0) // 2


def _check_output_shape(ctx: Context) -> None:
    """Raise where the constant shape contradicts the output; TFLite Micro reads the output's own."""
    operand, output = ctx.input(0), ctx.output()
    if operand.dtype != "int32" or operand.size != 4:
        ctx.bad(f"output_shape {operand.name!r} is {operand.dtype} {list(operand.shape)}, accepted is int32 [4]")
    if operand.data is not None and tuple(int(dim) for dim in operand.data.reshape(-1)) != output.shape:
        ctx.bad(f"output {output.name!r} has shape {list(output.shape)}, output_shape is {operand.data.tolist()}")


def _bias(ctx: Context, channels: int, form: Form) -> Array | None:
    """Return the bias in the dtype of the sums; TFLite Micro widens one of int16, which older converters write."""
    if form.sums == "int64" and ctx.has_input(3) and ctx.input(3).dtype == "int16":
        values = ctx.bias(3, channels, "int16")
        return None if values is None else values.astype(np.int64)
    return ctx.bias(3, channels, form.sums)


def transpose_conv_shape(ctx: Context) -> dict[str, int]:
    """Return the sizes and strides of TRANSPOSE_CONV: weights OHWI; the output's size is the model's."""
    source, output = ctx.input(2), ctx.output()
    batches, input_h, input_w, input_c = ctx.rank(source, 4)
    output_c, kernel_h, kernel_w, depth = ctx.rank(ctx.input(1), 4)
    _, output_h, output_w, _ = ctx.rank(output, 4)
    ctx.expect_shape(output, (batches, output_h, output_w, output_c))
    _check_output_shape(ctx)
    if depth != input_c:
        ctx.bad(f"weights {ctx.input(1).name!r} have {depth} input channels, the input has {input_c}")
    padding = ctx.option("padding")
    if padding not in ("same", "valid"):
        ctx.bad(f"padding is {padding!r}, accepted are 'same' and 'valid'")
    stride_h, stride_w = ctx.positive("stride_h"), ctx.positive("stride_w")
    pad_top = transpose_padding(padding, output_h, kernel_h, stride_h)
    pad_left = transpose_padding(padding, output_w, kernel_w, stride_w)
    if max(stride_h, stride_w, pad_top, pad_left) > _MAX_STRIDE:
        ctx.unsupported(
            f"stride {max(stride_h, stride_w)} and padding {max(pad_top, pad_left)}, accepted are at most "
            f"{_MAX_STRIDE}: TFLite Micro holds them in 16 bits"
        )
    return {
        "batches": batches,
        "input_h": input_h,
        "input_w": input_w,
        "input_c": input_c,
        "output_h": output_h,
        "output_w": output_w,
        "output_c": output_c,
        "kernel_h": kernel_h,
        "kernel_w": kernel_w,
        "stride_h": stride_h,
        "stride_w": stride_w,
        "pad_top": pad_top,
        "pad_left": pad_left,
    }


def lower_transpose_conv(ctx: Context) -> Step:
    """Lower TRANSPOSE_CONV, whatever the input's size."""
    source, output = ctx.input(2), ctx.output()
    form = form_of(ctx, source, output, 3)
    params = transpose_conv_shape(ctx)
    output_c = params["output_c"]
    weights, scales, zero_points = ctx.weights(1, 0)
    if np.any(zero_points):
        ctx.bad(f"weights {ctx.input(1).name!r} have a zero point that is not 0")
    constants = {"weights": weights, "bias": _bias(ctx, output_c, form)}
    constants |= ctx.requantization(ctx.effective_scales(source, scales, output, output_c), form.most_left)
    low, high = ctx.activation_range(ctx.option("fused_activation_function"), output)
    params |= {
        "input_zero_point": ctx.per_tensor(source)[1],
        "output_zero_point": ctx.per_tensor(output)[1],
        "activation_min": low,
        "activation_max": high,
        "rounding": ctx.rounding,
    }
    operator = ctx.operator
    return Step(
        ctx.index, f"transpose_conv_{form.suffix}", (operator.inputs[2],), (), operator.outputs[:1], params, constants
    )
