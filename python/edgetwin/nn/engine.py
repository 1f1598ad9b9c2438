"""The C++ network with the stack's parameters: what a training run drives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..errors import TrainingError
from ..types import Array
from .losses import Loss
from .optimizers import Optimizer
from .samples import Samples
from .stack import Stack

__all__ = ["Engine", "Epoch", "FloatEngine"]


@dataclass(frozen=True)
class Epoch:
    """What an engine trains on, and how.

    Attributes
    ----------
    samples : Samples
    order : ndarray of int64, shape (n,)
        Which sample comes when.
    batch_size : int
        Of every step; the last one takes what is left.
    loss : Loss
    optimizer : Optimizer
    learning_rates : ndarray of float32, shape (steps,)
    first_step : int
        Number of the first step since training began.
    seed : int
    """

    samples: Samples
    order: NDArray[np.int64]
    batch_size: int
    loss: Loss
    optimizer: Optimizer
    learning_rates: NDArray[np.float32]
    first_step: int
    seed: int


class Engine(Protocol):
    """What a training run needs of a network."""

    def values(self) -> list[Array]:
        """Return copies of all parameters and of what else is learnt, in order."""

    def set_values(self, values: Sequence[Array]) -> None:
        """Replace them."""

    def optimizer_state(self) -> list[Array]:
        """Return copies of the optimizer's arrays."""

    def set_optimizer_state(self, state: Sequence[Array]) -> None:
        """Replace them."""

    def train(self, epoch: Epoch) -> NDArray[np.float64]:
        """Train an epoch and return the loss of every step.

        Raises
        ------
        TrainingError : a loss or gradient that is not finite, naming step and layer
        """

    def predict(self, x: Array) -> Array:
        """Return the outputs of samples, float32, in the user's shape."""

    def figures(self, samples: Samples, loss: Loss) -> dict[str, float]:
        """Return "loss" and the loss's metric over samples."""

    def activations(self, x: Array) -> list[Array]:
        """Return the outputs of every stage, float32."""


class FloatEngine:
    """A float32 network in C++.

    Parameters
    ----------
    stack : Stack
    values : sequence of ndarray of float32
        All parameters, in the stack's order.
    """

    def __init__(self, stack: Stack, values: Sequence[Array]) -> None:
        self._stack = stack
        self._network = _core.TrainingNetwork(stack.engine_input, stack.engine_layers)
        # The engine's own order of a layer's parameters need not be the stack's.
        places = {(layer, name): index for index, (layer, name, _, _) in enumerate(self._network.parameters)}
        self._places = [places[stage, parameter.name] for stage, parameter in stack.parameters]
        self.set_values(values)

    def values(self) -> list[Array]:
        """Return copies of all parameters, in the stack's order."""
        return [self._network.parameter(place) for place in self._places]

    def set_values(self, values: Sequence[Array]) -> None:
        """Replace all parameters."""
        for place, value in zip(self._places, values, strict=True):
            self._network.set_parameter(place, value)

    def optimizer_state(self) -> list[Array]:
        """Return copies of the optimizer's arrays; none before the first step."""
        return list(self._network.optimizer_state())

    def set_optimizer_state(self, state: Sequence[Array]) -> None:
        """Replace the optimizer's arrays."""
        self._network.set_optimizer_state(list(state))

    def train(self, epoch: Epoch) -> NDArray[np.float64]:
        """Train an epoch and return the loss of every step.

        Raises
        ------
        TrainingError : a loss or gradient that is not finite, naming step and layer
        """
        whole = len(epoch.order) // epoch.batch_size
        at = whole * epoch.batch_size
        losses = []
        for begin, end, first, batch in ((0, at, 0, epoch.batch_size), (at, len(epoch.order), whole, 0)):
            if begin == end:
                continue
            rates = epoch.learning_rates[first : whole if batch else None]
            losses.append(self._train(epoch, epoch.order[begin:end], batch or end - begin, rates, first))
        return np.concatenate(losses)

    def _train(
        self, epoch: Epoch, order: NDArray[np.int64], batch: int, rates: NDArray[np.float32], first: int
    ) -> NDArray[np.float64]:
        samples, shape = epoch.samples, (-1, *self._stack.engine_input)
        y = samples.y
        if epoch.loss.name != "cross_entropy":
            y = y.reshape(-1, *self._stack.stages[-1].shape)
        try:
            return self._network.train(
                samples.x.reshape(shape),
                y,
                samples.weights,
                order,
                batch,
                loss=epoch.loss.name,
                loss_options=epoch.loss.options,
                optimizer=epoch.optimizer.engine_options(),
                learning_rates=rates,
                first_step=epoch.first_step + first,
                seed=epoch.seed,
            )
        except TrainingError as error:
            raise self._named(error, epoch) from None

    def _named(self, error: TrainingError, epoch: Epoch) -> TrainingError:
        """Return an error of the engine with the layer's name and what helps."""
        index, step = getattr(error, "layer", None), getattr(error, "step", None)
        if index is None or step is None:
            return error
        stage = self._stack.stages[index]
        steps = len(epoch.learning_rates)
        what = str(error).partition(": ")[2].partition(" of layer ")[0]
        return TrainingError(
            f"step {step} (epoch {step // steps}): {what} of layer {stage.layer!r} ({stage.kind}) is not finite; the "
            "weights are those of the last whole epoch. A smaller learning rate or smaller inputs help"
        )

    def predict(self, x: Array) -> Array:
        """Return the outputs of samples, float32, in the user's shape."""
        outputs = self._network.forward(x.reshape(-1, *self._stack.engine_input))
        return outputs.reshape(-1, *self._stack.output_shape)

    def figures(self, samples: Samples, loss: Loss) -> dict[str, float]:
        """Return "loss" and the loss's metric over samples."""
        return loss.figures(self.predict(samples.x), samples.y, samples.weights)

    def activations(self, x: Array) -> list[Array]:
        """Return the outputs of every stage."""
        return list(self._network.activations(x.reshape(-1, *self._stack.engine_input)))
