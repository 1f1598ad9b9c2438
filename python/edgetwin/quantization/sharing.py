"""Which activations have one quantization in common, and the quantization of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import QuantizationError
from ..graph.graph import Graph, Operator
from ..graph.support import SUPPORT
from ..types import Quantization
from .parameters import activation_quantization
from .rules import RULES
from .scheme import Scheme

__all__ = ["Ranges", "activations", "calibrated_tensors", "real_inputs"]

#: Tensor index -> (minimum, maximum) in real units.
Ranges = Mapping[int, tuple[float, float]]


def real_inputs(graph: Graph, operator: Operator) -> list[int]:
    """Return the positions of an operator's float32 inputs, constants included."""
    return [p for p, i in enumerate(operator.inputs) if i >= 0 and graph.tensors[i].dtype == "float32"]


def calibrated_tensors(graph: Graph, live: Sequence[int]) -> list[int]:
    """Return the activations whose ranges are needed: inputs, and what operators with a scale of their own make.

    Parameters
    ----------
    graph : Graph
        Constants folded.
    live : sequence of int

    Returns
    -------
    list of int
    """
    needed = [index for index in graph.inputs if graph.tensors[index].dtype == "float32"]
    for operator in (graph.operators[index] for index in live):
        if operator.name in RULES and RULES[operator.name].output in ("own", "joined"):
            needed += [index for index in operator.outputs if graph.tensors[index].dtype == "float32"]
    return needed


class _Groups:
    """Sets of tensors that share a quantization, some of them fixed."""

    def __init__(self) -> None:
        self.parents: dict[int, int] = {}
        self.fixed: dict[int, Quantization] = {}

    def root(self, tensor: int) -> int:
        while self.parents.get(tensor, tensor) != tensor:
            tensor = self.parents[tensor]
        return tensor

    def join(self, first: int, second: int) -> None:
        first, second = self.root(first), self.root(second)
        if first != second:
            self.parents[second] = first
            if second in self.fixed:
                self.fixed[first] = self.fixed.pop(second)

    def fixed_of(self, tensor: int) -> Quantization | None:
        return self.fixed.get(self.root(tensor))


def _pair(values: tuple[float, int]) -> Quantization:
    return Quantization(np.array([values[0]], np.float32), np.array([values[1]], np.int64))


def _named(graph: Graph, tensors: Sequence[int], given: Mapping[str, tuple[float, int]], what: str) -> dict[int, str]:
    names = {index: graph.tensors[index].name for index in tensors if graph.tensors[index].dtype == "float32"}
    for name in given:
        if name not in names.values():
            raise QuantizationError(f"{what}_quantization names {name!r}, accepted are {', '.join(names.values())}")
    return {index: name for index, name in names.items() if name in given}


def _grouped(graph: Graph, live: Sequence[int], scheme: Scheme) -> _Groups:
    groups = _Groups()
    for index, name in _named(graph, graph.inputs, scheme.input_quantization, "input").items():
        groups.fixed[index] = _pair(scheme.input_quantization[name])
    for operator in (graph.operators[index] for index in live):
        rule = RULES[operator.name]
        real = [index for index in operator.outputs if graph.tensors[index].dtype == "float32"]
        if rule.output == "fixed" and rule.fixed is not None:
            for output in real:
                groups.fixed[output] = _pair(rule.fixed[scheme.activations])
        elif rule.output == "input":
            source = operator.inputs[SUPPORT[operator.name].operand]
            for output in real:
                groups.join(source, output)
        elif rule.output == "joined":
            _join(graph, groups, operator)
    for index, name in _named(graph, graph.outputs, scheme.output_quantization, "output").items():
        # What is fixed otherwise gets an operator that requantizes.
        if groups.fixed_of(index) is None:
            groups.fixed[groups.root(index)] = _pair(scheme.output_quantization[name])
    return groups


def _join(graph: Graph, groups: _Groups, operator: Operator) -> None:
    """Give inputs and output one quantization, but for inputs that have a fixed one: those are requantized."""
    output = operator.outputs[0]
    sources = [operator.inputs[p] for p in real_inputs(graph, operator)]
    fixed = [groups.fixed_of(index) for index in sources]
    if fixed and fixed[0] is not None and all(one == fixed[0] for one in fixed):
        for source in sources:
            groups.join(source, output)
        return
    for source, quantization in zip(sources, fixed, strict=True):
        if quantization is None:
            groups.join(output, source)


def activations(graph: Graph, live: Sequence[int], ranges: Ranges, scheme: Scheme) -> dict[int, Quantization]:
    """Return the quantization of every float32 activation, and of constants that operators join with activations.

    Parameters
    ----------
    graph : Graph
        Constants folded; every operator in `live` has a rule.
    live : sequence of int
    ranges : mapping of int to (float, float)
        Of `calibrated_tensors` at least.
    scheme : Scheme

    Returns
    -------
    dict of int to Quantization

    Raises
    ------
    QuantizationError : a range that is missing or not finite; names in the scheme that the model does not have
    """
    groups = _grouped(graph, live, scheme)
    members: dict[int, list[int]] = {}
    shared = groups.parents.keys() | groups.parents.values()
    touched = [i for index in live for i in (*graph.operators[index].inputs, *graph.operators[index].outputs)]
    for index in dict.fromkeys((*graph.inputs, *touched, *graph.outputs)):
        tensor = graph.tensors[index] if index >= 0 else None
        if tensor is not None and tensor.dtype == "float32" and (tensor.data is None or index in shared):
            members.setdefault(groups.root(index), []).append(index)
    sources = set(calibrated_tensors(graph, live))
    result: dict[int, Quantization] = {}
    for root, group in members.items():
        quantization = groups.fixed.get(root)
        if quantization is None:
            quantization = _calibrated(graph, group, sources, ranges, scheme)
        result |= dict.fromkeys(group, quantization)
    return result


def _calibrated(graph: Graph, group: list[int], sources: set[int], ranges: Ranges, scheme: Scheme) -> Quantization:
    """Return the quantization that holds the ranges of all sources of a group."""
    lows, highs = [0.0], [0.0]
    for index in group:
        tensor = graph.tensors[index]
        if tensor.data is not None:
            low, high = float(tensor.data.min(initial=0.0)), float(tensor.data.max(initial=0.0))
        elif index not in sources:
            continue
        elif index in ranges:
            low, high = map(float, ranges[index])
        else:
            raise QuantizationError(f"no range for tensor {tensor.name!r}, which no calibration has seen")
        if not (np.isfinite(low) and np.isfinite(high)) or low > high:
            raise QuantizationError(
                f"tensor {tensor.name!r}: range [{low}, {high}], accepted are finite ends, the smaller first"
            )
        lows.append(low)
        highs.append(high)
    return activation_quantization(min(lows), max(highs), scheme.activations)
