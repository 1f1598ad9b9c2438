"""Recorded kernel calls written as models of one operator, whose scales give the recorded multipliers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..graph.graph import Graph, Operator, Tensor
from ..types import Array
from .generators.builder import affine
from .scales import SUM_SHIFT, product_scales, ratio_scales, sum_scales

__all__ = ["FILES", "Call", "Form"]

_LOWEST, _HIGHEST = -128, 127


@dataclass(frozen=True, eq=False)
class Call:
    """One recorded kernel call.

    Attributes
    ----------
    params : mapping of str to object
        Sizes, offsets and clamps.
    arrays : mapping of str to ndarray
        Inputs, constants and outputs, flat.
    """

    params: Mapping[str, Any]
    arrays: Mapping[str, Array]

    def array(self, name: str, *shape: int) -> Array:
        """Return an array in its shape."""
        return self.arrays[name].reshape(shape)

    def sizes(self, *names: str) -> tuple[int, ...]:
        """Return parameters that are integers."""
        return tuple(int(self.params[name]) for name in names)

    @property
    def clamp(self) -> tuple[int, int]:
        """The lowest and the highest output code."""
        return int(self.params["act_min"]), int(self.params["act_max"])


@dataclass(frozen=True, eq=False)
class Form:
    """A model that computes a call or, where its channels have several multipliers, some channels of it.

    Attributes
    ----------
    graph : Graph
    inputs : tuple of ndarray, shape (samples, *shape in the file)
    output : tuple of int
        The shape of the call's whole output, samples first.
    channels : ndarray of int64
        Those of the last axis that the model computes.
    """

    graph: Graph
    inputs: tuple[Array, ...]
    output: tuple[int, ...]
    channels: Array


class _Model:
    """Collects the tensors and operators of a model; the recorded clamp is fused, or stands behind the operator."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.inputs: list[int] = []
        self.operators: list[Operator] = []

    def add(
        self, shape: tuple[int, ...], scale: Any, zero_point: int = 0, data: Array | None = None, axis: int = 0
    ) -> int:
        """Add a tensor: codes of int8, or constants in their own dtype, with several scales along an axis."""
        dtype = "int8" if data is None else data.dtype.name
        quantization = None if scale is None else affine(scale, zero_point, axis if np.size(scale) > 1 else 0)
        self.tensors.append(Tensor(f"tensor_{len(self.tensors)}", shape, dtype, quantization, data))
        return len(self.tensors) - 1

    def input(self, shape: tuple[int, ...], scale: float, zero_point: int) -> int:
        """Add an input."""
        self.inputs.append(self.add(shape, scale, zero_point))
        return self.inputs[-1]

    def output(self, name: str, inputs: list[int], made: int, options: Mapping[str, Any], version: int = 1) -> None:
        """Add the operator."""
        self.operators.append(Operator(name, tuple(inputs), (made,), options, version))

    def clamped(self, name: str, inputs: list[int], made: int, call: Call, options: Mapping[str, Any]) -> None:
        """Add the operator, and behind it what of the clamp no fused activation is."""
        low, high = call.clamp
        quantization = self.tensors[made].quantization
        assert quantization is not None  # noqa: S101 - it is made above
        scale, zero_point = quantization.scale[0], int(quantization.zero_point[0])
        fused = "relu" if low == zero_point and low != _LOWEST else "none"
        self.output(name, inputs, made, {**options, "fused_activation_function": fused}, 3)
        shape = self.tensors[made].shape
        for bound, code, end in (("maximum", low, zero_point if fused == "relu" else _LOWEST), ("minimum", high, 127)):
            if code != end:
                limit = self.add((1,), scale, zero_point, np.array([code], np.int8))
                held = self.add(shape, scale, zero_point)
                self.output(bound, [self.operators[-1].outputs[0], limit], held, {}, 2)

    def graph(self) -> Graph:
        """Return the model."""
        return Graph(tuple(self.tensors), tuple(self.operators), tuple(self.inputs), self.operators[-1].outputs)


def _channels(call: Call, count: int) -> list[tuple[tuple[int, int], Array]]:
    """Return (multiplier, shift) and the channels that have them."""
    multiplier, shift = (np.broadcast_to(call.arrays[name], count) for name in ("multiplier", "shift"))
    pairs = np.stack([multiplier, shift], 1)
    return [
        ((int(pair[0]), int(pair[1])), np.flatnonzero((pairs == pair).all(axis=1))) for pair in np.unique(pairs, axis=0)
    ]


def _window(call: Call) -> dict[str, Any]:
    stride_h, stride_w = call.sizes("stride_h", "stride_w")
    return {"padding": call.params["padding"], "stride_h": stride_h, "stride_w": stride_w}


def _linear(
    name: str,
    call: Call,
    x: Array,
    weights: Array,
    axis: int,
    shape: tuple[int, ...],
    chosen: tuple[tuple[int, int], Array],
    options: Mapping[str, Any],
) -> Form | None:
    """Return the model of channels that have one multiplier.

    Parameters
    ----------
    name : str
    call : Call
    x : ndarray, shape (samples, ...)
        What these channels read.
    weights : ndarray
        Theirs, as the operator takes them.
    axis : int
        Of `weights`: the channels.
    shape : tuple of int
        Of the call's output, samples first.
    chosen : (int, int), ndarray
        Multiplier and shift; the channels.
    options : mapping
    """
    wanted, channels = chosen
    scales = ratio_scales(wanted)
    if scales is None:
        return None
    model = _Model()
    source = model.input((1, *x.shape[1:]), scales[0], -int(call.params["input_offset"]))
    several = name != "fully_connected" or call.params["per_channel"]
    scale = np.full(len(channels), scales[1]) if several else scales[1]
    stored = model.add(weights.shape, scale, -int(call.params.get("filter_offset", 0)), weights, axis)
    inputs = [source, stored]
    if name == "transpose_conv":
        size = np.array([1, *shape[1:-1], len(channels)], np.int32)
        inputs = [model.add((4,), None, data=size), stored, source]
    if "bias" in call.arrays:
        inputs.append(model.add((len(channels),), scales[0] * scale, 0, call.arrays["bias"][channels]))
    made = model.add((1, *shape[1:-1], len(channels)), scales[2], int(call.params["output_offset"]))
    model.clamped(name, inputs, made, call, options)
    return Form(model.graph(), (x[:, None],), shape, channels)


def _conv_2d(call: Call) -> Iterator[Form | None]:
    x = call.array("input", *call.sizes("batch", "in_h", "in_w", "in_c"))
    weights = call.array("weights", *call.sizes("out_c", "k_h", "k_w", "k_c"))
    shape = call.sizes("batch", "out_h", "out_w", "out_c")
    options = _window(call) | {f"dilation_{side}_factor": int(call.params[f"dilation_{side}"]) for side in "hw"}
    depth, groups = weights.shape[3], x.shape[3] // weights.shape[3]
    for wanted, channels in _channels(call, shape[3]):
        if len(channels) == shape[3]:
            yield _linear("conv_2d", call, x, weights, 0, shape, (wanted, channels), options)
            continue
        group = channels * groups // shape[3]
        for one in np.unique(group):
            own = channels[group == one]
            read = x[..., one * depth : (one + 1) * depth]
            yield _linear("conv_2d", call, read, weights[own], 0, shape, (wanted, own), options)


def _depthwise_conv_2d(call: Call) -> Iterator[Form | None]:
    x = call.array("input", *call.sizes("batch", "in_h", "in_w", "in_c"))
    weights = call.array("weights", 1, *call.sizes("k_h", "k_w", "out_c"))
    shape = call.sizes("batch", "out_h", "out_w", "out_c")
    options = _window(call) | {f"dilation_{side}_factor": int(call.params[f"dilation_{side}"]) for side in "hw"}
    times = int(call.params["ch_mult"])
    for wanted, channels in _channels(call, shape[3]):
        whole = len(channels) == shape[3]
        read = x if whole else x[..., channels // times]
        own = options | {"depth_multiplier": times if whole else 1}
        yield _linear("depthwise_conv_2d", call, read, weights[..., channels], 3, shape, (wanted, channels), own)


def _transpose_conv(call: Call) -> Iterator[Form | None]:
    x = call.array("input", *call.sizes("batch", "in_h", "in_w", "in_c"))
    weights = call.array("weights", *call.sizes("out_c", "k_h", "k_w", "k_c"))
    shape = call.sizes("batch", "out_h", "out_w", "out_c")
    for wanted, channels in _channels(call, shape[3]):
        yield _linear("transpose_conv", call, x, weights[channels], 0, shape, (wanted, channels), _window(call))


def _fully_connected(call: Call) -> Iterator[Form | None]:
    x = call.array("input", *call.sizes("batch", "in_features"))
    weights = call.array("weights", *call.sizes("out_features", "in_features"))
    shape = call.sizes("batch", "out_features")
    for wanted, channels in _channels(call, shape[1]):
        options = {"keep_num_dims": False}
        yield _linear("fully_connected", call, x, weights[channels], 0, shape, (wanted, channels), options)


def _pool(name: str) -> Callable[[Call], Iterator[Form | None]]:
    def forms(call: Call) -> Iterator[Form | None]:
        x = call.array("input", *call.sizes("batch", "in_h", "in_w", "in_c"))
        shape = (*call.sizes("batch", "out_h", "out_w"), x.shape[3])
        height, width = call.sizes("k_h", "k_w")
        model = _Model()
        source = model.input((1, *x.shape[1:]), 1.0, 0)
        made = model.add((1, *shape[1:]), 1.0, 0)
        model.clamped(name, [source], made, call, _window(call) | {"filter_height": height, "filter_width": width})
        yield Form(model.graph(), (x[:, None],), shape, np.arange(shape[3]))

    return forms


def _elementwise(
    name: str, call: Call, scales: tuple[float, ...] | None, zero_points: tuple[int, int]
) -> Iterator[Form | None]:
    if scales is None:
        yield None
        return
    size = call.arrays["input"].size
    model = _Model()
    inputs = [model.input((1, size), scale, zero) for scale, zero in zip(scales[:2], zero_points, strict=True)]
    made = model.add((1, size), scales[2], int(call.params["output_offset"]))
    model.clamped(name, inputs, made, call, {})
    given = tuple(call.array(each, 1, 1, size) for each in ("input", "input2"))
    yield Form(model.graph(), given, (1, size), np.arange(size))


def _add(call: Call) -> Iterator[Form | None]:
    p = call.params
    wanted = [(int(p[f"{name}_mult"]), int(p[f"{name}_shift"])) for name in ("input1", "input2", "output")]
    scales = sum_scales(wanted[0], wanted[1], wanted[2]) if p["left_shift"] == SUM_SHIFT else None
    return _elementwise("add", call, scales, (-int(p["input1_offset"]), -int(p["input2_offset"])))


def _mul(call: Call) -> Iterator[Form | None]:
    p = call.params
    scales = ratio_scales((int(p["output_mult"]), int(p["output_shift"])))
    return _elementwise("mul", call, scales, (-int(p["input1_offset"]), -int(p["input2_offset"])))


def _softmax(dtype: str) -> Callable[[Call], Iterator[Form | None]]:
    def forms(call: Call) -> Iterator[Form | None]:
        x = call.array("input", *call.sizes("rows", "cols"))
        # The multiplier is that of beta times the scale in Q5.26.
        scales = product_scales((int(call.params["mult"]), int(call.params["shift"]) - 26))
        if scales is None:
            yield None
            return
        shape = (1, x.shape[1])
        quantization = affine(1 / 256, -128) if dtype == "int8" else affine(1 / 65536, -32768)
        source = Tensor("input", shape, "int8", affine(scales[0], 0))
        made = Tensor("output", shape, dtype, quantization)
        operator = Operator("softmax", (0,), (1,), {"beta": scales[1]}, 2)
        yield Form(Graph((source, made), (operator,), (0,), (1,)), (x[:, None],), x.shape, np.arange(x.shape[1]))

    return forms


#: File of recordings -> row of the matrix, operator, and what writes a call as models: None for what has no form.
FILES: Mapping[str, tuple[str, str, Callable[[Call], Iterator[Form | None]]]] = {
    "conv": ("conv_2d int8", "conv_2d", _conv_2d),
    "depthwise_conv": ("depthwise_conv_2d int8", "depthwise_conv_2d", _depthwise_conv_2d),
    "transpose_conv": ("transpose_conv int8", "transpose_conv", _transpose_conv),
    "fully_connected": ("fully_connected int8", "fully_connected", _fully_connected),
    "max_pool": ("max_pool_2d int8", "max_pool_2d", _pool("max_pool_2d")),
    "avg_pool": ("average_pool_2d int8", "average_pool_2d", _pool("average_pool_2d")),
    "elementwise_add": ("add int8", "add", _add),
    "elementwise_mul": ("mul int8", "mul", _mul),
    "softmax_s8": ("softmax int8", "softmax", _softmax("int8")),
    "softmax_s8_s16": ("softmax int8 to int16", "softmax", _softmax("int16")),
}
