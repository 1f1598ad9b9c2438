"""Training whose forward pass is the int8 kernels' and whose backward pass goes straight through the rounding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..errors import DataError, ModelError, QuantizationError, TrainingError
from ..quantization.scheme import Scheme
from ..types import Array
from .engine import Epoch
from .exact import ExactNetwork, Place
from .losses import Loss, softmax
from .samples import Samples
from .stack import Stack
from .updates import update

__all__ = ["ExactEngine"]


class ExactEngine:
    """An int8 network that learns.

    Every step makes the int8 graph of the current weights and ranges, runs the batch through the kernels that the
    export runs, and gives their activations, in real units, to the float network's backward pass: rounding counts as
    the identity (straight-through estimator), and nothing flows through a code at the end of its range whose real
    value lies beyond. Ranges are moving averages of each batch's smallest and largest real values, which a float
    network with the weights that the codes stand for computes.

    Parameters
    ----------
    stack : Stack
        Without batch norm and dropout.
    values : sequence of ndarray
        The parameters, float32, then the ranges, float64 (len(tracked), 2).
    tracked : sequence of Place
    scheme : Scheme
    momentum : float in [0, 1]
        What a range keeps of itself at every step; the input's is fixed.
    """

    def __init__(
        self, stack: Stack, values: Sequence[Array], tracked: Sequence[Place], scheme: Scheme, momentum: float
    ) -> None:
        self._stack, self._tracked, self._scheme, self._momentum = stack, tuple(tracked), scheme, momentum
        # Cross-entropy is formed from what the last softmax takes: a probability of int8 has no gradient near 0 and 1.
        self._logits = stack.classifies
        layers = stack.engine_layers[: -1 if self._logits else None]
        self._network = _core.TrainingNetwork(stack.engine_input, layers)
        self._places = {(layer, name): index for index, (layer, name, _, _) in enumerate(self._network.parameters)}
        #: Of the stages that are one operator the last one saturates.
        self._lasts = {place.stage for place in self._tracked if 0 <= place.stage < len(layers)}
        self._state: list[Array] = []
        self.set_values(values)

    def values(self) -> list[Array]:
        """Return copies of all parameters and of the ranges."""
        return [*(value.copy() for value in self._parameters), self._ranges.copy()]

    def set_values(self, values: Sequence[Array]) -> None:
        """Replace all parameters and the ranges."""
        self._parameters = [np.array(value, np.float32) for value in values[:-1]]
        self._ranges = np.array(values[-1], np.float64)

    def optimizer_state(self) -> list[Array]:
        """Return copies of the optimizer's arrays; none before the first step."""
        return [value.copy() for value in self._state]

    def set_optimizer_state(self, state: Sequence[Array]) -> None:
        """Replace the optimizer's arrays."""
        self._state = [np.array(value, np.float32) for value in state]

    def exact(self) -> ExactNetwork:
        """Return the int8 network of the current weights and ranges."""
        return ExactNetwork(self._stack, self._parameters, self._tracked, self._ranges, self._scheme)

    def train(self, epoch: Epoch) -> NDArray[np.float64]:
        """Train an epoch and return the loss of every step.

        Raises
        ------
        DataError : another loss than cross-entropy for a network that ends in softmax
        TrainingError : a loss or gradient that is not finite, naming step and layer
        """
        if self._logits and epoch.loss.name != "cross_entropy":
            raise DataError(f"loss {epoch.loss.name!r}: a network that ends in softmax learns by 'cross_entropy' here")
        number = epoch.first_step
        losses = np.empty(len(epoch.learning_rates))
        try:
            exact = self.exact()
            # The float network of a step has the weights of the step before: nothing is computed twice.
            self._give(exact)
            codes = exact.codes_of(epoch.samples.x)
            for step, rate in enumerate(epoch.learning_rates):
                chosen = epoch.order[step * epoch.batch_size : (step + 1) * epoch.batch_size]
                losses[step], gradients = self._gradients(_chosen(epoch.samples, chosen), codes[chosen], epoch.loss)
                number = epoch.first_step + step
                update(epoch.optimizer, float(rate), number + 1, gradients, self._parameters, self._state)
            # What an epoch ends with can be exported.
            self.exact()
        except (ModelError, QuantizationError, TrainingError) as error:
            # Weights or ranges that are not finite any more, or so far apart that no multiplier holds their ratio.
            where = f"step {number} (epoch {number // len(losses)})"
            raise TrainingError(f"{where}: {error}; a smaller learning rate helps") from error
        return losses

    def _gradients(self, batch: Samples, codes: Array, loss: Loss) -> tuple[float, list[Array]]:
        """Return loss and gradients of a batch; moves the ranges before its forward pass."""
        inputs = self._inputs.real({self._inputs.graph.inputs[0]: codes}, self._inputs.graph.inputs[0])
        inputs = inputs.reshape(-1, *self._stack.engine_input)
        real = self._network.activations(inputs)
        self._track(real)
        exact = self.exact()
        found = exact.forward(codes)
        activations = exact.activations(found)[: len(real)]
        value, slope = loss.with_gradient(
            activations[-1].reshape(len(codes), *self._stack.output_shape), batch.y, batch.weights
        )
        masks = [self._mask(exact, found, real, stage) for stage in range(len(real))]
        self._give(exact)
        gradients = self._network.backward(inputs, activations, slope.reshape(activations[-1].shape), masks=masks)
        ordered = [gradients[self._places[stage, parameter.name]] for stage, parameter in self._stack.parameters]
        self._check(value, ordered)
        return value, ordered

    def _give(self, exact: ExactNetwork) -> None:
        """Give the float network the weights that an int8 network's codes stand for."""
        self._inputs = exact
        for (stage, parameter), value in zip(self._stack.parameters, exact.weights(), strict=True):
            self._network.set_parameter(self._places[stage, parameter.name], value)

    def _track(self, real: Sequence[Array]) -> None:
        """Move the ranges towards a batch's."""
        for index, place in enumerate(self._tracked):
            if 0 <= place.stage < len(real):
                seen = np.array([real[place.stage].min(), real[place.stage].max()], np.float64)
                self._ranges[index] += (1 - self._momentum) * (seen - self._ranges[index])

    def _mask(self, exact: ExactNetwork, codes: dict[int, Array], real: Sequence[Array], stage: int) -> Array | None:
        """Return where gradients pass through a stage's output, None for everywhere."""
        if stage not in self._lasts:
            return None
        low, high, first, last = exact.ends(stage)
        maximum = self._stack.stages[stage].options.get("maximum")
        if maximum is not None:
            high = min(high, np.nextafter(np.float32(maximum), np.float32(0)))
        own, values = exact.stage_codes(codes, stage), real[stage]
        passes = ~(((own == first) & (values < low)) | ((own == last) & (values > high)))
        return None if passes.all() else np.ascontiguousarray(passes)

    def _check(self, loss: float, gradients: Sequence[Array]) -> None:
        if not np.isfinite(loss):
            raise TrainingError("the loss is not finite")
        for (stage, parameter), gradient in zip(self._stack.parameters, gradients, strict=True):
            if not np.isfinite(gradient).all():
                name = self._stack.stages[stage].layer
                raise TrainingError(f"a gradient of layer {name!r} ({parameter.name}) is not finite")

    def predict(self, x: Array) -> Array:
        """Return the int8 network's outputs in real units."""
        exact = self.exact()
        return exact.real(exact.forward(exact.codes_of(x)), exact.output).reshape(-1, *self._stack.output_shape)

    def figures(self, samples: Samples, loss: Loss) -> dict[str, float]:
        """Return loss and metric over samples, both of the int8 outputs; cross-entropy of what softmax takes."""
        exact = self.exact()
        codes = exact.forward(exact.codes_of(samples.x))
        outputs = exact.real(codes, exact.output).reshape(-1, *self._stack.output_shape)
        figures = loss.figures(outputs, samples.y, samples.weights)
        if loss.name == "cross_entropy":
            logits = exact.activations(codes)[-2].reshape(outputs.shape)
            figures["loss"] = loss.figures(softmax(logits), samples.y, samples.weights)["loss"]
        return figures

    def activations(self, x: Array) -> list[Array]:
        """Return the outputs of every stage in real units."""
        exact = self.exact()
        return exact.activations(exact.forward(exact.codes_of(x)))


def _chosen(samples: Samples, which: NDArray[np.int64]) -> Samples:
    weights = None if samples.weights is None else samples.weights[which]
    return Samples(samples.x[which], samples.y[which], weights)
