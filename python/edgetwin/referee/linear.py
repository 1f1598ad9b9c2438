"""Convolutions and dense layers as channels: the weights, bias and input places that make each channel's sum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..graph.step import Step
from ..types import Array

__all__ = ["LINEAR_KERNELS", "Linear"]

Integers = NDArray[np.int64]
LINEAR_KERNELS = ("conv_2d_s8", "depthwise_conv_2d_s8", "fully_connected_s8")


@dataclass(frozen=True, eq=False)
class _Axis:
    """One axis of a window: which taps are inside the input, and where."""

    inside: NDArray[np.bool_]  #: (outputs, taps)
    best: int  #: the output position with the most taps inside
    places: Integers  #: (taps,) of that position, -1 outside

    @classmethod
    def of(cls, params: dict[str, int], axis: str, pad: str) -> _Axis:
        taps = np.arange(params[f"kernel_{axis}"]) * params[f"dilation_{axis}"] - params[pad]
        at = np.arange(params[f"output_{axis}"])[:, None] * params[f"stride_{axis}"] + taps
        inside = (at >= 0) & (at < params[f"input_{axis}"])
        best = int(np.argmax(inside.sum(axis=1)))
        return cls(inside, best, np.where(inside[best], at[best], -1))


@dataclass(frozen=True, eq=False)
class Linear:
    """An operator whose outputs are requantized sums of products.

    Attributes
    ----------
    weights : ndarray of int64, shape (channels, taps)
        Less their zero point; 0 for taps that no position has inside the input.
    bias : ndarray of int64, shape (channels,)
    zero_point : int
        Of the input.
    padded : bool
        Whether some position has taps outside the input, which add nothing.
    whole : bool
        Whether the position of `places` has all taps that any position has.
    position : tuple of int
        Of the outputs that `places` belong to, without the channel: () for a dense layer.
    """

    weights: Integers
    bias: Integers
    zero_point: int
    padded: bool
    whole: bool
    position: tuple[int, ...]
    _places: Integers  #: (taps,) of channel 0; -1 outside
    _channel_step: int  #: added to them for each `_shared` channels
    _shared: int

    def places(self, channel: int) -> Integers:
        """Return where each tap of a channel lies in the flattened input, at `position`; -1 outside."""
        moved = self._places + channel // self._shared * self._channel_step
        return np.where(self._places >= 0, moved, -1)

    @classmethod
    def of(cls, step: Step) -> Linear:
        """Return that of a kernel among `LINEAR_KERNELS`."""
        p = {name: int(value) for name, value in step.params.items()}
        weights = np.asarray(step.constants["weights"], np.int64)
        if "output_features" in p:
            weights = weights.reshape(p["output_features"], -1) - p["weights_zero_point"]
            places, channels = np.arange(weights.shape[1]), len(weights)
            return cls(weights, _bias(step, channels), p["input_zero_point"], False, True, (), places, 0, channels)
        rows, columns = _Axis.of(p, "h", "pad_top"), _Axis.of(p, "w", "pad_left")
        ever: NDArray[np.bool_] = np.any(rows.inside, axis=0, keepdims=True).T & np.any(columns.inside, axis=0)
        here: NDArray[np.bool_] = (rows.places[:, None] >= 0) & (columns.places >= 0)
        pixels = np.where(here, rows.places[:, None] * p["input_w"] + columns.places, -1)
        if step.kernel.startswith("depthwise"):
            weights = np.moveaxis(weights.reshape(*ever.shape, p["output_c"]), -1, 0)[..., None]
            shared, channel_step = p["output_c"] // p["input_c"], 1
        else:
            weights = weights.reshape(p["output_c"], *ever.shape, -1)
            shared, channel_step = p["output_c"] // p["groups"], weights.shape[-1]
        weights = np.where(ever[:, :, None], weights, 0)
        places = np.where(pixels >= 0, pixels * p["input_c"], -1)[..., None] + np.where(
            (pixels >= 0)[..., None], np.arange(weights.shape[-1]), 0
        )
        return cls(
            weights.reshape(p["output_c"], -1),
            _bias(step, p["output_c"]),
            p["input_zero_point"],
            not (rows.inside.all() and columns.inside.all()),
            bool((here == ever).all()),
            (rows.best, columns.best),
            places.reshape(-1),
            channel_step,
            shared,
        )

    def window(self, channel: int, differences: Integers) -> Array:
        """Return the codes of a channel's taps with given differences from the zero point; that where outside."""
        inside: Array = np.where(self.places(channel) >= 0, differences + self.zero_point, self.zero_point)
        return inside


def _bias(step: Step, channels: int) -> Integers:
    bias = step.constants["bias"]
    return np.zeros(channels, np.int64) if bias is None else np.asarray(bias, np.int64).reshape(channels)
