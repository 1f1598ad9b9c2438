"""Values of a network that counts channels first, held in a graph that counts them last."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..graph.builder import GraphBuilder
from ..types import Array

__all__ = ["Value", "channels_last", "concatenated", "identity", "permuted", "reshaped", "to_layout"]


@dataclass(frozen=True)
class Value:
    """A value that the network sees in one order of axes and the graph holds in another.

    Attributes
    ----------
    index : int
        The graph's tensor.
    shape : tuple of int
        As the network sees it.
    axes : tuple of int
        The graph's axis i is the network's axis `axes[i]`.
    order : ndarray of int, or None
        Of flattened values: the graph's element i along the last axis is the network's element `order[i]`.
    """

    index: int
    shape: tuple[int, ...]
    axes: tuple[int, ...]
    order: Array | None = None

    @property
    def stored(self) -> tuple[int, ...]:
        """The shape that the graph's tensor has."""
        return tuple(self.shape[axis] for axis in self.axes)

    def with_index(self, index: int) -> Value:
        """Return another tensor of the same shape and layout."""
        return replace(self, index=index)

    def arranged(self, array: Array) -> Array:
        """Return an array of the network's order (any that broadcasts with it) in the graph's order."""
        array = array.reshape((1,) * (len(self.shape) - array.ndim) + array.shape)
        array = np.transpose(array, self.axes)
        if self.order is not None and array.shape[-1] > 1:
            array = array[..., self.order]
        return array

    def restored(self, array: Array) -> Array:
        """Return an array of the graph's order, (n, ...) for the batch axis of 1, in the network's order."""
        if self.order is not None:
            array = array[..., np.argsort(self.order)]
        return np.transpose(array, np.argsort(self.axes))


def identity(rank: int) -> tuple[int, ...]:
    """Return the layout in which nothing is moved."""
    return tuple(range(rank))


def channels_last(rank: int) -> tuple[int, ...]:
    """Return the layout that puts axis 1 last."""
    return (0, *range(2, rank), 1) if rank > 2 else identity(rank)


def to_layout(builder: GraphBuilder, value: Value, axes: Sequence[int]) -> Value:
    """Return the value in a layout, without an order of its own."""
    if value.order is not None:
        shape = builder.shape(value.index)
        indices = builder.constant("order", np.argsort(value.order), "int32")
        options = {"axis": len(shape) - 1}
        index = builder.operator("gather", [value.index, indices], shape, options, name="unflattened")
        value = replace(value, index=index, order=None)
    if value.axes == tuple(axes):
        return value
    index = builder.transpose(value.index, [value.axes.index(axis) for axis in axes])
    return replace(value, index=index, axes=tuple(axes))


def permuted(value: Value, dims: Sequence[int]) -> Value:
    """Return the value whose axis j is the old axis `dims[j]`: the graph's tensor stays as it is."""
    dims = [dim % len(value.shape) for dim in dims]
    shape = tuple(value.shape[dim] for dim in dims)
    return replace(value, shape=shape, axes=tuple(dims.index(axis) for axis in value.axes))


def reshaped(builder: GraphBuilder, value: Value, shape: tuple[int, ...], name: str) -> Value:
    """Return the value in another shape; what is flattened stays in the graph's order and says so."""
    rank, target = len(value.shape), identity(len(shape))
    if value.shape == shape:
        return value
    if value.order is None and rank > 2 and value.axes == channels_last(rank) and value.shape[:1] == shape[:1]:
        channels, features = value.shape[1], math.prod(value.shape[1:])
        if shape[1:] == (features,):
            order = np.moveaxis(np.arange(features).reshape(value.shape[1:]), 0, -1).reshape(-1)
            moved = not np.array_equal(order, np.arange(features))
            return Value(builder.reshape(value.index, shape, name=name), shape, target, order if moved else None)
        if len(shape) > 2 and shape[1] == channels:
            axes = channels_last(len(shape))
            stored = tuple(shape[axis] for axis in axes)
            return Value(builder.reshape(value.index, stored, name=name), shape, axes)
    index = to_layout(builder, value, identity(rank)).index
    return Value(builder.reshape(index, shape, name=name), shape, target)


def concatenated(builder: GraphBuilder, values: Sequence[Value], axis: int, name: str) -> Value:
    """Join values along the network's axis, in the layout of the first."""
    first = values[0]
    axis %= len(first.shape)
    shape = list(first.shape)
    shape[axis] = sum(value.shape[axis] for value in values)
    order = None
    if any(value.order is not None for value in values):
        if len(shape) == 2 and axis == 1:
            starts = np.cumsum([0, *(value.shape[1] for value in values)])
            parts = [np.arange(value.shape[1]) if value.order is None else value.order for value in values]
            order = np.concatenate([part + start for part, start in zip(parts, starts, strict=False)])
        else:
            values = [to_layout(builder, value, value.axes) for value in values]
    indices = [value.index if order is not None else to_layout(builder, value, first.axes).index for value in values]
    index = builder.concatenation(indices, first.axes.index(axis), name=name)
    return Value(index, tuple(shape), first.axes, order)
