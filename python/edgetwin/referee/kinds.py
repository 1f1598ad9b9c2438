"""What kind of difference two outputs of one operator show, by where it lies and how large it is."""

from __future__ import annotations

import numpy as np

from ..types import INT_RANGES, Array

__all__ = ["likely_kind"]

#: Operators that pad their input.
_PADDED = ("conv_2d", "depthwise_conv_2d", "max_pool_2d", "average_pool_2d", "transpose_conv")
#: Of elements that are at neither end of the range: from here on a shift is one of the whole output.
_MOST = 0.9
#: A value that is there this often may be one that others were cut to.
_OFTEN = 4
#: Of a picture's height or width: what padding reaches.
_NEAR = 0.25


def likely_kind(operator: str, ours: Array, theirs: Array) -> str:
    """Return the likely kind of a difference.

    Parameters
    ----------
    operator : str
        "conv_2d". Its inputs are the same on both sides.
    ours, theirs : ndarray of integers, shape (samples, *shape in the file)
        They differ.

    Returns
    -------
    str
        "rounding mode", "zero point", "padding", "saturation" or "stale memory", and what speaks for it; empty where
        nothing does.
    """
    if ours.dtype.name not in INT_RANGES:
        return ""
    if ours.ndim > 1 and ours.shape[1] == 1:  # the file's own axis of samples
        ours, theirs = (side.reshape(-1, *side.shape[2:]) for side in (ours, theirs))
    at = ours != theirs
    step = theirs.astype(np.int64) - ours.astype(np.int64)
    found = step[at]
    low, high = INT_RANGES[ours.dtype.name]
    if _at_an_end(ours, at) or _at_an_end(theirs, at):
        return "saturation: every difference is where one side ends its range"
    stale = _stale(ours, theirs, at)
    if stale:
        return f"stale memory: {stale}"
    inner = (ours > ours.min()) & (ours < ours.max()) & (theirs > low) & (theirs < high)
    steps = np.unique(found[inner[at]]) if inner[at].any() else np.unique(found)
    if len(steps) == 1 and inner.any() and np.count_nonzero(at & inner) >= _MOST * np.count_nonzero(inner):
        return f"zero point: theirs is {steps[0]:+d} almost everywhere"
    if operator in _PADDED and ours.ndim == 4 and _at_border(at):
        return "padding: every difference lies at the border of the picture"
    if np.all(np.abs(found) == 1):
        return "rounding mode: every difference is one step"
    return ""


def _at_an_end(side: Array, at: Array) -> bool:
    """Return whether all that differs is the largest or smallest value of a side, which is there often."""
    ends = [value for value in (side.min(), side.max()) if np.count_nonzero(side == value) >= _OFTEN]
    return bool(np.isin(side[at], ends).all())


def _stale(ours: Array, theirs: Array, at: Array) -> str:
    """Return what old bytes theirs has: the sample before's, or zeros that nothing was written over."""
    if len(ours) > 1 and not at[0].any() and np.array_equal(theirs[1:][at[1:]], ours[:-1][at[1:]]):
        return "the values are those of the sample before"
    values = theirs[at]
    if values.size > 1 and not values.any() and len(np.unique(ours[at])) > 1:
        return "the values are zeros, as if nothing had been written"
    return ""


def _at_border(at: Array) -> bool:
    """Return whether all that differs, of (samples, height, width, channels), lies near an edge of the picture."""
    near = np.zeros(at.shape[1:3], bool)
    for axis, length in enumerate((at.shape[1], at.shape[2])):
        place = np.arange(length)
        edge = np.minimum(place, length - 1 - place) < length * _NEAR
        near |= (edge if length > 2 else np.zeros(length, bool)).reshape((-1, 1) if axis == 0 else (1, -1))
    return not at[:, ~near].any()
