"""A chain of layers with the shapes between them: what a network is before it has weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DataError, ShapeError
from ..types import Array
from .layers import Input, Layer
from .stage import Parameter, Shape, Stage, checked_shape, engine_shape

__all__ = ["LayerRow", "Stack", "checked_layers", "layer_names"]


@dataclass(frozen=True)
class LayerRow:
    """One layer in its place.

    Attributes
    ----------
    name : str
    layer : Layer
    shape : tuple of int
        Of a sample's output.
    stages : range
        Which stages of the stack are the layer's.
    parameters : int
        Number of weights, moving averages included.
    """

    name: str
    layer: Layer
    shape: Shape
    stages: range
    parameters: int


def checked_layers(layers: Any) -> tuple[Layer, ...]:
    """Return layers as a tuple.

    Raises
    ------
    DataError : not layers, none, an `Input` that is not the first
    """
    if isinstance(layers, (str, Layer)) or not isinstance(layers, Sequence):
        raise DataError(f"layers: {type(layers).__name__}, accepted is a list of layers of edgetwin.nn")
    for position, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            hint = ": write it with brackets" if isinstance(layer, type) and issubclass(layer, Layer) else ""
            raise DataError(f"layer {position}: {layer!r}, accepted are layers of edgetwin.nn{hint}")
        if isinstance(layer, Input) and position:
            raise DataError(f"layer {position}: Input is the first layer or none")
    if all(isinstance(layer, Input) for layer in layers):
        raise DataError("layers: none that computes anything")
    return tuple(layers)


def layer_names(layers: Sequence[Layer]) -> tuple[str, ...]:
    """Return each layer's name: its own, or Keras' with a number from the second of its kind on.

    Raises
    ------
    DataError : two layers of one name
    """
    taken = [layer.name for layer in layers if layer.name is not None]
    twice = sorted({name for name in taken if taken.count(name) > 1})
    if twice:
        raise DataError(f"layers: two are called {twice[0]!r}")
    used = set(taken)
    names = []
    for layer in layers:
        name = layer.name or layer.prefix
        number = 0
        while layer.name is None and name in used:
            number += 1
            name = f"{layer.prefix}_{number}"
        used.add(name)
        names.append(name)
    return tuple(names)


class Stack:
    """Layers on an input of known shape.

    Attributes
    ----------
    input_shape, output_shape : tuple of int
        Of one sample, as the user has it.
    rows : tuple of LayerRow
        One a layer, `Input` left out.
    stages : tuple of Stage
    parameters : tuple of (int, Parameter)
        Number of the stage and the parameter, in order.
    """

    def __init__(self, layers: Sequence[Layer], input_shape: Any) -> None:
        self.input_shape = shape = checked_shape(input_shape, "input")
        rows: list[LayerRow] = []
        stages: list[Stage] = []
        for name, layer in zip(layer_names(layers), layers, strict=True):
            if isinstance(layer, Input):
                if tuple(layer.shape) != self.input_shape:
                    raise ShapeError(f"{name}: {tuple(layer.shape)}, the samples are {self.input_shape}")
                continue
            made, shape = layer.build(shape, name)
            checked_shape(shape, name)
            count = sum(math.prod(parameter.shape) for stage in made for parameter in stage.parameters)
            rows.append(LayerRow(name, layer, shape, range(len(stages), len(stages) + len(made)), count))
            stages += made
        self.output_shape = shape
        self.rows = tuple(rows)
        self.stages = tuple(stages)
        self.parameters: tuple[tuple[int, Parameter], ...] = tuple(
            (index, parameter) for index, stage in enumerate(stages) for parameter in stage.parameters
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names: "conv1d/weights"."""
        return tuple(f"{self.stages[index].layer}/{parameter.name}" for index, parameter in self.parameters)

    @property
    def engine_layers(self) -> list[tuple[str, dict[str, Any]]]:
        """The stages as `_core.TrainingNetwork` takes them."""
        return [(stage.kind, dict(stage.options)) for stage in self.stages]

    @property
    def engine_input(self) -> Shape:
        """A sample's shape as `_core.TrainingNetwork` takes it."""
        return engine_shape(self.input_shape)

    @property
    def classifies(self) -> bool:
        """Whether it ends in one softmax over classes."""
        return self.stages[-1].kind == "softmax" and len(self.output_shape) == 1

    def initial(self, seed: int) -> list[Array]:
        """Return the parameters that training starts with: weights of Glorot's uniform distribution, biases of 0."""
        # A stream for each parameter: a layer that is added after them changes none of those before.
        return [
            parameter.initial(np.random.default_rng([seed, number]))
            for number, (_, parameter) in enumerate(self.parameters)
        ]
