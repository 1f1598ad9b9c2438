"""Quantization-aware training in which the forward pass is the deployed arithmetic itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import DataError
from ..io.tflite_write import write_tflite
from ..model import Model
from ..quantization.calibration import calibrate
from ..quantization.scheme import Scheme
from ..types import Array
from .exact import places
from .exact_engine import ExactEngine
from .float_graph import float_graph
from .folding import folded
from .layers import number
from .sequential import Sequential
from .stack import Stack
from .stage import Shape
from .trainable import Trainable

__all__ = ["QuantizationAware"]


class QuantizationAware(Trainable):
    """A trained network whose int8 form goes on learning.

    Every forward pass runs the int8 kernels on the codes that a board computes; gradients go straight through the
    rounding (the straight-through estimator) and stop at saturated codes; ranges follow the batches by a moving
    average. What `to_model` exports gives the outputs of `predict`, and of the training's forward pass, byte for byte.

    Batch norm is folded into the weights first, and dropout left out. With validation, `fit` keeps the best epoch's
    weights, and those that it began with where no epoch is better: what quantization after training gave is never made
    worse on what is validated (but by ``EarlyStopping(restore_best_weights=False)``).

    Parameters
    ----------
    net : Sequential
        Trained in float32; it is not changed.
    calibration : array_like, shape (n, *input shape)
        A few hundred samples, from which the first ranges, and the input's for good, are taken.
    weights : {"int8", "int4"}
    activations : {"int8", "int16"}
    method, percentile
        How the first ranges are taken, see `edgetwin.quantize`.
    range_momentum : float in [0, 1]
        What a range keeps of itself at every step; 1 keeps the first ranges.

    Attributes
    ----------
    scheme : Scheme

    Raises
    ------
    DataError : `net` is no `Sequential`; calibration samples that do not fit, are not finite or all the same
    TrainingError : `net` has no input shape yet
    UnsupportedError : a batch norm that cannot be folded, naming it, or a layer that has no int8 form
    QuantizationError : options that are not accepted

    References
    ----------
    Jacob et al., Quantization and training of neural networks for efficient integer-arithmetic-only inference, CVPR
    2018. Bengio, Leonard, Courville, Estimating or propagating gradients through stochastic neurons, 2013.

    Examples
    --------
    >>> net.fit(windows, labels, epochs=20)
    >>> exact = et.nn.QuantizationAware(net, windows[:200], weights="int4")
    >>> exact.fit(windows, labels, epochs=5, optimizer=et.nn.Adam(1e-4))
    >>> exact.to_model().save("stride_int4.tflite")
    """

    begins_trained = True

    def __init__(
        self,
        net: Sequential,
        calibration: Any,
        *,
        weights: str = "int8",
        activations: str = "int8",
        method: str = "min_max",
        percentile: float = 99.99,
        range_momentum: float = 0.99,
    ) -> None:
        if not isinstance(net, Sequential):
            raise DataError(f"net: {type(net).__name__}, accepted is a Sequential; others: edgetwin.quantize")
        self.scheme = Scheme(weights=weights, activations=activations)
        self._momentum = number(range_momentum, "range_momentum", 0, 1)
        self._stack, values = folded(net.stack, list(net.weights.values()))
        model = Model(write_tflite(float_graph(self._stack, values).graph))
        ranges = calibrate(model, calibration, method, percentile=percentile)
        self._tracked = places(self._stack, values)
        first = np.array([ranges[place.tensor] for place in self._tracked], np.float64)
        self._values: list[Array] = [*values, first]
        # Says now what cannot be int8.
        self.engine().exact()

    @property
    def stack(self) -> Stack:
        """The layers with the shapes between them, batch norm and dropout left out."""
        return self._stack

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """Smallest and largest value of each activation with a scale of its own, by layer ("input" for the input)."""
        names = ["input" if place.stage < 0 else self._stack.stages[place.stage].layer for place in self._tracked]
        return {name: (float(low), float(high)) for name, (low, high) in zip(names, self._values[-1], strict=True)}

    def to_model(self, arithmetic: str = "tflm", num_threads: int | None = None) -> Model:
        """Return the int8 model.

        Parameters
        ----------
        arithmetic, num_threads
            As in `edgetwin.load`.

        Returns
        -------
        Model
            Its outputs are those of `predict`, byte for byte.
        """
        return Model(write_tflite(self.engine().exact().graph), arithmetic, num_threads)

    def begin(self, sample_shape: Shape) -> None:
        """Do nothing: the network has its shape."""

    def engine(self) -> ExactEngine:
        """Return an engine with the current weights and ranges."""
        return ExactEngine(self._stack, self._values, self._tracked, self.scheme, self._momentum)

    def keep(self, values: Sequence[Array]) -> None:
        """Take these arrays as all parameters and ranges, as they are."""
        self._values = list(values)

    def facts(self) -> Any:
        """Return what a checkpoint has to have in common."""
        layers = tuple(row.layer for row in self._stack.rows)
        return self._stack.input_shape, layers, self.scheme.weights, self.scheme.activations, self._momentum

    def __repr__(self) -> str:
        names = ", ".join(row.name for row in self._stack.rows)
        what = f"{self.scheme.weights} weights, {self.scheme.activations} activations"
        return f"<edgetwin.nn.QuantizationAware {what}: {names}>"
