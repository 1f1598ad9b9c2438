"""Which reference stride belongs to which stride that was found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

__all__ = ["PAIRINGS", "pair_by_order", "pair_by_time"]

#: Ways to pair, the default first.
PAIRINGS = ("time", "order")
_NONE = -1


def pair_by_time(
    end_s: NDArray[np.float64], reference_s: NDArray[np.float64], half_stride_s: float
) -> NDArray[np.int64]:
    """Pair each stride with the reference contact nearest to its end.

    Parameters
    ----------
    end_s, reference_s : ndarray of float64
        Ends of the strides found and of the reference's, rising.
    half_stride_s : float
        A contact further away belongs to another stride.

    Returns
    -------
    ndarray of int64, shape (strides,)
        Position in `reference_s`; -1 where there is none, or where it is nearer to another stride's end.
    """
    result = np.full(len(end_s), _NONE, np.int64)
    if len(end_s) == 0 or len(reference_s) == 0:
        return result
    right = np.clip(np.searchsorted(reference_s, end_s), 1, max(len(reference_s) - 1, 1))
    left = right - 1
    right = np.minimum(right, len(reference_s) - 1)
    nearest = np.where(end_s - reference_s[left] <= reference_s[right] - end_s, left, right)
    distance = np.abs(end_s - reference_s[nearest])
    # From far to near: where two strides claim one contact, the nearer (the earlier of equals) writes last.
    owner = np.full(len(reference_s), _NONE, np.int64)
    for k in np.argsort(distance, kind="stable")[::-1]:
        if distance[k] <= half_stride_s:
            owner[nearest[k]] = k
    taken = np.flatnonzero(owner != _NONE)
    result[owner[taken]] = taken
    return result


def pair_by_order(strides: int, references: int) -> NDArray[np.int64]:
    """Pair the k-th stride with the k-th reference stride, up to the shorter list, as published.

    Parameters
    ----------
    strides, references : int
        How many there are.

    Returns
    -------
    ndarray of int64, shape (strides,)
        As `pair_by_time` gives it.
    """
    places = np.arange(strides, dtype=np.int64)
    return np.where(places < references, places, _NONE)


def check_pairing(pairing: str) -> None:
    """Refuse an unknown way to pair.

    Parameters
    ----------
    pairing : str

    Raises
    ------
    DataError : none of `PAIRINGS`
    """
    if pairing not in PAIRINGS:
        raise DataError(f"pairing: {pairing!r}, accepted are {', '.join(PAIRINGS)}")
