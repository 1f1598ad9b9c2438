"""Scales of float32 from which TFLite computes a wanted multiplier and shift."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["SUM_SHIFT", "product_scales", "ratio_scales", "sum_scales"]

#: Float32 numbers from 1 to 2 that are tried. The ratio of two is as fine as 1 in 2^48, so that every 128th gives a
#: wanted multiplier of 31 bits, and every 16,384th two of them.
_TRIED = 1 + np.arange(1 << 18, dtype=np.float64) * 2.0**-18
_FEWER = _TRIED[::16]

#: Third factors. Beside a power of two, ratios of two numbers are as coarse as float32; with these, one is 2^-31 below
#: (its square root is 181 / 2^23) or 2^-30 above.
_FACTORS = (1.0, 1 + 181 * 2.0**-23, 1 + 2.0**-15)

#: How far TFLite shifts the operands of a sum of int8 to the left.
SUM_SHIFT = 20

#: A multiplier in [2^30, 2^31) and a shift, positive = left.
Wanted = tuple[int, int]


def _real(wanted: Wanted) -> float:
    multiplier, shift = wanted
    return multiplier * 2.0 ** (shift - 31)


def _single(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values.astype(np.float32).astype(np.float64)


def _gives(real: NDArray[np.float64], wanted: Wanted) -> NDArray[np.bool_]:
    """Return where TFLite's QuantizeMultiplier makes the multiplier and the shift of a double."""
    fraction, shift = np.frexp(real)
    found: NDArray[np.bool_] = (np.floor(fraction * 2.0**31 + 0.5) == wanted[0]) & (shift == wanted[1])
    return found


def _first(found: NDArray[np.bool_], *scales: NDArray[np.float64]) -> tuple[float, ...] | None:
    at = np.flatnonzero(found)
    return tuple(float(values[at[0]]) for values in scales) if at.size else None


def ratio_scales(wanted: Wanted) -> tuple[float, ...] | None:
    """Return three scales of which the first times the second over the third is quantized so.

    Parameters
    ----------
    wanted : (int, int)
        Multiplier and shift.

    Returns
    -------
    (float, float, float) or None
        None where none of those tried is.
    """
    for factor in _FACTORS:
        one = _single(_FEWER * (_real(wanted) / factor))
        found = _first(_gives(factor * one / _FEWER, wanted), one, _FEWER)
        if found is not None:
            return factor, *found
    return None


def product_scales(wanted: Wanted) -> tuple[float, ...] | None:
    """Return two numbers whose product is quantized so; the second is in [1, 2). As `ratio_scales`."""
    one = _single(_real(wanted) / _FEWER)
    return _first(_gives(one * _FEWER, wanted), one, _FEWER)


def sum_scales(x: Wanted, y: Wanted, output: Wanted) -> tuple[float, ...] | None:
    """Return the scales of a sum's operands and result: TFLite takes the operands over twice the larger of the two.

    Parameters
    ----------
    x, y, output : (int, int)
        Multiplier and shift.

    Returns
    -------
    (float, float, float) or None
        None where none of those tried is; so it is wherever neither operand has the multiplier of 1/2.
    """
    if _real(x) < _real(y):
        swapped = sum_scales(y, x, output)
        return None if swapped is None else (swapped[1], swapped[0], swapped[2])
    if _real(x) != 0.5:
        return None
    twice = 2 * _TRIED
    other = _single(twice * _real(y))
    made = _single(twice / (_real(output) * 2.0**SUM_SHIFT))
    found = _gives(other / twice, y) & _gives(twice / (2.0**SUM_SHIFT * made), output)
    return _first(found, _TRIED, other, made)
