"""A network's int8 form at one moment of its training: the graph, and the kernels that compute it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import QuantizationError
from ..execution import Runners
from ..graph.graph import Graph
from ..graph.passes import fold
from ..graph.plan import build_plan, lower
from ..io.schema import OPTIONS
from ..quantization.rewrite import quantized_graph
from ..quantization.scheme import Scheme
from ..quantization.sharing import calibrated_tensors
from ..quantize_values import dequantize_array, quantize_array
from ..types import Array
from .float_graph import float_graph
from .stack import Stack

__all__ = ["ExactNetwork", "Place", "places"]


@dataclass(frozen=True)
class Place:
    """An activation whose range is tracked.

    Attributes
    ----------
    tensor : int
        In the float graph.
    stage : int
        The last stage whose output it is; -1 for the input.
    """

    tensor: int
    stage: int


def places(stack: Stack, values: Sequence[Array]) -> tuple[Place, ...]:
    """Return the activations that have ranges of their own, in the graph's order."""
    found = float_graph(stack, values)
    tracked = calibrated_tensors(found.graph, range(len(found.graph.operators)))
    stages = {tensor: index for index, tensor in enumerate(found.tensors)}
    inputs = set(found.graph.inputs)
    return tuple(Place(tensor, -1 if tensor in inputs else stages[tensor]) for tensor in tracked)


class ExactNetwork:
    """The quantized graph of weights and ranges, run by the kernels that define it.

    Parameters
    ----------
    stack : Stack
        Without batch norm and dropout.
    values : sequence of ndarray of float32
        Its parameters.
    tracked : sequence of Place
    ranges : ndarray of float64, shape (len(tracked), 2)
        Smallest and largest value of each.
    scheme : Scheme

    Attributes
    ----------
    graph : Graph
        What is exported.
    """

    def __init__(
        self, stack: Stack, values: Sequence[Array], tracked: Sequence[Place], ranges: Array, scheme: Scheme
    ) -> None:
        self._stack = stack
        found = float_graph(stack, values)
        ends = {place.tensor: (float(low), float(high)) for place, (low, high) in zip(tracked, ranges, strict=True)}
        self.graph: Graph = quantized_graph(found.graph, ends, scheme)
        at = {tensor.name: index for index, tensor in enumerate(self.graph.tensors)}
        #: Tensor of the quantized graph for each stage.
        self._tensors = [at[found.graph.tensors[tensor].name] for tensor in found.tensors]
        self._at = at
        graph, live = fold(_complete(self.graph))
        made = {graph.operators[index].outputs[0] for index in live}
        self._wanted = [tensor for tensor in dict.fromkeys((*self._tensors, *graph.outputs)) if tensor in made]
        steps, aliases = lower(graph, live, "tflm")
        self._runner = Runners(graph, build_plan(graph, steps, aliases, self._wanted), self._wanted).current()

    def codes_of(self, x: Array) -> Array:
        """Return samples as the codes of the input."""
        scale, zero_point, dtype = self._quantization(self.graph.inputs[0])
        return quantize_array(x, scale, zero_point, dtype)

    def forward(self, codes: Array) -> dict[int, Array]:
        """Return the codes of all activations, the exact ones, by tensor; the output's are those of `outputs`."""
        arrays = self._runner.run([codes], None, None, 0)
        return {self.graph.inputs[0]: codes, **dict(zip(self._wanted, arrays, strict=True))}

    @property
    def output(self) -> int:
        """The output's tensor."""
        return self.graph.outputs[0]

    def stage_codes(self, codes: dict[int, Array], stage: int) -> Array:
        """Return the codes of a stage's output, -1 for the input, shaped as the engine has it."""
        if stage < 0:
            return codes[self.graph.inputs[0]]
        return codes[self._tensors[stage]].reshape(-1, *self._stack.stages[stage].shape)

    def real(self, codes: dict[int, Array], tensor: int) -> Array:
        """Return an activation in real units, float32."""
        scale, zero_point, _ = self._quantization(tensor)
        return dequantize_array(codes[tensor], scale, zero_point)

    def activations(self, codes: dict[int, Array]) -> list[Array]:
        """Return every stage's output in real units, float32; of stages that are one operator, the same array."""
        real = {tensor: self.real(codes, tensor) for tensor in set(self._tensors)}
        return [
            real[tensor].reshape(-1, *stage.shape)
            for tensor, stage in zip(self._tensors, self._stack.stages, strict=True)
        ]

    def ends(self, stage: int) -> tuple[float, float, int, int]:
        """Return the values half a step beyond which a stage's output saturates, and the codes of these ends."""
        tensor = self._tensors[stage]
        scale, zero_point, dtype = self._quantization(tensor)
        limits = np.iinfo(dtype)
        low, high = scale * (limits.min - zero_point - 0.5), scale * (limits.max - zero_point + 0.5)
        return low, high, int(limits.min), int(limits.max)

    def weights(self) -> list[Array]:
        """Return the parameters that the codes stand for, float32, in the stack's order."""
        return [self._parameter(name) for name in self._stack.names]

    def _parameter(self, name: str) -> Array:
        tensor = self.graph.tensors[self._at[name]]
        quantization, data = tensor.quantization, tensor.data
        if quantization is None or data is None:
            raise QuantizationError(f"{name} is no quantized constant")
        form = [1] * data.ndim
        form[quantization.quantized_dimension] = -1
        values: Array = (data * quantization.scale.astype(np.float64).reshape(form)).astype(np.float32)
        return values

    def _quantization(self, tensor: int) -> tuple[float, int, str]:
        found = self.graph.tensors[tensor]
        if found.quantization is None:
            raise QuantizationError(f"{found.name} has no quantization")
        return float(found.quantization.scale[0]), int(found.quantization.zero_point[0]), found.dtype


def _complete(graph: Graph) -> Graph:
    """Return a graph whose operators have all their options, as one that comes from a file."""
    operators = []
    for operator in graph.operators:
        table = OPTIONS.get(operator.name)
        defaults = {} if table is None else {field.name: field.default for field in table.fields}
        operators.append(replace(operator, options=defaults | dict(operator.options)))
    return replace(graph, operators=tuple(operators))
