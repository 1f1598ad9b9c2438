"""Differences from zero points that make a channel's sum a wanted one, or the proof that none do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["UndecidedSumError", "make_sum"]

Integers = NDArray[np.int64]
#: Bits that all sets of sums of one search may have together.
_MOST_BITS = 2**27
#: So many of the smallest weights are searched through first, then all: that takes longer, and proves.
_CORES = (3, 8)


class UndecidedSumError(Exception):
    """Whether a sum can be had was not found out."""


def make_sum(weights: Integers, least: int, most: int, wanted: int) -> Integers | None:
    """Return factors in [least, most] for which ``weights @ factors`` is `wanted`; None where there are none.

    Parameters
    ----------
    weights : ndarray of int64, shape (taps,)
    least, most : int
    wanted : int

    Returns
    -------
    ndarray of int64, shape (taps,), or None

    Raises
    ------
    UndecidedSumError : none were found, and that there are none was not proven
    """
    # Counted from the end of each factor's range at which its product is smallest, all products grow from 0.
    steps = most - least
    start = np.where(weights > 0, least, most)
    counts = _counts(np.abs(weights), steps, int(wanted - weights @ start))
    return None if counts is None else start + np.sign(weights) * counts


def _counts(weights: Integers, steps: int, wanted: int) -> Integers | None:
    """Return counts in [0, steps] of positive weights with a wanted sum."""
    total = int(weights.sum()) * steps
    divisor = int(np.gcd.reduce(weights)) if weights.size else 0
    if not 0 <= wanted <= total or (wanted % divisor if divisor else wanted):
        return None
    if 2 * wanted > total:
        counts = _counts(weights, steps, total - wanted)
        return None if counts is None else steps - counts
    counts = np.zeros_like(weights)
    order = [int(i) for i in np.argsort(-weights, kind="stable") if 0 < weights[i] <= wanted]
    if not order:
        return None if wanted else counts
    # With a weight of the divisor itself, and none beyond what smaller ones make without gaps, taking as much as fits
    # from the largest on always ends at 0.
    greedy = weights[order[-1]] == divisor and weights[order[0]] <= divisor * (steps + 1)
    if greedy:
        for index in order:
            counts[index] = min(wanted // int(weights[index]), steps)
            wanted -= int(counts[index] * weights[index])
        return counts
    sizes = dict.fromkeys(_core(weights[order], divisor, size) for size in (*_CORES, len(order)))
    for left in sizes:
        found = _partly_searched([int(weights[i]) for i in order], left, steps, wanted)
        if found is not None:
            counts[order] = found
            return counts
    return None


def _core(descending: Integers, divisor: int, size: int) -> int:
    """Return how many of the largest weights are left out of a search of about `size`, which keeps the divisor."""
    left = max(len(descending) - size, 0)
    while left and int(np.gcd.reduce(descending[left:])) != divisor:
        left -= 1
    return left


def _partly_searched(descending: list[int], left: int, steps: int, wanted: int) -> list[int] | None:
    """Return counts with a wanted sum: of the `left` largest weights as many as fit, the others searched through."""
    middle = sum(descending[left:]) * steps // 2 if left else 0
    counts = []
    for weight in descending[:left]:
        counts.append(min(max((wanted - middle) // weight, 0), steps))
        wanted -= counts[-1] * weight
    if (len(descending) - left) * wanted > _MOST_BITS:
        raise UndecidedSumError
    found = _search(descending[left:], steps, wanted)
    return None if found is None else counts + found


def _search(weights: list[int], steps: int, wanted: int) -> list[int] | None:
    """Return counts with a wanted sum by sets of all sums up to it, bit by bit; None where there are none."""
    mask = (1 << (wanted + 1)) - 1
    sets = [1]
    for weight in weights:
        made, covered = sets[-1], 0
        while covered < steps:
            further = min(covered + 1, steps - covered)
            made |= (made << (weight * further)) & mask
            covered += further
        sets.append(made)
    if not sets[-1] >> wanted & 1:
        return None
    counts = []
    for weight, before in zip(reversed(weights), reversed(sets[:-1]), strict=True):
        held = (before & ((1 << (wanted + 1)) - 1)).to_bytes(wanted // 8 + 1, "little")
        count = next(n for n in range(steps + 1) if held[(wanted - n * weight) >> 3] >> ((wanted - n * weight) & 7) & 1)
        counts.append(count)
        wanted -= count * weight
    return counts[::-1]
