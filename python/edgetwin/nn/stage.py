"""What layers become: stages of the training engine, and the arithmetic of windows and shapes that they share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import DataError, ShapeError
from ..types import Array

__all__ = ["Padding", "Parameter", "Shape", "Stage", "checked_shape", "engine_shape", "pair", "sizes", "window"]

Shape = tuple[int, ...]
#: Zeros before and after the height, and before and after the width.
Padding = tuple[tuple[int, int], tuple[int, int]]

#: Axes of a sample that the engine knows: features; height, width, channels.
_MOST_AXES = 3
#: Elements of one sample's activation, beyond any microcontroller's memory.
_MOST_ELEMENTS = 2**28


@dataclass(frozen=True)
class Parameter:
    """One array that a layer has.

    Attributes
    ----------
    name : str
        "weights" (TFLite's layouts: OHWI, 1HWO, OI), "bias", "gamma", "beta", "moving_mean" or "moving_variance".
    shape : tuple of int
    value : float
        What it starts with where it is not drawn.
    fans : tuple of int or None
        Fan in and fan out of Glorot's uniform distribution, from which it is drawn; None for a constant start.
    """

    name: str
    shape: Shape
    value: float = 0.0
    fans: tuple[int, int] | None = None

    def initial(self, rng: np.random.Generator) -> Array:
        """Return the array that training starts with, float32."""
        if self.fans is None:
            return np.full(self.shape, self.value, np.float32)
        limit = math.sqrt(6.0 / sum(self.fans))
        return rng.uniform(-limit, limit, self.shape).astype(np.float32)


@dataclass(frozen=True)
class Stage:
    """One layer of the engine; a layer in Keras' words becomes one or more.

    Attributes
    ----------
    kind : str
        The engine's name: "conv_2d", "depthwise_conv_2d", "dense", "max_pool_2d", "average_pool_2d", "batch_norm",
        "relu", "dropout", "reshape" or "softmax".
    options : mapping
        The engine's keys for it.
    shape : tuple of int
        Of a sample's output, as the engine has it: (features,) or (height, width, channels).
    parameters : tuple of Parameter
    layer : str
        Name of the layer that it comes from.
    padding : str
        "same" or "valid", for windows; "global" for the mean over all positions.
    """

    kind: str
    options: Mapping[str, Any]
    shape: Shape
    parameters: tuple[Parameter, ...] = ()
    layer: str = field(default="", compare=False)
    padding: str = "valid"


def engine_shape(shape: Shape) -> Shape:
    """Return a sample's shape as the engine has it: (time, channels) lies on the width of a picture of height 1."""
    return (1, *shape) if len(shape) == 2 else shape


def checked_shape(shape: Any, what: str) -> Shape:
    """Return a sample's shape, without a batch axis.

    Raises
    ------
    ShapeError : not 1 to 3 positive integers, or more elements than any board has bytes
    """
    values = (shape,) if isinstance(shape, (int, np.integer)) else shape
    good = isinstance(values, Sequence) and not isinstance(values, str) and 1 <= len(values) <= _MOST_AXES
    if not good or any(isinstance(v, bool) or not isinstance(v, (int, np.integer)) or v < 1 for v in values):
        raise ShapeError(
            f"{what}: shape {shape!r}, accepted are (features,), (time, channels) and (height, width, channels), "
            "without a batch axis"
        )
    if math.prod(map(int, values)) > _MOST_ELEMENTS:
        raise ShapeError(f"{what}: shape {shape!r} has more than {_MOST_ELEMENTS} elements")
    return tuple(int(v) for v in values)


def sizes(value: Any, axes: int, what: str) -> Shape:
    """Return one positive integer for each axis, from one integer for all of them or one for each.

    Raises
    ------
    DataError : naming `what`
    """
    values = (value,) * axes if isinstance(value, (int, np.integer)) else value
    good = isinstance(values, (tuple, list)) and len(values) == axes
    if not good or any(isinstance(v, bool) or not isinstance(v, (int, np.integer)) or v < 1 for v in values):
        accepted = "an integer >= 1" if axes == 1 else f"an integer >= 1 or {axes} of them"
        raise DataError(f"{what}: {value!r}, accepted is {accepted}")
    return tuple(int(v) for v in values)


def pair(values: Shape) -> tuple[int, int]:
    """Return (height, width) of sizes along one or two axes."""
    return (1, values[0]) if len(values) == 1 else (values[0], values[1])


def window(
    shape: Shape, kernel: Shape, stride: Shape, dilation: Shape, padding: str, what: str
) -> tuple[tuple[int, int], Padding]:
    """Return (height, width) of a window's positions, and the zeros around, as TensorFlow has them.

    Parameters
    ----------
    shape : tuple of int
        (height, width, channels).
    kernel, stride, dilation : tuple of int
        (height, width).
    padding : str
        "same" or "valid".
    what : str
        The layer, for messages.

    Raises
    ------
    ShapeError : the window is larger than its input
    """
    positions, around = [], []
    for size, taps, step, spread in zip(shape[:2], kernel, stride, dilation, strict=True):
        extent = (taps - 1) * spread + 1
        if padding == "same":
            count = -(-size // step)
            missing = max((count - 1) * step + extent - size, 0)
        else:
            count, missing = (size - extent) // step + 1, 0
            if size < extent:
                raise ShapeError(
                    f"{what}: a window of {extent} on an axis of {size}, accepted is at most {size}; or padding='same'"
                )
        positions.append(count)
        around.append((missing // 2, missing - missing // 2))
    return (positions[0], positions[1]), (around[0], around[1])
