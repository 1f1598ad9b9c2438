"""The operators of random graphs, one function each, with the real values that calibrate what comes next.

A function takes the graph under construction, the int8 tensor that it reads and how many operators there may still be;
it gives the tensor that it makes, or None where the tensor does not suit.
"""

from __future__ import annotations

import numpy as np
from oracles.graph_builder import affine
from oracles.random_graph_joins import JOINS, joined, partners

#: Samples that calibrate.
SAMPLES = 8
_MOST_ELEMENTS = 2000
_ACTIVATIONS = {
    "none": (-np.inf, np.inf), "relu": (0, np.inf), "relu6": (0, 6), "relu_n1_to_1": (-1, 1),
}  # fmt: skip


def _clamped(g, values):
    """Draw a fused activation: its name, and the values after it."""
    name = str(g.rng.choice(["none", "none", *_ACTIVATIONS]))
    return name, values.clip(*_ACTIVATIONS[name])


def _windows(values, kernel, stride, dilation, padding, outside):
    """Stack windows of (n, h, w, c): (n, oh, ow, kh, kw, c)."""
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    if padding == "same":
        totals = [
            max((-(-size // s) - 1) * s + extent - size, 0)
            for size, s, extent in zip(values.shape[1:3], stride, extents, strict=True)
        ]
        around = [(0, 0), *((total // 2, total - total // 2) for total in totals), (0, 0)]
        values = np.pad(values, around, constant_values=outside)
    windows = np.lib.stride_tricks.sliding_window_view(values, extents, axis=(1, 2))
    windows = windows[:, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]
    return np.moveaxis(windows, 3, -1)


def _geometry(g, x, dilate):
    """Kernel, stride, dilation and padding that fit the tensor."""
    h, w = g.shape(x)[1:3]
    while True:
        plain = g.rng.random() < 0.5
        kernel = (1 if h == 1 else g.size(5)), g.size(5)
        stride = (1, 1) if plain else tuple(int(v) for v in g.rng.integers(1, 3, 2))
        dilation = tuple(int(v) for v in g.rng.integers(1, 3, 2)) if dilate and g.rng.random() < 0.2 else (1, 1)
        padding = "same" if plain else str(g.rng.choice(["same", "valid"]))
        if padding == "same" or all((k - 1) * d < n for k, d, n in zip(kernel, dilation, (h, w), strict=True)):
            return kernel, stride, dilation, padding


def _convolution(g, x, room, depthwise):
    if len(g.shape(x)) != 4:
        return None
    values, channels = g.values[x], g.shape(x)[3]
    flat = values.reshape(-1, *values.shape[2:])
    kernel, stride, dilation, padding = _geometry(g, x, True)
    windows = _windows(flat, kernel, stride, dilation, padding, 0.0)
    options = {
        "padding": padding, "stride_h": stride[0], "stride_w": stride[1],
        "dilation_h_factor": dilation[0], "dilation_w_factor": dilation[1],
    }  # fmt: skip
    if depthwise:
        multiplier = int(g.rng.choice([1, 1, 2, 3])) if channels <= 8 else 1
        out = channels * multiplier
        operands, weights, bias = g.weights_and_bias(x, (1, *kernel, out), 3, out, np.prod(kernel))
        result = np.einsum("nhwklc,klcm->nhwcm", windows, weights.reshape(*kernel, channels, multiplier))
        options["depth_multiplier"] = multiplier
        name = "depthwise_conv_2d"
    else:
        groups = int(g.rng.choice([d for d in (1, 1, 1, 2, 3) if channels % d == 0]))
        out = channels if g.rng.random() < 0.5 else groups * g.size(8)
        shape = (out, *kernel, channels // groups)
        operands, weights, bias = g.weights_and_bias(x, shape, 0, out, np.prod(shape[1:]))
        parted = windows.reshape(*windows.shape[:-1], groups, channels // groups)
        result = np.einsum("nhwklgc,goklc->nhwgo", parted, weights.reshape(groups, out // groups, *shape[1:]))
        name = "conv_2d"
    result = result.reshape(*result.shape[:3], out) + bias
    result = result.reshape(SAMPLES, -1, *result.shape[1:])
    options["fused_activation_function"], result = _clamped(g, result)
    return g.operator(name, [x, *operands], g.activation(result), **options)


def _conv_2d(g, x, room):
    return _convolution(g, x, room, False)


def _depthwise_conv_2d(g, x, room):
    return _convolution(g, x, room, True)


def _pool(g, x, name):
    if len(g.shape(x)) != 4:
        return None
    values = g.values[x]
    kernel, stride, _, padding = _geometry(g, x, False)
    windows = _windows(
        values.reshape(-1, *values.shape[2:]), kernel, stride, (1, 1), padding, -np.inf if name[0] == "m" else np.nan
    )
    reduced = windows.max((3, 4)) if name[0] == "m" else np.nanmean(windows, (3, 4))
    activation, result = _clamped(g, reduced.reshape(SAMPLES, -1, *reduced.shape[1:]))
    options = {
        "padding": padding, "stride_h": stride[0], "stride_w": stride[1],
        "filter_height": kernel[0], "filter_width": kernel[1], "fused_activation_function": activation,
    }  # fmt: skip
    return g.operator(name, [x], g.activation(result, g.quantization(x)), **options)


def _max_pool_2d(g, x, room):
    return _pool(g, x, "max_pool_2d")


def _average_pool_2d(g, x, room):
    return _pool(g, x, "average_pool_2d")


def _fully_connected(g, x, room):
    shape = g.shape(x)
    # Rows of the last axis, or the whole flattened.
    whole = shape[0] == 1 and len(shape) > 1 and g.rng.random() < 0.5
    features = int(np.prod(shape)) if whole else shape[-1]
    if not shape or features > 600:
        return None
    keep = not whole and len(shape) > 2
    out = g.size()
    operands, weights, bias = g.weights_and_bias(x, (out, features), 0, out, features)
    result = g.values[x].reshape(SAMPLES, -1, features) @ weights.T + bias
    result = result.reshape(SAMPLES, *shape[:-1], out) if keep else result
    activation, result = _clamped(g, result)
    options = {"fused_activation_function": activation, "keep_num_dims": keep}
    return g.operator("fully_connected", [x, *operands], g.activation(result), **options)


def _add(g, x, room):
    shape, found = g.shape(x), partners(g, x)
    if not found:
        return None
    draw = g.rng.random()
    trailing = shape[int(g.rng.integers(0, len(shape) + 1)) :] or (1,)
    if draw < 0.75:
        y = int(g.rng.choice(found))
    elif draw < 0.85:
        y = g.constant_activation(trailing)
    else:
        y = g.real_input(shape if g.rng.random() < 0.5 else trailing)
    if x != y and g.shape(y) == shape and g.tensors[y].data is None and draw < 0.75:
        g.forms.add("residual")
    x, y = (x, y) if g.rng.random() < 0.7 else (y, x)
    activation, result = _clamped(g, joined(g, x, y, np.add))
    return g.operator("add", [x, y], g.activation(result), fused_activation_function=activation)


def _pad(g, x, room):
    shape = g.shape(x)
    paddings = g.rng.integers(0, 3, (len(shape), 2)).astype(np.int32)
    paddings[: 1 if shape[:1] == (1,) else 0] = 0
    if not 1 <= len(shape) <= 4 or np.prod(paddings.sum(1) + shape) > _MOST_ELEMENTS:
        return None
    operands, name, real = [x, g.constant(paddings)], "pad", 0.0
    quantization = g.quantization(x)
    if g.rng.random() < 0.4:
        name, code = "padv2", g.rng.integers(-128, 128, (1,)).astype(np.int8)
        operands.append(g.add(f"value_{len(g.tensors)}", (1,), "int8", quantization, code))
        real = float((code[0] - quantization.zero_point[0]) * quantization.scale[0])
    result = np.pad(g.values[x], [(0, 0), *paddings.tolist()], constant_values=real)
    return g.operator(name, operands, g.activation(result, quantization))


def _mean(g, x, room):
    rank = len(g.shape(x))
    if rank < 2 or rank > 4:
        return None
    axes = sorted(g.rng.choice(np.arange(1, rank), int(g.rng.integers(1, rank)), replace=False).tolist())
    if g.shape(x)[0] > 1 and g.rng.random() < 0.5:
        axes = [0]
    keep = bool(g.rng.random() < 0.5)
    result = g.values[x].mean(tuple(a + 1 for a in axes), keepdims=keep)
    return g.operator("mean", [x, g.constant(np.array(axes, np.int32))], g.activation(result), keep_dims=keep)


def _softmax_of(values, beta=1.0):
    raised = np.exp(beta * (values - values.max(-1, keepdims=True)))
    return raised / raised.sum(-1, keepdims=True)


def _softmax(g, x, room):
    if not 1 <= len(g.shape(x)) <= 4:
        return None
    result = g.activation(_softmax_of(g.values[x]), affine(1 / 256, -128))
    return g.operator("softmax", [x], result, beta=1.0)


def _logistic(g, x, room):
    return g.operator("logistic", [x], g.activation(_sigmoid(g.values[x]), affine(1 / 256, -128)))


def _tanh(g, x, room):
    return g.operator("tanh", [x], g.activation(np.tanh(g.values[x]), affine(1 / 128, 0)))


def _relu(g, x, room):
    return g.operator("relu", [x], g.activation(g.values[x].clip(0)))


def _relu6(g, x, room):
    return g.operator("relu6", [x], g.activation(g.values[x].clip(0, 6), g.quantization(x)))


def _quantize(g, x, room):
    return g.operator("quantize", [x], g.activation(g.values[x]))


def _relabelled(g, x, name, operands, shape, **options):
    values = g.values[x].reshape(SAMPLES, *shape)
    return g.operator(name, [x, *operands], g.activation(values, g.quantization(x)), **options)


def _reshape(g, x, room):
    shape, size = g.shape(x), int(np.prod(g.shape(x)))
    part = int(g.rng.choice([d for d in range(1, size + 1) if size % d == 0]))
    forms = [(1, size), (1, part, size // part), (1, 1, part, size // part), (1, part, 1, size // part)]
    forms += [(1, part, *shape[1:-1], shape[-1] // part)] if shape and shape[-1] % part == 0 and len(shape) < 4 else []
    forms += [(part, size // part)]
    return _reshaped(g, x, forms[int(g.rng.integers(len(forms)))], room)


def _reshaped(g, x, form, room):
    """A reshape whose shape is a constant, an option, has a -1, or is computed as Keras's Flatten and Reshape do."""
    draw = g.rng.random()
    stored = np.array(form, np.int32)
    if draw < 0.4:
        return _relabelled(g, x, "reshape", [g.constant(stored)], form, new_shape=form)
    if draw < 0.6:
        stored[int(g.rng.integers(len(form)))] = -1
        return _relabelled(g, x, "reshape", [g.constant(stored)], form)
    if draw < 0.8 or room < 4 or form[0] != 1 or g.shape(x)[:1] != (1,):
        return _relabelled(g, x, "reshape", [], form, new_shape=form)
    g.forms.add("shape arithmetic")
    rank = len(g.shape(x))
    whole = g.operator("shape", [x], g.add("shape", (rank,), "int32"), out_type=2)
    slices = [g.constant(np.array([v], np.int32)) for v in (0, 1, 1)]
    batch = g.operator("strided_slice", [whole, *slices], g.add("batch", (), "int32"), shrink_axis_mask=1)
    sizes = [g.constant(np.array(v, np.int32)) for v in form[1:]]
    packed = g.add("packed", (len(form),), "int32")
    g.operator("pack", [batch, *sizes], packed, values_count=len(form), axis=0)
    return _relabelled(g, x, "reshape", [packed], form)


def _squeeze(g, x, room):
    axes = [i for i, size in enumerate(g.shape(x)) if size == 1 and i > 0]
    if not axes:
        return None
    axis = int(g.rng.choice(axes))
    shape = tuple(size for i, size in enumerate(g.shape(x)) if i != axis)
    return _relabelled(g, x, "squeeze", [], shape, squeeze_dims=(axis,))


def _expand_dims(g, x, room):
    if len(g.shape(x)) > 3:
        return None
    axis = int(g.rng.integers(1, len(g.shape(x)) + 1))
    shape = (*g.shape(x)[:axis], 1, *g.shape(x)[axis:])
    return _relabelled(g, x, "expand_dims", [g.constant(np.array([axis], np.int32))], shape)


def _svdf(g, x, room):
    if len(g.shape(x)) != 2:
        if room < 2 or np.prod(g.shape(x)) > 300:
            return None
        x = _reshaped(g, x, (1, int(np.prod(g.shape(x)))), 1)
    if g.shape(x)[0] != 1:
        return None
    size, memory, rank, units = g.shape(x)[1], g.size(8), int(g.rng.choice([1, 2])), g.size(11)
    filters = units * rank
    (feature,), real_feature = _matrix(g, (filters, size), size)
    (time,), real_time = _matrix(g, (filters, memory), rank * memory)
    newest = g.values[x][:, 0] @ real_feature.T
    state_quantization = g.calibrated(newest)
    bias_scale = state_quantization.scale * g.scale_of(time)
    data = np.rint(g.rng.normal(0, 0.3, units) / bias_scale).astype(np.int32)
    bias = g.add(f"bias_{len(g.tensors)}", (units,), "int32", affine(bias_scale), data)
    state = g.add(f"state_{len(g.tensors)}", (1, filters * memory), "int8", state_quantization, variable=True)
    result = (newest * real_time[:, -1]).reshape(SAMPLES, units, rank).sum(2) + data * bias_scale
    activation = str(g.rng.choice(["none", "relu"]))
    y = g.activation(result.clip(*_ACTIVATIONS[activation])[:, None])
    return g.operator("svdf", [x, feature, time, bias, state], y, rank=rank, fused_activation_function=activation)


def _matrix(g, shape, fan_in):
    codes = g.rng.integers(-127, 128, shape).astype(np.int8)
    scale = np.float32(1.7 / np.sqrt(fan_in) / 127)
    return [g.add(f"weights_{len(g.tensors)}", shape, "int8", affine(scale), codes)], codes * float(scale)


def _sigmoid(values):
    return (1 + np.tanh(values / 2)) / 2


def _unidirectional_sequence_lstm(g, x, room):
    shape = g.shape(x)
    if len(shape) != 3 or shape[0] != 1:
        size = int(np.prod(shape))
        if room < 2 or size > 300:
            return None
        steps = max(d for d in range(1, 9) if size % d == 0)
        x = _reshaped(g, x, (1, steps, size // steps), 1)
    (_, steps, size), hidden = g.shape(x), g.size(8)
    inputs, reals, biases = [x], [], []
    for columns in [size] * 4 + [hidden] * 4:
        operands, real = _matrix(g, (hidden, columns), columns)
        inputs += operands
        reals.append(real)
    inputs += [-1] * 3
    for gate in range(4):
        scale = g.scale_of(x) * g.scale_of(inputs[1 + gate])
        data = np.rint(g.rng.normal(0, 0.5, hidden) / scale).astype(np.int32)
        inputs.append(g.add(f"bias_{len(g.tensors)}", (hidden,), "int32", affine(scale), data))
        biases.append(data * float(scale))
    state, cell, outputs = np.zeros((SAMPLES, hidden)), np.zeros((SAMPLES, hidden)), []
    for step in range(steps):
        sums = [g.values[x][:, 0, step] @ reals[i].T + state @ reals[4 + i].T + biases[i] for i in range(4)]
        cell = _sigmoid(sums[1]) * cell + _sigmoid(sums[0]) * np.tanh(sums[2])
        state = _sigmoid(sums[3]) * np.tanh(cell)
        outputs.append(state)
    y = g.activation(np.stack(outputs, 1)[:, None])
    inputs += [-1] * 2
    inputs.append(g.add(f"hidden_{len(g.tensors)}", (1, hidden), "int8", g.quantization(y), variable=True))
    inputs.append(g.add(f"cell_{len(g.tensors)}", (1, hidden), "int16", affine(2.0**-12), variable=True))
    inputs += [-1] * 4
    options = {"fused_activation_function": "tanh", "time_major": False, "cell_clip": float(g.rng.choice([0.0, 2.0]))}
    return g.operator("unidirectional_sequence_lstm", inputs, y, **options)


#: Operators for every place, by name.
MAKERS = {
    f.__name__[1:]: f
    for f in (
        _conv_2d, _depthwise_conv_2d, _max_pool_2d, _average_pool_2d, _fully_connected, _add, _pad, _mean, _softmax,
        _logistic, _tanh, _relu, _relu6, _quantize, _reshape, _squeeze, _expand_dims, _svdf,
        _unidirectional_sequence_lstm,
    )
} | JOINS  # fmt: skip

#: How often against the others' 1.
_WEIGHTS = {"add": 5, "concatenation": 4, "conv_2d": 3, "depthwise_conv_2d": 3, "fully_connected": 2, "softmax": 0.3}


def draw_operator(g, x, room):
    """Append a random operator that reads `x`; its output, or None where it does not suit."""
    weights = np.array([_WEIGHTS.get(name, 1) for name in MAKERS])
    return MAKERS[str(g.rng.choice(list(MAKERS), p=weights / weights.sum()))](g, x, room)


def _softmax_int16(g, x):
    shape = g.values[x].shape[1:] or (1,)
    if len(shape) > 4:
        return _dequantize(g, x)
    return g.operator("softmax", [x], g.other(shape, "int16", affine(1 / 65536, -32768)), beta=1.0)


def _dequantize(g, x):
    return g.operator("dequantize", [x], g.other(g.shape(x), "float32"))


def _quantize_to(dtype):
    def quantize(g, x):
        quantization = g.calibrated(g.values[x], dtype)
        if dtype == "uint8":
            # The wheel takes uint8 only where the quantization is the same but for 128.
            quantization = affine(g.scale_of(x), g.quantization(x).zero_point + 128)
        return g.operator("quantize", [x], g.other(g.shape(x), dtype, quantization))

    return quantize


#: Last operators that no int8 operator can follow: (graph, tensor) -> output.
ENDS = {
    "softmax to int16": _softmax_int16,
    "dequantize": _dequantize,
    **{f"quantize to {dtype}": _quantize_to(dtype) for dtype in ("uint8", "int16", "int32")},
}
