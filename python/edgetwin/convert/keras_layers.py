"""Keras' layers -> operators of a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..graph.builder import GraphBuilder, Padding
from ..types import Array

__all__ = ["ACCEPTED", "HINTS", "LAYERS", "Call"]

Pair = tuple[int, int]
ACCEPTED = (
    "Dense, Conv1D, Conv2D, depthwise, separable and transposed convolutions, BatchNormalization, max, average and "
    "global pools, ReLU, LeakyReLU, PReLU, ELU, Softmax, Activation, Flatten, Reshape, Permute, Add, Subtract, "
    "Multiply, Maximum, Minimum, Average, Concatenate, ZeroPadding, Cropping, Rescaling, Normalization, Dropout"
)
#: Layers that are not converted -> what would work.
HINTS: Mapping[str, str] = {
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN"), "TensorFlow's converter and et.load, or Conv1D over time"),
    **dict.fromkeys(("LayerNormalization", "GroupNormalization"), "BatchNormalization, which costs nothing on a board"),
    "Embedding": "to embed before the model, whose inputs are float32",
    "Lambda": "layers in its place",
}
#: Keras' activations -> operators.
_ACTIVATIONS: Mapping[str, str] = {
    "relu": "relu", "relu6": "relu6", "tanh": "tanh", "sigmoid": "logistic", "elu": "elu", "hard_silu": "hard_swish",
    "hard_swish": "hard_swish", "exponential": "exp", "log_softmax": "log_softmax",
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One call of a layer.

    Attributes
    ----------
    builder : GraphBuilder
    layer : object
        Keras' layer or operation.
    where : str
        Its name, for messages.
    inputs : tuple of int
        The graph's tensors.
    arguments : object
        Keras' arguments of the call.
    arrays : mapping of str to ndarray
        Its weights, by attribute.
    shape : tuple of int
        Of its output, the batch axis of 1 included.
    """

    builder: GraphBuilder
    layer: Any
    where: str
    inputs: tuple[int, ...]
    arguments: Any
    arrays: Mapping[str, Array]
    shape: tuple[int, ...]

    @property
    def name(self) -> str:
        """The layer's name."""
        return str(self.layer.name)

    def refuse(self, message: str) -> UnsupportedError:
        """Return the error for a form that is not converted."""
        return UnsupportedError(f"{self.where}: {message}")

    def windows(self) -> tuple[int, bool]:
        """Return the input as (1, height, width, channels), and whether it is one over time."""
        x = self.inputs[0]
        over_time = len(self.builder.shape(x)) == 3
        return (self.builder.expanded(x) if over_time else x), over_time

    def pair(self, attribute: str, over_time: bool) -> Pair:
        """Return a size along height and width; height is 1 of what is over time."""
        value = getattr(self.layer, attribute)
        numbers = (value,) if isinstance(value, int) else tuple(value)
        return (1, int(numbers[0])) if over_time else (int(numbers[0]), int(numbers[-1]))

    def padding(self, kernel: Pair, dilation: Pair) -> Padding:
        """Return the layer's padding; "causal" has all of it before."""
        if self.layer.padding == "causal":
            return ((0, 0), ((kernel[1] - 1) * dilation[1], 0))
        return str(self.layer.padding)

    def activated(self, x: int) -> int:
        """Return `x` after the layer's activation."""
        return _activation(self, x, getattr(self.layer, "activation", None))


def _activation(call: Call, x: int, function: Any) -> int:
    kind = "linear" if function is None else getattr(function, "__name__", type(function).__name__)
    name = f"{call.name}/{kind}"
    if kind == "linear":
        return x
    if kind == "softmax":
        return call.builder.softmax(x, name=name)
    if kind in ("silu", "swish"):
        gate = call.builder.unary("logistic", x, name=f"{name}/logistic")
        return call.builder.binary("mul", x, gate, name=name)
    if kind == "leaky_relu":
        return call.builder.unary("leaky_relu", x, name=name, alpha=0.2)
    if kind == "gelu":
        return call.builder.unary("gelu", x, name=name, approximate=False)
    if kind not in _ACTIVATIONS:
        raise call.refuse(f"activation {kind!r} is not converted, accepted are {', '.join(sorted(_ACTIVATIONS))}")
    return call.builder.unary(_ACTIVATIONS[kind], x, name=name)


def _dense(call: Call) -> int:
    kernel, bias = call.arrays["kernel"], call.arrays.get("bias")
    return call.activated(call.builder.fully_connected(call.inputs[0], kernel.T, bias, name=call.name))


def _convolution(call: Call) -> int:
    x, over_time = call.windows()
    kernel = call.arrays["kernel"]
    kernel = kernel[None] if over_time else kernel
    form = _form(call, kernel, over_time)
    y = call.builder.conv_2d(x, kernel.transpose(3, 0, 1, 2), call.arrays.get("bias"), **form, name=call.name)
    return call.activated(call.builder.squeezed(y) if over_time else y)


def _depthwise(call: Call) -> int:
    x, over_time = call.windows()
    kernel = call.arrays["kernel"]
    kernel = kernel[None] if over_time else kernel
    weights = kernel.reshape(1, *kernel.shape[:2], -1)
    form = _form(call, kernel, over_time)
    y = call.builder.depthwise_conv_2d(x, weights, call.arrays.get("bias"), **form, name=call.name)
    return call.activated(call.builder.squeezed(y) if over_time else y)


def _separable(call: Call) -> int:
    x, over_time = call.windows()
    depth, point = (call.arrays[f"{part}_kernel"] for part in ("depthwise", "pointwise"))
    depth, point = (depth[None], point[None]) if over_time else (depth, point)
    weights = depth.reshape(1, *depth.shape[:2], -1)
    form = _form(call, depth, over_time)
    y = call.builder.depthwise_conv_2d(x, weights, **form, name=f"{call.name}/depthwise")
    y = call.builder.conv_2d(y, point.transpose(3, 0, 1, 2), call.arrays.get("bias"), name=call.name)
    return call.activated(call.builder.squeezed(y) if over_time else y)


def _form(call: Call, kernel: Array, over_time: bool) -> dict[str, Any]:
    """Return a convolution's stride, dilation and padding."""
    dilation = call.pair("dilation_rate", over_time)
    padding = call.padding((kernel.shape[0], kernel.shape[1]), dilation)
    return {"stride": call.pair("strides", over_time), "dilation": dilation, "padding": padding}


def _transposed(call: Call) -> int:
    x, over_time = call.windows()
    kernel = call.arrays["kernel"]
    kernel = kernel[None] if over_time else kernel
    stride = call.pair("strides", over_time)
    if call.layer.output_padding is not None or call.pair("dilation_rate", over_time) != (1, 1):
        raise call.refuse("output_padding and dilation are not converted, accepted are None and 1")
    if call.layer.padding == "valid" and (kernel.shape[0] < stride[0] or kernel.shape[1] < stride[1]):
        raise call.refuse("a kernel smaller than the stride is not converted with padding 'valid', accepted is 'same'")
    weights, bias = kernel.transpose(2, 0, 1, 3), call.arrays.get("bias")
    y = call.builder.transpose_conv(x, weights, bias, stride=stride, padding=call.layer.padding, name=call.name)
    return call.activated(call.builder.squeezed(y) if over_time else y)


def _last_axis(call: Call, axis: Any) -> None:
    """Raise where a layer works along another axis than the last."""
    axes = [axis] if isinstance(axis, int) else list(axis)
    rank = len(call.shape)
    if [each % rank for each in axes] != [rank - 1]:
        raise call.refuse(f"axis {axis} is not converted, accepted is the last")


def _batch_norm(call: Call) -> int:
    _last_axis(call, call.layer.axis)
    arrays = {name: array.astype(np.float64) for name, array in call.arrays.items()}
    scale = arrays.get("gamma", np.float64(1)) / np.sqrt(arrays["moving_variance"] + call.layer.epsilon)
    shift = arrays.get("beta", np.float64(0)) - arrays["moving_mean"] * scale
    return call.builder.scale_shift(call.inputs[0], scale, shift, name=call.name)


def _normalization(call: Call) -> int:
    _last_axis(call, call.layer.axis)
    if call.layer.invert:
        raise call.refuse("invert=True is not converted, accepted is False")
    scale = 1 / np.maximum(np.sqrt(call.arrays["variance"].astype(np.float64)), 1e-7)
    shift = -call.arrays["mean"] * scale
    return call.builder.scale_shift(call.inputs[0], scale.reshape(-1), shift.reshape(-1), name=call.name)


def _rescaling(call: Call) -> int:
    channels = (call.shape[-1],)
    scale, shift = (np.broadcast_to(np.asarray(v), channels) for v in (call.layer.scale, call.layer.offset))
    return call.builder.scale_shift(call.inputs[0], scale, shift, name=call.name)


def _pool(kind: str) -> Callable[[Call], int]:
    def make(call: Call) -> int:
        x, over_time = call.windows()
        pool, stride = call.pair("pool_size", over_time), call.pair("strides", over_time)
        method = call.builder.max_pool_2d if kind == "max" else call.builder.average_pool_2d
        y = method(x, pool=pool, stride=stride, padding=call.layer.padding, name=call.name)
        return call.builder.squeezed(y) if over_time else y

    return make


def _global_pool(kind: str) -> Callable[[Call], int]:
    def make(call: Call) -> int:
        # TFLite's converter reduces two axes, also of what is over time, here with a height of 1.
        x, _ = call.windows()
        reduce = call.builder.mean if kind == "mean" else call.builder.reduce_max
        y = reduce(x, (1, 2), keep_dims=False, name=call.name)
        return call.builder.reshape(y, call.shape)

    return make


def _relu(call: Call) -> int:
    layer = call.layer
    limits = (layer.max_value, float(layer.negative_slope or 0), float(layer.threshold or 0))
    kind = {(None, 0.0, 0.0): "relu", (6, 0.0, 0.0): "relu6"}.get(limits)
    if kind is not None:
        return call.builder.unary(kind, call.inputs[0], name=call.name)
    if limits[0] is None and limits[2] == 0:
        return call.builder.unary("leaky_relu", call.inputs[0], name=call.name, alpha=limits[1])
    raise call.refuse("accepted are max_value 6 or none with threshold 0, and a negative_slope without max_value")


def _leaky_relu(call: Call) -> int:
    return call.builder.unary("leaky_relu", call.inputs[0], name=call.name, alpha=float(call.layer.negative_slope))


def _elu(call: Call) -> int:
    if call.layer.alpha != 1:
        raise call.refuse("alpha is not converted, accepted is 1")
    return call.builder.unary("elu", call.inputs[0], name=call.name)


def _prelu(call: Call) -> int:
    slopes = call.builder.constant(f"{call.name}/alpha", call.arrays["alpha"])
    return call.builder.operator("prelu", [call.inputs[0], slopes], call.shape, {}, name=call.name)


def _softmax(call: Call) -> int:
    _last_axis(call, call.layer.axis)
    return call.builder.softmax(call.inputs[0], name=call.name)


def _reshape(call: Call) -> int:
    return call.builder.reshape(call.inputs[0], call.shape, name=call.name)


def _permute(call: Call) -> int:
    return call.builder.transpose(call.inputs[0], (0, *call.layer.dims), name=call.name)


def _joined(kind: str) -> Callable[[Call], int]:
    """Join the values of a list, or two operands of which a number may be one, as in ``2 * x``."""

    def make(call: Call) -> int:
        operands = [*call.arguments.args, *call.arguments.kwargs.values()]
        operands = list(operands[0]) if isinstance(operands[0], (list, tuple)) else operands
        rest = iter(call.inputs)
        indices = [next(rest) if hasattr(each, "_keras_history") else _number(call, each) for each in operands]
        y = indices[0]
        for x in indices[1:]:
            y = call.builder.binary(kind, y, x, name=call.name)
        return y

    return make


def _number(call: Call, value: Any) -> int:
    return call.builder.constant(f"{call.name}/constant", np.atleast_1d(np.asarray(value, np.float32)))


def _average(call: Call) -> int:
    total = _joined("add")(call)
    factor = call.builder.constant(f"{call.name}/factor", [1 / len(call.inputs)])
    return call.builder.binary("mul", total, factor, name=call.name)


def _concatenate(call: Call) -> int:
    return call.builder.concatenation(call.inputs, call.layer.axis % len(call.shape), name=call.name)


def _pad(call: Call) -> int:
    pads = call.layer.padding
    pairs = [tuple(pads)] if isinstance(pads[0], int) else [tuple(pair) for pair in pads]
    return call.builder.pad(call.inputs[0], [(0, 0), *pairs, (0, 0)], name=call.name)


def _crop(call: Call) -> int:
    crops = call.layer.cropping
    pairs = [tuple(crops)] if isinstance(crops[0], int) else [tuple(pair) for pair in crops]
    sizes = call.builder.shape(call.inputs[0])
    begin = [0, *(pair[0] for pair in pairs), 0]
    end = [1, *(size - pair[1] for size, pair in zip(sizes[1:], pairs, strict=False)), sizes[-1]]
    return call.builder.strided_slice(call.inputs[0], begin, end, name=call.name)


def _same(call: Call) -> int:
    return call.inputs[0]


def _function(kind: str) -> Callable[[Call], int]:
    return lambda call: call.builder.unary(kind, call.inputs[0], name=call.name)


_JOINED = {
    "Add": "add", "Subtract": "sub", "Multiply": "mul", "Divide": "div", "TrueDivide": "div", "Maximum": "maximum",
    "Minimum": "minimum",
}  # fmt: skip
#: Operations of `keras.ops`, called without a layer.
_FUNCTIONS = {"Relu": "relu", "Relu6": "relu6", "Sigmoid": "logistic", "Tanh": "tanh", "Absolute": "abs", "Exp": "exp"}
#: Keras' name of a layer or operation -> the function that lowers it.
LAYERS: Mapping[str, Callable[[Call], int]] = {
    "Dense": _dense,
    **dict.fromkeys(("Conv1D", "Conv2D"), _convolution),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _depthwise),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _separable),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose"), _transposed),
    "BatchNormalization": _batch_norm,
    "Normalization": _normalization,
    "Rescaling": _rescaling,
    **dict.fromkeys(("MaxPooling1D", "MaxPooling2D"), _pool("max")),
    **dict.fromkeys(("AveragePooling1D", "AveragePooling2D"), _pool("average")),
    **dict.fromkeys(("GlobalAveragePooling1D", "GlobalAveragePooling2D"), _global_pool("mean")),
    **dict.fromkeys(("GlobalMaxPooling1D", "GlobalMaxPooling2D"), _global_pool("max")),
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ELU": _elu,
    "PReLU": _prelu,
    "Activation": lambda call: call.activated(call.inputs[0]),
    "Softmax": _softmax,
    **dict.fromkeys(("Flatten", "Reshape"), _reshape),
    "Permute": _permute,
    **{name: _joined(kind) for name, kind in _JOINED.items()},
    **{name: _function(kind) for name, kind in _FUNCTIONS.items()},
    "Average": _average,
    "Concatenate": _concatenate,
    **dict.fromkeys(("ZeroPadding1D", "ZeroPadding2D"), _pad),
    **dict.fromkeys(("Cropping1D", "Cropping2D"), _crop),
    **dict.fromkeys(("Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout"), _same),
    **dict.fromkeys(("GaussianNoise", "ActivityRegularization", "Identity"), _same),
}
