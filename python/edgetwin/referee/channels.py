"""Which sums two arithmetics turn into different codes: requantization never falls, so thresholds tell all of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..graph.step import Step
from ..kernels.quantization import requantize
from ..types import INT32_MAX, ROUNDINGS, Array

__all__ = ["Requantizer", "Sums", "differing_sums", "thresholds"]

Integers = NDArray[np.int64]
_NAMES = {code: name for name, code in ROUNDINGS.items()}
#: A threshold lies this near to that of the real scale, or is looked for in the whole range.
_NEAR = 3


@dataclass(frozen=True, eq=False)
class Sums:
    """The sums that an operator's channels can have: bias plus products of weights and codes less their zero point.

    Attributes
    ----------
    low, high : ndarray of int64, shape (channels,)
        Bounds, before any wrapping; both are reached where every tap is inside the input.
    modulus, residue : ndarray of int64, shape (channels,)
        Every sum is `residue` modulo `modulus`, the greatest divisor of the channel's weights; 0 for none.
    """

    low: Integers
    high: Integers
    modulus: Integers
    residue: Integers

    @classmethod
    def of(cls, weights: Integers, bias: Integers, least: int, most: int) -> Sums:
        """Return the sums of weights (channels, taps) times differences in [least, most]."""
        positive, negative = np.maximum(weights, 0).sum(axis=1), np.minimum(weights, 0).sum(axis=1)
        modulus = np.gcd.reduce(weights, axis=1) if weights.shape[1] else np.zeros_like(bias)
        residue = np.where(modulus > 0, bias % np.maximum(modulus, 1), bias)
        return cls(
            bias + positive * least + negative * most, bias + positive * most + negative * least, modulus, residue
        )


@dataclass(frozen=True, eq=False)
class Requantizer:
    """How one arithmetic turns a channel's sum into a code.

    Attributes
    ----------
    zero_point, lowest, highest : int
        Of the output; the last two are the fused activation's clamp.
    multiplier, shift : ndarray of int32, shape (channels,), or None
    rounding : str
        Of the multiplier.
    scale : ndarray of float32, shape (channels,), or None
        In place of multiplier and shift: the sum as float32 times it, rounded to the nearest, ties to even.
    """

    zero_point: int
    lowest: int
    highest: int
    multiplier: Array | None
    shift: Array | None
    rounding: str
    scale: Array | None

    @classmethod
    def of(cls, step: Step) -> Requantizer:
        """Return that of a convolution or a dense layer."""
        p, c = step.params, step.constants
        limits = int(p["output_zero_point"]), int(p["activation_min"]), int(p["activation_max"])
        rounding = _NAMES[int(p.get("rounding", 0))]
        return cls(*limits, c.get("multiplier"), c.get("shift"), rounding, c.get("scale"))

    @property
    def real(self) -> NDArray[np.float64]:
        """The real scale of each channel."""
        if self.multiplier is None or self.shift is None:
            return np.asarray(self.scale, np.float64)
        made: NDArray[np.float64] = np.ldexp(self.multiplier.astype(np.float64), self.shift - 31)
        return made

    @property
    def limit(self) -> Integers:
        """The largest magnitude of a sum below which no step of the arithmetic wraps, by channel."""
        if self.shift is None:
            return np.full(np.asarray(self.scale).shape, INT32_MAX, np.int64)
        shift = self.shift.astype(np.int64)
        return np.where(shift < 0, INT32_MAX, np.int64(1) << (30 - np.maximum(shift, 0)))

    def codes(self, sums: Integers, channel: Integers) -> Integers:
        """Return the codes of sums within int32, each of a channel."""
        if self.multiplier is None or self.shift is None:
            scaled = sums.astype(np.float32) * np.asarray(self.scale, np.float32)[channel]
            near = np.rint(np.clip(scaled, self.lowest - self.zero_point, self.highest - self.zero_point))
            floats: Integers = near.astype(np.int64) + self.zero_point
            return floats
        scales = self.multiplier[channel], self.shift[channel]
        made = requantize(sums.astype(np.int32), *scales, rounding=self.rounding).astype(np.int64)
        clamped: Integers = np.clip(made + self.zero_point, self.lowest, self.highest)
        return clamped


def thresholds(stage: Requantizer, low: Integers, high: Integers, codes: Integers) -> Integers:
    """Return the smallest sum of [low, high] whose code is at least each of `codes`, high + 1 where none is.

    Parameters
    ----------
    stage : Requantizer
    low, high : ndarray of int64, shape (channels,)
        Within `stage.limit`.
    codes : ndarray of int64, shape (count,)

    Returns
    -------
    ndarray of int64, shape (channels, count)
    """
    low, high, wanted = low[:, None], high[:, None], np.broadcast_to(codes, (len(low), len(codes)))
    with np.errstate(all="ignore"):
        guess = np.ceil((codes - 0.5 - stage.zero_point) / stage.real[:, None])
    place = np.clip(guess, low - _NEAR - 1, high + _NEAR + 1).astype(np.int64)
    channel = np.broadcast_to(np.arange(len(low))[:, None], wanted.shape)

    def reached(sums: Integers) -> NDArray[np.bool_]:
        inside = stage.codes(np.clip(sums, low, high).reshape(-1), channel.reshape(-1)).reshape(wanted.shape) >= wanted
        made: NDArray[np.bool_] = ((sums > high) | inside) & (sums >= low)
        return made

    below, above = np.clip(place - _NEAR, low - 1, high), np.clip(place + _NEAR, low, high + 1)
    below = np.where(reached(below) | (wanted <= stage.lowest), low - 1, below)
    above = np.where(~reached(above) | (wanted > stage.highest), high + 1, above)
    # The clamp alone reaches its lower end, and nothing passes its upper one.
    above = np.where(wanted <= stage.lowest, low, above)
    below = np.where(wanted > stage.highest, high, below)
    while True:
        at = np.nonzero(above - below > 1)
        if not at[0].size:
            return above
        middle = (below[at] + above[at]) // 2
        enough = stage.codes(middle, channel[at]) >= wanted[at]
        above[at] = np.where(enough, middle, above[at])
        below[at] = np.where(enough, below[at], middle)


def differing_sums(ours: Requantizer, theirs: Requantizer, low: Integers, high: Integers) -> tuple[Integers, Integers]:
    """Return the sums of [low, high] to which two arithmetics give different codes.

    Parameters
    ----------
    ours, theirs : Requantizer
    low, high : ndarray of int64, shape (channels,)

    Returns
    -------
    first, end : ndarray of int64, shape (channels, intervals)
        Intervals that do not overlap, in order; those with end <= first are empty.
    """
    stages = (ours, theirs)
    least, most = min(stage.lowest for stage in stages), max(stage.highest for stage in stages)
    codes = np.arange(least + 1, most + 1)
    a, b = (thresholds(stage, low, high, codes) for stage in stages)
    first, end = np.minimum(a, b), np.maximum(a, b)
    # Thresholds rise with the code, so only the interval before can reach into one.
    first[:, 1:] = np.maximum(first[:, 1:], end[:, :-1])
    return first, end
