"""Steps of optimizers in numpy, float32, by the engine's formulas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..types import Array
from .optimizers import SGD, Adam, AdamW, Optimizer

__all__ = ["update"]


def update(
    optimizer: Optimizer,
    rate: float,
    number: int,
    gradients: Sequence[Array],
    values: Sequence[Array],
    state: list[Array],
) -> None:
    """Take one step, in place.

    Parameters
    ----------
    optimizer : Optimizer
    rate : float
        The learning rate of this step.
    number : int
        Of the step, from 1.
    gradients, values : sequence of ndarray of float32
        One a parameter.
    state : list of ndarray of float32
        The optimizer's arrays: momentum, or the gradient's moving averages and then those of its square, one a
        parameter each; filled with zeros where it is empty.
    """
    slots = 2 if isinstance(optimizer, Adam) else int(isinstance(optimizer, SGD) and optimizer.momentum > 0)
    if not state:
        state += [np.zeros_like(value) for _ in range(slots) for value in values]
    count = len(values)
    if isinstance(optimizer, Adam):
        _adam(optimizer, rate, number, gradients, values, state[:count], state[count:])
        return
    for index, (gradient, value) in enumerate(zip(gradients, values, strict=True)):
        step = np.float32(-rate) * gradient
        if slots and isinstance(optimizer, SGD):
            momentum = np.float32(optimizer.momentum)
            state[index][...] = momentum * state[index] + step
            step = momentum * state[index] + step if optimizer.nesterov else state[index]
        value[...] += step


def _adam(
    optimizer: Adam,
    rate: float,
    number: int,
    gradients: Sequence[Array],
    values: Sequence[Array],
    means: Sequence[Array],
    squares: Sequence[Array],
) -> None:
    corrected = np.float32(rate * np.sqrt(1 - optimizer.beta_2**number) / (1 - optimizer.beta_1**number))
    kept = np.float32(1 - rate * optimizer.weight_decay) if isinstance(optimizer, AdamW) else np.float32(1)
    of_mean, of_square = np.float32(1 - optimizer.beta_1), np.float32(1 - optimizer.beta_2)
    for gradient, value, mean, square in zip(gradients, values, means, squares, strict=True):
        mean[...] += (gradient - mean) * of_mean
        square[...] += (gradient * gradient - square) * of_square
        value[...] = value * kept - corrected * mean / (np.sqrt(square) + np.float32(optimizer.epsilon))
