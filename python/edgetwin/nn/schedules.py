"""Learning-rate schedules: factors of the optimizer's learning rate, step by step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import whole_number
from ..errors import DataError
from .layers import number

__all__ = [
    "CosineDecay",
    "ExponentialDecay",
    "PiecewiseConstantDecay",
    "ReduceLROnPlateau",
    "Schedule",
    "WarmUp",
]


class Schedule(ABC):
    """A learning rate that changes; without one it is constant."""

    #: Whether the factors depend on how many steps there are in all.
    needs_total = False

    @abstractmethod
    def factors(self, steps: NDArray[np.int64], total: int) -> NDArray[np.float64]:
        """Return what the optimizer's learning rate is multiplied by.

        Parameters
        ----------
        steps : ndarray of int64
            Numbers of steps, from 0 at the start of training.
        total : int
            How many there are in all.

        Returns
        -------
        ndarray of float64, same shape
        """


@dataclass(frozen=True)
class ExponentialDecay(Schedule):
    """``decay_rate ** (step / decay_steps)``.

    Attributes
    ----------
    decay_steps : int
    decay_rate : float in (0, 1]
    staircase : bool
        Whether only whole multiples of `decay_steps` count.
    """

    decay_steps: int
    decay_rate: float
    staircase: bool = False

    def __post_init__(self) -> None:
        whole_number(self.decay_steps, "ExponentialDecay: decay_steps", 1)
        number(self.decay_rate, "ExponentialDecay: decay_rate", 0, 1, above=True)

    def factors(self, steps: NDArray[np.int64], total: int) -> NDArray[np.float64]:
        """Return the factors of `steps`."""
        powers = steps // self.decay_steps if self.staircase else steps / self.decay_steps
        return np.asarray(float(self.decay_rate) ** powers, np.float64)


@dataclass(frozen=True)
class CosineDecay(Schedule):
    """Half a cosine from 1 to `alpha`, which stays.

    Attributes
    ----------
    decay_steps : int or None
        None for all of training.
    alpha : float in [0, 1]

    References
    ----------
    Loshchilov & Hutter, SGDR: stochastic gradient descent with warm restarts, 2016.
    """

    decay_steps: int | None = None
    alpha: float = 0.0

    def __post_init__(self) -> None:
        if self.decay_steps is not None:
            whole_number(self.decay_steps, "CosineDecay: decay_steps", 1)
        number(self.alpha, "CosineDecay: alpha", 0, 1)

    @property
    def needs_total(self) -> bool:  # type: ignore[override]
        """Whether the factors depend on how many steps there are in all."""
        return self.decay_steps is None

    def factors(self, steps: NDArray[np.int64], total: int) -> NDArray[np.float64]:
        """Return the factors of `steps`."""
        part = np.minimum(steps / (self.decay_steps or max(total, 1)), 1.0)
        return np.asarray(self.alpha + (1 - self.alpha) * 0.5 * (1 + np.cos(np.pi * part)), np.float64)


@dataclass(frozen=True)
class PiecewiseConstantDecay(Schedule):
    """One factor up to and at each boundary, one after the last.

    Attributes
    ----------
    boundaries : sequence of int
        Steps, increasing.
    values : sequence of float
        Factors, one more than boundaries.
    """

    boundaries: Sequence[int]
    values: Sequence[float]

    def __post_init__(self) -> None:
        steps = [whole_number(step, "PiecewiseConstantDecay: boundaries", 0) for step in self.boundaries]
        for value in self.values:
            number(value, "PiecewiseConstantDecay: values", 0, 1e3)
        if sorted(set(steps)) != steps or len(self.values) != len(steps) + 1:
            raise DataError(
                f"PiecewiseConstantDecay: boundaries {steps} and {len(self.values)} values, accepted are increasing "
                "boundaries and one value more"
            )

    def factors(self, steps: NDArray[np.int64], total: int) -> NDArray[np.float64]:
        """Return the factors of `steps`."""
        return np.asarray(self.values, np.float64)[np.searchsorted(self.boundaries, steps, side="left")]


@dataclass(frozen=True)
class WarmUp(Schedule):
    """A straight line up to 1, then another schedule, which counts its steps from there.

    Attributes
    ----------
    warmup_steps : int
    then : Schedule or None
        None for a constant learning rate.
    """

    warmup_steps: int
    then: Schedule | None = None

    def __post_init__(self) -> None:
        whole_number(self.warmup_steps, "WarmUp: warmup_steps", 1)
        if self.then is not None and (not isinstance(self.then, Schedule) or isinstance(self.then, ReduceLROnPlateau)):
            raise DataError(f"WarmUp: then is {self.then!r}, accepted is a schedule that counts steps")

    @property
    def needs_total(self) -> bool:  # type: ignore[override]
        """Whether the factors depend on how many steps there are in all."""
        return self.then is not None and self.then.needs_total

    def factors(self, steps: NDArray[np.int64], total: int) -> NDArray[np.float64]:
        """Return the factors of `steps`."""
        rising = (steps + 1) / self.warmup_steps
        after = np.maximum(steps - self.warmup_steps, 0)
        following = np.ones(steps.shape) if self.then is None else self.then.factors(after, total - self.warmup_steps)
        return np.where(steps < self.warmup_steps, rising, following)


@dataclass(frozen=True)
class ReduceLROnPlateau(Schedule):
    """A smaller learning rate whenever a figure has stopped getting better.

    Attributes
    ----------
    factor : float in (0, 1)
        What the learning rate is multiplied by.
    patience : int
        Epochs without improvement before that.
    min_delta : float >= 0
        What counts as improvement.
    cooldown : int
        Epochs after a reduction that are not counted.
    min_factor : float in [0, 1]
        Of the optimizer's learning rate, what is not gone below.
    monitor : str or None
        A figure of the history; None for "val_loss", or "loss" where nothing is validated.
    """

    factor: float = 0.1
    patience: int = 10
    min_delta: float = 1e-4
    cooldown: int = 0
    min_factor: float = 0.0
    monitor: str | None = None

    def __post_init__(self) -> None:
        number(self.factor, "ReduceLROnPlateau: factor", 0, 1, above=True, below=True)
        whole_number(self.patience, "ReduceLROnPlateau: patience", 0)
        number(self.min_delta, "ReduceLROnPlateau: min_delta", 0, np.inf)
        whole_number(self.cooldown, "ReduceLROnPlateau: cooldown", 0)
        number(self.min_factor, "ReduceLROnPlateau: min_factor", 0, 1)

    def factors(self, steps: NDArray[np.int64], total: int) -> NDArray[np.float64]:
        """Return ones: the factor is the run's own."""
        return np.ones(steps.shape)

    def after(self, figures: Sequence[float]) -> float:
        """Return the factor for the next epoch, from the monitored figure of all epochs so far, smaller is better."""
        factor, best, waited, cooling = 1.0, np.inf, 0, 0
        for figure in figures:
            if cooling:
                cooling -= 1
                waited = 0
            if figure < best - self.min_delta:
                best, waited = figure, 0
            elif not cooling:
                waited += 1
                if waited >= self.patience:
                    factor = max(factor * self.factor, self.min_factor)
                    cooling, waited = self.cooldown, 0
        return factor
