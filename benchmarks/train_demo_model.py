"""Train and quantize the stride-length model that `edgetwin demo` runs.

    python benchmarks/train_demo_model.py [--out python/edgetwin/models/demo_stride_int8.tflite]

A conv1d network on simulated strides, trained in plain numpy (Adam, Huber loss) and quantized after training: int8
activations by their largest values on a calibration set, int8 weights per channel, int32 biases. Deterministic.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from edgetwin.graph.graph import Graph, Operator, Tensor
from edgetwin.io.tflite_write import write_tflite
from edgetwin.metrics import agreement
from edgetwin.model import load
from edgetwin.signal import simulate_strides
from edgetwin.types import Quantization

WINDOW, CHANNELS = 108, 6
KERNEL = 5
FILTERS = (8, 16, 16)
HIDDEN = 32
TRAIN, VALIDATION = range(1000, 1160), range(2000, 2030)


class Network:
    """conv-relu-pool three times, dense-relu, dense; arrays (n, time, channels)."""

    def __init__(self, rng):
        self.w, self.b = [], []
        channels, time = CHANNELS, WINDOW
        for filters in FILTERS:
            self._add(rng, (filters, KERNEL, channels))
            channels, time = filters, time // 2
        self._add(rng, (HIDDEN, time * channels))
        self._add(rng, (1, HIDDEN))

    def _add(self, rng, shape):
        self.w.append((rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))).astype(np.float32))
        self.b.append(np.zeros(shape[0], np.float32))

    def forward(self, x):
        """Return the output (n,) and what backward needs; `self.ranges` are the activations' outputs."""
        cache, self.activations = [], [x]
        for w, b in zip(self.w[:3], self.b[:3], strict=True):
            padded = np.pad(x, ((0, 0), (KERNEL // 2, KERNEL // 2), (0, 0)))
            columns = np.lib.stride_tricks.sliding_window_view(padded, KERNEL, axis=1).transpose(0, 1, 3, 2)
            columns = columns.reshape(*columns.shape[:2], -1)
            y = np.maximum(columns @ w.reshape(len(w), -1).T + b, 0)
            half = y.shape[1] // 2
            pairs = y[:, : 2 * half].reshape(len(y), half, 2, -1)
            pooled = pairs.max(2)
            cache.append((columns, y, pairs, pooled))
            self.activations.append(y)
            x = pooled
        flat = x.reshape(len(x), -1)
        hidden = np.maximum(flat @ self.w[3].T + self.b[3], 0)
        out = hidden @ self.w[4].T + self.b[4]
        self.activations += [hidden, out]
        return out[:, 0], (cache, flat, hidden)

    def backward(self, saved, gradient):
        """Return gradients of all weights and biases."""
        cache, flat, hidden = saved
        gw, gb = [None] * 5, [None] * 5
        g = gradient[:, None]
        gw[4], gb[4] = g.T @ hidden, g.sum(0)
        g = (g @ self.w[4]) * (hidden > 0)
        gw[3], gb[3] = g.T @ flat, g.sum(0)
        g = g @ self.w[3]
        for i in (2, 1, 0):
            columns, y, pairs, pooled = cache[i]
            g = g.reshape(pooled.shape)
            chosen = pairs == pooled[:, :, None]
            chosen[:, :, 1] &= ~chosen[:, :, 0]
            gy = np.zeros_like(y)
            gy[:, : 2 * pooled.shape[1]] = (chosen * g[:, :, None]).reshape(len(y), -1, y.shape[2])
            gy *= y > 0
            w = self.w[i]
            gw[i] = np.einsum("nto,ntk->ok", gy, columns, optimize=True).reshape(w.shape)
            gb[i] = gy.sum((0, 1))
            if i:
                gc = (gy @ w.reshape(len(w), -1)).reshape(*gy.shape[:2], KERNEL, -1)
                gx = np.zeros((len(y), y.shape[1] + KERNEL - 1, gc.shape[3]), np.float32)
                for k in range(KERNEL):
                    gx[:, k : k + y.shape[1]] += gc[:, :, k]
                g = gx[:, KERNEL // 2 : KERNEL // 2 + y.shape[1]]
        return gw + gb


def train(x, y, seed=7, epochs=60):
    """Train on inputs scaled to unit deviation and standardised labels; both scales are folded back."""
    rng = np.random.default_rng(seed)
    scale = 1 / x.std((0, 1))
    mean, deviation = y.mean(), y.std()
    inputs, targets = x * scale, (y - mean) / deviation
    network = Network(rng)
    parameters = network.w + network.b
    moments = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
    step = 0
    for epoch in range(epochs):
        rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * epoch / epochs))
        order = rng.permutation(len(inputs))
        for batch in np.array_split(order, len(order) // 64):
            out, saved = network.forward(inputs[batch])
            error = out - targets[batch]
            gradients = network.backward(saved, np.clip(error, -1, 1).astype(np.float32) / len(batch))
            step += 1
            for p, g, (m, v) in zip(parameters, gradients, moments, strict=True):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                p -= rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    network.w[0] *= scale.astype(np.float32)
    network.w[4] *= deviation
    network.b[4] = network.b[4] * deviation + mean
    return network


def activation_quantization(values, relu):
    """int8 scale and zero point that hold every value, and 0."""
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    scale = np.float32((high - low) / 255)
    zero_point = -128 if relu else int(np.clip(np.round(-128 - low / scale), -128, 127))
    return Quantization(np.array([scale], np.float32), np.array([zero_point], np.int64))


def quantized_graph(network, calibration):
    """The network as converters write it: Conv1D as RESHAPE and CONV_2D, pools as MAX_POOL_2D."""
    network.forward(calibration)
    tensors, operators = [], []

    def add(name, shape, dtype="int8", quantization=None, data=None):
        tensors.append(Tensor(name, tuple(shape), dtype, quantization, data))
        return len(tensors) - 1

    def reshape(source, shape, name):
        target = np.array(shape, np.int32)
        operand = add(f"{name}/shape", target.shape, "int32", data=target)
        out = add(name, shape, quantization=tensors[source].quantization)
        operators.append(Operator("reshape", (source, operand), (out,), {"new_shape": tuple(shape)}))
        return out

    def layer(name, kind, source, w, b, shape, out, options, version):
        limit = np.abs(w.reshape(len(w), -1)).max(1) / 127
        scale = (limit if kind == "conv_2d" else np.array([limit.max()])).astype(np.float32)
        codes = np.clip(np.round(w.reshape(len(w), -1) / scale[:, None]), -127, 127).astype(np.int8).reshape(shape)
        zeros = np.zeros(scale.shape, np.int64)
        weights = add(f"{name}/weights", shape, quantization=Quantization(scale, zeros), data=codes)
        bias_scale = (tensors[source].quantization.scale * scale).astype(np.float32)
        bias_codes = np.round(b.astype(np.float64) / bias_scale).astype(np.int32)
        bias = add(f"{name}/bias", b.shape, "int32", Quantization(bias_scale, zeros), bias_codes)
        operators.append(Operator(kind, (source, weights, bias), (out,), options, version))

    x = add("window", (1, WINDOW * CHANNELS), quantization=activation_quantization(network.activations[0], False))
    first, time, channels = x, WINDOW, CHANNELS
    for i, filters in enumerate(FILTERS):
        name = f"conv1d_{i}"
        x = reshape(x, (1, 1, time, channels), f"{name}/expand")
        quantization = activation_quantization(network.activations[i + 1], True)
        out = add(name, (1, 1, time, filters), quantization=quantization)
        options = {
            "padding": "same", "stride_w": 1, "stride_h": 1, "fused_activation_function": "relu",
            "dilation_w_factor": 1, "dilation_h_factor": 1,
        }  # fmt: skip
        w = network.w[i]
        layer(name, "conv_2d", x, w, network.b[i], (filters, 1, KERNEL, channels), out, options, 3)
        x = reshape(out, (1, time, 1, filters), f"{name}/squeeze")
        time, channels = time // 2, filters
        pooled = add(f"max_pool_{i}", (1, time, 1, channels), quantization=quantization)
        options = {
            "padding": "valid", "stride_w": 1, "stride_h": 2, "filter_width": 1, "filter_height": 2,
            "fused_activation_function": "none",
        }  # fmt: skip
        operators.append(Operator("max_pool_2d", (x,), (pooled,), options, 2))
        x = pooled
    x = reshape(x, (1, time * channels), "flatten")
    dense = {"weights_format": 0, "keep_num_dims": False, "asymmetric_quantize_inputs": False}
    hidden = add("dense_0", (1, HIDDEN), quantization=activation_quantization(network.activations[4], True))
    options = dense | {"fused_activation_function": "relu"}
    layer("dense_0", "fully_connected", x, network.w[3], network.b[3], network.w[3].shape, hidden, options, 4)
    output = add("stride_length_cm", (1, 1), quantization=activation_quantization(network.activations[5], False))
    options = dense | {"fused_activation_function": "none"}
    layer("dense_1", "fully_connected", hidden, network.w[4], network.b[4], network.w[4].shape, output, options, 4)
    return Graph(tuple(tensors), tuple(operators), (first,), (output,), "edgetwin demo: simulated stride length, cm")


def main():
    """Train, quantize, report, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(__file__).parent.parent / "python/edgetwin/models/demo_stride_int8.tflite"
    parser.add_argument("--out", type=Path, default=default)
    arguments = parser.parse_args()
    x, y = simulate_strides(TRAIN)
    network = train(x, y)
    graph = quantized_graph(network, x)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_bytes(write_tflite(graph))
    model = load(arguments.out)
    xv, yv = simulate_strides(VALIDATION)
    float_result = agreement(network.forward(xv)[0], yv)
    int8_result = agreement(model.predict(xv.reshape(len(xv), -1))[:, 0], yv)
    print(f"{len(x)} training and {len(xv)} validation strides of other people")
    print(f"float32: bias {float_result.bias:.2f} cm, SD {float_result.sd:.2f} cm")
    print(f"int8:    bias {int8_result.bias:.2f} cm, SD {int8_result.sd:.2f} cm, {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
