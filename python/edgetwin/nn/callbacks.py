"""What a training run calls between epochs, and early stopping."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import whole_number
from ..errors import DataError
from .layers import number

__all__ = ["Callback", "EarlyStopping", "as_callbacks", "as_early_stopping", "best_epoch"]


class Callback:
    """Called by a training run; override what is needed.

    Attributes
    ----------
    net : Sequential or QuantizationAware
        What is trained, set before the first call; its weights are those of the epoch's end.
    stop_training : bool
        Set to end training after this epoch.
    """

    net: Any = None
    stop_training = False

    def on_train_begin(self) -> None:
        """Do something before the first epoch."""

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Do something after an epoch, counted from 0, with its figures."""

    def on_train_end(self, logs: Mapping[str, float]) -> None:
        """Do something after the last epoch, with its figures; not called where training fails or is interrupted."""


class _Function(Callback):
    """A plain function of epoch and figures; what it returns, if true, ends training."""

    def __init__(self, function: Callable[[int, Mapping[str, float]], Any]) -> None:
        self._function = function

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Call it."""
        self.stop_training = bool(self._function(epoch, logs))


def as_callbacks(values: Any) -> list[Callback]:
    """Return callbacks, plain functions wrapped.

    Raises
    ------
    DataError : something that cannot be called
    """
    given = [] if values is None else values
    if isinstance(given, Callback) or (callable(given) and not isinstance(given, Sequence)):
        given = [given]
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise DataError(f"callbacks: {type(given).__name__}, accepted is a list of Callback and functions")
    callbacks = []
    for position, value in enumerate(given):
        if isinstance(value, type) or not (isinstance(value, Callback) or callable(value)):
            raise DataError(f"callbacks[{position}]: {value!r}, accepted are Callback() and functions (epoch, logs)")
        callbacks.append(value if isinstance(value, Callback) else _Function(value))
    return callbacks


@dataclass(frozen=True)
class EarlyStopping:
    """Training ends when a figure has stopped getting better; the best epoch's weights are kept.

    Attributes
    ----------
    patience : int, >= 1
        Epochs without improvement.
    min_delta : float >= 0
        What counts as improvement.
    monitor : str or None
        A figure of the history; None for "val_loss", or "loss" where nothing is validated. Of "val_accuracy" more is
        better, of everything else less.
    restore_best_weights : bool
    """

    patience: int = 10
    min_delta: float = 0.0
    monitor: str | None = None
    restore_best_weights: bool = True

    def __post_init__(self) -> None:
        whole_number(self.patience, "EarlyStopping: patience", 1)
        number(self.min_delta, "EarlyStopping: min_delta", 0, np.inf)
        if not isinstance(self.restore_best_weights, bool):
            raise DataError(f"EarlyStopping: restore_best_weights {self.restore_best_weights!r}, accepted is a bool")


def as_early_stopping(value: Any) -> EarlyStopping | None:
    """Return early stopping from itself or its patience; None for none.

    Raises
    ------
    DataError : something else
    """
    if value is None or isinstance(value, EarlyStopping):
        return value
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return EarlyStopping(int(value))
    raise DataError(f"early_stopping: {value!r}, accepted are a number of epochs and EarlyStopping()")


def best_epoch(figures: Sequence[float], min_delta: float = 0.0, start: float | None = None) -> int | None:
    """Return the number of the first epoch with the smallest figure; what is less than `min_delta` better is not.

    None where no epoch is better than the start, or there is none.
    """
    best, least = None, start
    for epoch, figure in enumerate(figures):
        if least is None or figure < least - min_delta:
            best, least = epoch, figure
    return best
