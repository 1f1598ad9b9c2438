"""Scales that training needs, put into the weights: the finished network takes raw values and gives real units."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..nn import Sequential

__all__ = ["fold_input", "fold_output"]


def fold_input(network: Sequential, mean: Any, deviation: Any) -> None:
    """Make a network that was trained on ``(x - mean) / deviation`` take x.

    Parameters
    ----------
    network : Sequential
        Its first layer is dense or a convolution; where that pads with zeros, the means have to be 0.
    mean, deviation : array_like, of the input's last axis
    """
    weights = network.weights
    first, bias = list(weights)[:2]
    scaled = weights[first] / np.asarray(deviation, np.float64)
    weights[bias] = (weights[bias] - (scaled * np.asarray(mean)).reshape(len(scaled), -1).sum(1)).astype(np.float32)
    weights[first] = scaled.astype(np.float32)
    network.set_weights(weights)


def fold_output(network: Sequential, mean: float, deviation: float) -> None:
    """Make a network that was trained on ``(y - mean) / deviation`` give y.

    Parameters
    ----------
    network : Sequential
        Its last layer is dense and linear.
    mean, deviation : float
    """
    weights = network.weights
    last, bias = list(weights)[-2:]
    weights[last] = (weights[last] * np.float64(deviation)).astype(np.float32)
    weights[bias] = (weights[bias] * np.float64(deviation) + mean).astype(np.float32)
    network.set_weights(weights)
