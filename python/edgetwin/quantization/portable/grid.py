"""Weights rounded to a grid one after another, each error taken back by the weights that are still to be rounded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["rounded_to_grid", "squared_error"]

Real = NDArray[np.float64]
#: Share of the inputs' mean power that is added to each, so that the sums of products can be inverted.
_DAMPING = 0.01


def rounded_to_grid(choices: Sequence[Real], products: Real, step: int, limit: int) -> list[NDArray[np.int64]]:
    """Return multiples of `step` that change a layer's sums little.

    Parameters
    ----------
    choices : sequence of ndarray of float64, shape (channels, taps)
        Weights in steps of their codes, for one choice of steps and another.
    products : ndarray of float64, shape (taps, taps)
        Means of products of the inputs over what calibrates.
    step, limit : int
        Codes are multiples of `step` in [-limit, limit].

    Returns
    -------
    list of ndarray of int64, shape (channels, taps)

    References
    ----------
    Frantar, Ashkboos, Hoefler, Alistarh: GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
    Transformers, ICLR 2023.
    """
    power = np.diag(products)
    mean = float(power.mean()) if power.size else 0.0
    # Inputs of most power first: their errors are taken back by all others.
    order = np.argsort(-power, kind="stable")
    damped = products[np.ix_(order, order)] + np.eye(len(products)) * (_DAMPING * mean or 1.0)
    # The upper factor of the inverse, by that of the matrix from its end on.
    upper = np.linalg.inv(np.linalg.cholesky(damped[::-1, ::-1]))[::-1, ::-1]
    most = limit // step
    made = []
    for weights in choices:
        left = weights[:, order].copy()
        codes = np.empty(left.shape, np.int64)
        for tap in range(len(order)):
            codes[:, tap] = step * np.clip(np.rint(left[:, tap] / step), -most, most).astype(np.int64)
            error = (left[:, tap] - codes[:, tap]) / upper[tap, tap]
            left[:, tap + 1 :] -= error[:, None] * upper[tap, tap + 1 :]
        restored = np.empty_like(codes)
        restored[:, order] = codes
        made.append(restored)
    return made


def squared_error(difference: Real, products: Real) -> Real:
    """Return what a difference of weights (channels, taps) makes of the sums, squared and summed, by channel."""
    error: Real = np.einsum("ct,ts,cs->c", difference, products, difference)
    return error
