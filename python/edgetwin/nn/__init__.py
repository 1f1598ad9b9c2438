"""Training on this machine: layers in Keras' words, no framework needed.

>>> net = et.nn.Sequential([et.nn.Conv1D(16, 5, activation="relu"), et.nn.Flatten(), et.nn.Dense(1)])
>>> history = net.fit(windows, labels, epochs=20, batch_size=64, validation_split=0.2)
>>> model = net.to_model()  # a float32 model: runs, saves, exports
"""

from __future__ import annotations

from .callbacks import Callback, EarlyStopping
from .history import History
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
from .losses import Huber
from .optimizers import SGD, Adam, AdamW
from .quantization_aware import QuantizationAware
from .schedules import CosineDecay, ExponentialDecay, PiecewiseConstantDecay, ReduceLROnPlateau, Schedule, WarmUp
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
    "SGD",
    "Adam",
    "AdamW",
    "AvgPool1D",
    "AvgPool2D",
    "BatchNorm",
    "Callback",
    "Conv1D",
    "Conv2D",
    "CosineDecay",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Dropout",
    "EarlyStopping",
    "ExponentialDecay",
    "Flatten",
    "GlobalAvgPool",
    "History",
    "Huber",
    "Input",
    "Layer",
    "MaxPool1D",
    "MaxPool2D",
    "PiecewiseConstantDecay",
    "QuantizationAware",
    "ReLU",
    "ReLU6",
    "ReduceLROnPlateau",
    "Reshape",
    "Schedule",
    "Sequential",
    "Softmax",
    "WarmUp",
]
