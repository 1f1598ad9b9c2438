"""Batch norm folded into the layers before it: the network that a board computes, as layers that train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..types import Array
from .layers import BatchNorm, Dense, Dropout, Input, Layer
from .stack import Stack
from .windows import Conv1D, Conv2D, DepthwiseConv1D, DepthwiseConv2D

__all__ = ["folded"]

_WEIGHTED = (Conv1D, Conv2D, Dense, DepthwiseConv1D, DepthwiseConv2D)
_DEPTHWISE = (DepthwiseConv1D, DepthwiseConv2D)


def folded(stack: Stack, weights: Mapping[str, Array]) -> tuple[Stack, list[Array]]:
    """Return a network of the same function without batch norm and dropout, with its parameters.

    Parameters
    ----------
    stack : Stack
    weights : mapping of str to ndarray of float32
        By name, as `Sequential.weights` gives them.

    Returns
    -------
    Stack
        Its layers have the names that they had.
    list of ndarray of float32

    Raises
    ------
    UnsupportedError : a batch norm that does not follow a convolution or dense layer without activation
    """
    layers: list[Layer] = []
    values = dict(weights)
    for row in stack.rows:
        layer: Any = replace(row.layer, name=row.name)
        if isinstance(layer, (Dropout, Input)):
            continue
        if not isinstance(layer, BatchNorm):
            layers.append(layer)
            continue
        before: Any = layers[-1] if layers else None
        if not isinstance(before, _WEIGHTED) or before.activation not in (None, "linear"):
            raise UnsupportedError(
                f"{row.name}: a batch norm that cannot be folded has no exact int8 form to train; accepted is one "
                "directly after a convolution or dense layer without activation"
            )
        _fold(values, layer, row.name, str(before.name), depthwise=isinstance(before, _DEPTHWISE))
        layers[-1] = replace(before, use_bias=True)
    made = Stack(layers, stack.input_shape)
    return made, [np.ascontiguousarray(values[name], np.float32) for name in made.names]


def _fold(values: dict[str, Array], layer: BatchNorm, name: str, before: str, *, depthwise: bool) -> None:
    gamma, beta, mean, variance = (
        values[f"{name}/{key}"].astype(np.float64) for key in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + layer.epsilon)
    kernel = values[f"{before}/weights"]
    # Outputs are the last axis of depthwise weights (1HWO), the first of all others (OHWI, OI).
    form = (-1,) if depthwise else (-1, *[1] * (kernel.ndim - 1))
    values[f"{before}/weights"] = (kernel * scale.reshape(form)).astype(np.float32)
    bias = values.get(f"{before}/bias", np.zeros(scale.shape, np.float32))
    values[f"{before}/bias"] = (bias * scale + beta - mean * scale).astype(np.float32)
