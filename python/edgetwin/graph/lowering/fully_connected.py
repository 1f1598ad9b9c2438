"""fully_connected."""

from __future__ import annotations

import numpy as np

from ..step import Step
from .context import Context
from .linear import form_of, refuse_in_cmsis_nn

__all__ = ["fully_connected_shape", "lower_fully_connected"]

#: In output steps per bias step: TFLite Micro refuses more, for per-tensor weights only.
_BIAS_SCALE_TOLERANCE = 0.02


def _check_bias_scale(ctx: Context, product: float, output_scale: float) -> None:
    """Raise where the bias's own scale, which the kernel takes for the product of the others, is not that."""
    bias = ctx.input(2)
    scale = 0.0 if bias.quantization is None else float(bias.quantization.scale[0])
    if not abs(product - scale) / output_scale <= _BIAS_SCALE_TOLERANCE:
        ctx.bad(
            f"bias {bias.name!r} has scale {scale:g}, input and weights give {product:g}; accepted is within "
            f"{_BIAS_SCALE_TOLERANCE} of the output's scale {output_scale:g}"
        )


def fully_connected_shape(ctx: Context) -> tuple[int, int, int]:
    """Return (batches, input features, output features), checked against the output; the weights' form too."""
    input_tensor, output = ctx.input(0), ctx.output()
    outputs, features = ctx.rank(ctx.input(1), 2)
    if features < 1 or input_tensor.size % features != 0:
        ctx.bad(f"input {input_tensor.name!r} has {input_tensor.size} elements, not a multiple of {features}")
    batches = input_tensor.size // features
    if output.size != batches * outputs or not output.shape or output.shape[-1] != outputs:
        ctx.bad(f"output {output.name!r} has shape {list(output.shape)}, its inputs give {batches} rows of {outputs}")
    if ctx.operator.options.get("weights_format", "default") not in ("default", 0):
        ctx.unsupported("weights_format is shuffled, accepted is the default")
    return batches, features, outputs


def lower_fully_connected(ctx: Context) -> Step:
    """Lower FULLY_CONNECTED: weights OI, the input flattened to rows of I elements."""
    input_tensor, output = ctx.input(0), ctx.output()
    form = form_of(ctx, input_tensor, output, 2, ("int64", "int32"))
    batches, features, outputs = fully_connected_shape(ctx)
    weights, scales, zero_points = ctx.weights(1, 0, int4=input_tensor.dtype == "int8")
    if scales.size > 1 and ctx.input(1).dtype == "int4":
        ctx.unsupported(f"int4 weights {ctx.input(1).name!r} have {scales.size} scales, TFLite Micro takes one here")
    if scales.size > 1 and np.any(zero_points):
        ctx.bad(f"per-channel weights {ctx.input(1).name!r} have a zero point that is not 0")
    zero_point = int(zero_points[0]) if scales.size == 1 else 0
    if not -128 <= zero_point <= 127:
        ctx.bad(f"weights {ctx.input(1).name!r} have zero_point {zero_point}, accepted is [-128, 127]")
    for unknown, what in (
        (form.sums == "int32", "sums of 32 bits"),
        (scales.size > 1, "per-channel weights"),
        (zero_point != 0, f"weights with zero_point {zero_point}"),
    ):
        if unknown:
            refuse_in_cmsis_nn(ctx, form, what)
    input_scale, input_zero_point = ctx.per_tensor(input_tensor)
    output_scale, output_zero_point = ctx.per_tensor(output)
    low, high = ctx.activation_range(ctx.option("fused_activation_function"), output)
    constants = {"weights": weights, "bias": ctx.bias(2, outputs, form.sums)}
    constants |= ctx.requantization(ctx.effective_scales(input_tensor, scales, output, outputs), form.most_left)
    if scales.size == 1 and ctx.has_input(2):
        _check_bias_scale(ctx, float(input_scale) * float(scales[0]), float(output_scale))
    params = {
        "batches": batches,
        "input_features": features,
        "output_features": outputs,
        "input_zero_point": input_zero_point,
        "weights_zero_point": zero_point,
        "output_zero_point": output_zero_point,
        "activation_min": low,
        "activation_max": high,
        "rounding": ctx.rounding,
    }
    return ctx.step(f"fully_connected_{form.suffix}", params, constants)
