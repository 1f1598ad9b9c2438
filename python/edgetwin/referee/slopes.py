"""How an operator's output follows its inputs, to first order: which way to change an input that moves an output."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ..graph.step import Step
from ..model import Model
from ..types import Array

__all__ = ["slopes"]

Real = NDArray[np.float32]
#: What passes where an output is clamped, so that what lies behind can still be moved.
_LEAK = 0.1


def slopes(model: Model, target: int, seeds: Real, tensors: Mapping[int, Array]) -> dict[int, Real]:
    """Return how a weighted sum of a tensor's codes follows the model's inputs.

    Parameters
    ----------
    model : Model
    target : int
        The tensor.
    seeds : ndarray of float32, shape (n, *shape of a sample)
        The weights.
    tensors : mapping of int to ndarray, shape (n, ...)
        As `traced` has them.

    Returns
    -------
    dict of int to ndarray of float32
        By input that `target` depends on through operators whose slopes are known; the scale is not exact.
    """
    graph = model.graph
    steps: dict[int, list[Step]] = {}
    for step in model.steps:
        steps.setdefault(step.operator, []).append(step)
    found = {target: seeds}
    for index in reversed(range(len(graph.operators))):
        operator = graph.operators[index]
        slope = found.get(operator.outputs[0]) if operator.outputs else None
        if slope is None:
            continue
        if operator.outputs[0] != target and operator.outputs[0] in tensors:
            slope = slope * _passed(steps.get(index, []), tensors[operator.outputs[0]])
        for tensor, part in _inputs(steps.get(index, []), operator.inputs, slope, tensors):
            found[tensor] = found[tensor] + part if tensor in found else part
    return {i: found[i] for i in graph.inputs if i in found}


def _passed(steps: list[Step], output: Array) -> Real | float:
    if len(steps) != 1 or "activation_min" not in steps[0].params:
        return 1.0
    low, high = (steps[0].params[name] for name in ("activation_min", "activation_max"))
    passed: Real = np.where((output > low) & (output < high), np.float32(1), np.float32(_LEAK))
    return passed


def _inputs(
    steps: list[Step], inputs: tuple[int, ...], slope: Real, tensors: Mapping[int, Array]
) -> Iterator[tuple[int, Real]]:
    """Yield the slope of each input of an operator where it is known."""
    if len(steps) == 1 and steps[0].kernel in _KNOWN:
        yield from _KNOWN[steps[0].kernel](steps[0], slope, tensors)
    elif inputs[0] in tensors and tensors[inputs[0]].size == slope.size:
        # Element by element, and rising: a reshape, or a curve.
        yield inputs[0], slope.reshape(tensors[inputs[0]].shape)


Known = Callable[[Step, Real, Mapping[int, Array]], Iterator[tuple[int, Real]]]


def _scales(step: Step) -> Real:
    multiplier, shift = step.constants.get("multiplier"), step.constants.get("shift")
    if multiplier is None or shift is None:
        return np.asarray(step.constants["scale"], np.float32)
    made: Real = np.ldexp(multiplier.astype(np.float32), shift - 31)
    return made


def _fully_connected(step: Step, slope: Real, tensors: Mapping[int, Array]) -> Iterator[tuple[int, Real]]:
    p = step.params
    weights = np.asarray(step.constants["weights"], np.float32).reshape(int(p["output_features"]), -1)
    weights = weights - np.float32(p["weights_zero_point"])
    made = (slope.reshape(-1, len(weights)) * _scales(step)) @ weights
    yield step.inputs[0], made.reshape(tensors[step.inputs[0]].shape)


def _taps(step: Step, names: tuple[str, str]) -> Iterator[tuple[int, int, tuple[slice, slice]]]:
    """Yield each tap of a window and the places that it reads, of what `_framed` gives."""
    p = {name: int(value) for name, value in step.params.items()}
    for y in range(p[names[0]]):
        for x in range(p[names[1]]):
            starts = y * p.get("dilation_h", 1), x * p.get("dilation_w", 1)
            rows, columns = (
                slice(start, start + (p[f"output_{axis}"] - 1) * p[f"stride_{axis}"] + 1, p[f"stride_{axis}"])
                for start, axis in zip(starts, "hw", strict=True)
            )
            yield y, x, (rows, columns)


def _framed(step: Step, names: tuple[str, str], channels: int, count: int) -> tuple[Real, tuple[slice, slice]]:
    """Return zeros in the shape of a padded input, and where the input lies in it."""
    p = {name: int(value) for name, value in step.params.items()}
    sizes, places = [], []
    for axis, name, pad in zip("hw", names, ("pad_top", "pad_left"), strict=True):
        reach = (p[f"output_{axis}"] - 1) * p[f"stride_{axis}"] + (p[name] - 1) * p.get(f"dilation_{axis}", 1) + 1
        sizes.append(max(reach, p[f"input_{axis}"] + p[pad]))
        places.append(slice(p[pad], p[pad] + p[f"input_{axis}"]))
    return np.zeros((count, *sizes, channels), np.float32), (places[0], places[1])


_KERNEL, _POOL = ("kernel_h", "kernel_w"), ("pool_h", "pool_w")


def _conv_2d(step: Step, slope: Real, tensors: Mapping[int, Array]) -> Iterator[tuple[int, Real]]:
    p = {name: int(value) for name, value in step.params.items()}
    weights = np.asarray(step.constants["weights"], np.float32)
    weights = weights.reshape(p["output_c"], p["kernel_h"], p["kernel_w"], -1)
    scaled = slope.reshape(-1, p["output_h"], p["output_w"], p["output_c"]) * _scales(step)
    made, (rows, columns) = _framed(step, _KERNEL, p["input_c"], len(scaled))
    for y, x, (tap_rows, tap_columns) in _taps(step, _KERNEL):
        parts = [
            part @ group[:, y, x]
            for part, group in zip(np.split(scaled, p["groups"], axis=-1), np.split(weights, p["groups"]), strict=True)
        ]
        made[:, tap_rows, tap_columns] += np.concatenate(parts, axis=-1)
    yield step.inputs[0], made[:, rows, columns].reshape(tensors[step.inputs[0]].shape)


def _depthwise_conv_2d(step: Step, slope: Real, tensors: Mapping[int, Array]) -> Iterator[tuple[int, Real]]:
    p = {name: int(value) for name, value in step.params.items()}
    weights = np.asarray(step.constants["weights"], np.float32).reshape(p["kernel_h"], p["kernel_w"], -1)
    scaled = slope.reshape(-1, p["output_h"], p["output_w"], p["output_c"]) * _scales(step)
    made, (rows, columns) = _framed(step, _KERNEL, p["input_c"], len(scaled))
    for y, x, (tap_rows, tap_columns) in _taps(step, _KERNEL):
        part = scaled * weights[y, x]
        made[:, tap_rows, tap_columns] += part.reshape(*part.shape[:3], p["input_c"], -1).sum(axis=-1)
    yield step.inputs[0], made[:, rows, columns].reshape(tensors[step.inputs[0]].shape)


def _pool(step: Step, slope: Real, tensors: Mapping[int, Array]) -> Iterator[tuple[int, Real]]:
    p = {name: int(value) for name, value in step.params.items()}
    source = tensors[step.inputs[0]].reshape(-1, p["input_h"], p["input_w"], p["channels"])
    output = tensors[step.outputs[0]].reshape(-1, p["output_h"], p["output_w"], p["channels"])
    slope = slope.reshape(output.shape)
    made, (rows, columns) = _framed(step, _POOL, p["channels"], len(source))
    most = step.kernel.startswith("max")
    codes = np.full(made.shape, -(2**15), np.int16)
    codes[:, rows, columns] = source
    for _, _, (tap_rows, tap_columns) in _taps(step, _POOL):
        reads = codes[:, tap_rows, tap_columns] == output if most else np.float32(1 / (p["pool_h"] * p["pool_w"]))
        made[:, tap_rows, tap_columns] += slope * reads
    yield step.inputs[0], made[:, rows, columns].reshape(tensors[step.inputs[0]].shape)


def _add(step: Step, slope: Real, tensors: Mapping[int, Array]) -> Iterator[tuple[int, Real]]:
    p = step.params
    for tensor, side in zip(step.inputs, "xy", strict=True):
        if tensor in tensors and tensors[tensor].size == slope.size:
            scale = np.ldexp(
                float(p[f"{side}_multiplier"]), int(p[f"{side}_shift"] + p["output_shift"] + p["left_shift"])
            )
            made = slope * np.float32(scale * p["output_multiplier"] * 2.0**-62)
            yield tensor, made.reshape(tensors[tensor].shape)


_KNOWN: Mapping[str, Known] = {
    "fully_connected_s8": _fully_connected,
    "conv_2d_s8": _conv_2d,
    "depthwise_conv_2d_s8": _depthwise_conv_2d,
    "max_pool_2d_s8": _pool,
    "average_pool_2d_s8": _pool,
    "add_s8": _add,
}
