"""Convolutions and dense layers in one form: groups of channels that share their inputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...graph.graph import Graph, Operator
from ...graph.patches import patches
from ...graph.support import PORTABLE
from ...types import Array

__all__ = ["LINEAR", "Layer"]

Real = NDArray[np.float64]
#: Operators that requantize sums of products.
LINEAR = tuple(name for name, form in PORTABLE.items() if form == "linear")


@dataclass(frozen=True)
class Layer:
    """One operator of `LINEAR`.

    Attributes
    ----------
    operator : Operator
    shape : tuple of int
        Of the weights, as in the file.
    groups : int
        Of channels with the same inputs: 1 for a dense layer, the input's channels for a depthwise convolution.
    """

    operator: Operator
    shape: tuple[int, ...]
    groups: int

    @classmethod
    def of(cls, graph: Graph, operator: Operator) -> Layer:
        """Return that of an operator of a graph."""
        shape = graph.tensors[operator.inputs[1]].shape
        if operator.name == "fully_connected":
            return cls(operator, shape, 1)
        channels = graph.tensors[operator.inputs[0]].shape[3]
        return cls(operator, shape, channels if operator.name == "depthwise_conv_2d" else channels // shape[3])

    @property
    def channel_axis(self) -> int:
        """The axis of the weights that counts outputs."""
        return 3 if self.operator.name == "depthwise_conv_2d" else 0

    @property
    def channels(self) -> int:
        """Number of outputs."""
        return self.shape[self.channel_axis]

    def grouped(self, weights: Array) -> Real:
        """Return weights as (groups, channels of a group, taps)."""
        rows = np.moveaxis(weights.astype(np.float64), self.channel_axis, 0).reshape(self.channels, -1)
        return rows.reshape(self.groups, self.channels // self.groups, -1)

    def stored(self, grouped: NDArray[np.int64]) -> NDArray[np.int8]:
        """Return grouped codes as the file has them."""
        axes = [size for axis, size in enumerate(self.shape) if axis != self.channel_axis]
        rows = grouped.reshape(self.channels, *axes)
        stored: NDArray[np.int8] = np.moveaxis(rows, 0, self.channel_axis).astype(np.int8)
        return stored

    def inputs(self, values: Array, most: int) -> Real:
        """Return what outputs are made of.

        Parameters
        ----------
        values : ndarray, shape (n, *input shape without a leading 1)
            Less the zero point.
        most : int
            Outputs of a channel that are looked at: where there are more, some drawn at random, always the same.

        Returns
        -------
        ndarray of float64, shape (groups, rows, taps)
        """
        if self.operator.name == "fully_connected":
            flat = values.reshape(-1, self.shape[1])
            return flat[_drawn(len(flat), most)].astype(np.float64)[None]
        windows = patches(self.operator.options, values, (self.shape[1], self.shape[2]), 0.0)
        drawn = windows[np.unravel_index(_drawn(int(np.prod(windows.shape[:3])), most), windows.shape[:3])]
        parted = drawn.astype(np.float64).reshape(*drawn.shape[:3], self.groups, -1)
        rows: Real = np.moveaxis(parted, 3, 0).reshape(self.groups, len(drawn), -1)
        return rows


def _drawn(count: int, most: int) -> NDArray[np.int64]:
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(count).choice(count, most, replace=False))
