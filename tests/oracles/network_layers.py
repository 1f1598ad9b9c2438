"""Layers of a network in plain numpy, float64, written from their definition in Keras; inference only."""

from __future__ import annotations

import itertools

import numpy as np


def padded(x, kernel, stride, dilation, padding, fill=0.0):
    """(n, h, w, c) with what "same" puts around it: as many outputs as ceil(size / stride), the odd zero at the end."""
    around = [(0, 0)]
    for size, taps, step, spread in zip(x.shape[1:3], kernel, stride, dilation, strict=True):
        extent = (taps - 1) * spread + 1
        missing = max((-(-size // step) - 1) * step + extent - size, 0) if padding == "same" else 0
        around.append((missing // 2, missing - missing // 2))
    return np.pad(x, [*around, (0, 0)], constant_values=fill)


def patches(x, kernel, stride, dilation):
    """(n, h', w', kh, kw, c) of a padded picture."""
    counts = [
        (size - (taps - 1) * spread - 1) // step + 1
        for size, taps, step, spread in zip(x.shape[1:3], kernel, stride, dilation, strict=True)
    ]
    out = np.empty((len(x), *counts, *kernel, x.shape[3]))
    for i, j in itertools.product(*map(range, counts)):
        for a, b in itertools.product(*map(range, kernel)):
            out[:, i, j, a, b] = x[:, i * stride[0] + a * dilation[0], j * stride[1] + b * dilation[1]]
    return out


def conv(x, weights, bias, stride, dilation, padding):
    """Weights OHWI."""
    kernel = weights.shape[1:3]
    cut = patches(padded(x, kernel, stride, dilation, padding), kernel, stride, dilation)
    return np.einsum("nijabc,oabc->nijo", cut, weights) + bias


def depthwise(x, weights, bias, stride, dilation, padding):
    """Weights 1HWO, output channel c * multiplier + m from input channel c."""
    kernel = weights.shape[1:3]
    cut = patches(padded(x, kernel, stride, dilation, padding), kernel, stride, dilation)
    split = weights[0].reshape(*kernel, x.shape[3], -1)
    out = np.einsum("nijabc,abcm->nijcm", cut, split)
    return out.reshape(*out.shape[:3], -1) + bias


def pool(x, size, stride, padding, reduce):
    """`reduce` is np.nanmax or np.nanmean: padding is not a value."""
    cut = patches(padded(x, size, stride, (1, 1), padding, np.nan), size, stride, (1, 1))
    return reduce(cut, axis=(3, 4))


def batch_norm(x, gamma, beta, mean, variance, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def both(value, over_time):
    """(height, width) of a size in the user's form."""
    if over_time:
        return (1, value)
    return value if isinstance(value, tuple) else (value, value)


def forward(net, x):
    """Outputs of a `Sequential` on x (n, *input_shape), layer by layer."""
    weights = net.weights
    x = np.asarray(x, np.float64)
    for row in net.stack.rows:
        layer, name = row.layer, row.name
        kind = type(layer).__name__
        own = {
            key.split("/")[1]: value.astype(np.float64) for key, value in weights.items() if key.split("/")[0] == name
        }
        over_time = kind.endswith("1D")
        if over_time:
            x = x[:, None]
        if "Conv" in kind:
            function = depthwise if kind.startswith("Depthwise") else conv
            bias = own.get("bias", 0.0)
            x = function(
                x,
                own["weights"],
                bias,
                both(layer.strides, over_time),
                both(layer.dilation_rate, over_time),
                layer.padding,
            )
        elif "Pool" in kind and not kind.startswith("Global"):
            reduce = np.nanmax if kind.startswith("Max") else np.nanmean
            stride = layer.pool_size if layer.strides is None else layer.strides
            x = pool(x, both(layer.pool_size, over_time), both(stride, over_time), layer.padding, reduce)
        elif kind == "GlobalAvgPool":
            x = x.mean(axis=tuple(range(1, x.ndim - 1)))
        elif kind == "Dense":
            x = x @ own["weights"].T + own.get("bias", 0.0)
        elif kind == "BatchNorm":
            x = batch_norm(x, own["gamma"], own["beta"], own["moving_mean"], own["moving_variance"], layer.epsilon)
        elif kind in ("Flatten", "Reshape"):
            x = x.reshape(len(x), *row.shape)
        if over_time:
            x = x[:, 0]
        activation = {"ReLU": "relu", "ReLU6": "relu6", "Softmax": "softmax"}.get(
            kind, getattr(layer, "activation", None)
        )
        if activation in ("relu", "relu6"):
            x = np.clip(x, 0, 6 if activation == "relu6" else np.inf)
        elif activation == "softmax":
            x = softmax(x)
    return x


def shaken(net, seed=0):
    """Give the parameters random values: biases that are not 0, moving averages unlike a new network's."""
    rng = np.random.default_rng(seed)
    values = {}
    for name, value in net.weights.items():
        if name.endswith(("/moving_variance", "/gamma")):
            values[name] = rng.uniform(0.5, 2.0, value.shape).astype(np.float32)
        elif name.endswith("/weights"):
            values[name] = value
        else:
            values[name] = rng.normal(0, 0.3, value.shape).astype(np.float32)
    net.set_weights(values)
    return net
