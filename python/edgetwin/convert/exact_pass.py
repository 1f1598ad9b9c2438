"""What wrappers for quantization-aware training share: ranges, the exact pass, where codes saturate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import QuantizationError
from ..graph.graph import Graph
from ..io.tflite_write import write_tflite
from ..model import Model
from ..quantization import Scheme, calibrate, quantized_graph
from ..quantize_values import dequantize_array, quantize_array
from ..types import INT_RANGES, Array
from .frameworks import model_of

__all__ = ["Exact", "ExactPass"]

Ends = tuple[float, float]


@dataclass(frozen=True)
class Exact:
    """A tensor of the quantized model.

    Attributes
    ----------
    values : ndarray of float32
        What its codes stand for, (n, ...) in the graph's layout.
    ends : (float, float)
        Beyond these, values saturate.
    """

    values: Array
    ends: Ends


class ExactPass:
    """Makes quantized models of a network's present float32 graph, and the values that their codes stand for.

    Parameters
    ----------
    graph : Graph
        float32; later ones differ in their constants only.
    samples : sequence of ndarray
        One an input, for the first ranges.
    method : str
        As in `edgetwin.quantize`.
    scheme : Scheme
    momentum : float in [0, 1]
        What a training batch leaves of a range.
    what : str
        For messages.
    """

    def __init__(
        self, graph: Graph, samples: Sequence[Array], method: str, scheme: Scheme, momentum: float, what: str
    ) -> None:
        if isinstance(momentum, bool) or not isinstance(momentum, (int, float)) or not 0 <= momentum <= 1:
            raise QuantizationError(f"momentum is {momentum!r}, accepted is a number in [0, 1]")
        model = model_of(graph, what)
        given = {spec.name: array for spec, array in zip(model.inputs, samples, strict=True)}
        ranges = calibrate(model, given, method)
        self._tensors = list(ranges)
        self._scheme = scheme
        self._momentum = float(momentum)
        #: Ends of the last training batch, which the next one moves the ranges by.
        self._seen: dict[str, Ends] = {}
        #: Names of the tensors that have a range.
        self.names = tuple(graph.tensors[index].name for index in self._tensors)
        #: The ranges that the calibration gave, in the order of `names`.
        self.first_ranges = list(ranges.values())
        self.model(graph, self.first_ranges)

    def model(self, graph: Graph, ranges: Sequence[Sequence[float]], arithmetic: str = "tflm") -> Model:
        """Return the quantized model of a graph."""
        given = {index: (low, high) for index, (low, high) in zip(self._tensors, ranges, strict=True)}
        return Model(write_tflite(quantized_graph(graph, given, self._scheme)), arithmetic)

    def exact(self, model: Model, arrays: Sequence[Array]) -> dict[str, Exact]:
        """Return inputs and operators' outputs of a quantized model, by tensor."""
        codes = {}
        for spec, array in zip(model.inputs, arrays, strict=True):
            codes[spec.name] = quantize_array(array, spec.scale or 1.0, spec.zero_point or 0, spec.dtype.name)
        trace = model.trace(*codes.values())
        codes |= {trace.names[index]: array for index, array in trace.items()}
        low, high = INT_RANGES[self._scheme.activations]
        results = {}
        for tensor in model.graph.tensors:
            if tensor.name in codes and tensor.quantization is not None:
                scale, zero_point = float(tensor.quantization.scale[0]), int(tensor.quantization.zero_point[0])
                ends = ((low - 0.5 - zero_point) * scale, (high + 0.5 - zero_point) * scale)
                results[tensor.name] = Exact(dequantize_array(codes[tensor.name], scale, zero_point), ends)
        return results

    def observe(self, name: str, low: float, high: float) -> None:
        """Take note of a tensor's float values in a training batch."""
        if name in self.names and math.isfinite(low) and math.isfinite(high):
            self._seen[name] = (low, high)

    def moved(self, ranges: Sequence[Sequence[float]]) -> list[Ends]:
        """Return the ranges, moved by what the last training batch held."""
        seen: Mapping[str, Ends] = self._seen
        self._seen = {}
        kept, new = self._momentum, 1 - self._momentum
        moved = []
        for name, (low, high) in zip(self.names, ranges, strict=True):
            ends = seen.get(name, (low, high))
            moved.append((kept * low + new * ends[0], kept * high + new * ends[1]))
        return moved
