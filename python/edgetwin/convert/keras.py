"""Keras' networks as float32 models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import UnsupportedError
from ..graph.builder import GraphBuilder
from ..graph.graph import Graph
from ..model import Model
from ..quantization import Scheme
from .frameworks import held_by, model_of, require
from .keras_layers import ACCEPTED, HINTS, LAYERS, Call

__all__ = ["Lowered", "calls_before", "ends_of", "from_keras", "lower", "quantization_aware"]


def from_keras(model: Any) -> Model:
    """Convert a network of Keras 3, whatever its backend.

    Parameters
    ----------
    model : keras.Model
        Sequential (built, so that its input's shape is known) or functional, nested ones included; float32, channels
        last. Layers that training alone needs (dropout, noise) are left out.

    Returns
    -------
    Model
        float32, with the network's inputs and outputs. Outputs equal the network's to 1e-5. (An average pool that pads
        unevenly is TensorFlow's; Keras on PyTorch counts some of that padding.)

    Raises
    ------
    UnsupportedError : a layer or form that is not converted, named with what would work; a model that is subclassed or
        not built
    DataError : a weight is NaN or infinite
    MissingExtraError : Keras is not installed

    Examples
    --------
    >>> import numpy as np
    >>> import keras
    >>> import edgetwin as et
    >>> network = keras.Sequential([keras.Input((108, 6)), keras.layers.Conv1D(16, 5, activation="relu")])
    >>> network.add(keras.layers.GlobalAveragePooling1D())
    >>> model = et.from_keras(network)
    >>> x = np.random.default_rng(0).normal(size=(10, 108, 6)).astype(np.float32)
    >>> bool(np.allclose(model.run(x), network.predict(x, verbose=0), atol=1e-5))
    True
    """
    return model_of(lower(model).graph, f"from_keras({getattr(model, 'name', type(model).__name__)})")


def quantization_aware(
    model: Any,
    calibration: Any,
    *,
    method: str = "min_max",
    weights: str = "int8",
    activations: str = "int8",
    momentum: float = 0.95,
) -> Any:
    """Wrap a network of Keras for training with the integers that a board computes.

    Forward, the wrapper makes the quantized model of the present weights and runs its exact kernels on the batch; every
    layer passes on what its codes stand for. Backward, gradients are those of the float network at these values,
    straight through the rounding, and 0 where a code saturates. `to_model` gives the model whose outputs are those of
    the last forward pass, byte for byte, as long as no step has changed the weights since.

    Meant for the last epochs, from trained weights: dropout is off and batch normalizations use the statistics that
    they have, since both are folded away on the board. Keras runs eagerly, on TensorFlow or PyTorch.

    Parameters
    ----------
    model : keras.Model
        As in `from_keras`. Its weights are trained in place. Networks nested in it pass floats on inside.
    calibration : ndarray of float32, or list of them
        A few hundred samples, for the first ranges.
    method, weights, activations
        As in `edgetwin.quantize`.
    momentum : float in [0, 1]
        What a training batch leaves of an activation's range; 1 keeps the calibrated ranges.

    Returns
    -------
    keras.Model
        To `compile` and `fit` as any other; ``to_model()`` is the int8 `Model`.

    Raises
    ------
    UnsupportedError : a layer that is not converted, or cannot compute with codes; Keras on another backend
    DataError, QuantizationError : as `edgetwin.quantize`; a `momentum` out of range
    MissingExtraError : Keras is not installed

    Examples
    --------
    >>> import keras
    >>> import numpy as np
    >>> import edgetwin as et
    >>> x = np.random.default_rng(0).normal(size=(64, 20)).astype(np.float32)
    >>> y = x[:, :3].sum(1, keepdims=True)
    >>> network = keras.Sequential([keras.Input((20,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
    >>> wrapped = et.convert.keras.quantization_aware(network, calibration=x)
    >>> wrapped.compile(keras.optimizers.Adam(1e-3), "mse")
    >>> _ = wrapped.fit(x, y, epochs=2, verbose=0)
    >>> last = keras.ops.convert_to_numpy(wrapped(x))
    >>> bool((wrapped.to_model().predict(x) == last).all())
    True
    """
    require("keras")
    from .keras_training import QuantizationAware

    return QuantizationAware(model, calibration, method, Scheme(weights=weights, activations=activations), momentum)


@dataclass(frozen=True)
class Lowered:
    """A network's graph.

    Attributes
    ----------
    graph : Graph
    names : dict of int to str
        By `id` of the network's symbolic tensor, the name of the graph's that holds it; what was folded or fused into
        another has none.
    """

    graph: Graph
    names: dict[int, str] = field(default_factory=dict)


def lower(model: Any) -> Lowered:
    """Return the graph of a network with its present weights."""
    keras = require("keras")
    if not isinstance(model, keras.Model):
        raise UnsupportedError(f"from_keras takes a keras.Model, not {type(model).__name__}")
    inputs, outputs = ends_of(keras, model)
    builder = GraphBuilder()
    known: dict[int, int] = {}
    for tensor in inputs:
        if str(tensor.dtype) != "float32":
            raise UnsupportedError(f"input {tensor.name!r} is {tensor.dtype}, accepted is float32")
        known[id(tensor)] = builder.input(tensor.name, _shape(tensor, f"input {tensor.name!r}"))
    results = [_value(keras, builder, tensor, known) for tensor in outputs]
    graph = builder.graph(*results)
    return Lowered(graph, held_by(builder, graph, known))


def ends_of(keras: Any, model: Any) -> tuple[list[Any], list[Any]]:
    """Return a network's symbolic inputs and outputs."""
    if isinstance(model, keras.Sequential) and not model.built:
        raise UnsupportedError(f"{model.name!r} is not built: begin it with keras.Input(shape) or call it once")
    if not isinstance(model, (keras.Sequential, keras.src.models.Functional)):
        raise UnsupportedError(
            f"{model.name!r} ({type(model).__name__}) is subclassed, accepted are Sequential and functional models"
        )
    return list(model.inputs), list(model.outputs)


def _shape(tensor: Any, where: str) -> tuple[int, ...]:
    shape = tuple(tensor.shape)
    if any(size is None for size in shape[1:]):
        raise UnsupportedError(f"{where} has shape {list(shape)}, accepted are sizes that are known but the batch's")
    return (1, *(int(size) for size in shape[1:]))


def _value(keras: Any, builder: GraphBuilder, tensor: Any, known: dict[int, int]) -> int:
    """Return the graph's tensor for a symbolic one, with everything that it is made from."""
    for operation, node in calls_before(tensor, known):
        results = _apply(keras, builder, operation, node, [known[id(each)] for each in node.input_tensors])
        for output, index in zip(node.output_tensors, results, strict=True):
            known[id(output)] = index
            expected = _shape(output, f"layer {operation.name!r}")
            if builder.shape(index) != expected:
                raise UnsupportedError(
                    f"layer {operation.name!r}: converted to {list(builder.shape(index))}, not {list(expected)}"
                )
    return known[id(tensor)]


def calls_before(tensor: Any, known: Mapping[int, object]) -> Iterator[tuple[Any, Any]]:
    """Yield each operation and its call that a symbolic tensor still needs, once what it reads is known.

    Whoever takes one must put its outputs into `known`, by their ids, before the next.
    """
    waiting = [tensor]
    while waiting:
        current = waiting[-1]
        if id(current) in known:
            waiting.pop()
            continue
        operation, node_index, _ = current._keras_history
        node = operation._inbound_nodes[node_index]
        missing = [each for each in node.input_tensors if id(each) not in known]
        if missing:
            waiting.extend(missing)
        else:
            yield operation, node


def _apply(keras: Any, builder: GraphBuilder, operation: Any, node: Any, inputs: Sequence[int]) -> list[int]:
    if isinstance(operation, keras.Model):
        sources, results = ends_of(keras, operation)
        inner = {id(source): index for source, index in zip(sources, inputs, strict=True)}
        return [_value(keras, builder, result, inner) for result in results]
    kind = type(operation).__name__
    where = f"layer {operation.name!r} ({kind})"
    make = LAYERS.get(kind)
    if make is None:
        hint = f"what would work: {HINTS[kind]}" if kind in HINTS else f"accepted are {ACCEPTED}"
        raise UnsupportedError(f"{where} is not converted; {hint}")
    if getattr(operation, "compute_dtype", "float32") != "float32":
        raise UnsupportedError(f"{where} computes in {operation.compute_dtype}, accepted is float32")
    if getattr(operation, "data_format", "channels_last") not in ("channels_last", None):
        raise UnsupportedError(f"{where} has channels first, accepted is data_format='channels_last'")
    arrays = {
        name: keras.ops.convert_to_numpy(value)
        for name in _WEIGHTS
        if (value := getattr(operation, name, None)) is not None and hasattr(value, "shape")
    }
    shape = _shape(node.output_tensors[0], where)
    return [make(Call(builder, operation, where, tuple(inputs), node.arguments, arrays, shape))]


_WEIGHTS = (
    "kernel", "bias", "depthwise_kernel", "pointwise_kernel", "gamma", "beta", "moving_mean", "moving_variance",
    "alpha", "mean", "variance",
)  # fmt: skip
