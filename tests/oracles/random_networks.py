"""Random small networks with data: every layer in turn, what fits after what came before."""

from __future__ import annotations

import numpy as np

from edgetwin import nn
from edgetwin.errors import ShapeError

_ACTIVATIONS = (None, "relu", "relu6")


def random_layer(rng, axes):
    """A layer for a sample with that many axes (1: a row, 2: time, 3: a picture)."""
    activation = _ACTIVATIONS[rng.integers(3)]
    kernel, stride = int(rng.integers(1, 5)), int(rng.integers(1, 3))
    padding = "same" if rng.random() < 0.5 else "valid"
    if axes == 1:
        return (
            nn.Dense(int(rng.integers(1, 12)), activation=activation, use_bias=bool(rng.random() < 0.8)),
            nn.ReLU(),
            nn.ReLU6(),
            nn.Dropout(0.1),
        )[rng.choice(4, p=[0.7, 0.1, 0.1, 0.1])]
    conv, depthwise, max_pool, average_pool = (
        (nn.Conv1D, nn.DepthwiseConv1D, nn.MaxPool1D, nn.AvgPool1D)
        if axes == 2
        else (nn.Conv2D, nn.DepthwiseConv2D, nn.MaxPool2D, nn.AvgPool2D)
    )
    options = {"strides": stride, "padding": padding, "activation": activation, "use_bias": bool(rng.random() < 0.8)}
    if stride == 1 and rng.random() < 0.3:
        options["dilation_rate"] = 2
    kind = rng.choice(7, p=[0.35, 0.2, 0.1, 0.1, 0.05, 0.1, 0.1])
    if kind == 0:
        return conv(int(rng.integers(1, 9)), kernel, **options)
    if kind == 1:
        return depthwise(kernel, depth_multiplier=int(rng.integers(1, 3)), **options)
    if kind in (2, 3):
        return (max_pool, average_pool)[kind - 2](int(rng.integers(1, 4)), strides=stride, padding=padding)
    return (nn.ReLU(), nn.Flatten(), nn.GlobalAvgPool())[kind - 4]


def random_network(seed):
    """A network of random weights, samples (24, ...) and labels for it."""
    rng = np.random.default_rng([77, seed])
    axes = int(rng.integers(1, 4))
    shape = (*(int(rng.integers(2, 13)) for _ in range(axes - 1)), int(rng.integers(1, 6)))
    layers = []
    for _ in range(int(rng.integers(1, 6))):
        try:
            grown = [
                *layers,
                random_layer(rng, len(nn.Sequential([nn.Dropout(0), *layers], input_shape=shape).output_shape)),
            ]
            if isinstance(grown[-1], (nn.Conv1D, nn.Conv2D, nn.Dense)) and rng.random() < 0.3:
                grown += [nn.BatchNorm()] if grown[-1].activation is None else []
            nn.Sequential(grown, input_shape=shape)
        except ShapeError:
            continue
        layers = grown
    classes = int(rng.integers(2, 5))
    classifies = bool(rng.random() < 0.5)
    last = [nn.Dense(classes, activation="softmax")] if classifies else [nn.Dense(classes)]
    net = nn.Sequential([*layers, nn.Flatten(), *last], input_shape=shape, seed=seed)
    values = net.weights
    for name, value in values.items():
        if name.endswith(("/bias", "/beta", "/moving_mean")):
            values[name] = rng.normal(0, 0.3, value.shape).astype(np.float32)
        elif name.endswith(("/gamma", "/moving_variance")):
            values[name] = rng.uniform(0.5, 2, value.shape).astype(np.float32)
    net.set_weights(values)
    x = rng.normal(rng.normal(), rng.uniform(0.1, 3), (24, *shape)).astype(np.float32)
    y = rng.integers(0, classes, 24) if classifies else rng.normal(size=(24, classes)).astype(np.float32)
    return net, x, y
