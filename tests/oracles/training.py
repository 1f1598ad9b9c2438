"""A chain of layers in float64, in the plainest numpy: what `_core.TrainingNetwork` computes in float32."""

from __future__ import annotations

import numpy as np


def windows(x, kernel, stride, dilation, padding, fill=0.0):
    """Every window of x (n, h, w, c): (n, h', w', kernel_h, kernel_w, c)."""
    x = np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=fill)
    sizes = [
        (length - (k - 1) * d - 1) // s + 1
        for length, k, s, d in zip(x.shape[1:3], kernel, stride, dilation, strict=True)
    ]
    rows, columns = (
        np.arange(size)[:, None] * s + np.arange(k) * d
        for size, s, k, d in zip(sizes, stride, kernel, dilation, strict=True)
    )
    return x[:, rows[:, None, :, None], columns[None, :, None, :]]


def spatial(options, kernel="kernel"):
    ones, none = (1, 1), ((0, 0), (0, 0))
    return (
        options[kernel],
        options.get("stride", ones),
        options.get("dilation", ones),
        options.get("padding", none),
    )


def conv_2d(x, options, weights, bias=0.0):
    return np.einsum("nyxklc,oklc->nyxo", windows(x, *spatial(options)), weights) + bias


def depthwise_conv_2d(x, options, weights, bias=0.0):
    multiplier = options.get("multiplier", 1)
    return np.einsum("nyxklc,klc->nyxc", windows(x.repeat(multiplier, -1), *spatial(options)), weights[0]) + bias


def dense(x, options, weights, bias=0.0):
    return x @ weights.T + bias


def max_pool_2d(x, options):
    return windows(x, *spatial(options, "pool"), fill=-np.inf).max((3, 4))


def average_pool_2d(x, options):
    return np.nanmean(windows(x, *spatial(options, "pool"), fill=np.nan), (3, 4))


def batch_norm(x, options, gamma, beta, moving_mean, moving_variance, training):
    axes = tuple(range(x.ndim - 1))
    mean, variance = (x.mean(axes), x.var(axes)) if training else (moving_mean, moving_variance)
    return (x - mean) / np.sqrt(variance + options["epsilon"]) * gamma + beta


def softmax(x, options):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def relu(x, options):
    maximum = options.get("maximum")
    return np.clip(x, 0, np.inf if maximum is None else maximum)


def reshape(x, options):
    return x.reshape(len(x), *options["shape"])


FUNCTIONS = {f.__name__: f for f in (conv_2d, depthwise_conv_2d, dense, max_pool_2d, average_pool_2d, softmax, relu)}
FUNCTIONS["reshape"] = reshape


def activations(layers, parameters, x, training):
    """Every layer's output; parameters: one list of arrays for each layer."""
    outputs = []
    for (kind, options), own in zip(layers, parameters, strict=True):
        x = batch_norm(x, options, *own, training) if kind == "batch_norm" else FUNCTIONS[kind](x, options, *own)
        outputs.append(x)
    return outputs


def loss_of(output, y, loss, options, weights):
    """Keras' reduction "sum_over_batch_size"."""
    if loss == "cross_entropy":
        each = -np.log(np.take_along_axis(output, y[..., None], -1))[..., 0].reshape(len(y), -1).mean(1)
    else:
        error = np.abs(output - y).reshape(len(y), -1)
        delta = options.get("delta", 1.0)
        each = {
            "mse": error**2,
            "mae": error,
            "huber": np.where(error > delta, delta * (error - delta / 2), error**2 / 2),
        }[loss].mean(1)
    return (each * (1 if weights is None else weights)).mean()
