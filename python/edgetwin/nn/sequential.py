"""A chain of layers with weights."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ..arrays import whole_number
from ..errors import ShapeError, TrainingError
from ..io.tflite_write import write_tflite
from ..model import Model
from ..types import Array
from .engine import FloatEngine
from .float_graph import float_graph
from .layers import Input, Layer
from .stack import Stack, checked_layers, layer_names
from .stage import Shape
from .summary import summary_text
from .trainable import Trainable
from .weights_file import checked_weights, read_arrays, write_arrays

__all__ = ["Sequential"]

_MOST_SEED = 2**63 - 1


class Sequential(Trainable):
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
        self.history = None
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

    def keep(self, values: Sequence[Array]) -> None:
        """Take these arrays as all parameters, as they are."""
        self._values = list(values)
        self._engine = None

    def begin(self, sample_shape: Shape) -> None:
        """Build the network for samples of this shape, where it is not."""
        if not self.built:
            self.build(sample_shape)

    def engine(self) -> FloatEngine:
        """Return an engine with the current weights."""
        if self._engine is None:
            self._engine = FloatEngine(self.stack, self._values)
        return self._engine

    def facts(self) -> Any:
        """Return what a checkpoint has to have in common."""
        return self.stack.input_shape, self.layers

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

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_engine": None, "_values": [value.copy() for value in self._values]}

    def _checked(self, weights: Mapping[str, Any], what: str) -> list[Array]:
        stack = self.stack
        return checked_weights(weights, stack.names, [parameter.shape for _, parameter in stack.parameters], what)
