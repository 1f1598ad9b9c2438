"""Proofs that a fault changes nothing: no input of the model makes the wrong call give another byte than the right one.

They rest on bounds of every element of every tensor, computed from the inputs' whole range through all operators. What
is not proven may still be without effect.
"""

from __future__ import annotations

from functools import singledispatch

import numpy as np

from edgetwin.referee.channels import Requantizer, Sums, differing_sums
from edgetwin.referee.linear import Linear
from edgetwin.referee.single import step_outputs
from edgetwin.types import INT_RANGES

from .faults import Fault, Framed, Narrowed, NotReset, Parameters, RunningMaximum, Stale, Truncated
from .layers import biases, bounds, framed, is_linear, weights_of

__all__ = ["element_bounds", "proof"]

#: Kernels whose outputs never fall where an input rises.
_RISING = ("max_pool_2d_s8", "average_pool_2d_s8", "add_s8")
_NONE_DIFFERS = "no sum that can be had is given another code"
_CONSTANT = "each element that it changes has one code only, and keeps it"


def element_bounds(model):
    """Return the least and the most code of every element of every tensor, by tensor: shape (2, *shape of a sample)."""
    graph = model.graph
    found = {}
    for index in graph.inputs:
        tensor = graph.tensors[index]
        found[index] = _whole(tensor)
    steps = {step.operator: step for step in model.steps}
    for index, operator in enumerate(graph.operators):
        output, step = operator.outputs[0], steps.get(index)
        tensor = graph.tensors[output]
        if step is None and operator.name == "reshape" and operator.inputs[0] in found:
            found[output] = found[operator.inputs[0]].reshape(2, *tensor.shape[1:])
        elif step is not None and all(i in found for i in step.inputs):
            found[output] = _of_step(graph, step, [found[i] for i in step.inputs])
        elif tensor.dtype in INT_RANGES and tensor.data is None:
            found[output] = _whole(tensor)
    return found


def _whole(tensor):
    ends = np.array(INT_RANGES[tensor.dtype]).reshape(2, *[1] * (len(tensor.shape) - 1))
    return np.ascontiguousarray(np.broadcast_to(ends, (2, *tensor.shape[1:]))).astype(tensor.dtype)


def _of_step(graph, step, given):
    tensor = graph.tensors[step.outputs[0]]
    if step.kernel in _RISING:
        return step_outputs(graph, step, given)
    if not is_linear(step):
        return _whole(tensor)
    codes = _codes(step, _sums(step, given[0]))
    return _whole(tensor) if codes is None else codes.reshape(2, *tensor.shape[1:]).astype(tensor.dtype)


def _differences(step, codes, fill=None):
    zero = step.params["input_zero_point"]
    return framed(step, codes.astype(np.int64), zero if fill is None else fill) - zero


def _sums(step, codes):
    """Return bounds of a call's sums, shape (2, positions, channels)."""
    return bounds(step, _differences(step, codes), weights_of(step)) + biases(step)


def _codes(step, sums):
    """Return the codes of bounds of sums; None where a sum between may wrap."""
    stage = Requantizer.of(step)
    if (np.abs(sums) > stage.limit).any():
        return None
    channel = np.broadcast_to(np.arange(sums.shape[-1]), sums.shape)
    return stage.codes(sums.reshape(-1), channel.reshape(-1)).reshape(sums.shape)


def _by_channel(sums):
    return sums[0].min(axis=0), sums[1].max(axis=0)


def _alike(one, other):
    """Return where two bounds hold one code only, the same."""
    return (one[0] == one[1]) & (other[0] == other[1]) & (one[0] == other[0])


@singledispatch
def proof(fault: Fault, graph, known) -> str:
    """Return why a fault changes no byte, whatever the model is given; "" where that is not proven.

    Parameters
    ----------
    fault : Fault
    graph : Graph
    known : dict of int to ndarray
        As `element_bounds` has them.
    """
    raise NotImplementedError(type(fault).__name__)


@proof.register
def _(fault: Parameters, graph, known):
    given = [known[i] for i in fault.step.inputs]
    if is_linear(fault.step):
        return _scaled(fault, given[0]) or _summed(fault, given[0])
    if fault.step.kernel == "add_s8":
        return _pairs(fault, graph, given)
    right, wrong = (step_outputs(graph, step, given) for step in (fault.step, fault.wrong))
    clamps = "activation_min", "activation_max"
    others = {name for name, value in fault.step.params.items() if fault.wrong.params[name] != value} - set(clamps)
    low, high = (fault.wrong.params[name] for name in clamps)
    if not others and right.min() >= low and right.max() <= high:
        return "no code that can be had is beyond the clamp"
    return _CONSTANT if _alike(right, wrong).all() else ""


def _scaled(fault, codes):
    """Prove a fault behind the sums."""
    step, wrong = fault.step, fault.wrong
    behind = "rounding", "output_zero_point", "activation_min", "activation_max"
    if any(wrong.params[name] != value for name, value in step.params.items() if name not in behind):
        return ""
    if any(not np.array_equal(wrong.constants[name], step.constants[name]) for name in ("weights", "bias")):
        return ""
    stages = Requantizer.of(step), Requantizer.of(wrong)
    low, high = _by_channel(_sums(step, codes))
    if (np.maximum(np.abs(low), np.abs(high)) > np.minimum(stages[0].limit, stages[1].limit)).any():
        return ""
    first, end = differing_sums(*stages, low, high)
    lattice = Sums.of(Linear.of(step).weights, biases(step), 0, 0)
    modulus = np.maximum(lattice.modulus, 1)[:, None]
    first = first + (lattice.residue[:, None] - first) % modulus
    return "" if (first < end).any() else _NONE_DIFFERS


def _summed(fault, codes):
    """Prove a fault in the sums: where they change at all, code and wrong code are one."""
    step, wrong = fault.step, fault.wrong
    right_codes, wrong_codes = (_codes(call, _sums(call, codes)) for call in (step, wrong))
    if right_codes is None or wrong_codes is None:
        return ""
    same = _alike(right_codes, wrong_codes)
    if all(wrong.params[name] == value for name, value in step.params.items()):
        change = weights_of(wrong) - weights_of(step)
        moved = bounds(step, _differences(step, codes), change) + biases(wrong) - biases(step)
        same |= (moved == 0).all(axis=0)
        scales = [wrong.constants[name] == step.constants[name] for name in ("multiplier", "shift")]
        if not np.all(scales):
            return ""
    return "each sum that it changes has one code only, and keeps it" if same.all() else ""


def _pairs(fault, graph, given):
    """Prove a fault of a sum of two tensors by all pairs of codes."""
    shape = given[0].shape[1:]
    count = int(np.prod(shape))
    pairs = np.meshgrid(*(np.arange(int(values.min()), int(values.max()) + 1) for values in given))
    samples = [np.resize(values, (-(-values.size // count), *shape)).astype(np.int8) for values in pairs]
    right, wrong = (step_outputs(graph, step, samples) for step in (fault.step, fault.wrong))
    return "no pair of codes that can be had is given another code" if (right == wrong).all() else ""


@proof.register
def _(fault: Framed, graph, known):
    (codes,) = (known[i] for i in fault.step.inputs)
    step, outside = fault.step, fault.outside[..., None]
    filled = fault.filled(codes).astype(np.int64) - step.params["input_zero_point"]
    if fault.fill is None:
        # The first sample's padding is right; those of the others hold an edge, whatever sample that was of.
        picture = step.params["input_h"], step.params["input_w"], step.params["input_c"]
        edges = np.pad(codes.reshape(-1, *picture).astype(np.int64), fault.around, mode="edge")
        edges -= step.params["input_zero_point"]
        least, most = np.minimum(edges[0], 0), np.maximum(edges[1], 0)
        filled = np.where(outside, np.stack([least, most]), filled)
    moved = bounds(step, np.where(outside, filled, 0), weights_of(step))
    wrong = _codes(step, bounds(step, filled, weights_of(step)) + biases(step))
    right = _codes(step, _sums(step, codes))
    if right is None or wrong is None:
        return ""
    return "the padding adds nothing" if (_alike(right, wrong) | (moved == 0).all(axis=0)).all() else ""


@proof.register
def _(fault: Narrowed, graph, known):
    (codes,) = (known[i] for i in fault.step.inputs)
    sums = _sums(fault.step, codes)
    if (fault.narrow(sums) == sums).all():
        return "no sum that can be had has more than 16 bits"
    right = _codes(fault.step, sums)
    if right is not None and fault.saturates and (_codes(fault.step, fault.narrow(sums)) == right).all():
        return _NONE_DIFFERS
    return ""


@proof.register
def _(fault: NotReset, graph, known):
    (codes,) = (known[i] for i in fault.step.inputs)
    sums = _sums(fault.step, codes)
    wrong = sums.copy()
    wrong.reshape(2, -1)[:, fault.element] += sums.reshape(2, -1)[:, fault.element - 1]
    one, other = (_codes(fault.step, some) for some in (sums, wrong))
    if one is None or other is None:
        return ""
    return _CONSTANT if _alike(one, other).reshape(-1)[fault.element] else ""


@proof.register
def _(fault: Stale, graph, known):
    right = known[fault.step.outputs[0]]
    if fault.source is None:
        there = right
    else:
        there = known[fault.source].reshape(2, -1)[:, : right[0].size].reshape(right.shape)
    return _CONSTANT if _alike(right, there)[fault.part].all() else ""


@proof.register
def _(fault: RunningMaximum, graph, known):
    right = known[fault.step.outputs[0]]
    windows = right.reshape(2, -1, right.shape[-1])[:, :, fault.channel]
    # A window gives less than the ones before it only where its least is below their most.
    before = np.maximum.accumulate(windows[1])[:-1]
    return "no window can give less than those before it" if (windows[0, 1:] >= before).all() else ""


@proof.register
def _(fault: Truncated, graph, known):
    if fault.step.params["pool_h"] * fault.step.params["pool_w"] == 1:
        return "each window holds one code"
    return _CONSTANT if _alike(known[fault.step.outputs[0]], fault.outputs(graph, known)).all() else ""
