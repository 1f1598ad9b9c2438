"""conv_2d, depthwise_conv_2d, fully_connected: the integer lowering's geometry, float32 scales."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....types import Array
from ...step import Step
from .. import conv, fully_connected
from ..context import Context
from .codes import activation_range

__all__ = ["lower_conv_2d", "lower_depthwise_conv_2d", "lower_fully_connected"]

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


def _scaled(ctx: Context, step: Step, channel_axis: int) -> Step:
    """Return an integer step with XNNPACK's scales in place of multipliers and shifts."""
    weights, output = ctx.input(1), ctx.output()
    with np.errstate(all="ignore"):
        ratio = ctx.per_tensor(ctx.input(0))[0] * ctx.quantization(weights).scale / ctx.per_tensor(output)[0]
    channels = weights.shape[channel_axis]
    scale = np.broadcast_to(ratio.astype(np.float32), channels)
    if not ((scale >= np.finfo(np.float32).tiny) & (scale < _MOST_SCALE)).all():
        ctx.unsupported(
            f"arithmetic 'xnnpack' is not defined for effective scales {scale.min():g} to {scale.max():g}, accepted "
            f"are normal ones below {_MOST_SCALE:g}"
        )
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
    return _scaled(ctx, conv.lower_conv_2d(ctx), 0)


def lower_depthwise_conv_2d(ctx: Context) -> Step:
    """Lower DEPTHWISE_CONV_2D."""
    _biased(ctx)
    return _scaled(ctx, conv.lower_depthwise_conv_2d(ctx), 3)


def lower_fully_connected(ctx: Context) -> Step:
    """Lower FULLY_CONNECTED."""
    step = fully_connected.lower_fully_connected(ctx)
    if step.params["weights_zero_point"]:
        ctx.unsupported(
            f"arithmetic 'xnnpack' is not defined for weights {ctx.input(1).name!r} with zero_point "
            f"{step.params['weights_zero_point']}, accepted is 0"
        )
    return _scaled(ctx, step, 0)
