"""Quantization-aware training of PyTorch's networks: exact integers forward, straight through backward."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import torch
from torch import fx

from ..errors import DataError, ShapeError
from ..model import Model
from ..quantization import Scheme
from ..types import Array
from .exact_pass import Exact, ExactPass
from .torch import Lowered, TracedModule

__all__ = ["QuantizationAware"]

#: Operators whose arguments hold the batch of 1 that was traced.
_SHAPED = ("view", "reshape", "_unsafe_view")


class _StraightThrough(torch.autograd.Function):  # type: ignore[misc]
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
        self.module = traced.module
        self._traced = traced
        self._inputs = list(traced.program.graph_signature.user_inputs)
        lowered = traced.lower()
        samples = calibration if isinstance(calibration, (tuple, list)) else (calibration,)
        arranged = self._arranged(lowered, samples)
        what = f"quantization_aware({type(traced.module).__name__})"
        self._pass = ExactPass(lowered.graph, arranged, method, scheme, momentum, what)
        self.register_buffer("ranges", torch.tensor(self._pass.first_ranges, dtype=torch.float64))

    def to_model(self, arithmetic: str = "tflm") -> Model:
        """Return the int8 model of the present weights and ranges.

        Parameters
        ----------
        arithmetic : str
            As in `edgetwin.load`.
        """
        return self._pass.model(self._traced.lower().graph, self.ranges.tolist(), arithmetic)

    def forward(self, *inputs: Any) -> Any:
        """Return what the integers of the quantized network stand for."""
        if self.training:
            self.ranges.copy_(torch.tensor(self._pass.moved(self.ranges.tolist()), dtype=self.ranges.dtype))
        lowered = self._traced.lower()
        model = self._pass.model(lowered.graph, self.ranges.tolist())
        exact = self._pass.exact(model, self._arranged(lowered, inputs))
        return self._run(lowered, exact, inputs)

    def _arranged(self, lowered: Lowered, samples: Any) -> list[Array]:
        """Return samples in the model's layout."""
        if len(samples) != len(self._inputs):
            raise ShapeError(f"{len(samples)} inputs came, the network takes {len(self._inputs)}")
        arranged = []
        for name, array in zip(self._inputs, map(_array, samples), strict=True):
            value = lowered.values[name]
            if array.shape[1:] != value.shape[1:]:
                raise ShapeError(f"input {name!r} is {list(array.shape)}, accepted is {['n', *value.shape[1:]]}")
            arranged.append(np.ascontiguousarray(np.transpose(array, value.axes)))
        return arranged

    def _run(self, lowered: Lowered, exact: dict[str, Exact], inputs: tuple[Any, ...]) -> Any:
        """Run the traced operators with every value replaced by the exact one."""
        known: dict[str, Any] = dict(self._traced.constants())
        given = iter(inputs)
        for node in self._traced.program.graph.nodes:
            if node.op != "output" and node.name not in known:
                value = next(given) if node.op == "placeholder" else _computed(node, known, len(inputs[0]))
                known[node.name] = self._replaced(lowered, exact, node.name, value)
        results = [known[name] for name in self._traced.program.graph_signature.user_outputs]
        return results[0] if len(results) == 1 else tuple(results)

    def _replaced(self, lowered: Lowered, exact: dict[str, Exact], name: str, value: Any) -> Any:
        held = exact.get(lowered.names.get(name, ""))
        if held is None:
            return value
        floats = value.detach()
        if self.training:
            self._pass.observe(lowered.names[name], float(floats.min()), float(floats.max()))
        layout = lowered.values[name]
        real = layout.restored(held.values.reshape(len(held.values), *layout.stored[1:]))
        passes = (floats >= held.ends[0]) & (floats <= held.ends[1])
        return _StraightThrough.apply(value, torch.from_numpy(np.ascontiguousarray(real)).to(value.device), passes)


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
