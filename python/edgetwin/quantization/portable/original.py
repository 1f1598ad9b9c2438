"""The model that a portable one is made of: its int8 graph, its real weights, and what flows through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ...graph.graph import Graph, Tensor
from ...graph.passes import fold
from ...io.tflite_write import write_tflite
from ...model import Model
from ...quantize_values import dequantize_array, quantize_array
from ...types import Array
from ..observed import dequantized, observed
from ..rewrite import quantized_graph
from ..samples import batches
from ..scheme import Scheme
from ..sharing import Ranges
from .layers import LINEAR, Layer

__all__ = ["Original"]


def _numbered(graph: Graph) -> Graph:
    """Return what runs of a graph, tensors named by number: what flows is found by name, and names may come twice."""
    graph, live = fold(graph)
    tensors = tuple(replace(tensor, name=f"t{i}") for i, tensor in enumerate(graph.tensors))
    # Operators that were folded would write to constants.
    return replace(graph, tensors=tensors, operators=tuple(graph.operators[i] for i in live))


def _real(tensor: Tensor) -> Array:
    data = np.asarray(tensor.data)
    return data if tensor.quantization is None or data.dtype.kind == "f" else dequantized(data, tensor.quantization)


@dataclass(frozen=True, eq=False)
class Original:
    """What a portable model is fitted to. Tensors are named by number, in all graphs alike.

    Attributes
    ----------
    names : list of str
        The model's own, by number.
    reference : Model
        Float32 or int8.
    codes : Graph
        The int8 graph.
    samples : list of ndarray
        Real units, one array an input; empty without calibration.
    fixed : frozenset of str
        Outputs whose quantization was asked for.
    """

    names: list[str]
    reference: Model
    codes: Graph
    samples: list[Array]
    fixed: frozenset[str] = frozenset()

    @classmethod
    def of_codes(cls, model: Model, samples: list[Array]) -> Original:
        """Return that of an int8 model."""
        graph = _numbered(model.graph)
        return cls([t.name for t in model.graph.tensors], Model(write_tflite(graph)), graph, samples)

    @classmethod
    def of_real(cls, model: Model, ranges: Ranges, scheme: Scheme, samples: list[Array]) -> Original:
        """Return that of a float32 model."""
        graph = _numbered(model.graph)
        names = [tensor.name for tensor in model.graph.tensors]
        given = scheme.input_quantization, scheme.output_quantization
        inputs, outputs = (
            {f"t{i}": pairs[names[i]] for i in ends if names[i] in pairs}
            for ends, pairs in zip((graph.inputs, graph.outputs), given, strict=True)
        )
        scheme = replace(scheme, input_quantization=inputs, output_quantization=outputs)
        return cls(
            names, Model(write_tflite(graph)), quantized_graph(graph, ranges, scheme), samples, frozenset(outputs)
        )

    def layers(self) -> dict[str, tuple[Array, Array]]:
        """Return weights (as in the file) and bias of every convolution and dense layer, real units, by its output."""
        graph = self.reference.graph
        found = {}
        for operator in graph.operators:
            if operator.name in LINEAR and graph.tensors[operator.inputs[1]].data is not None:
                biased = len(operator.inputs) > 2 and operator.inputs[2] >= 0
                units = Layer.of(graph, operator).channels
                bias = _real(graph.tensors[operator.inputs[2]]) if biased else np.zeros(units)
                weights = _real(graph.tensors[operator.inputs[1]])
                found[graph.tensors[operator.outputs[0]].name] = weights, bias.astype(np.float64)
        return found

    def flows(self, portable: Model | None, tensor: Tensor) -> Iterator[tuple[Array, Array]]:
        """Yield an activation in the portable model and in the original, real units, some samples at a time.

        Parameters
        ----------
        portable : Model or None
            Computes the activation; None for one that is given.
        tensor : Tensor
        """
        quantization = tensor.quantization
        for batch in batches(self.samples):
            given = dict(zip((spec.name for spec in self.reference.inputs), batch, strict=True))
            original = observed(self.reference, given)
            truth = original[tensor.name]
            if portable is not None:
                seen = observed(portable, {spec.name: original[spec.name] for spec in portable.inputs})[tensor.name]
            elif quantization is not None:
                scale, zero_point = float(quantization.scale[0]), int(quantization.zero_point[0])
                seen = dequantize_array(quantize_array(truth, scale, zero_point), scale, zero_point)
            yield seen, truth

    def renamed(self, graph: Graph) -> Graph:
        """Return a graph with the model's own names."""
        return replace(graph, tensors=tuple(replace(t, name=self.named(t.name)) for t in graph.tensors))

    def named(self, name: str) -> str:
        """Return the model's own name of a tensor, with what was added to the number."""
        number, _, what = name.partition("_")
        return "_".join((self.names[int(number[1:])], *([what] if what else [])))
