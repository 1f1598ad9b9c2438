"""For all inputs: which operators two arithmetics compute alike, and an input for each channel that they do not."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..build_info import __version__
from ..errors import DataError, EdgetwinError
from ..graph.graph import Graph
from ..graph.passes import fold
from ..graph.plan import lower
from ..graph.step import Step
from ..model import Model
from ..types import ARITHMETICS, INT32_MAX, INT_RANGES
from .certificate import DIFFERS, EQUAL, UNDECIDED, Certificate, ChannelVerdict, OperatorVerdict, Witness, worst
from .channels import Requantizer, Sums, differing_sums
from .every import EVERY, Extreme, clamp_is_clear, without_sums
from .linear import LINEAR_KERNELS, Linear
from .sums import UndecidedSumError, make_sum
from .tables import by_kernels, passes

__all__ = ["certify"]

Integers = NDArray[np.int64]
Codes = tuple[int, int]
#: Sums of a channel that are tried to be made, from the middle of its bounds outwards.
_MOST_TRIED = 64


def certify(model: Model, against: str) -> Certificate:
    """Decide where two arithmetics compute a model alike; see `Model.certify`.

    Parameters
    ----------
    model : Model
    against : str

    Returns
    -------
    Certificate

    Raises
    ------
    DataError : `against` is no other arithmetic
    """
    others = [name for name in (*ARITHMETICS, EVERY) if name != model.arithmetic]
    if not isinstance(against, str) or against not in others:
        raise DataError(f"against is {against!r}, accepted are: {', '.join(others)}")
    graph = model.graph
    ranges: dict[int, Codes] = {}
    verdicts = [_operator(graph, index, (model.arithmetic, against), ranges) for index in fold(graph)[1]]
    digest = hashlib.sha256(model.file_bytes).hexdigest()
    return Certificate(digest, model.arithmetic, against, __version__, tuple(verdicts))


def _operator(graph: Graph, index: int, arithmetics: tuple[str, str], ranges: dict[int, Codes]) -> OperatorVerdict:
    """Return the verdict on one operator, and note the codes that its output can have."""
    operator = graph.operators[index]
    said = index, operator.name, graph.tensors[operator.outputs[0]].name
    every = EVERY in arithmetics
    codes = ranges.get(operator.inputs[0], INT_RANGES["int8"])
    if passes(operator) and operator.inputs[0] in ranges:
        ranges[operator.outputs[0]] = codes
    steps: list[Step] = []
    with contextlib.suppress(EdgetwinError):
        # The family is told by the exact scaling, which multipliers of 31 bits hold.
        names = ("tflm", "tflm") if every else arithmetics
        steps = [step for arithmetic in names for step in lower(graph, [index], arithmetic)[0]]
    linear = len(steps) == 2 and all(s.kernel.removesuffix("_xnnpack") in LINEAR_KERNELS for s in steps)
    if linear and (not every or clamp_is_clear(graph, operator)):
        stages = Extreme.both(steps[0]) if every else (Requantizer.of(steps[0]), Requantizer.of(steps[1]))
        channels, ranges[operator.outputs[0]] = _channels(graph, steps[0], stages, codes)
        return OperatorVerdict(*said, worst(channels), "", codes, tuple(channels))
    if every:
        return OperatorVerdict(*said, *without_sums(graph, index, ranges), codes)
    verdict, reason, witness = by_kernels(graph, index, arithmetics, ranges)
    return OperatorVerdict(*said, verdict, reason, codes, (), witness)


def _channels(
    graph: Graph, step: Step, stages: tuple[Requantizer, Requantizer], codes: Codes
) -> tuple[list[ChannelVerdict], Codes]:
    """Return the verdict on each channel and the codes that the output can have."""
    linear = Linear.of(step)
    least, most = codes[0] - linear.zero_point, codes[1] - linear.zero_point
    if linear.padded:
        least, most = min(least, 0), max(most, 0)
    sums = Sums.of(linear.weights, linear.bias, least, most)
    limit = np.minimum(stages[0].limit, stages[1].limit)
    low, high = np.clip(sums.low, -limit, limit), np.clip(sums.high, -limit, limit)
    clear = (low == sums.low) & (high == sums.high)
    first, end = differing_sums(*stages, low, high)
    channel = np.arange(len(low))
    reached = [stage.codes(bound, channel) for stage in stages for bound in (low, high)]
    made = (int(np.min(reached)), int(np.max(reached))) if clear.all() else INT_RANGES["int8"]
    verdicts = []
    for index in range(len(low)):
        runs = [(int(a), int(b) - 1) for a, b in zip(first[index], end[index], strict=True) if a < b]
        lattice = int(sums.modulus[index]), int(sums.residue[index])
        candidates = _candidates(runs, lattice, (int(low[index]) + int(high[index])) // 2)
        witness, proven = _witness(graph, step, linear, stages, index, candidates, codes)
        verdict = DIFFERS if witness else EQUAL if proven and clear[index] else UNDECIDED
        bounds = int(sums.low[index]), int(sums.high[index])
        overflows = bounds[0] < -INT32_MAX - 1 or bounds[1] > INT32_MAX
        verdicts.append(ChannelVerdict(verdict, bounds, lattice, tuple(runs), overflows, witness))
    return verdicts, made


def _candidates(runs: Sequence[tuple[int, int]], lattice: tuple[int, int], middle: int) -> list[int]:
    """Return sums of runs that lie on the lattice, one a run, those nearest to the middle first."""
    modulus, residue = lattice
    found = []
    for first, last in runs:
        sum_ = first + (residue - first) % modulus if modulus else residue
        if first <= sum_ <= last:
            found.append(sum_)
    return sorted(found, key=lambda sum_: abs(sum_ - middle))


def _witness(
    graph: Graph,
    step: Step,
    linear: Linear,
    stages: tuple[Requantizer, Requantizer],
    channel: int,
    candidates: Sequence[int],
    codes: Codes,
) -> tuple[Witness | None, bool]:
    """Return a witness for a channel, or whether there is none."""
    places = linear.places(channel)
    weights = np.where(places >= 0, linear.weights[channel], 0)
    differences = codes[0] - linear.zero_point, codes[1] - linear.zero_point
    for wanted in candidates[:_MOST_TRIED]:
        try:
            made = make_sum(weights, *differences, wanted - int(linear.bias[channel]))
        except UndecidedSumError:
            continue
        if made is None:
            continue
        taps = linear.window(channel, made)
        source, output = graph.tensors[step.inputs[0]], graph.tensors[step.outputs[0]]
        inputs = np.full(source.size, min(max(linear.zero_point, codes[0]), codes[1]), np.int8)
        inputs[places[places >= 0]] = taps[places >= 0]
        one, at = np.array([wanted]), np.array([channel])
        given = int(stages[0].codes(one, at)[0]), int(stages[1].codes(one, at)[0])
        return Witness(
            (inputs.reshape(source.shape),),
            _at(output.shape, linear.position, channel),
            given,
            wanted,
            taps.astype(np.int8),
        ), False
    return None, not candidates


def _at(shape: tuple[int, ...], position: tuple[int, ...], channel: int) -> tuple[int, ...]:
    """Return the output element of a channel: in the first sample, or the first row of a dense layer."""
    return (*([0] * (len(shape) - len(position) - 1)), *position, channel)
