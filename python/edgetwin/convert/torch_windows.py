"""PyTorch's operators that read channels on axis 1: convolutions, batch normalizations and pools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .layout import Value, channels_last, to_layout
from .torch_call import Lowering

__all__ = ["WINDOWED"]


def _convolution(call: Lowering) -> Value:
    weights = call.parameter("weight")
    x, rank = call.windows()
    if rank == 3:
        weights = weights[:, :, None]
    groups, channels = int(call.arguments.get("groups", 1)), call.value().shape[1]
    stride, dilation = call.pair("stride", rank), call.pair("dilation", rank)
    kernel = weights.shape[2:]
    if isinstance(call["padding"], str):
        total = [dilation[axis] * (kernel[axis] - 1) if call["padding"] == "same" else 0 for axis in (0, 1)]
        pads = [(each // 2, each - each // 2) for each in total]
    else:
        pads = [(each, each) for each in call.pair("padding", rank, 0)]
    form: dict[str, Any] = {"stride": stride, "dilation": dilation, "padding": tuple(pads), "name": call.name}
    bias = call.constant("bias")
    if groups > 1 and groups == channels:
        # (units, 1, kh, kw) -> 1HWO: unit u belongs to channel u // multiplier in both.
        index = call.builder.depthwise_conv_2d(x, weights.transpose(1, 2, 3, 0), bias, **form)
    else:
        index = call.builder.conv_2d(x, weights.transpose(0, 2, 3, 1), bias, **form)
    return call.from_windows(index, rank)


def _transposed_convolution(call: Lowering) -> Value:
    weights = call.parameter("weight")
    x, rank = call.windows()
    if rank == 3:
        weights = weights[:, :, None]
    if int(call.arguments.get("groups", 1)) != 1 or call.pair("dilation", rank) != (1, 1):
        raise call.refuse("groups or dilation of a transposed convolution are not converted, accepted is 1 of each")
    stride = call.pair("stride", rank)
    index = call.builder.transpose_conv(
        x, weights.transpose(1, 2, 3, 0), call.constant("bias"), stride=stride, padding="valid", name=call.name
    )
    padding, beyond = call.pair("padding", rank, 0), call.pair("output_padding", rank, 0)
    extra = (0, beyond[1]) if rank == 3 else beyond
    if any(more > cut for more, cut in zip(extra, padding, strict=True)):
        raise call.refuse(f"output_padding {extra} beyond padding {padding} is not converted, accepted is at most it")
    size = call.builder.shape(index)
    if padding != (0, 0):
        begin = (0, padding[0], padding[1], 0)
        end = (1, *(size[axis + 1] - padding[axis] + extra[axis] for axis in (0, 1)), size[3])
        index = call.builder.strided_slice(index, begin, end, name=f"{call.name}/crop")
    return call.from_windows(index, rank)


def _batch_norm(call: Lowering) -> tuple[Value]:
    value = call.value()
    if value.order is None:
        value = to_layout(call.builder, value, channels_last(len(value.shape)))
    mean, variance = call.constant("running_mean"), call.constant("running_var")
    if mean is None or variance is None:
        raise call.refuse("it keeps no running statistics, accepted is track_running_stats=True")
    gamma, beta = call.constant("weight"), call.constant("bias")
    scale = (1.0 if gamma is None else gamma.astype(np.float64)) / np.sqrt(variance.astype(np.float64) + call["eps"])
    shift = (0.0 if beta is None else beta) - mean * scale
    if value.order is not None:
        scale, shift = scale[value.order], shift[value.order]
    return (value.with_index(call.builder.scale_shift(value.index, scale, shift, name=call.name)),)


def _pool(kind: str) -> Callable[[Lowering], Value]:
    def lower(call: Lowering) -> Value:
        x, rank = call.windows()
        pool = call.pair("kernel_size", rank)
        stride = call.pair("stride", rank) if call.arguments.get("stride") else pool
        padding = call.pair("padding", rank, 0)
        size = call.builder.shape(x)[1:3]
        if call.pair("dilation", rank) != (1, 1):
            raise call.refuse("a pool with dilation is not converted, accepted is 1")
        rest = [(size[axis] + 2 * padding[axis] - pool[axis]) % stride[axis] for axis in (0, 1)]
        if call.arguments.get("ceil_mode") and any(rest):
            raise call.refuse("ceil_mode is not converted where it adds a window, accepted is False")
        pads = ((padding[0], padding[0]), (padding[1], padding[1]))
        if kind == "max_pool_2d":
            index = call.builder.max_pool_2d(x, pool=pool, stride=stride, padding=pads, name=call.name)
            return call.from_windows(index, rank)
        if call.arguments.get("divisor_override") is not None:
            raise call.refuse("divisor_override is not converted, accepted is None")
        if padding != (0, 0) and not call["count_include_pad"]:
            raise call.refuse("padding that an average does not count is not converted, accepted is count_include_pad")
        index = call.builder.average_pool_2d(x, pool=pool, stride=stride, padding=pads, name=call.name)
        return call.from_windows(index, rank)

    return lower


def _adaptive(kind: str) -> Callable[[Lowering], Value]:
    def lower(call: Lowering) -> Value:
        x, rank = call.windows()
        size = call.builder.shape(x)[1:3]
        wanted = call["output_size"]
        wanted = [wanted] if isinstance(wanted, int) else list(wanted)
        asked = (1, wanted[0]) if rank == 3 else (wanted[0], wanted[-1])
        target = tuple(size[axis] if asked[axis] is None else asked[axis] for axis in (0, 1))
        if target == (1, 1):
            reduce = call.builder.mean if kind == "average_pool_2d" else call.builder.reduce_max
            return call.from_windows(reduce(x, (1, 2), keep_dims=True, name=call.name), rank)
        if any(size[axis] % target[axis] for axis in (0, 1)):
            raise call.refuse(f"{list(size)} is no multiple of {list(target)}: accepted are 1 and divisors of the size")
        pool = (size[0] // target[0], size[1] // target[1])
        make = call.builder.average_pool_2d if kind == "average_pool_2d" else call.builder.max_pool_2d
        return call.from_windows(make(x, pool=pool, stride=pool, name=call.name), rank)

    return lower


#: That read channels on axis 1: PyTorch's name -> the lowering.
WINDOWED: Mapping[str, Callable[[Lowering], Any]] = {
    **dict.fromkeys(("conv1d", "conv2d"), _convolution),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d"), _transposed_convolution),
    "_native_batch_norm_legit_no_training": _batch_norm,
    **dict.fromkeys(("max_pool1d", "max_pool2d"), _pool("max_pool_2d")),
    **dict.fromkeys(("avg_pool1d", "avg_pool2d"), _pool("average_pool_2d")),
    **dict.fromkeys(("adaptive_avg_pool1d", "adaptive_avg_pool2d"), _adaptive("average_pool_2d")),
    **{name: lambda call: (_adaptive("max_pool_2d")(call),) for name in ("adaptive_max_pool1d", "adaptive_max_pool2d")},
}
