"""Small data sets and networks that are learnt in a moment."""

from __future__ import annotations

import numpy as np

from edgetwin import nn


def line(n=96, seed=0):
    """Features (n, 5) and y (n,), a linear function of them with a little noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 5)).astype(np.float32)
    y = x @ np.array([1, -2, 0.5, 0, 3], np.float32) + 0.7 + rng.normal(0, 0.01, n)
    return x, y.astype(np.float32)


def waves(n=120, seed=0):
    """Windows (n, 32, 2) of three kinds of waves and their classes (n,)."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    time = np.arange(32)[None]
    phase, step = rng.uniform(0, 6, (n, 1)), np.array([0.3, 0.8, 1.6])[y][:, None]
    x = np.stack([np.sin(step * time + phase), np.cos(step * time + phase)], -1)
    return (x + rng.normal(0, 0.2, x.shape)).astype(np.float32), y


def regressor(**options):
    return nn.Sequential([nn.Dense(8, activation="relu"), nn.Dense(1)], **options)


def classifier(**options):
    layers = [
        nn.Conv1D(8, 5, padding="same", use_bias=False),
        nn.BatchNorm(momentum=0.9),
        nn.ReLU(),
        nn.MaxPool1D(2),
        nn.Dropout(0.1),
        nn.GlobalAvgPool(),
        nn.Dense(3, activation="softmax"),
    ]
    return nn.Sequential(layers, **options)


def same_weights(a, b) -> bool:
    """Whether two networks have the same bytes."""
    one, other = a.weights, b.weights
    return one.keys() == other.keys() and all(one[name].tobytes() == other[name].tobytes() for name in one)


def tones(n=600, seed=0):
    """Windows (n, 32, 2) of one sine each, and its frequency (n,)."""
    rng = np.random.default_rng(seed)
    y, time = rng.uniform(0.2, 1.2, n), np.arange(32)
    x = np.stack([np.sin(y[:, None] * time + phase) for phase in (0, 1.5)], -1) * rng.uniform(0.7, 1.3, (n, 1, 1))
    return x.astype(np.float32), y.astype(np.float32)


def bent(n=600, seed=0):
    """Features (n, 6) and y (n,), a bent function of them."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, 6)).astype(np.float32)
    y = np.sin(3 * x[:, 0]) + x[:, 1] * x[:, 2] + np.abs(x[:, 3]) - 0.5 * x[:, 4]
    return x, y.astype(np.float32)


def depthwise_regressor(**options):
    layers = [
        nn.DepthwiseConv1D(5, depth_multiplier=4, padding="same", activation="relu"),
        nn.Conv1D(8, 1, activation="relu"),
        nn.DepthwiseConv1D(5, padding="same", activation="relu"),
        nn.Conv1D(16, 1, activation="relu"),
        nn.GlobalAvgPool(),
        nn.Dense(16, activation="relu"),
        nn.Dense(1),
    ]
    return nn.Sequential(layers, **options)


def deep_regressor(**options):
    return nn.Sequential([nn.Dense(24, activation="relu"), nn.Dense(24, activation="relu"), nn.Dense(1)], **options)
