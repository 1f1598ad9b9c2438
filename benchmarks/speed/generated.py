"""Networks and single operators of chosen sizes, their scales such that outputs spread over the codes. Seeded."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edgetwin.conformance.generators.builder import Builder, affine, windows
from edgetwin.graph.graph import Graph, Operator

_SCALE, _WEIGHT_SCALE = 0.05, 0.01
#: Standard deviation of uniform codes of 8 bits.
_SPREAD = 74.0


@dataclass
class _Value:
    """A tensor of a network under way: its index, scale and spread of its codes."""

    index: int
    scale: float
    spread: float


class Network:
    """Collects operators, each on what the one before it made."""

    def __init__(self, shape: tuple[int, ...], dtype: str = "int8", seed: int = 0) -> None:
        self.b = Builder(np.random.default_rng(seed), (dtype,))
        self.dtype = dtype
        self.operators: list[Operator] = []
        self._spread = _SPREAD if dtype == "int8" else _SPREAD * 256
        index = self.b.input(shape, quantization=affine(_SCALE, 3 if dtype == "int8" else 0))
        self.value = _Value(index, _SCALE, self._spread)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.b.tensors[self.value.index].shape

    def _codes(self, shape: tuple[int, ...]) -> np.ndarray:
        return self.b.rng.integers(-127, 127, shape, np.int8, endpoint=True)

    def _put(self, name: str, inputs: list[int], shape, scale: float, zero: int, options, version=1) -> None:
        y = self.b.add(f"{name}_{len(self.operators)}", shape, quantization=affine(scale, zero))
        self.operators.append(Operator(name, tuple(inputs), (y,), options, version))
        self.value = _Value(y, scale, self._spread)

    def _weighted(self, name: str, weights_shape, axis: int, depth: int, shape, options: dict, version: int) -> None:
        """An operator with weights: its output scale takes two standard deviations of its sums to the ends."""
        channels = weights_shape[axis]
        scales = _WEIGHT_SCALE * self.b.rng.uniform(0.7, 1.3, channels)
        if name == "fully_connected":
            scales = scales[:1]
        weights = self.b.add("weights", weights_shape, "int8", affine(scales, 0, axis), self._codes(weights_shape))
        sums = "int32" if self.dtype == "int8" else "int64"
        bias = self.b.rng.integers(-2000, 2000, channels).astype(sums)
        bias_index = self.b.add("bias", (channels,), sums, affine(self.value.scale * scales), bias)
        scale = self.value.scale * _WEIGHT_SCALE * math.sqrt(depth) * _SPREAD * self.value.spread / self._spread
        relu = options["fused_activation_function"] == "relu"
        zero = -128 if relu and self.dtype == "int8" else 0
        if name != "depthwise_conv_2d":
            options["quantized_bias_type"] = 2 if sums == "int32" else 4
        self._put(name, [self.value.index, weights, bias_index], shape, scale, zero, options, version)

    def conv(self, channels: int, kernel: tuple[int, int], stride: int = 1, activation: str = "relu") -> Network:
        _, h, w, depth = self.shape
        sh, sw = (1 if h == 1 else stride), stride
        shape = (1, windows(h, kernel[0], sh, 1, "same"), windows(w, kernel[1], sw, 1, "same"), channels)
        options = {
            "padding": "same", "stride_h": sh, "stride_w": sw, "dilation_h_factor": 1, "dilation_w_factor": 1,
            "fused_activation_function": activation,
        }  # fmt: skip
        self._weighted("conv_2d", (channels, *kernel, depth), 0, math.prod(kernel) * depth, shape, options, 3)
        return self

    def depthwise(self, kernel: tuple[int, int], stride: int = 1) -> Network:
        _, h, w, channels = self.shape
        sh, sw = (1 if h == 1 else stride), stride
        shape = (1, windows(h, kernel[0], sh, 1, "same"), windows(w, kernel[1], sw, 1, "same"), channels)
        options = {
            "padding": "same", "stride_h": sh, "stride_w": sw, "dilation_h_factor": 1, "dilation_w_factor": 1,
            "depth_multiplier": 1, "fused_activation_function": "relu",
        }  # fmt: skip
        self._weighted("depthwise_conv_2d", (1, *kernel, channels), 3, math.prod(kernel), shape, options, 3)
        return self

    def dense(self, units: int, activation: str = "none") -> Network:
        depth = math.prod(self.shape[1:])
        options = {"fused_activation_function": activation, "keep_num_dims": False}
        self._weighted("fully_connected", (units, depth), 0, depth, (1, units), options, 4)
        return self

    def pool(self, name: str, kernel: tuple[int, int]) -> Network:
        _, h, w, channels = self.shape
        before = self.b.tensors[self.value.index].quantization
        options = {
            "padding": "valid", "stride_h": kernel[0], "stride_w": kernel[1], "filter_height": kernel[0],
            "filter_width": kernel[1], "fused_activation_function": "none",
        }  # fmt: skip
        shape = (1, h // kernel[0], w // kernel[1], channels)
        self._put(name, [self.value.index], shape, self.value.scale, int(before.zero_point[0]), options, 2)
        return self

    def add(self) -> Network:
        """The sum of the input and a second one, of another scale."""
        zeros = (-5, 2) if self.dtype == "int8" else (0, 0)
        second = self.b.input(self.shape, quantization=affine(_SCALE * 0.8, zeros[0]))
        options = {"fused_activation_function": "none", "pot_scale_int16": False}
        self._put("add", [self.value.index, second], self.shape, _SCALE * 1.5, zeros[1], options, 2)
        return self

    def matrix_product(self, columns: int) -> Network:
        """The product of the input and a second one."""
        _, rows, depth = self.shape
        second = self.b.input((1, depth, columns), quantization=affine(_SCALE, -4 if self.dtype == "int8" else 0))
        options = {"adj_x": False, "adj_y": False, "asymmetric_quantize_inputs": False}
        scale = _SCALE**2 * math.sqrt(depth) * self._spread
        self._put("batch_matmul", [self.value.index, second], (1, rows, columns), scale, 0, options, 2)
        return self

    def relu(self) -> Network:
        self._put("relu", [self.value.index], self.shape, _SCALE, 3, {}, 2)
        return self

    def softmax(self) -> Network:
        self._put("softmax", [self.value.index], self.shape, 1 / 256, -128, {"beta": 1.0}, 2)
        return self

    def lstm(self, hidden: int) -> Network:
        _, steps, size = self.shape
        b, inputs = self.b, [self.value.index]
        for columns in [size] * 4 + [hidden] * 4:
            scale = affine(0.5 / 127 / math.sqrt(columns))
            inputs.append(b.add("weights", (hidden, columns), "int8", scale, self._codes((hidden, columns))))
        inputs += [-1] * 3
        for _ in range(4):
            bias = b.rng.integers(-2000, 2000, hidden).astype(np.int32)
            inputs.append(b.add("bias", (hidden,), "int32", affine(_SCALE * _WEIGHT_SCALE), bias))
        inputs += [-1] * 2
        inputs.append(b.add("hidden", (1, hidden), "int8", affine(1 / 128), variable=True))
        inputs.append(b.add("cell", (1, hidden), "int16", affine(2.0**-11), variable=True))
        inputs += [-1] * 4
        options = {"fused_activation_function": "tanh", "time_major": False, "cell_clip": 10.0}
        self._put("unidirectional_sequence_lstm", inputs, (1, steps, hidden), 1 / 128, 0, options)
        return self

    def svdf(self, units: int, memory: int) -> Network:
        size, b = self.shape[1], self.b
        feature = b.add("feature", (units, size), "int8", affine(_WEIGHT_SCALE), self._codes((units, size)))
        time = b.add("time", (units, memory), "int16", affine(2.0**-12), self._codes((units, memory)).astype(np.int16))
        bias = b.add("bias", (units,), "int32", affine(2.0**-20), b.rng.integers(-2000, 2000, units).astype(np.int32))
        state = b.add("state", (1, units * memory), "int16", affine(2.0**-9), variable=True)
        options = {"rank": 1, "fused_activation_function": "relu"}
        self._put("svdf", [self.value.index, feature, time, bias, state], (1, units), 0.02, -128, options, 3)
        return self

    def graph(self) -> Graph:
        return Graph(
            tuple(self.b.tensors), tuple(self.operators), tuple(self.b.inputs), (self.value.index,), "generated"
        )


def conv1d_network(window: int = 128, width: int = 16, dtype: str = "int8") -> Graph:
    """Three conv1d of `width` channels on a window of six signals, pooled, and a dense layer."""
    n = Network((1, 1, window, 6), dtype)
    for _ in range(3):
        n.conv(width, (1, 5)).pool("max_pool_2d", (1, 2))
    return n.dense(8).graph()


def chain(operators: int) -> Graph:
    """RELU of one element, again and again: next to no arithmetic, so what an operator costs beside it."""
    n = Network((1, 1))
    for _ in range(operators):
        n.relu()
    return n.graph()


def _single(shape, make: Callable[[Network], Network], dtype: str = "int8") -> Graph:
    return make(Network(shape, dtype)).graph()


#: Single operators by what they are.
OPERATORS: dict[str, Callable[[], Graph]] = {
    "conv 3x3, 16 channels, 32x32": lambda: _single((1, 32, 32, 16), lambda n: n.conv(16, (3, 3))),
    "conv 3x3, 32 channels, 16x16": lambda: _single((1, 16, 16, 32), lambda n: n.conv(32, (3, 3))),
    "conv 3x3, 64 channels, 8x8": lambda: _single((1, 8, 8, 64), lambda n: n.conv(64, (3, 3))),
    "conv 3x3, stride 2, 16 to 32, 32x32": lambda: _single((1, 32, 32, 16), lambda n: n.conv(32, (3, 3), 2)),
    "conv 3x3, 3 to 16, 32x32": lambda: _single((1, 32, 32, 3), lambda n: n.conv(16, (3, 3))),
    "conv 3x3, 13 to 19, 15x15": lambda: _single((1, 15, 15, 13), lambda n: n.conv(19, (3, 3))),
    "conv 1x1, 64 to 64, 25x5": lambda: _single((1, 25, 5, 64), lambda n: n.conv(64, (1, 1))),
    "conv 1x1, 256 to 256, 3x3": lambda: _single((1, 3, 3, 256), lambda n: n.conv(256, (1, 1))),
    "conv1d k 5, 16 channels, 128": lambda: _single((1, 1, 128, 16), lambda n: n.conv(16, (1, 5))),
    "conv1d k 15, 32 channels, 54": lambda: _single((1, 1, 54, 32), lambda n: n.conv(32, (1, 15))),
    "depthwise 3x3, 64 channels, 25x5": lambda: _single((1, 25, 5, 64), lambda n: n.depthwise((3, 3))),
    "depthwise 3x3, 8 channels, 48x48": lambda: _single((1, 48, 48, 8), lambda n: n.depthwise((3, 3))),
    "depthwise 3x3, stride 2, 64 channels, 24x24": lambda: _single((1, 24, 24, 64), lambda n: n.depthwise((3, 3), 2)),
    "depthwise 1x9, 32 channels, 128": lambda: _single((1, 1, 128, 32), lambda n: n.depthwise((1, 9))),
    "dense 640 to 128": lambda: _single((1, 640), lambda n: n.dense(128, "relu")),
    "dense 128 to 128": lambda: _single((1, 128), lambda n: n.dense(128, "relu")),
    "dense 128 to 640": lambda: _single((1, 128), lambda n: n.dense(640)),
    "add, 16x16x32": lambda: _single((1, 16, 16, 32), lambda n: n.add()),
    "matrix product 64x64 by 64x64": lambda: _single((1, 64, 64), lambda n: n.matrix_product(64)),
    "max pool 2x2, 32x32x16": lambda: _single((1, 32, 32, 16), lambda n: n.pool("max_pool_2d", (2, 2))),
    "average pool 8x8, 8x8x64": lambda: _single((1, 8, 8, 64), lambda n: n.pool("average_pool_2d", (8, 8))),
    "softmax, 64": lambda: _single((1, 64), lambda n: n.softmax()),
    "LSTM, 32 to 64, 16 steps": lambda: _single((1, 16, 32), lambda n: n.lstm(64)),
    "SVDF, 40 to 64, memory 10": lambda: _single((1, 40), lambda n: n.svdf(64, 10)),
    "int16 conv 3x3, 16 channels, 16x16": lambda: _single((1, 16, 16, 16), lambda n: n.conv(16, (3, 3)), "int16"),
    "int16 depthwise 3x3, 32 channels, 16x16": lambda: _single((1, 16, 16, 32), lambda n: n.depthwise((3, 3)), "int16"),
    "int16 dense 256 to 128": lambda: _single((1, 256), lambda n: n.dense(128, "relu"), "int16"),
    "int16 add, 16x16x32": lambda: _single((1, 16, 16, 32), lambda n: n.add(), "int16"),
    "int16 matrix product 64x64 by 64x64": lambda: _single((1, 64, 64), lambda n: n.matrix_product(64), "int16"),
    "int16 average pool 2x2, 16x16x32": lambda: _single(
        (1, 16, 16, 32), lambda n: n.pool("average_pool_2d", (2, 2)), "int16"
    ),
}
