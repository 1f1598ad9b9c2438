"""Random small float32 networks, layer by layer, as TFLite's converter would write them."""

from __future__ import annotations

import numpy as np

import edgetwin as et
from edgetwin.graph.graph import Graph, Operator, Tensor
from edgetwin.io.tflite_write import write_tflite

ACTIVATIONS = ("none", "relu", "relu6")
#: Layers of images or signals, and of rows of features.
SPATIAL = (
    "conv", "depthwise", "max_pool", "average_pool", "residual", "branches", "scaled", "pad", "relu", "logistic",
    "tanh",
)  # fmt: skip
FLAT = ("dense", "relu", "logistic", "tanh", "scaled", "residual", "branches")
ENDS = ("dense", "softmax", "mean")
MOST_ELEMENTS = 1500
#: What `et.quantize` is told.
SCHEMES = {
    "int8": {},
    "int8-dense-per-channel": {"dense_per_channel": True},
    "int4": {"weights": "int4"},
    "int16x8": {"activations": "int16"},
    "float-ends": {"inputs": "float32", "outputs": "float32"},
}
#: Those for which an arithmetic of ours is LiteRT's own, and those that it only has to read.
EXACT_IN_LITERT = ("int8", "int8-dense-per-channel", "float-ends")
NEAR_IN_LITERT = ("int4", "int16x8")


class Network:
    """A graph under construction; its layers' names are those that `layer` takes."""

    def __init__(self, rng, shape) -> None:
        self.rng = rng
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []
        self.last = self.input = self.activation((1, *shape), "input")

    def add(self, name, shape, dtype="float32", data=None) -> int:
        self.tensors.append(Tensor(f"{name}_{len(self.tensors)}", tuple(shape), dtype, None, data))
        return len(self.tensors) - 1

    def activation(self, shape, name="activation") -> int:
        return self.add(name, shape)

    def constant(self, values, dtype="float32", name="constant") -> int:
        values = np.asarray(values, dtype)
        return self.add(name, values.shape, dtype, values)

    def operator(self, name, inputs, shape, **options) -> int:
        output = self.activation(shape, name)
        self.operators.append(Operator(name, tuple(inputs), (output,), options))
        return output

    def shape(self, tensor=None) -> tuple[int, ...]:
        return self.tensors[self.last if tensor is None else tensor].shape

    def choice(self, *values):
        return values[int(self.rng.integers(len(values)))]

    def fused(self):
        return {"fused_activation_function": self.choice(*ACTIVATIONS)}

    def weights(self, shape, fan_in, channels):
        weights = self.rng.normal(0, fan_in**-0.5, shape)
        if self.rng.random() < 0.1:
            # A dead channel, as training leaves them.
            weights[0] = 0
        bias = self.rng.normal(0, 0.3, channels)
        return [self.constant(weights, name="weights"), self.constant(bias, name="bias")]

    def window(self, source):
        """Kernel and stride that fit, and the size that VALID and SAME leave."""
        _, h, w, _ = self.shape(source)
        kernel = [int(self.rng.integers(1, min(size, 5) + 1)) for size in (h, w)]
        strides = [int(self.rng.integers(1, 3)) for _ in kernel]
        padding = self.choice("same", "valid")
        sizes = [
            -(-size // s) if padding == "same" else (size - k) // s + 1
            for size, k, s in zip((h, w), kernel, strides, strict=True)
        ]
        return kernel, strides, padding, sizes

    def conv(self, source, channels=None, same=False):
        kernel, (sh, sw), padding, sizes = self.window(source)
        if same:
            (sh, sw), padding, sizes = (1, 1), "same", list(self.shape(source)[1:3])
        channels = channels or int(self.rng.integers(1, 9))
        features = self.shape(source)[3]
        weights = self.weights((channels, *kernel, features), features * np.prod(kernel), channels)
        return self.operator(
            "conv_2d", [source, *weights], (1, *sizes, channels), padding=padding, stride_h=sh, stride_w=sw,
            dilation_h_factor=1, dilation_w_factor=1, **self.fused(),
        )  # fmt: skip

    def depthwise(self, source):
        kernel, (sh, sw), padding, sizes = self.window(source)
        multiplier = self.choice(1, 1, 2)
        channels = self.shape(source)[3] * multiplier
        weights = self.weights((1, *kernel, channels), np.prod(kernel), channels)
        return self.operator(
            "depthwise_conv_2d", [source, *weights], (1, *sizes, channels), padding=padding, stride_h=sh, stride_w=sw,
            dilation_h_factor=1, dilation_w_factor=1, depth_multiplier=multiplier, **self.fused(),
        )  # fmt: skip

    def pool(self, name, source):
        (kh, kw), (sh, sw), padding, sizes = self.window(source)
        return self.operator(
            name, [source], (1, *sizes, self.shape(source)[3]), padding=padding, stride_h=sh, stride_w=sw,
            filter_height=kh, filter_width=kw, fused_activation_function="none",
        )  # fmt: skip

    def dense(self, source, units=None):
        features = self.shape(source)[1]
        units = units or int(self.rng.integers(1, 17))
        weights = self.weights((units, features), features, units)
        return self.operator("fully_connected", [source, *weights], (1, units), **self.fused())

    def flat(self, source):
        size = int(np.prod(self.shape(source)))
        return self.operator("reshape", [source, self.constant([1, size], "int32")], (1, size), new_shape=(1, size))

    def scaled(self, source):
        """What is left of a batch norm that could not be folded."""
        channels = self.shape(source)[-1]
        scale, offset = self.rng.uniform(0.3, 2, channels), self.rng.normal(0, 0.5, channels)
        product = self.operator("mul", [source, self.constant(scale)], self.shape(source), **self.fused())
        return self.operator("add", [product, self.constant(offset)], self.shape(source), **self.fused())

    def beside(self, source):
        """Another layer that keeps the shape but for the channels."""
        if len(self.shape(source)) == 2:
            return self.dense(source, self.shape(source)[1])
        return self.conv(source, self.shape(source)[3], same=True)

    def layer(self, kind) -> None:
        source = self.last
        shape = self.shape(source)
        if kind in ("conv", "depthwise", "dense", "scaled"):
            made = getattr(self, kind)(source)
        elif kind in ("max_pool", "average_pool"):
            made = self.pool(f"{kind}_2d", source)
        elif kind == "residual":
            name = self.choice("add", "add", "sub", "mul", "maximum")
            fused = {} if name == "maximum" else self.fused()
            made = self.operator(name, [source, self.beside(source)], shape, **fused)
        elif kind == "branches":
            parts = [self.beside(source), source, *([self.operator("logistic", [source], shape)] * self.choice(0, 1))]
            joined = (*shape[:-1], shape[-1] * len(parts))
            made = self.operator("concatenation", parts, joined, axis=len(shape) - 1, fused_activation_function="none")
        elif kind == "pad":
            wide = [[0, 0], [1, 0], [0, 2], [0, 0]]
            padded = tuple(size + sum(pad) for size, pad in zip(shape, wide, strict=True))
            made = self.operator("pad", [source, self.constant(wide, "int32")], padded)
        else:
            made = self.operator(kind, [source], shape)
        self.last = made

    def end(self, kind) -> None:
        if kind == "mean" and len(self.shape()) == 4:
            axes = self.constant([1, 2], "int32")
            self.last = self.operator("mean", [self.last, axes], (1, self.shape()[3]), keep_dims=False)
            return
        if len(self.shape()) == 4:
            self.last = self.flat(self.last)
        self.last = self.dense(self.last, int(self.rng.integers(2, 11)))
        if kind == "softmax":
            self.last = self.operator("softmax", [self.last], self.shape(), beta=1.0)

    def graph(self) -> Graph:
        return Graph(tuple(self.tensors), tuple(self.operators), (self.input,), (self.last,))


def network(rng, most_layers=5):
    """A graph of a random network, and the names of its layers."""
    kind = int(rng.integers(3))
    w, c = int(rng.integers(4, 17)), int(rng.integers(1, 5))
    shape = [(w,), (1, w, c), (int(rng.integers(4, 11)), w, c)][kind]
    net = Network(rng, shape)
    layers = []
    for _ in range(int(rng.integers(1, most_layers + 1))):
        spatial = len(net.shape()) == 4
        layers.append(net.choice(*(SPATIAL if spatial else FLAT)))
        net.layer(layers[-1])
        if spatial and (np.prod(net.shape()) > MOST_ELEMENTS or rng.random() < 0.1):
            net.last = net.flat(net.last)
    layers.append(net.choice(*ENDS))
    net.end(layers[-1])
    return net.graph(), layers


def windows(rng, graph, count):
    """Samples (count, *shape without the batch axis) of smooth signals with noise."""
    shape = graph.tensors[graph.inputs[0]].shape[1:]
    signal = np.cumsum(rng.normal(0, 0.5, (count, *shape)), axis=1) + rng.normal(0, 0.5, (count, *shape))
    return signal.astype(np.float32)


def quantized_network(seed, samples, scheme):
    """A random network's quantized model, and inputs for it; the last two are beyond the calibration."""
    rng = np.random.default_rng(seed)
    graph, _ = network(rng)
    real = windows(rng, graph, 32)
    model = et.quantize(et.load(write_tflite(graph)), real, **scheme)
    given = real[:samples].copy()
    given[-2:] *= 5
    spec = model.inputs[0]
    if spec.scale is not None:
        given = et.kernels.quantize(given, spec.scale, spec.zero_point, dtype=spec.dtype.name)
    return model, given
