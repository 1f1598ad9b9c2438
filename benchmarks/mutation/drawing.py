"""Seeded faults of a model's kernel calls: each call, kind that it can have and detail as likely as the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edgetwin.graph.step import Step

from .faults import Framed, Narrowed, NotReset, Parameters, RunningMaximum, Stale, Truncated
from .layers import frame, is_linear

__all__ = ["Call", "calls", "draw"]


@dataclass(frozen=True)
class Call:
    """A kernel call in its model.

    Attributes
    ----------
    step : Step
    shape : tuple of int
        Of a sample's output.
    before : int or None
        The tensor that a second buffer held before this call's output, where two buffers take turns: the input of the
        call that made this one's input. None where there is none, or it is smaller.
    """

    step: Step
    shape: tuple[int, ...]
    before: int | None

    def parameters(self, kind, detail, **changed):
        return Parameters(kind, self.step, detail, replace(self.step, params={**self.step.params, **changed}))

    def constant(self, kind, detail, name, value):
        constants = {**self.step.constants, name: np.ascontiguousarray(value)}
        return Parameters(kind, self.step, detail, replace(self.step, constants=constants))


def calls(model):
    """Return the calls of a model that have kinds of faults."""
    graph = model.graph
    made_by = {step.outputs[0]: step for step in model.steps}
    alias = {op.outputs[0]: op.inputs[0] for op in graph.operators if op.outputs[0] not in made_by}

    def root(tensor):
        return root(alias[tensor]) if tensor in alias else tensor

    found = []
    for step in model.steps:
        source = made_by.get(root(step.inputs[0]))
        before = None if source is None else root(source.inputs[0])
        shapes = [graph.tensors[i].shape for i in (step.outputs[0], before) if i is not None]
        if len(shapes) == 2 and np.prod(shapes[1]) < np.prod(shapes[0]):
            before = None
        if _kinds(step):
            found.append(Call(step, shapes[0][1:], before))
    return found


def draw(some, rng):
    """Return a fault of one of some calls; None where the drawn one cannot be, or is none."""
    call = some[rng.integers(len(some))]
    kinds = _kinds(call.step)
    fault = kinds[rng.integers(len(kinds))](call, rng)
    if isinstance(fault, Parameters):
        params_equal = dict(fault.wrong.params) == dict(fault.step.params)
        constants = fault.step.constants.items()
        if params_equal and all(np.array_equal(fault.wrong.constants[name], value) for name, value in constants):
            return None
    return fault


def _rounding(call, rng):
    return call.parameters("rounding", None, rounding=1 - call.step.params["rounding"])


def _zero_point(name):
    def drawn(call, rng):
        value = 0 if rng.random() < 0.5 else call.step.params[name] + int(rng.choice([-1, 1]))
        kind = "output zero point" if name == "output_zero_point" else "input zero point"
        return call.parameters(kind, (name, value), **{name: value})

    return drawn


def _upper_clamp(call, rng):
    return call.parameters("upper clamp", None, activation_max=call.step.params["activation_max"] - 1)


def _lower_clamp(call, rng):
    return call.parameters("lower clamp", None, activation_min=call.step.params["activation_min"] + 1)


def _padding(call, rng):
    name = str(rng.choice(["pad_top", "pad_left"]))
    value = max(call.step.params[name] + int(rng.choice([-1, 1])), 0)
    return call.parameters("padding", (name, value), **{name: value})


def _padding_value(call, rng):
    fill = None if rng.random() < 0.5 else 0
    if not np.any(frame(call.step)) or fill == call.step.params["input_zero_point"]:
        return None
    return Framed("stale padding" if fill is None else "padding value", call.step, None, fill)


def _swapped_channels(call, rng):
    axis = 3 if "depthwise" in call.step.kernel else 0
    weights = call.step.constants["weights"].swapaxes(0, axis).copy()
    if len(weights) < 2:
        return None
    a, b = (int(i) for i in np.sort(rng.choice(len(weights), 2, replace=False)))
    weights[[a, b]] = weights[[b, a]]
    return call.constant("swapped channels", (a, b), "weights", weights.swapaxes(0, axis))


def _tap_off_by_one(call, rng):
    weights = call.step.constants["weights"]
    by, axis = int(rng.choice([-1, 1])), 1 if weights.ndim == 2 else int(rng.choice([1, 2]))
    return call.constant("tap off by one", (by, axis), "weights", np.roll(weights, by, axis))


def _lost_tap(call, rng):
    weights = call.step.constants["weights"].copy()
    at = int(rng.integers(weights.size))
    weights.reshape(-1)[at] = call.step.params.get("weights_zero_point", 0)
    return call.constant("lost tap", at, "weights", weights)


def _bias(call, rng):
    bias = call.step.constants["bias"]
    if bias is None:
        return None
    missing = bool(rng.random() < 0.5)
    wrong = np.zeros_like(bias) if missing else np.roll(bias, 1)
    return call.constant("bias missing" if missing else "bias swapped", None, "bias", wrong)


def _shift(call, rng):
    values = call.step.constants["shift"].copy()
    at, by = int(rng.integers(values.size)), int(rng.choice([-1, 1]))
    values[at] += by
    return call.constant("shift", (at, by), "shift", values)


def _multiplier(call, rng):
    values = call.step.constants["multiplier"].copy()
    at = int(rng.integers(values.size))
    values[at] &= ~0xFFFF
    return call.constant("multiplier of 16 bits", at, "multiplier", values)


def _saturating_shift(call, rng):
    # To 8 bits, before the zero point is added: the same as a narrower clamp.
    p, zero = call.step.params, call.step.params["output_zero_point"]
    low, high = (int(np.clip(p[name], zero - 128, zero + 127)) for name in ("activation_min", "activation_max"))
    return call.parameters("saturating shift", None, activation_min=low, activation_max=high)


def _narrow_sum(call, rng):
    saturates = bool(rng.random() < 0.5)
    return Narrowed("sum saturates at 16 bits" if saturates else "sum wraps at 16 bits", call.step, None, saturates)


def _sum_not_reset(call, rng):
    # The first element, whose sum starts from another sample's, as often as all others.
    element = 0 if rng.random() < 0.5 else int(rng.integers(np.prod(call.shape)))
    return NotReset("sum not reset", call.step, element, element)


def _stale(call, rng):
    part = np.zeros(call.shape, bool)
    name = str(rng.choice(["element", "four elements", "channel"] + ["row"] * (len(call.shape) == 3)))
    if name == "channel":
        part[..., -1] = True
    elif name == "row":
        # The last of a picture; of a sequence, whose height or width is 1, the last position.
        part[(-1,) if call.shape[0] > 1 else (slice(None), -1)] = True
    else:
        part.reshape(-1)[-4 if name == "four elements" else -1 :] = True
    source = call.before if rng.random() < 0.5 else None
    said = "stale output, of the sample before" if source is None else "stale output, of an operator before"
    return Stale(said, call.step, name, part, source)


def _maximum_not_reset(call, rng):
    channel = int(rng.integers(call.step.params["channels"]))
    return RunningMaximum("maximum not reset", call.step, channel, channel)


def _truncated(call, rng):
    p = call.step.params
    partly = p["pad_top"] or p["pad_left"]
    for axis in "hw":
        partly = partly or (p[f"output_{axis}"] - 1) * p[f"stride_{axis}"] + p[f"pool_{axis}"] > p[f"input_{axis}"]
    return None if partly else Truncated("average truncated", call.step, None)


def _swapped_operands(call, rng):
    names = "zero_point", "multiplier", "shift"
    swapped = {f"{a}_{name}": call.step.params[f"{b}_{name}"] for a, b in ("xy", "yx") for name in names}
    return call.parameters("swapped operands", None, **swapped)


def _scale(name):
    def drawn(call, rng):
        key = f"{rng.choice(['x', 'y', 'output'])}_{name}"
        value = call.step.params[key]
        value = value + int(rng.choice([-1, 1])) if name == "shift" else value & ~0xFFFF
        return call.parameters("shift" if name == "shift" else "multiplier of 16 bits", (key, value), **{key: value})

    return drawn


_CLAMPS = [_upper_clamp, _lower_clamp]
_LINEAR = [
    _rounding, _zero_point("input_zero_point"), _zero_point("output_zero_point"), *_CLAMPS, _swapped_channels,
    _tap_off_by_one, _lost_tap, _bias, _shift, _multiplier, _saturating_shift, _narrow_sum, _sum_not_reset, _stale,
]  # fmt: skip
_SUM = [
    _rounding, _zero_point("x_zero_point"), _zero_point("y_zero_point"), _zero_point("output_zero_point"), *_CLAMPS,
    _swapped_operands, _scale("shift"), _scale("multiplier"), _saturating_shift, _stale,
]  # fmt: skip
_BY_KERNEL = {
    "max_pool_2d_s8": [*_CLAMPS, _padding, _maximum_not_reset, _stale],
    "average_pool_2d_s8": [*_CLAMPS, _padding, _truncated, _stale],
    "add_s8": _SUM,
    "softmax_s8": [_stale],
}


def _kinds(step):
    if is_linear(step):
        return [*_LINEAR, _padding, _padding_value] if "kernel_h" in step.params else _LINEAR
    return _BY_KERNEL.get(step.kernel, [])
