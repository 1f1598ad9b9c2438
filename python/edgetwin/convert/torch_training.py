"""Quantization-aware training of PyTorch's networks: exact integers forward, straight through backward."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import torch
from torch import fx

from ..errors import DataError, QuantizationError, ShapeError
from ..graph.graph import Graph
from ..io.tflite_write import write_tflite
from ..model import Model
from ..quantization import Scheme, calibrate, quantized_graph
from ..quantize_values import dequantize_array, quantize_array
from ..types import INT_RANGES, Array, Quantization
from .frameworks import model_of
from .layout import Value
from .torch import Lowered, TracedModule

__all__ = ["QuantizationAware"]

#: Operators whose arguments hold the batch of 1 that was traced.
_SHAPED = ("view", "reshape", "_unsafe_view")


class _Exact(torch.autograd.Function):  # type: ignore[misc]
    """What the codes stand for, in place of the float value; gradients pass where no code saturates."""

    @staticmethod
    def forward(ctx: Any, value: Any, exact: Any, passes: Any) -> Any:
        """Return `exact`, which has the shape of `value`."""
        ctx.save_for_backward(passes)
        return exact

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        """Return the gradient of `value`."""
        (passes,) = ctx.saved_tensors
        return gradient * passes, None, None


class QuantizationAware(torch.nn.Module):  # type: ignore[misc]
    """See `edgetwin.convert.torch.quantization_aware`."""

    def __init__(self, traced: TracedModule, calibration: Any, method: str, scheme: Scheme, momentum: float) -> None:
        super().__init__()
        if isinstance(momentum, bool) or not isinstance(momentum, (int, float)) or not 0 <= momentum <= 1:
            raise QuantizationError(f"momentum is {momentum!r}, accepted is a number in [0, 1]")
        self.module = traced.module
        self.momentum = float(momentum)
        self._traced = traced
        self._scheme = scheme
        lowered = traced.lower()
        self._inputs = [name for name, value in lowered.values.items() if self._is_input(name)]
        model = model_of(lowered.graph, f"quantization_aware({type(traced.module).__name__})")
        samples = calibration if isinstance(calibration, (tuple, list)) else (calibration,)
        arranged = self._arranged(lowered, [_array(each) for each in samples])
        given = {spec.name: array for spec, array in zip(model.inputs, arranged, strict=True)}
        ranges = calibrate(model, given, method)
        self._tensors = list(ranges)
        self._names = [lowered.graph.tensors[index].name for index in self._tensors]
        self.register_buffer("ranges", torch.tensor(list(ranges.values()), dtype=torch.float64))
        #: Ends of the last training batch, which the next one moves the ranges by.
        self._seen: dict[str, tuple[float, float]] = {}

    def to_model(self, arithmetic: str = "tflm") -> Model:
        """Return the int8 model of the present weights and ranges.

        Parameters
        ----------
        arithmetic : str
            As in `edgetwin.load`.
        """
        return Model(write_tflite(self._quantized(self._traced.lower())), arithmetic)

    def forward(self, *inputs: Any) -> Any:
        """Return what the integers of the quantized network stand for."""
        if self.training:
            self._move_ranges()
        lowered = self._traced.lower()
        graph = self._quantized(lowered)
        model = Model(write_tflite(graph))
        arrays = self._arranged(lowered, [_array(each) for each in inputs])
        codes = self._codes(model, arrays)
        quantizations = {tensor.name: tensor.quantization for tensor in graph.tensors}
        exact = {name: (codes[held], quantizations[held]) for name, held in lowered.names.items() if held in codes}
        return self._run(lowered, exact, list(inputs))

    def _is_input(self, name: str) -> bool:
        return name in self._traced.program.graph_signature.user_inputs

    def _arranged(self, lowered: Lowered, arrays: list[Array]) -> list[Array]:
        """Return samples in the model's layout."""
        if len(arrays) != len(self._inputs):
            raise ShapeError(f"{len(arrays)} inputs came, the network takes {len(self._inputs)}")
        arranged = []
        for name, array in zip(self._inputs, arrays, strict=True):
            value = lowered.values[name]
            if array.shape[1:] != value.shape[1:]:
                raise ShapeError(f"input {name!r} is {list(array.shape)}, accepted is {['n', *value.shape[1:]]}")
            arranged.append(np.ascontiguousarray(np.transpose(array, value.axes)))
        return arranged

    def _quantized(self, lowered: Lowered) -> Graph:
        ends = self.ranges.tolist()
        ranges = {index: (low, high) for index, (low, high) in zip(self._tensors, ends, strict=True)}
        return quantized_graph(lowered.graph, ranges, self._scheme)

    def _codes(self, model: Model, arrays: list[Array]) -> dict[str, Array]:
        """Return the codes of inputs and of every operator's output, by tensor."""
        codes = {}
        for spec, array in zip(model.inputs, arrays, strict=True):
            scale, zero_point = spec.scale or 1.0, spec.zero_point or 0
            codes[spec.name] = quantize_array(array, scale, zero_point, spec.dtype.name)
        trace = model.trace(*codes.values())
        return codes | {trace.names[index]: array for index, array in trace.items()}

    def _run(self, lowered: Lowered, exact: dict[str, Any], inputs: list[Any]) -> Any:
        """Run the traced operators with every value replaced by the exact one."""
        known: dict[str, Any] = dict(self._traced.constants())
        given = iter(inputs)
        results: list[Any] = []
        for node in self._traced.program.graph.nodes:
            if node.op == "output":
                results = [known[name] for name in self._traced.program.graph_signature.user_outputs]
            elif node.op == "placeholder":
                if node.name not in known:
                    known[node.name] = self._replaced(lowered, exact, node.name, next(given))
            else:
                value = _computed(node, known, len(inputs[0]))
                known[node.name] = self._replaced(lowered, exact, node.name, value)
        return results[0] if len(results) == 1 else tuple(results)

    def _replaced(self, lowered: Lowered, exact: dict[str, Any], name: str, value: Any) -> Any:
        if name not in exact:
            return value
        codes, quantization = exact[name]
        held = lowered.names[name]
        if self.training and held in self._names:
            self._seen[held] = (float(value.detach().min()), float(value.detach().max()))
        scale, zero_point = float(quantization.scale[0]), int(quantization.zero_point[0])
        low, high = INT_RANGES[self._scheme.activations]
        ends = [(code - zero_point) * scale for code in (low - 0.5, high + 0.5)]
        passes = (value.detach() >= ends[0]) & (value.detach() <= ends[1])
        real = _restored(lowered.values[name], codes, quantization)
        return _Exact.apply(value, torch.from_numpy(real).to(value.device), passes)

    def _move_ranges(self) -> None:
        """Move the ranges by what the last training batch held."""
        for place, name in enumerate(self._names):
            if name in self._seen and all(np.isfinite(self._seen[name])):
                ends = torch.tensor(self._seen[name], dtype=self.ranges.dtype, device=self.ranges.device)
                self.ranges[place] = self.momentum * self.ranges[place] + (1 - self.momentum) * ends
        self._seen = {}


def _restored(value: Value, codes: Array, quantization: Quantization) -> Array:
    """Return what codes stand for, in the network's order of axes."""
    real = dequantize_array(codes, float(quantization.scale[0]), int(quantization.zero_point[0]))
    return np.ascontiguousarray(value.restored(real.reshape(len(codes), *value.stored[1:])))


def _array(samples: Any) -> Array:
    array = samples.detach().cpu().numpy() if isinstance(samples, torch.Tensor) else np.asarray(samples)
    if array.dtype != np.float32:
        raise DataError(f"samples are {array.dtype}, accepted is float32")
    return array


def _computed(node: Any, known: dict[str, Any], count: int) -> Any:
    """Return what PyTorch computes, for a batch where a batch of 1 was traced."""
    arguments, options = fx.node.map_arg((node.args, node.kwargs), lambda other: known[other.name])
    if node.target is operator.getitem:
        return arguments[0][arguments[1]]
    if getattr(node.target, "_opname", "") in _SHAPED:
        source, shape = arguments[0], [int(size) for size in node.meta["val"].shape]
        return source.reshape([count, *shape[1:]] if shape[:1] == [1] and len(source) == count else shape)
    return node.target(*arguments, **options)
