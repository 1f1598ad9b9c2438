"""What float32 and int8 networks share: training, predicting and evaluating in Keras' words."""

from __future__ import annotations

import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..arrays import real_array
from ..errors import TrainingError
from ..types import Array
from .callbacks import Callback, EarlyStopping
from .diagnosis import TRIED_SAMPLES, silent_layer
from .engine import Engine
from .history import History
from .losses import Huber, as_loss
from .optimizers import Optimizer
from .samples import checked_inputs, checked_samples, training_sets
from .schedules import Schedule
from .stack import Stack
from .stage import Shape
from .training import Training, checked_settings

__all__ = ["Trainable"]


class Trainable(ABC):
    """A network that can be trained.

    Attributes
    ----------
    history : History or None
        Of the last training run, interrupted ones included.
    begins_trained : bool
        What it begins with is worth something: with validation, `fit` never ends with something worse.
    """

    begins_trained = False
    history: History | None = None

    @property
    @abstractmethod
    def stack(self) -> Stack:
        """The layers with the shapes between them."""

    @abstractmethod
    def begin(self, sample_shape: Shape) -> None:
        """Build the network for samples of this shape, where it is not."""

    @abstractmethod
    def engine(self) -> Engine:
        """Return an engine with the current weights."""

    @abstractmethod
    def keep(self, values: Sequence[Array]) -> None:
        """Take these arrays as all that is learnt, as they are."""

    @abstractmethod
    def facts(self) -> Any:
        """Return what a checkpoint has to have in common."""

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
        self.begin(real_array(x, "x").shape[1:])
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
        engine = self.engine()
        training = Training(engine, self, settings, samples, validation, repr(self.facts()))
        self.history = training.state.history
        training.run()
        note = silent_layer(stack, self.engine().activations(samples.x[:TRIED_SAMPLES]))
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
        self.begin(real_array(x, "x").shape[1:])
        return self.engine().predict(checked_inputs(x, self.stack.input_shape, "x"))

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
        return self.engine().figures(samples, used)
