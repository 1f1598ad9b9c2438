"""Layers in Keras' words: what they are called and take; `windows` has those that slide over time or a picture."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..arrays import whole_number
from ..errors import DataError, ShapeError
from .stage import Parameter, Shape, Stage, checked_shape, engine_shape

__all__ = [
    "BatchNorm",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "Layer",
    "ReLU",
    "ReLU6",
    "Reshape",
    "Softmax",
    "activation_stages",
    "number",
]

_ACTIVATIONS = ("linear", "relu", "relu6", "softmax")
#: Epsilon and the variance that it guards are float32.
_SMALLEST_EPSILON = 1e-12


@dataclass(frozen=True, kw_only=True)
class Layer(ABC):
    """A layer: what it computes, not its weights, which the network has.

    Attributes
    ----------
    name : str or None
        How the network and the model file call it; None for Keras' name ("conv1d", "conv1d_1").
    """

    #: Keras' name for it.
    prefix: ClassVar[str]

    name: str | None = None

    def __post_init__(self) -> None:
        if self.name is not None and (not isinstance(self.name, str) or not self.name.strip() or "/" in self.name):
            raise DataError(f"{type(self).__name__}: name {self.name!r}, accepted is text without '/'")
        self.check()

    def check(self) -> None:  # noqa: B027 - a layer without values has nothing to check
        """Raise DataError for a value that the layer cannot have."""

    @abstractmethod
    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Return what the engine computes and a sample's output shape.

        Parameters
        ----------
        shape : tuple of int
            Of a sample's input: (features,), (time, channels) or (height, width, channels).
        name : str
            The layer's name in its network.

        Raises
        ------
        ShapeError : the input does not fit
        """

    def refuse(self, what: str) -> DataError:
        """Return an error that names the layer's class."""
        return DataError(f"{type(self).__name__}: {what}")

    def whole(self, key: str) -> None:
        """Raise DataError unless an attribute is a positive integer."""
        whole_number(getattr(self, key), f"{type(self).__name__}: {key}", 1)


def number(value: Any, what: str, low: float, high: float, *, above: bool = False, below: bool = False) -> float:
    """Return a finite number of [low, high]; with `above` or `below` that end itself is not accepted.

    Raises
    ------
    DataError : naming `what`
    """
    real = isinstance(value, (int, float, np.floating, np.integer)) and not isinstance(value, bool)
    good = real and math.isfinite(value) and low <= value <= high
    if not good or (above and value == low) or (below and value == high):
        ends = f"{'(' if above else '['}{low:g}, {high:g}{')' if below else ']'}"
        raise DataError(f"{what}: {value!r}, accepted is a number in {ends}")
    return float(value)


def check_activation(layer: Layer, activation: Any) -> None:
    """Raise DataError for an activation that there is not."""
    if activation is not None and (not isinstance(activation, str) or activation not in _ACTIVATIONS):
        raise layer.refuse(f"activation {activation!r}, accepted are None, {', '.join(_ACTIVATIONS)}")


def activation_stages(activation: str | None, shape: Shape, name: str) -> list[Stage]:
    """Return the stage of a layer's own activation, none for a linear one; `shape` as the engine has it."""
    if activation in (None, "linear"):
        return []
    if activation == "softmax":
        return [Stage("softmax", {}, shape, layer=name)]
    return [Stage("relu", {"maximum": 6.0 if activation == "relu6" else None}, shape, layer=name)]


@dataclass(frozen=True)
class Input(Layer):
    """A sample's shape, as the first of a network's layers.

    Attributes
    ----------
    shape : tuple of int
        (features,), (time, channels) or (height, width, channels), without a batch axis.
    """

    shape: Shape
    prefix: ClassVar[str] = "input"

    def check(self) -> None:
        """Raise ShapeError for what is no sample's shape."""
        checked_shape(self.shape, "Input")

    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Compute nothing."""
        return [], shape


@dataclass(frozen=True)
class Dense(Layer):
    """A matrix product over the features of a flat input.

    Attributes
    ----------
    units : int
    activation : {None, "linear", "relu", "relu6", "softmax"}
    use_bias : bool
    """

    units: int
    activation: str | None = None
    use_bias: bool = True
    prefix: ClassVar[str] = "dense"

    def check(self) -> None:
        """Raise DataError for a value that the layer cannot have."""
        self.whole("units")
        check_activation(self, self.activation)

    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Return weights OI and a bias."""
        if len(shape) != 1:
            raise ShapeError(f"{name}: input {shape}, accepted is (features,): put Flatten() or GlobalAvgPool() before")
        weights = Parameter("weights", (self.units, shape[0]), fans=(shape[0], self.units))
        bias = (Parameter("bias", (self.units,)),) if self.use_bias else ()
        options = {"units": self.units, "use_bias": self.use_bias}
        stage = Stage("dense", options, (self.units,), (weights, *bias), name)
        return [stage, *activation_stages(self.activation, (self.units,), name)], (self.units,)


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Normalisation by the batch's mean and variance while training, by their moving averages afterwards.

    In a model file it is part of the weights of the convolution or dense layer before it; put it before the activation.

    Attributes
    ----------
    momentum : float in [0, 1)
        What a moving average keeps of itself at every step.
    epsilon : float > 0
        Added to the variance.
    """

    momentum: float = 0.99
    epsilon: float = 1e-3
    prefix: ClassVar[str] = "batch_normalization"

    def check(self) -> None:
        """Raise DataError for a value that the layer cannot have."""
        number(self.momentum, "BatchNorm: momentum", 0, 1, below=True)
        number(self.epsilon, "BatchNorm: epsilon", _SMALLEST_EPSILON, 1)

    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Return scale and offset, trained, and the moving averages, for each channel."""
        channels = shape[-1:]
        parameters = (
            Parameter("gamma", channels, 1.0),
            Parameter("beta", channels),
            Parameter("moving_mean", channels),
            Parameter("moving_variance", channels, 1.0),
        )
        options = {"momentum": float(self.momentum), "epsilon": float(self.epsilon)}
        return [Stage("batch_norm", options, engine_shape(shape), parameters, name)], shape


@dataclass(frozen=True)
class ReLU(Layer):
    """``max(x, 0)``."""

    prefix: ClassVar[str] = "re_lu"

    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Keep the shape."""
        return activation_stages("relu", engine_shape(shape), name), shape


@dataclass(frozen=True)
class ReLU6(Layer):
    """``min(max(x, 0), 6)``."""

    prefix: ClassVar[str] = "re_lu6"

    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Keep the shape."""
        return activation_stages("relu6", engine_shape(shape), name), shape


@dataclass(frozen=True)
class Softmax(Layer):
    """Softmax over the last axis."""

    prefix: ClassVar[str] = "softmax"

    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Keep the shape."""
        return activation_stages("softmax", engine_shape(shape), name), shape


@dataclass(frozen=True)
class Dropout(Layer):
    """Zeros at random while training, the others larger by 1 / (1 - rate); nothing afterwards.

    Attributes
    ----------
    rate : float in [0, 1)
    """

    rate: float
    prefix: ClassVar[str] = "dropout"

    def check(self) -> None:
        """Raise DataError for a value that the layer cannot have."""
        number(self.rate, "Dropout: rate", 0, 1, below=True)

    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Keep the shape."""
        return [Stage("dropout", {"rate": float(self.rate)}, engine_shape(shape), layer=name)], shape


@dataclass(frozen=True)
class Reshape(Layer):
    """The same values in another shape.

    Attributes
    ----------
    target_shape : tuple of int
        Without the batch axis; one of them may be -1.
    """

    target_shape: Shape
    prefix: ClassVar[str] = "reshape"

    def check(self) -> None:
        """Raise DataError for what is no shape."""
        target = self.target_shape
        good = isinstance(target, (tuple, list)) and all(
            isinstance(v, (int, np.integer)) and not isinstance(v, bool) and (v > 0 or v == -1) for v in target
        )
        if not good or list(target).count(-1) > 1:
            raise self.refuse(f"target_shape {target!r}, accepted are positive integers, one of them may be -1")

    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Return the new shape, its free axis filled in."""
        size, known = math.prod(shape), math.prod(v for v in self.target_shape if v != -1)
        target = tuple(size // known if v == -1 else int(v) for v in self.target_shape)
        if math.prod(target) != size:
            raise ShapeError(f"{name}: input {shape} has {size} values, target_shape is {tuple(self.target_shape)}")
        target = checked_shape(target, name)
        return [Stage("reshape", {"shape": engine_shape(target)}, engine_shape(target), layer=name)], target


@dataclass(frozen=True)
class Flatten(Layer):
    """All values of a sample in one row."""

    prefix: ClassVar[str] = "flatten"

    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Return one axis."""
        flat = (math.prod(shape),)
        return [Stage("reshape", {"shape": flat}, flat, layer=name)], flat
