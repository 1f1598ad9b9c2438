"""Schedules: their factors, step by step, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from edgetwin import nn
from edgetwin.errors import DataError

FACTORS = {
    "exponential": (nn.ExponentialDecay(2, 0.25), [1, 0.5, 0.25, 0.125, 0.0625]),
    "staircase": (nn.ExponentialDecay(2, 0.25, staircase=True), [1, 1, 0.25, 0.25, 0.0625]),
    "cosine": (nn.CosineDecay(alpha=0.2), [1, 0.2 + 0.8 * 0.5 * (1 + np.sqrt(0.5)), 0.6, None, None]),
    "cosine that ends": (nn.CosineDecay(2), [1, 0.5, 0, 0, 0]),
    "pieces": (nn.PiecewiseConstantDecay([1, 3], [1, 0.5, 0.1]), [1, 1, 0.5, 0.5, 0.1]),
    "warm-up": (nn.WarmUp(2), [0.5, 1, 1, 1, 1]),
    "warm-up, then": (nn.WarmUp(2, nn.ExponentialDecay(1, 0.5)), [0.5, 1, 1, 0.5, 0.25]),
    "plateau": (nn.ReduceLROnPlateau(), [1, 1, 1, 1, 1]),
}


@pytest.mark.parametrize(("schedule", "expected"), FACTORS.values(), ids=FACTORS)
def test_factors(schedule, expected):
    factors = schedule.factors(np.arange(5), 4)
    for factor, value in zip(factors, expected, strict=True):
        assert value is None or factor == pytest.approx(value)


PLATEAUS = {
    "falls": ([5, 4, 3, 2, 1], 1.0),
    "waits": ([5, 5], 1.0),
    "stays": ([5, 5, 5], 0.5),
    "stays on": ([5, 5, 5, 5, 5], 0.25),
    "small steps": ([5, 4.99, 4.98], 0.5),
    "recovers": ([5, 5, 4, 4], 1.0),
}


@pytest.mark.parametrize(("figures", "factor"), PLATEAUS.values(), ids=PLATEAUS)
def test_plateaus(figures, factor):
    assert nn.ReduceLROnPlateau(factor=0.5, patience=2, min_delta=0.1).after(figures) == factor


def test_plateaus_have_an_end_and_a_rest():
    assert nn.ReduceLROnPlateau(factor=0.1, patience=1, min_factor=0.05).after([1] * 9) == 0.05
    assert nn.ReduceLROnPlateau(factor=0.5, patience=1, cooldown=2).after([1] * 5) == 0.25


REFUSED = {
    "steps": lambda: nn.ExponentialDecay(0, 0.5),
    "rate": lambda: nn.ExponentialDecay(10, 1.5),
    "alpha": lambda: nn.CosineDecay(alpha=-1),
    "pieces": lambda: nn.PiecewiseConstantDecay([3, 1], [1, 1, 1]),
    "values": lambda: nn.PiecewiseConstantDecay([3], [1]),
    "then": lambda: nn.WarmUp(3, nn.ReduceLROnPlateau()),
    "factor": lambda: nn.ReduceLROnPlateau(factor=1),
    "learning rate": lambda: nn.Adam(-1),
    "beta": lambda: nn.Adam(beta_1=1.0),
    "delta": lambda: nn.Huber(0),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_refused(make):
    with pytest.raises(DataError, match="accepted"):
        make()
