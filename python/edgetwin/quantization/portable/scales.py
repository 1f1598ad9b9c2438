"""Scales of weights that make a layer's scaling a hair less than a power of two, however a runtime computes it.

A sum times 2**-e meets no tie of rounding if it is odd: it is 2**-e away from the next. Runtimes differ in how they
compute the scaling (double, or float32 in one order or another), in the bits that they keep of it and in what they do
with ties; all that moves a result by less. From below, because a multiplier of exactly one half would halve the sum and
round it, with a tie for every odd sum, before the shift that is left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...types import INT32_MAX

__all__ = ["LEAST_EXPONENT", "MOST_EXPONENT", "exact_exponents", "largest_exponents", "portable_scales"]

#: Below, every odd sum or half of them are ties; above, float32 scales are not exact enough for 255 codes.
LEAST_EXPONENT, MOST_EXPONENT = 2, 13
#: Multipliers of 31 bits round up to the power of two itself from here on, and as much again.
_MARGIN = 2.0**-30
#: A sum's error by the scaling, in units of the sum: the first of two roundings must give the sum itself back.
_MOST_ERROR = 0.49
#: Relative error of a scaling that is a product and a quotient of float32.
_FLOAT_ERROR = 2.0**-23
#: Codes from the zero point on, and those just outside of the clamp.
_CODES = 257.0

Scales = NDArray[np.float32]
Integers = NDArray[np.int64]


def _products(input_scale: np.float32, weights: Scales, output_scale: np.float32) -> NDArray[np.float64]:
    """Return the layer's scaling in every way that a runtime may compute it, shape (ways, channels)."""
    exact = np.float64(input_scale) * weights.astype(np.float64) / np.float64(output_scale)
    product = input_scale * weights
    ways = [
        exact,
        product.astype(np.float64) / np.float64(output_scale),
        (product / output_scale).astype(np.float64),
        (input_scale / output_scale * weights).astype(np.float64),
        (weights / output_scale * input_scale).astype(np.float64),
    ]
    return np.stack(ways)


def portable_scales(input_scale: float, output_scale: float, exponents: Integers) -> tuple[Scales, NDArray[np.float64]]:
    """Return scales of weights with ``input_scale * weights / output_scale`` just below 2**-exponent.

    Parameters
    ----------
    input_scale, output_scale : float
        Values of float32.
    exponents : ndarray of int64, shape (channels,)

    Returns
    -------
    scales : ndarray of float32, shape (channels,)
    distances : ndarray of float64, shape (channels,)
        Relative distance of the exact scaling from the power of two.
    """
    source, output = np.float32(input_scale), np.float32(output_scale)
    powers = np.ldexp(1.0, -exponents)
    scales: Scales = (powers * np.float64(output) / np.float64(source)).astype(np.float32)
    while True:
        distances = 1 - _products(source, scales, output) / powers
        above = distances.min(axis=0) < _MARGIN
        if not above.any():
            return scales, distances[0]
        scales = np.where(above, np.nextafter(scales, np.float32(0)), scales)


def largest_exponents(
    input_scale: float, output_scale: float, largest: NDArray[np.float64], bias: NDArray[np.float64], limit: int
) -> Integers:
    """Return the largest exponents with which the largest weights are codes and every runtime is exact.

    Parameters
    ----------
    input_scale, output_scale : float
    largest : ndarray of float64, shape (channels,)
        Absolute values of the largest weights, real units.
    bias : ndarray of float64, shape (channels,)
        Real units.
    limit : int
        The largest code of a weight.

    Returns
    -------
    ndarray of int64, shape (channels,)
        At most `MOST_EXPONENT`; below `LEAST_EXPONENT` where the layer scales too little down.
    """
    ratio = output_scale / input_scale
    with np.errstate(divide="ignore"):
        fitting = np.floor(np.log2(limit * ratio / largest))
        # The bias leaves sums half of int32's range.
        fitting = np.minimum(fitting, np.floor(np.log2(INT32_MAX / 2 * output_scale / np.abs(bias))))
    exponents = np.clip(fitting, LEAST_EXPONENT - 1, MOST_EXPONENT).astype(np.int64)
    return exact_exponents(input_scale, output_scale, exponents)


def exact_exponents(input_scale: float, output_scale: float, exponents: Integers) -> Integers:
    """Return exponents, lowered to where no code's sum is moved by half by what the scaling lacks."""
    for _ in range(MOST_EXPONENT):
        _, distances = portable_scales(input_scale, output_scale, exponents)
        beyond = (distances + _FLOAT_ERROR) * np.ldexp(_CODES, exponents) > _MOST_ERROR
        if not beyond.any():
            break
        exponents = exponents - beyond
    return exponents
