"""One call of a PyTorch operator, as the functions that lower it see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..graph.builder import GraphBuilder
from ..types import Array
from .layout import Value, channels_last, to_layout

__all__ = ["Lowering"]

Pair = tuple[int, int]


class Lowering:
    """One call of an operator: its name in the graph, its arguments by name, what makes the graph.

    Arguments are `Value` for what depends on the input, numpy arrays for parameters, Python's own types for the rest.
    """

    def __init__(self, builder: GraphBuilder, name: str, where: str, arguments: Mapping[str, Any]) -> None:
        self.builder = builder
        self.name = name
        self.where = where
        self.arguments = arguments

    def __getitem__(self, key: str) -> Any:
        return self.arguments[key]

    def refuse(self, message: str) -> UnsupportedError:
        """Return the error for a form that is not converted."""
        return UnsupportedError(f"{self.where}: {message}")

    def value(self, key: str = "input") -> Value:
        """Return an argument that depends on the input."""
        value = self.arguments[key if key in self.arguments else "self"]
        if not isinstance(value, Value):
            raise self.refuse(f"its {key} is a constant, accepted is a value that depends on the model's input")
        return value

    def parameter(self, key: str) -> Array:
        """Return an argument that is a parameter."""
        value = self.arguments[key]
        if isinstance(value, Value):
            raise self.refuse(f"its {key} depends on the model's input, accepted is a parameter")
        return np.asarray(value)

    def constant(self, key: str) -> Array | None:
        """Return an argument that is a parameter, None where it is absent."""
        return None if self.arguments.get(key) is None else self.parameter(key)

    def pair(self, key: str, rank: int, default: int = 1) -> Pair:
        """Return an argument along height and width; height is 1 of what is one-dimensional."""
        value = self.arguments.get(key)
        numbers = [default] if value is None or value == [] else [value] if isinstance(value, int) else list(value)
        if rank == 3:
            return (1 if key != "padding" else 0, int(numbers[0]))
        return (int(numbers[0]), int(numbers[-1]))

    def windows(self) -> tuple[int, int]:
        """Return the input for a window operator, as (1, height, width, channels), and the network's rank."""
        value = to_layout(self.builder, self.value(), channels_last(len(self.value().shape)))
        rank = len(value.shape)
        return (self.builder.expanded(value.index) if rank == 3 else value.index), rank

    def from_windows(self, index: int, rank: int) -> Value:
        """Return what a window operator gave."""
        index = self.builder.squeezed(index) if rank == 3 else index
        size = self.builder.shape(index)
        return Value(index, (size[0], size[-1], *size[1:-1]), channels_last(rank))
