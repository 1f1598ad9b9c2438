"""Element-wise operators of random graphs, and those along the last axis; see `random_graph_operators`."""

from __future__ import annotations

import numpy as np
from oracles.random_graph_parts import (
    clamped,
    joined,
    makers,
    of_one_quantization,
    partner,
    sigmoid,
)  # fmt: skip

from edgetwin.conformance.generators.builder import affine

_COMPARISONS = {
    "equal": np.equal, "not_equal": np.not_equal, "greater": np.greater, "greater_equal": np.greater_equal,
    "less": np.less, "less_equal": np.less_equal,
}  # fmt: skip

#: As the schema numbers them.
NUMBERS = {"int8": 9, "int16": 7}


def _add(g, x, room):
    shape, y = g.shape(x), partner(g, x)
    if y is None:
        return None
    draw = g.rng.random()
    trailing = shape[int(g.rng.integers(0, len(shape) + 1)) :] or (1,)
    if draw > 0.85:
        y = g.real_input(shape if g.rng.random() < 0.5 else trailing, g.dtype)
    elif draw > 0.7:
        y = g.constant_activation(trailing)
    elif x != y and g.shape(y) == shape and g.tensors[y].data is None:
        g.forms.add("residual")
    x, y = (x, y) if g.rng.random() < 0.7 else (y, x)
    activation, result = clamped(g, joined(g, np.add, x, y))
    return g.operator("add", [x, y], g.activation(result), fused_activation_function=activation)


def _binary(name, compute, **options):
    def make(g, x, room):
        y = partner(g, x)
        if y is None:
            return None
        x, y = (x, y) if g.rng.random() < 0.5 else (y, x)
        return g.operator(name, [x, y], g.activation(joined(g, compute, x, y)), **options)

    return make


def _sub(g, x, room):
    """With an output's scale for which the sum of 16 more bits, or 21, is not too small."""
    y = partner(g, x)
    if y is None:
        return None
    values = joined(g, np.subtract, x, y)
    wanted = g.calibrated(values)
    step = max(wanted.scale[0], g.scale_of(x) / 2**12, g.scale_of(y) / 2**12)
    made = g.activation(values, affine(step, wanted.zero_point))
    return g.operator("sub", [x, y], made, fused_activation_function="none")


def _extremum(name, compute):
    def make(g, x, room):
        y = partner(g, x)
        y = None if y is None else of_one_quantization(g, x, y, room)
        if y is None:
            return None
        return g.operator(name, [x, y], g.activation(joined(g, compute, x, y), g.quantization(x)))

    return make


def _div(g, x, room):
    """By a constant far from zero, with scales that TFLite Micro's division is defined for."""
    shape = g.shape(x)
    trailing = shape[int(g.rng.integers(0, len(shape) + 1)) :] or (1,)
    scale, zero_point = np.float32(2.0 ** g.rng.uniform(-6, 0)), int(g.rng.integers(-64, 64))
    codes = (g.rng.integers(32, 64, trailing) + zero_point).astype(np.int8)
    y = g.add(f"divisor_{len(g.tensors)}", trailing, "int8", affine(scale, zero_point), codes)
    g.values[y] = np.broadcast_to((codes.astype(np.float64) - zero_point) * scale, (len(g.values[x]), *trailing))
    activation, result = clamped(g, joined(g, np.divide, x, y))
    wanted = g.calibrated(result)
    step = np.clip(wanted.scale[0], g.scale_of(x) / (scale * 100), g.scale_of(x) / (scale * 33))
    made = g.activation(result, affine(step, wanted.zero_point))
    return g.operator("div", [x, y], made, fused_activation_function=activation)


def _compared(g, x, room):
    """A truth value for each element, of one comparison or of two joined; and how many operators that took."""
    y = partner(g, x)
    if y is None or max(g.scale_of(x), g.scale_of(y)) >= 1:  # beyond which TFLite Micro's comparison is not defined
        return None
    name = str(g.rng.choice(list(_COMPARISONS)))
    values = joined(g, _COMPARISONS[name], x, y)
    found = g.operator(name, [x, y], g.other(values.shape[1:], "bool"))
    draw = g.rng.random()
    if room > 1 and draw < 0.3:
        return g.operator("logical_not", [found], g.other(values.shape[1:], "bool")), ~values, 2
    if room > 2 and draw < 0.6:
        other = str(g.rng.choice(list(_COMPARISONS)))
        further = joined(g, _COMPARISONS[other], y, x)
        second = g.operator(other, [y, x], g.other(values.shape[1:], "bool"))
        both = g.rng.random() < 0.5
        joint = g.operator("logical_and" if both else "logical_or", [found, second], g.other(values.shape[1:], "bool"))
        return joint, values & further if both else values | further, 3
    return found, values, 1


def _select_v2(g, x, room):
    if room < 3:
        return None
    found = _compared(g, x, room - 2)
    if found is None:
        return None
    condition, truth, taken = found
    fitting = [y for y in g.values if g.shape(y) == truth.shape[1:]]
    if not fitting:
        return None
    ends = [int(y) for y in g.rng.choice(fitting, 2)]
    y = of_one_quantization(g, ends[0], ends[1], room - taken)
    values = np.where(truth, g.values[ends[0]], g.values[ends[1]])
    return g.operator("select_v2", [condition, ends[0], y], g.activation(values, g.quantization(ends[0])))


def _reduce_all(g, x, room):
    """Truth values end here: an output, or nothing."""
    if room < 2 or len(g.shape(x)) < 2:
        return
    found = _compared(g, x, room - 1)
    if found is None or len(g.tensors[found[0]].shape) < 2:
        return
    shape = g.tensors[found[0]].shape
    axis = int(g.rng.integers(1, len(shape)))
    keep = bool(g.rng.random() < 0.5)
    made = g.other([1 if i == axis else n for i, n in enumerate(shape) if keep or i != axis], "bool")
    g.operator("reduce_all", [found[0], g.constant(np.array([axis], np.int32))], made, keep_dims=keep)
    return


def _fixed(name, compute, byte, word=None):
    """A function whose output has a quantization of its own: (scale, zero point) for int8, a scale for int16."""

    def make(g, x, room):
        quantization = affine(*byte) if g.dtype == "int8" else affine(word)
        return g.operator(name, [x], g.activation(compute(g.values[x]), quantization))

    return make


def softmax_of(values):
    raised = np.exp(values - values.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def _softmax(g, x, room):
    if not 1 <= len(g.shape(x)) <= 4:
        return None
    quantization = affine(1 / 256, -128) if g.dtype == "int8" else affine(1 / 32768)
    return g.operator("softmax", [x], g.activation(softmax_of(g.values[x]), quantization), beta=1.0)


def _log_softmax(g, x, room):
    if not 1 <= len(g.shape(x)) <= 4:
        return None
    values = np.log(softmax_of(g.values[x]) + 1e-12)
    return g.operator("log_softmax", [x], g.activation(values, affine(1 / 16, 127)))


def _l2_normalization(g, x, room):
    if not g.shape(x):
        return None
    length = np.sqrt((g.values[x] ** 2).sum(-1, keepdims=True)) + 1e-6
    made = g.activation(g.values[x] / length, affine(1 / 128, 0))
    return g.operator("l2_normalization", [x], made, fused_activation_function="none")


def _unary(name, compute):
    def make(g, x, room):
        return g.operator(name, [x], g.activation(compute(g.values[x])))

    return make


def _hard_swish(g, x, room):
    """With an output's scale that TFLite Micro's multiplier, below 1, can make."""
    values = g.values[x] * (g.values[x] + 3).clip(0, 6) / 6
    wanted = g.calibrated(values)
    step = max(wanted.scale[0], g.scale_of(x) / 64)
    return g.operator("hard_swish", [x], g.activation(values, affine(step, wanted.zero_point)))


def _relu6(g, x, room):
    return g.operator("relu6", [x], g.activation(g.values[x].clip(0, 6), g.quantization(x)))


def _leaky_relu(g, x, room):
    alpha = float(np.float32(g.rng.choice([0.01, 0.1, 0.2, 0.3])))
    values = np.where(g.values[x] >= 0, g.values[x], alpha * g.values[x])
    return g.operator("leaky_relu", [x], g.activation(values), alpha=alpha)


def _prelu(g, x, room):
    """One alpha a channel."""
    shape = g.shape(x)
    if len(shape) < 2:
        return None
    alpha = (*[1] * (len(shape) - 2), shape[-1])
    scale = np.float32(2.0 ** g.rng.uniform(-9, -6))
    codes = g.rng.integers(-127, 128, alpha).astype(np.int8)
    y = g.add(f"alpha_{len(g.tensors)}", alpha, "int8", affine(scale), codes)
    values = np.where(g.values[x] >= 0, g.values[x], g.values[x] * codes * float(scale))
    return g.operator("prelu", [x, y], g.activation(values))


def _rsqrt(g, x, room):
    """Of what a ReLU makes: the wheel stops at a negative number."""
    if room < 2:
        return None
    positive = g.values[x].clip(0)
    steps, lowest = {"int8": (255, -128), "int16": (32767, 0)}[g.dtype]
    scale = max(float(positive.max()), 1e-3) / steps
    middle = g.operator("relu", [x], g.activation(positive, affine(scale, lowest)))
    return g.operator("rsqrt", [middle], g.activation(1 / np.sqrt(positive.clip(4 * scale))))


def _cast(g, x, room):
    """To int32 and back."""
    if room < 2:
        return None
    number = NUMBERS[g.dtype]
    middle = g.operator("cast", [x], g.other(g.shape(x), "int32"), in_data_type=number, out_data_type=2)
    made = g.activation(g.values[x], g.quantization(x))
    return g.operator("cast", [middle], made, in_data_type=2, out_data_type=number)


#: By name, as `random_graph_operators.MAKERS`.
ELEMENTWISE = {
    **makers(_add, _div, _select_v2, _reduce_all, _softmax, _log_softmax, _l2_normalization, _relu6, _leaky_relu),
    **makers(_prelu, _rsqrt, _cast, _hard_swish, _sub),
    "mul": _binary("mul", np.multiply, fused_activation_function="none"),
    "squared_difference": _binary("squared_difference", lambda a, b: (a - b) ** 2),
    "maximum": _extremum("maximum", np.maximum),
    "minimum": _extremum("minimum", np.minimum),
    "logistic": _fixed("logistic", sigmoid, (1 / 256, -128), 1 / 32768),
    "tanh": _fixed("tanh", np.tanh, (1 / 128, 0), 1 / 32768),
    "relu": _unary("relu", lambda values: values.clip(0)),
    "quantize": _unary("quantize", lambda values: values),
    "abs": _unary("abs", np.abs),
    "elu": _unary("elu", lambda values: np.where(values >= 0, values, np.expm1(values.clip(None, 0)))),
}
