"""Training on this machine: layers in Keras' words, no framework needed.

>>> net = et.nn.Sequential([et.nn.Conv1D(16, 5, activation="relu"), et.nn.Flatten(), et.nn.Dense(1)])
>>> net.build((108, 6))
>>> model = net.to_model()  # a float32 model: runs, saves, exports
"""

from __future__ import annotations

from .layers import (
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    Input,
    Layer,
    ReLU,
    ReLU6,
    Reshape,
    Softmax,
)
from .sequential import Sequential
from .windows import (
    AvgPool1D,
    AvgPool2D,
    Conv1D,
    Conv2D,
    DepthwiseConv1D,
    DepthwiseConv2D,
    GlobalAvgPool,
    MaxPool1D,
    MaxPool2D,
)

__all__ = [
    "AvgPool1D",
    "AvgPool2D",
    "BatchNorm",
    "Conv1D",
    "Conv2D",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Dropout",
    "Flatten",
    "GlobalAvgPool",
    "Input",
    "Layer",
    "MaxPool1D",
    "MaxPool2D",
    "ReLU",
    "ReLU6",
    "Reshape",
    "Sequential",
    "Softmax",
]
