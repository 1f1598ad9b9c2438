"""Scales of activations with which sums of two of them, and means, meet no tie of rounding.

With inputs' scales of ``q1 / p`` and ``q2 / p`` times the output's, a sum is a whole number of ``1 / p`` of its codes.
A tie would be an odd number of halves: for odd `p` there is none, the nearest is ``1 / (2 p)`` away.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from ...graph.graph import Operator
from ...types import Quantization
from ..rules import RULES
from .draft import Draft
from .scales import LEAST_EXPONENT, MOST_EXPONENT, exact_exponents, portable_scales

__all__ = ["aligned"]

#: The parts of a code of a sum. Odd; half a part is far more than what runtimes' 20-bit multipliers err.
_PARTS = 255
#: An input's scale over the output's: beyond, their errors come near to half a part.
_MOST_RATIO = 4.0
#: float32 scales whose ratio is this near to a fraction have it.
_NEAR = 2.0**-22
#: Even codes of a mean's weights: each gives the output another scale, near to one another.
_MEAN_CODES = range(64, 127, 2)


class _Groups:
    """Activations that share a quantization; those that must keep theirs are locked."""

    def __init__(self, draft: Draft, body: Collection[int], fixed: Sequence[int]) -> None:
        self.draft = draft
        self.parents: dict[int, int] = {}
        self.fixed = {*draft.inputs, *fixed}
        for index, operator in enumerate(draft.operators):
            coded = [i for i in (*operator.inputs, *operator.outputs) if i >= 0 and draft.tensors[i].quantization]
            rule = RULES.get(operator.name)
            own = operator.name == "relu6" and index in body
            if rule is not None and rule.output in ("input", "joined") and not own:
                for other in coded[1:]:
                    self.join(coded[0], other)
                self.fixed |= {i for i in coded if draft.tensors[i].data is not None}
            elif index not in body:
                # What else is made of them is not looked at: it stays as it is.
                self.fixed.update(operator.outputs)

    def root(self, index: int) -> int:
        while self.parents.get(index, index) != index:
            index = self.parents[index]
        return index

    def join(self, first: int, second: int) -> None:
        self.parents[self.root(second)] = self.root(first)

    def locked(self, index: int) -> bool:
        return self.root(index) in {self.root(i) for i in self.fixed}

    def requantize(self, index: int, quantization: Quantization) -> None:
        root = self.root(index)
        for member in range(len(self.draft.tensors)):
            if self.root(member) == root:
                self.draft.requantize(member, quantization)

    def rescale(self, index: int, scale: float) -> None:
        self.requantize(index, replace(self.draft.quantization(index), scale=np.array([scale], np.float32)))


def aligned(draft: Draft, operators: Sequence[int], fixed: Sequence[int]) -> dict[int, str]:
    """Give activations, and the weights of means, their portable scales, in place.

    Parameters
    ----------
    draft : Draft
    operators : sequence of int
        Those that are to be portable, in order.
    fixed : sequence of int
        Activations that keep their quantization; a model's inputs do in any case.

    Returns
    -------
    dict of int to str
        Operators that cannot have such scales -> reason.
    """
    groups = _Groups(draft, set(operators), fixed)
    refused = {}
    for index in operators:
        operator = draft.operators[index]
        if operator.name in ("relu", "relu6"):
            if not _rectified(draft, groups, operator):
                refused[index] = "its input and output have other quantizations that must stay"
        elif operator.name in ("add", "sub"):
            if not _summed(draft, groups, operator):
                refused[index] = "its operands' scales have no common measure"
        elif operator.inputs[1:2] and operator.inputs[1] in draft.means and not _averaged(draft, groups, operator):
            refused[index] = "its window has no scale near to that of the output"
    return refused


def _rectified(draft: Draft, groups: _Groups, operator: Operator) -> bool:
    """Give a rectifier one quantization: with two it would round once more."""
    source, output = operator.inputs[0], operator.outputs[0]
    quantization = draft.quantization(source)
    if draft.quantization(output) != quantization:
        if groups.locked(output):
            return False
        groups.requantize(output, quantization)
    groups.join(source, output)
    return True


def _summed(draft: Draft, groups: _Groups, operator: Operator) -> bool:
    """Give a sum's operands and output scales, those that are not locked."""
    (first, second), output = operator.inputs[:2], operator.outputs[0]
    if groups.locked(output) or groups.root(output) in (groups.root(first), groups.root(second)):
        return False
    if groups.locked(second) and not groups.locked(first):
        first, second = second, first
    a, b, wanted = draft.scale(first), draft.scale(second), draft.scale(output)
    if groups.locked(second) or groups.root(first) == groups.root(second):
        ratio = Fraction(b / a).limit_denominator(_PARTS)
        if ratio == 0 or abs(b / a / float(ratio) - 1) > _NEAR:
            return False
        unit = max(1, int(_PARTS * a / wanted / ratio.denominator)) * ratio.denominator
        made = a * (math.ceil(unit * wanted / a) | 1) / unit
    else:
        made = a * _PARTS / max(1, int(_PARTS * a / wanted))
        b = math.ceil(_PARTS * b / made) * made / _PARTS
    if max(a, b) > _MOST_RATIO * made:
        return False
    groups.rescale(second, b)
    groups.rescale(output, made)
    groups.fixed |= {first, second, output}
    return True


def _averaged(draft: Draft, groups: _Groups, operator: Operator) -> bool:
    """Give a mean its weight and the output the scale, nearest above the one it has, with which it scales portably."""
    (source, weights, bias), output = operator.inputs, operator.outputs[0]
    if groups.locked(output) or groups.root(source) == groups.root(output):
        return False
    given, wanted = draft.scale(source), draft.scale(output)
    # The sum's scale is that of the input over window times code.
    found = [
        (given * 2.0**exponent / (draft.means[weights] * code), code, exponent)
        for exponent in range(LEAST_EXPONENT, MOST_EXPONENT + 1)
        for code in _MEAN_CODES
    ]
    scale, code, exponent = min((one for one in found if one[0] >= wanted), default=(0.0, 0, 0))
    exponents = np.array([exponent])
    if not code or exact_exponents(given, float(np.float32(scale)), exponents)[0] != exponent:
        return False
    groups.rescale(output, scale)
    groups.fixed |= {source, output}
    scales, _ = portable_scales(given, draft.scale(output), exponents)
    tensor = draft.tensors[weights]
    draft.tensors[weights] = replace(tensor, data=np.full(tensor.shape, code, np.int8))
    draft.requantize(weights, replace(draft.quantization(weights), scale=scales))
    draft.requantize(bias, replace(draft.quantization(bias), scale=np.float32(given) * scales))
    return True
