"""Weights and biases of one layer on the portable grid: even weights, odd biases, scaling just below a power of two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...types import Array, Quantization
from .draft import Draft
from .grid import rounded_to_grid, squared_error
from .layers import Layer
from .scales import LEAST_EXPONENT, exact_exponents, largest_exponents, portable_scales

__all__ = ["Moments", "exponents_of", "fit"]

Real = NDArray[np.float64]
#: Weights are even, so that a sum is as odd as its bias.
_STEP, _LIMIT = 2, 126
#: Share of the inputs' mean power with which weights are held to what they were, as they are fitted to what flows.
_HELD = 0.1
_MOST_BIAS = 2**30
#: Share of inputs' power below which their variance is what float64 leaves of it.
_NOISE = 1e-9


@dataclass(frozen=True, eq=False)
class Moments:
    """What calibration says of a layer: its inputs as the portable model has them, and sums as the original has them.

    Attributes
    ----------
    products : ndarray of float64, shape (groups, taps, taps)
        Means of products of inputs, less those of their means; inputs in real units.
    errors : ndarray of float64, shape (groups, channels of a group, taps)
        Means of products of inputs with what the original's weights lack of the original's sums, likewise.
    inputs : ndarray of float64, shape (groups, taps)
        Means.
    sums : ndarray of float64, shape (groups, channels of a group)
        Means of the original's sums, without its bias.
    """

    products: Real
    errors: Real
    inputs: Real
    sums: Real

    @classmethod
    def of(cls, layer: Layer, weights: Real, flows: Iterator[tuple[Array, Array]], most: int) -> Moments:
        """Return those of a layer.

        Parameters
        ----------
        layer : Layer
        weights : ndarray of float64, shape (groups, channels of a group, taps)
            The original's.
        flows : iterator of (ndarray, ndarray)
            The layer's data in real units, in the portable model and in the original, some samples at a time.
        most : int
            Outputs of a channel that are looked at, of those samples.
        """
        count = 0
        groups, channels, taps = weights.shape
        products, errors = np.zeros((groups, taps, taps)), np.zeros((groups, channels, taps))
        inputs, sums, lacks = np.zeros((groups, taps)), np.zeros((groups, channels)), np.zeros((groups, channels))
        for portable, original in flows:
            x, before = layer.inputs(portable, most), layer.inputs(original, most)
            wanted = before @ weights.transpose(0, 2, 1)
            lack = wanted - x @ weights.transpose(0, 2, 1)
            products += x.transpose(0, 2, 1) @ x
            errors += lack.transpose(0, 2, 1) @ x
            inputs += x.sum(axis=1)
            sums += wanted.sum(axis=1)
            lacks += lack.sum(axis=1)
            count += x.shape[1]
        inputs, sums, lacks = inputs / count, sums / count, lacks / count
        varying = products / count - inputs[:, :, None] * inputs[:, None, :]
        power, left = (np.trace(h, axis1=1, axis2=2) for h in (products / count, varying))
        return cls(
            # What is left of inputs that do not vary is rounding.
            np.where((left > _NOISE * power)[:, None, None], varying, 0.0),
            errors / count - lacks[:, :, None] * inputs[:, None, :],
            inputs,
            sums,
        )

    @classmethod
    def none(cls, weights: Real) -> Moments:
        """Return those without calibration: inputs of equal power and mean 0."""
        groups, channels, taps = weights.shape
        even = np.broadcast_to(np.eye(taps), (groups, taps, taps))
        return cls(even, np.zeros(weights.shape), np.zeros((groups, taps)), np.zeros((groups, channels)))


def exponents_of(draft: Draft, layer: Layer, weights: Real, bias: Real, shared: bool) -> NDArray[np.int64]:
    """Return the largest exponent of each channel's scaling, or of all where they share one.

    Parameters
    ----------
    draft : Draft
    layer : Layer
    weights : ndarray of float64, shape (groups, channels of a group, taps)
    bias : ndarray of float64, shape (channels,)
    shared : bool

    Returns
    -------
    ndarray of int64, shape (channels,) or (1,)
    """
    scales = draft.scale(layer.operator.inputs[0]), draft.scale(layer.operator.outputs[0])
    largest = np.abs(weights).max(axis=2, initial=0.0).reshape(-1)
    if shared:
        largest, bias = largest.max(keepdims=True), np.abs(bias).max(keepdims=True)
    return largest_exponents(*scales, largest, bias, _LIMIT)


def fit(draft: Draft, position: int, weights: Real, bias: Real, moments: Moments, shared: bool) -> None:
    """Give a layer its portable weights, bias and scales, in place.

    Of two exponents the better is taken, a channel at a time: the one with which the largest weight is a code, and the
    next, which halves the steps and clips what is beyond.

    Parameters
    ----------
    draft : Draft
    position : int
        Of the operator.
    weights : ndarray of float64, shape (groups, channels of a group, taps)
        The original's, real units.
    bias : ndarray of float64, shape (channels,)
    moments : Moments
    shared : bool
        Whether all channels have one scale.
    """
    operator = draft.operators[position]
    layer = Layer.of(draft.graph, operator)
    source, output = draft.scale(operator.inputs[0]), draft.scale(operator.outputs[0])
    wanted = _wanted(weights, moments)
    largest = np.maximum(exponents_of(draft, layer, wanted, bias, shared), LEAST_EXPONENT)
    every = [portable_scales(source, output, e)[0] for e in (largest, exact_exponents(source, output, largest + 1))]
    steps = [np.broadcast_to(s.astype(np.float64), layer.channels).reshape(*weights.shape[:2], 1) for s in every]
    tried = [
        rounded_to_grid([w / s for s in both], h, _STEP, _LIMIT)
        for w, h, *both in zip(wanted, moments.products, *steps, strict=True)
    ]
    codes, fine = (np.stack(of_groups) for of_groups in zip(*tried, strict=True))
    lost, less = (
        np.concatenate([squared_error(d, h) for d, h in zip(c * s - wanted, moments.products, strict=True)])
        for c, s in zip((codes, fine), steps, strict=True)
    )
    better = np.broadcast_to(less.sum() < lost.sum(), lost.shape) if shared else less < lost
    codes = np.where(better.reshape(*codes.shape[:2], 1), fine, codes)
    scales = np.where(better[:1] if shared else better, every[1], every[0]).astype(np.float32)
    bias_scales = np.float32(source) * scales
    reached = np.einsum("gct,gt->gc", codes, moments.inputs).reshape(-1) * scales
    whole = (bias + moments.sums.reshape(-1) - reached) / bias_scales.astype(np.float64)
    # The odd number next to it; beyond half of int32's range every code is the clamp's.
    odd = (2 * np.floor(np.clip(whole, -_MOST_BIAS, _MOST_BIAS) / 2) + 1).astype(np.int32)
    _put(draft, position, layer, layer.stored(codes), odd, (scales, bias_scales))


def _wanted(weights: Real, moments: Moments) -> Real:
    """Return the weights that come nearest to the original's sums with the portable model's inputs."""
    made = np.empty_like(weights)
    for group, (h, error) in enumerate(zip(moments.products, moments.errors, strict=True)):
        held = _HELD * (float(np.trace(h)) / max(len(h), 1)) or 1.0
        made[group] = weights[group] + np.linalg.solve(h + held * np.eye(len(h)), error.T).T
    return made


def _put(
    draft: Draft,
    position: int,
    layer: Layer,
    codes: NDArray[np.int8],
    bias: NDArray[np.int32],
    scales: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> None:
    operator = draft.operators[position]
    stored = draft.tensors[operator.inputs[1]]
    name = draft.tensors[operator.inputs[2]].name if len(operator.inputs) > 2 and operator.inputs[2] >= 0 else ""
    zeros = np.zeros(scales[0].size, np.int64)
    axis = layer.channel_axis if zeros.size > 1 else 0
    weights = draft.constant(stored.name, codes, Quantization(scales[0], zeros, axis))
    added = draft.constant(name or f"{stored.name}_bias", bias, Quantization(scales[1], zeros, 0))
    draft.operators[position] = replace(operator, inputs=(operator.inputs[0], weights, added))
