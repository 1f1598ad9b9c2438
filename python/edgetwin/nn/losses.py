"""Losses: their names, the labels that they take, their value over predictions and its gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import contiguous, real_array
from ..errors import DataError, ShapeError
from ..types import Array
from .layers import number
from .stack import Stack

__all__ = ["Huber", "Loss", "as_loss", "softmax"]

_NAMES = {
    "mse": "mse",
    "mean_squared_error": "mse",
    "mae": "mae",
    "mean_absolute_error": "mae",
    "huber": "huber",
    "cross_entropy": "cross_entropy",
    "sparse_categorical_crossentropy": "cross_entropy",
}
_SHOWN = 5


@dataclass(frozen=True)
class Huber:
    """Squared error up to `delta`, absolute error beyond.

    Attributes
    ----------
    delta : float > 0, in the labels' unit
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        number(self.delta, "Huber: delta", 0, np.inf, above=True)


@dataclass(frozen=True)
class Loss:
    """A loss as the engine takes it.

    Attributes
    ----------
    name : str
        "mse", "mae", "huber" or "cross_entropy".
    delta : float
        Of Huber's loss.
    """

    name: str
    delta: float = 1.0

    @property
    def options(self) -> dict[str, float]:
        """The engine's options for it."""
        return {"delta": self.delta} if self.name == "huber" else {}

    @property
    def metric(self) -> str:
        """The figure that is reported beside it."""
        return "accuracy" if self.name == "cross_entropy" else "mae"

    def labels(self, y: Any, stack: Stack, what: str) -> Array:
        """Return labels as the engine takes them: int64 (n,) of classes, or float32 (n, *output shape).

        Raises
        ------
        DataError : not real numbers, NaN or infinity, classes that are not whole numbers or out of range
        ShapeError : a shape that is not the output's
        """
        array = contiguous(real_array(y, what), what)
        if self.name == "cross_entropy":
            return self._classes(array, stack.output_shape[0], what)
        output = stack.output_shape
        if array.ndim == 1 and output == (1,):
            array = array[:, None]
        if array.shape[1:] != output or array.ndim < 1:
            raise ShapeError(f"{what}: shape {array.shape}, the network's outputs are (n, {str(output)[1:-1]})")
        with np.errstate(over="ignore"):  # beyond float32 is infinity, which is refused
            real = array.astype(np.float32, order="C")
        bad = np.flatnonzero(~np.isfinite(real.reshape(len(real), -1)).all(1))
        if bad.size:
            raise DataError(f"{what}: NaN or infinity in {bad.size} samples, the first is {bad[0]}")
        return real

    @staticmethod
    def _classes(array: Array, classes: int, what: str) -> Array:
        if array.ndim == 2 and array.shape[1] == 1 and classes != 1:
            array = array[:, 0]
        if array.ndim != 1:
            hint = ": y.argmax(-1) turns one column a class into that" if array.ndim == 2 else ""
            raise ShapeError(f"{what}: shape {array.shape}, accepted are numbers of classes (n,){hint}")
        if array.dtype.kind not in "iu":
            raise DataError(f"{what}: dtype {array.dtype}, accepted are whole numbers of classes, 0 to {classes - 1}")
        bad = (array < 0) | (array >= classes)
        if bad.any():
            seen = ", ".join(map(str, np.unique(array[bad])[:_SHOWN]))
            raise DataError(
                f"{what}: {int(bad.sum())} labels out of range ({seen}; first at sample {int(bad.argmax())}), accepted "
                f"are 0 to {classes - 1}: the network has {classes} outputs"
            )
        return array.astype(np.int64)

    def values(self, predictions: Array, y: Array) -> NDArray[np.float64]:
        """Return the loss of each sample, from predictions (probabilities for cross-entropy)."""
        if self.name == "cross_entropy":
            chosen = predictions[np.arange(len(y)), y].astype(np.float64)
            return np.asarray(-np.log(np.maximum(chosen, np.finfo(np.float32).tiny)))
        error = predictions.astype(np.float64).reshape(len(y), -1) - y.reshape(len(y), -1)
        if self.name == "mse":
            return np.asarray(np.square(error).mean(1))
        size = np.abs(error)
        if self.name == "mae":
            return np.asarray(size.mean(1))
        inside = np.minimum(size, self.delta)
        return np.asarray((0.5 * inside**2 + self.delta * (size - inside)).mean(1))

    def with_gradient(self, outputs: Array, y: Array, weights: Array | None) -> tuple[float, NDArray[np.float32]]:
        """Return the mean loss of a batch and its gradient; of cross-entropy, `outputs` are what softmax takes."""
        if self.name == "cross_entropy":
            shares = softmax(outputs)
            losses = self.values(shares, y)
            shares[np.arange(len(y)), y] -= 1
            slopes = shares
        else:
            losses = self.values(outputs, y)
            error = outputs.astype(np.float64) - y
            if self.name == "mse":
                slopes = 2 * error
            else:
                slopes = np.clip(error, -self.delta, self.delta) if self.name == "huber" else np.sign(error)
            slopes = slopes / (error.size // len(error))
        if weights is not None:
            losses = losses * weights
            slopes = slopes * weights.reshape(-1, *[1] * (slopes.ndim - 1))
        return float(losses.mean()), (slopes / len(y)).astype(np.float32)

    def figures(self, predictions: Array, y: Array, weights: Array | None) -> dict[str, float]:
        """Return loss and metric over samples, weighted as training weights them."""
        losses = self.values(predictions, y)
        if self.name == "cross_entropy":
            right = predictions.argmax(-1) == y
            scores = right.astype(np.float64)
        else:
            scores = np.abs(predictions.astype(np.float64) - y).reshape(len(y), -1).mean(1)
        if weights is not None:
            losses = losses * weights
        return {"loss": float(losses.mean()), self.metric: float(scores.mean())}


def softmax(values: Array) -> NDArray[np.float64]:
    """Return softmax over the last axis, float64."""
    shifted = np.exp(values.astype(np.float64) - values.max(-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(-1, keepdims=True))


def as_loss(value: Any, stack: Stack) -> Loss:
    """Return a loss from its name, from `Huber`, or the usual one for a network where nothing is said.

    Raises
    ------
    DataError : no such loss, or one that the network's last layer does not fit
    """
    if value is None:
        loss = Loss("cross_entropy" if stack.classifies else "mse")
    elif isinstance(value, Loss):
        loss = value
    elif isinstance(value, Huber):
        loss = Loss("huber", float(value.delta))
    elif isinstance(value, str) and value.lower() in _NAMES:
        loss = Loss(_NAMES[value.lower()])
    else:
        hint = "; with one column a class, take y.argmax(-1)" if value == "categorical_crossentropy" else ""
        raise DataError(f"loss {value!r}, accepted are 'mse', 'mae', 'huber', 'cross_entropy' and Huber(delta){hint}")
    if loss.name == "cross_entropy" and not stack.classifies:
        raise DataError(
            f"loss 'cross_entropy' needs a softmax over classes at the end, {stack.rows[-1].name} gives "
            f"{stack.output_shape}: Dense(classes, activation='softmax')"
        )
    return loss
