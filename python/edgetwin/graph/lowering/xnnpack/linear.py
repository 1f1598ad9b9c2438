"""conv_2d, depthwise_conv_2d, fully_connected, transpose_conv, batch_matmul: integer geometry, float32 scales."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ....types import Array
from ...graph import Tensor
from ...step import Step
from .. import batch_matmul, conv, fully_connected, transpose_conv
from ..context import Context
from .codes import activation_range, stored

__all__ = [
    "lower_batch_matmul",
    "lower_conv_2d",
    "lower_depthwise_conv_2d",
    "lower_fully_connected",
    "lower_transpose_conv",
]

#: XNNPACK refuses scales from here on, and LiteRT the model with them.
_MOST_SCALE = np.float32(256)
#: An activation less its zero point.
_MOST_DIFFERENCE = 255


def _check_sums(ctx: Context, weights: Array, bias: Array | None, scale: Array) -> None:
    """Raise where a product with a scale may leave int32: there XNNPACK's kernels differ from CPU to CPU."""
    sums = np.abs(weights.astype(np.int64)).sum(axis=1) * _MOST_DIFFERENCE
    if bias is not None:
        sums = sums + np.abs(bias.astype(np.int64))
    largest = float((sums * scale.astype(np.float64)).max())
    if largest >= 2**31:
        ctx.unsupported(
            f"arithmetic 'xnnpack' is not defined for sums that the scale takes to {largest:g}: beyond 2**31 XNNPACK's "
            "kernels differ from CPU to CPU"
        )


def _float_scales(ctx: Context, source: Tensor, weights: Tensor, output: Tensor) -> NDArray[np.float32]:
    """Return s_source * s_weights / s_output in float32, in this order; XNNPACK takes normal ones below 256."""
    if weights.dtype != "int8":
        ctx.unsupported(f"arithmetic 'xnnpack' is not defined for {weights.dtype} weights, accepted is int8")
    with np.errstate(all="ignore"):
        scales: NDArray[np.float32] = (
            ctx.per_tensor(source)[0] * ctx.quantization(weights).scale / ctx.per_tensor(output)[0]
        )
    if not ((scales >= np.finfo(np.float32).tiny) & (scales < _MOST_SCALE)).all():
        ctx.unsupported(
            f"arithmetic 'xnnpack' is not defined for effective scales {scales.min():g} to {scales.max():g}, accepted "
            f"are normal ones below {_MOST_SCALE:g}"
        )
    return scales


def _scaled(ctx: Context, step: Step, source: Tensor, channel_axis: int) -> Step:
    """Return an integer step with XNNPACK's scales in place of multipliers and shifts."""
    weights, output = ctx.input(1), ctx.output()
    channels = weights.shape[channel_axis]
    scale = np.broadcast_to(_float_scales(ctx, source, weights, output), channels)
    constants = {"weights": step.constants["weights"], "bias": step.constants["bias"], "scale": scale}
    values = np.moveaxis(np.asarray(constants["weights"]).reshape(weights.shape), channel_axis, 0)
    _check_sums(ctx, values.reshape(channels, -1), constants["bias"], scale)
    low, high = activation_range(ctx, output)
    params = {name: value for name, value in step.params.items() if name != "rounding"}
    params |= {"activation_min": low, "activation_max": high}
    return replace(step, kernel=f"{step.kernel}_xnnpack", params=params, constants=constants)


def _biased(ctx: Context) -> None:
    if not ctx.has_input(2):
        ctx.unsupported("it has no bias, which LiteRT demands")


def lower_conv_2d(ctx: Context) -> Step:
    """Lower CONV_2D."""
    _biased(ctx)
    return _scaled(ctx, conv.lower_conv_2d(ctx), ctx.input(0), 0)


def lower_depthwise_conv_2d(ctx: Context) -> Step:
    """Lower DEPTHWISE_CONV_2D."""
    _biased(ctx)
    return _scaled(ctx, conv.lower_depthwise_conv_2d(ctx), ctx.input(0), 3)


def lower_fully_connected(ctx: Context) -> Step:
    """Lower FULLY_CONNECTED."""
    step = fully_connected.lower_fully_connected(ctx)
    if step.params["weights_zero_point"]:
        ctx.unsupported(
            f"arithmetic 'xnnpack' is not defined for weights {ctx.input(1).name!r} with zero_point "
            f"{step.params['weights_zero_point']}, accepted is 0"
        )
    return _scaled(ctx, step, ctx.input(0), 0)


def lower_transpose_conv(ctx: Context) -> Step:
    """Lower TRANSPOSE_CONV."""
    stored(ctx, 0)
    if len(ctx.operator.inputs) > 3 and ctx.has_input(3) and ctx.input(3).dtype != "int32":
        ctx.unsupported(f"bias {ctx.input(3).name!r} is {ctx.input(3).dtype}, accepted is int32")
    step = transpose_conv.lower_transpose_conv(ctx)
    same = ctx.option("padding") == "same"
    for axis in ("h", "w"):
        size, kernel, stride, output = (
            int(step.params[f"{n}_{axis}"]) for n in ("input", "kernel", "stride", "output")
        )
        fits = -(-output // stride) if same else (output - kernel) // stride + 1
        if size != fits or (kernel < stride if same else kernel > output):
            ctx.unsupported(
                f"arithmetic 'xnnpack' is not defined for {size} to {output} elements with a kernel of {kernel} and a "
                f"stride of {stride}: LiteRT's delegate does not take them"
            )
    return _scaled(ctx, step, ctx.input(2), 0)


def lower_batch_matmul(ctx: Context) -> Step:
    """Lower BATCH_MATMUL: with a zero point in the second operand LiteRT's own kernel."""
    step = batch_matmul.lower_batch_matmul(ctx)
    if step.params["y_zero_point"]:
        # LiteRT multiplies in float32 and divides in double.
        with np.errstate(all="ignore"):
            product = float(ctx.per_tensor(ctx.input(0))[0] * ctx.per_tensor(ctx.input(1))[0])
        multiplier, shift = ctx.scale(product / float(ctx.per_tensor(ctx.output())[0]))
        return replace(step, params={**step.params, "multiplier": multiplier, "shift": shift})
    scale = float(_float_scales(ctx, ctx.input(0), ctx.input(1), ctx.output())[0])
    params = {name: value for name, value in step.params.items() if name not in ("multiplier", "shift", "rounding")}
    return replace(step, kernel="batch_matmul_s8_xnnpack", params={**params, "scale": scale})
