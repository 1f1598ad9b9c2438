"""A chain of layers with weights."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..arrays import real_array, whole_number
from ..errors import ShapeError, TrainingError
from ..io.tflite_write import write_tflite
from ..model import Model
from ..types import Array
from .callbacks import Callback, EarlyStopping
from .diagnosis import TRIED_SAMPLES, silent_layer
from .engine import FloatEngine
from .float_graph import float_graph
from .history import History
from .layers import Input, Layer
from .losses import Huber, as_loss
from .optimizers import Optimizer
from .samples import checked_inputs, checked_samples, training_sets
from .schedules import Schedule
from .stack import Stack, checked_layers, layer_names
from .stage import Shape
from .summary import summary_text
from .training import Training, checked_settings
from .weights_file import checked_weights, read_arrays, write_arrays

__all__ = ["Sequential"]

_MOST_SEED = 2**63 - 1


class Sequential:
    """A network: layers one after the other, float32.

    Parameters
    ----------
    layers : list of Layer
        `Input` may be the first.
    input_shape : tuple of int, optional
        A sample's shape, without a batch axis: (features,), (time, channels) or (height, width, channels). Without it
        (and without `Input`) the network is built by its first data.
    seed : int, >= 0
        Of the first weights: Glorot's uniform distribution for weights, 0 for biases, as in Keras.

    Attributes
    ----------
    layers : tuple of Layer
    history : History or None
        Of the last training run, interrupted ones included.

    Raises
    ------
    DataError : something that is no layer, two layers of one name
    ShapeError : shapes that do not fit, naming the layer
    """

    def __init__(self, layers: Sequence[Layer], *, input_shape: Any = None, seed: int = 0) -> None:
        self.layers = checked_layers(layers)
        layer_names(self.layers)
        self.seed = whole_number(seed, "seed", 0, _MOST_SEED)
        self._stack: Stack | None = None
        self._values: list[Array] = []
        self._engine: FloatEngine | None = None
        self.history: History | None = None
        first = self.layers[0]
        if input_shape is None and isinstance(first, Input):
            input_shape = first.shape
        if input_shape is not None:
            self.build(input_shape)

    def build(self, input_shape: Any) -> None:
        """Give the network its input's shape and its first weights; nothing where it has them.

        Parameters
        ----------
        input_shape : tuple of int
            A sample's shape, without a batch axis.

        Raises
        ------
        ShapeError : shapes that do not fit, naming the layer, or the network was built for another shape
        """
        stack = Stack(self.layers, input_shape)
        if self._stack is None:
            self._stack, self._values = stack, stack.initial(self.seed)
        elif self._stack.input_shape != stack.input_shape:
            raise ShapeError(f"samples of shape {stack.input_shape}, the network takes {self._stack.input_shape}")

    @property
    def built(self) -> bool:
        """Whether the input's shape is known."""
        return self._stack is not None

    @property
    def stack(self) -> Stack:
        """The layers with the shapes between them.

        Raises
        ------
        TrainingError : the input's shape is not known yet
        """
        if self._stack is None:
            raise TrainingError("the network has no input shape yet: give input_shape=..., or train it")
        return self._stack

    @property
    def input_shape(self) -> Shape:
        """A sample's shape."""
        return self.stack.input_shape

    @property
    def output_shape(self) -> Shape:
        """Shape of a sample's output."""
        return self.stack.output_shape

    @property
    def weights(self) -> dict[str, Array]:
        """Copies of all parameters by name ("conv1d/weights"), float32, in TensorFlow Lite's layouts.

        Convolutions OHWI with a height of 1 over time, depthwise ones 1HWO, dense layers OI.
        """
        return {name: value.copy() for name, value in zip(self.stack.names, self._values, strict=True)}

    def set_weights(self, weights: Mapping[str, Any]) -> None:
        """Replace all parameters.

        Parameters
        ----------
        weights : mapping of str to ndarray
            As `weights` gives them.

        Raises
        ------
        DataError : missing or unknown names, another shape or dtype, NaN or infinity
        """
        self.keep(self._checked(weights, "set_weights"))

    def save_weights(self, path: str | os.PathLike[str]) -> None:
        """Write all parameters as an `.npz` file, whole or not at all.

        Raises
        ------
        OutputError : the file cannot be written; what was there is left as it was
        """
        write_arrays(path, self.weights)

    def load_weights(self, path: str | os.PathLike[str]) -> None:
        """Read what `save_weights` wrote.

        Raises
        ------
        DataError : the file cannot be read or is of another network; the network keeps its weights
        """
        arrays = read_arrays(path)
        self.keep(self._checked(arrays, os.fspath(path)))

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        epochs: int = 20,
        batch_size: int = 32,
        loss: str | Huber | None = None,
        optimizer: str | Optimizer = "adam",
        schedule: Schedule | None = None,
        validation_data: Sequence[Any] | None = None,
        validation_split: float | None = None,
        class_weight: Mapping[int, float] | str | None = None,
        sample_weight: Any = None,
        early_stopping: int | EarlyStopping | None = None,
        callbacks: Sequence[Callback | Callable[[int, Mapping[str, float]], Any]] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
        seed: int = 0,
        verbose: Any = "auto",
    ) -> History:
        """Train. The same seed and SIMD level give the same bytes, whatever the number of threads.

        Parameters
        ----------
        x : array_like, shape (n, *input shape)
            Converted to float32.
        y : array_like, shape (n, *output shape), (n,) for one output, or whole numbers (n,) of classes
        epochs, batch_size : int
            Samples are shuffled every epoch; the last batch takes what is left.
        loss : {"mse", "mae", "huber", "cross_entropy"} or Huber, optional
            Without, "cross_entropy" for a network that ends in softmax, else "mse".
        optimizer : {"adam", "sgd", "adamw"} or Optimizer
        schedule : Schedule, optional
            Multiplies the optimizer's learning rate.
        validation_data : (x, y) or (x, y, sample_weight), optional
        validation_split : float in (0, 1), optional
            This fraction of the samples, the last ones, is validated on instead.
        class_weight : mapping of class to weight or "balanced", optional
        sample_weight : array_like, shape (n,), optional
            What losses are multiplied by; the mean of a batch is over its samples, as in Keras.
        early_stopping : int or EarlyStopping, optional
            Epochs without improvement; the best epoch's weights are kept.
        callbacks : list of Callback or function (epoch, logs), optional
            A function that returns something true ends training.
        checkpoint : path, optional
            Written after every epoch, whole or not at all.
        resume : bool
            Go on from the checkpoint, where there is one, to the same bytes as a run that was never interrupted.
        seed : int
            Of shuffling and dropout.
        verbose : {"auto", 0, 1, 2}
            "auto": a progress bar on a terminal; 1: always; 2: a line an epoch; 0: nothing.

        Returns
        -------
        History
            Also as `history`.

        Raises
        ------
        DataError : NaN or infinity, labels out of range, no samples, a setting that is not accepted
        ShapeError : shapes that do not fit, naming the layer
        TrainingError : a loss or gradient that is not finite, naming step and layer; the network has the weights of the
            last whole epoch
        OutputError : the checkpoint cannot be written
        KeyboardInterrupt : Ctrl-C; the network has the best epoch's weights (by validation loss, else by loss),
            `history` says what was done, and the checkpoint is that of the last whole epoch

        Warns
        -----
        RuntimeWarning : a layer is dead or saturated, by name
        """
        if not self.built:
            self.build(real_array(x, "x").shape[1:])
        stack = self.stack
        used = as_loss(loss, stack)
        settings = checked_settings(
            used, epochs=epochs, batch_size=batch_size, optimizer=optimizer, schedule=schedule, seed=seed,
            early_stopping=early_stopping, callbacks=callbacks, checkpoint=checkpoint, resume=resume, verbose=verbose,
        )  # fmt: skip
        if not stack.parameters:
            raise TrainingError("the network has no weights to train")
        samples, validation = training_sets(
            x, y, stack, used, sample_weight=sample_weight, class_weight=class_weight,
            validation_data=validation_data, validation_split=validation_split,
        )  # fmt: skip
        engine = FloatEngine(stack, self._values)
        training = Training(engine, self, settings, samples, validation, repr((stack.input_shape, self.layers)))
        self.history = training.state.history
        training.run()
        note = silent_layer(stack, self._ready().activations(samples.x[:TRIED_SAMPLES]))
        if note is not None:
            self.history.notes.append(note)
            warnings.warn(note, RuntimeWarning, stacklevel=2)
        return self.history

    def predict(self, x: Any) -> Array:
        """Return outputs, float32 (n, *output shape).

        Parameters
        ----------
        x : array_like, shape (n, *input shape)

        Raises
        ------
        DataError : no samples, NaN or infinity
        ShapeError : another shape than the network's input
        """
        if not self.built:
            self.build(real_array(x, "x").shape[1:])
        return self._ready().predict(checked_inputs(x, self.input_shape, "x"))

    def evaluate(
        self, x: Any, y: Any, *, loss: str | Huber | None = None, sample_weight: Any = None
    ) -> dict[str, float]:
        """Return the loss and "accuracy" (of classes) or "mae" over samples.

        Parameters
        ----------
        x, y, loss, sample_weight
            As in `fit`.

        Returns
        -------
        dict of str to float

        Raises
        ------
        DataError, ShapeError : as in `fit`
        """
        used = as_loss(loss, self.stack)
        samples = checked_samples(x, y, self.stack, used, sample_weight=sample_weight)
        return used.figures(self._ready().predict(samples.x), samples.y, samples.weights)

    def keep(self, values: Sequence[Array]) -> None:
        """Take these arrays as all parameters, as they are."""
        self._values = list(values)
        self._engine = None

    def to_model(self, arithmetic: str = "tflm", num_threads: int | None = None) -> Model:
        """Return the network as a float32 model, as TensorFlow Lite's converter would write it.

        Batch norm is folded into the weights before it, dropout is left out, activations are fused, convolutions over
        time lie on the width of a picture of height 1. Outputs equal `predict` to the rounding of float32.

        Parameters
        ----------
        arithmetic, num_threads
            As in `edgetwin.load`.

        Returns
        -------
        Model
        """
        return Model(write_tflite(float_graph(self.stack, self._values).graph), arithmetic, num_threads)

    def summary(self) -> str:
        """Return a table: layer, output shape, parameters."""
        return summary_text(self.layers, self._stack)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        names = ", ".join(layer_names(self.layers))
        shapes = f"{list(self.input_shape)} -> {list(self.output_shape)}" if self.built else "not built"
        return f"<edgetwin.nn.Sequential {shapes}: {names}>"

    def _ready(self) -> FloatEngine:
        """Return an engine with the current weights."""
        if self._engine is None:
            self._engine = FloatEngine(self.stack, self._values)
        return self._engine

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_engine": None, "_values": [value.copy() for value in self._values]}

    def _checked(self, weights: Mapping[str, Any], what: str) -> list[Array]:
        stack = self.stack
        return checked_weights(weights, stack.names, [parameter.shape for _, parameter in stack.parameters], what)
