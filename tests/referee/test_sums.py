"""Factors for a wanted sum: found wherever all factors are tried, and none elsewhere."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from edgetwin.referee.sums import make_sum


@pytest.mark.parametrize("weights", [[3], [2, 5], [-7, 4, 6], [9, -9, 15], [0, 11, 13], [1, 40, -3]])
def test_every_sum_of_few_weights(weights):
    weights = np.array(weights, np.int64)
    every = {int(np.dot(weights, f)) for f in itertools.product(range(-4, 9), repeat=len(weights))}
    for wanted in range(min(every) - 5, max(every) + 6):
        made = make_sum(weights, -4, 8, wanted)
        assert (made is not None) == (wanted in every)
        if made is not None:
            assert weights @ made == wanted
            assert made.min() >= -4
            assert made.max() <= 8


def test_many_weights():
    rng = np.random.default_rng(0)
    for smallest in (1, 2, 6):
        weights = np.concatenate([rng.integers(-127, 128, 500) // smallest * smallest, [5 * smallest, 7 * smallest]])
        middle = int(weights.sum()) * 127
        made = make_sum(weights, 0, 255, middle // smallest * smallest)
        assert weights @ made == middle // smallest * smallest
