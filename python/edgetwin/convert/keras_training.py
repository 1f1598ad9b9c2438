"""Quantization-aware training of Keras' networks: exact integers forward, straight through backward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from ..errors import DataError, ShapeError, UnsupportedError
from ..model import Model
from ..quantization import Scheme
from ..types import Array
from .exact_pass import Exact, ExactPass
from .keras import Lowered, calls_before, ends_of, lower

__all__ = ["QuantizationAware"]


class QuantizationAware(keras.Model):  # type: ignore[misc]
    """See `edgetwin.convert.keras.quantization_aware`."""

    def __init__(self, model: Any, calibration: Any, method: str, scheme: Scheme, momentum: float) -> None:
        backend = keras.backend.backend()
        if backend not in ("tensorflow", "torch"):
            raise UnsupportedError(f"Keras on {backend} traces what it trains; accepted are tensorflow and torch")
        lowered = lower(model)
        super().__init__(name=f"{model.name}_exact")
        self.model = model
        self._ends = ends_of(keras, model)
        samples = calibration if isinstance(calibration, (tuple, list)) else (calibration,)
        arrays = self._arrays(samples)
        what = f"quantization_aware({model.name})"
        # Kept from Keras, which would wrap what it finds in attributes.
        object.__setattr__(self, "_pass", ExactPass(lowered.graph, arrays, method, scheme, momentum, what))
        first = np.array(self._pass.first_ranges, np.float32)
        self.ranges = self.add_weight(
            shape=first.shape, initializer="zeros", trainable=False, dtype="float32", name="ranges"
        )
        self.ranges.assign(first)
        self.built = True

    def compile(self, *args: Any, **options: Any) -> None:
        """Compile as any Keras model, to run eagerly: integers are not traced."""
        if options.setdefault("run_eagerly", True) is not True or options.setdefault("jit_compile", False):
            raise UnsupportedError(
                "compile: accepted are run_eagerly=True and jit_compile=False: integers are not traced"
            )
        super().compile(*args, **options)

    def to_model(self, arithmetic: str = "tflm") -> Model:
        """Return the int8 model of the present weights and ranges.

        Parameters
        ----------
        arithmetic : str
            As in `edgetwin.load`.
        """
        graph = lower(self.model).graph
        model: Model = self._pass.model(graph, self._present_ranges(), arithmetic)
        return model

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return what the integers of the quantized network stand for."""
        if keras.src.backend.common.stateless_scope.in_stateless_scope():
            return self.model(inputs, training=False)  # Keras asks for the shapes of outputs only
        given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        if training:
            self.ranges.assign(np.array(self._pass.moved(self._present_ranges()), np.float32))
        lowered = lower(self.model)
        model = self._pass.model(lowered.graph, self._present_ranges())
        exact = self._pass.exact(model, self._arrays(given))
        known: dict[int, Any] = {}
        for tensor, value in zip(self._ends[0], given, strict=True):
            known[id(tensor)] = self._replaced(lowered, exact, tensor, keras.ops.convert_to_tensor(value), training)
        results = [self._value(lowered, exact, tensor, known, training) for tensor in self._ends[1]]
        return results[0] if len(results) == 1 else results

    def _present_ranges(self) -> list[list[float]]:
        ranges: list[list[float]] = keras.ops.convert_to_numpy(self.ranges).astype(np.float64).tolist()
        return ranges

    def _arrays(self, samples: Sequence[Any]) -> list[Array]:
        """Return samples as arrays."""
        sources = self._ends[0]
        if len(samples) != len(sources):
            raise ShapeError(f"{len(samples)} inputs came, the network takes {len(sources)}")
        arrays = []
        for sample, source in zip(samples, sources, strict=True):
            array = np.ascontiguousarray(keras.ops.convert_to_numpy(sample))
            if array.dtype != np.float32:
                raise DataError(f"input {source.name!r} is {array.dtype}, accepted is float32")
            if array.shape[1:] != tuple(source.shape[1:]):
                raise ShapeError(
                    f"input {source.name!r} is {list(array.shape)}, accepted is {['n', *source.shape[1:]]}"
                )
            arrays.append(array)
        return arrays

    def _value(
        self, lowered: Lowered, exact: dict[str, Exact], tensor: Any, known: dict[int, Any], training: bool
    ) -> Any:
        """Return a symbolic tensor's value, every layer before it computed on exact values."""
        for operation, node in calls_before(tensor, known):
            values = _called(operation, node, known)
            for output, value in zip(node.output_tensors, values, strict=True):
                known[id(output)] = self._replaced(lowered, exact, output, value, training)
        return known[id(tensor)]

    def _replaced(self, lowered: Lowered, exact: dict[str, Exact], tensor: Any, value: Any, training: bool) -> Any:
        name = lowered.names.get(id(tensor), "")
        if name not in exact:
            return value
        floats = keras.ops.stop_gradient(value)
        if training:
            self._pass.observe(name, float(keras.ops.min(floats)), float(keras.ops.max(floats)))
        held = exact[name]
        real = held.values.reshape(len(held.values), *tensor.shape[1:])
        passes = keras.ops.logical_and(floats >= held.ends[0], floats <= held.ends[1])
        # The bracket is 0: the sum is the exact value, its gradient that of `value` where no code saturates.
        through = keras.ops.where(passes, value - floats, keras.ops.zeros_like(floats))
        return keras.ops.convert_to_tensor(real) + through


def _called(operation: Any, node: Any, known: dict[int, Any]) -> list[Any]:
    """Return what a layer or operation gives, as it does where a network is used."""
    arguments, options = keras.tree.map_structure(
        lambda each: known[id(each)] if hasattr(each, "_keras_history") else each,
        (tuple(node.arguments.args), dict(node.arguments.kwargs)),
    )
    if getattr(operation, "_call_has_training_arg", False):
        options["training"] = False
    outputs = operation(*arguments, **options)
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
