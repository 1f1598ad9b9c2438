"""Convolutions, matrix products and pools of random graphs; see `random_graph_operators`."""

from __future__ import annotations

import numpy as np
from oracles.random_graph_parts import MOST_ELEMENTS, SAMPLES, clamped, makers


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
    options["fused_activation_function"], result = clamped(g, result)
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
    activation, result = clamped(g, reduced.reshape(SAMPLES, -1, *reduced.shape[1:]))
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
    activation, result = clamped(g, result)
    options = {"fused_activation_function": activation, "keep_num_dims": keep}
    return g.operator("fully_connected", [x, *operands], g.activation(result), **options)


def _transpose_conv(g, x, room):
    if len(g.shape(x)) != 4 or g.shape(x)[0] != 1:
        return None
    _, height, width, channels = g.shape(x)
    kernel = (1 if height == 1 else g.size(5)), g.size(5)
    stride = tuple(int(v) for v in g.rng.integers(1, 3, 2))
    padding, out = str(g.rng.choice(["same", "valid"])), g.size(8)
    sizes = [
        n * s if padding == "same" else (n - 1) * s + max(k, s)
        for n, s, k in zip((height, width), stride, kernel, strict=True)
    ]
    if np.prod(sizes) * out > MOST_ELEMENTS:
        return None
    shape = (out, *kernel, channels)
    operands, weights, bias = g.weights_and_bias(x, shape, 0, out, np.prod(shape[1:]))
    extents = [(n - 1) * s + k for n, s, k in zip((height, width), stride, kernel, strict=True)]
    whole = np.zeros((SAMPLES, *(max(e, n) + n for e, n in zip(extents, sizes, strict=True)), out))
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            rows = slice(i, i + (height - 1) * stride[0] + 1, stride[0])
            columns = slice(j, j + (width - 1) * stride[1] + 1, stride[1])
            whole[:, rows, columns] += g.values[x][:, 0] @ weights[:, i, j].T
    top, left = (max(e - n, 0) // 2 for e, n in zip(extents, sizes, strict=True))
    activation, result = clamped(g, whole[:, None, top : top + sizes[0], left : left + sizes[1]] + bias)
    options = {
        "padding": padding, "stride_h": stride[0], "stride_w": stride[1], "fused_activation_function": activation,
    }  # fmt: skip
    operand = g.constant(np.array((1, *sizes, out), np.int32))
    filters, *biases = operands
    return g.operator("transpose_conv", [operand, filters, x, *biases], g.activation(result), **options)


def _batch_matmul(g, x, room):
    """With a constant, or with itself, as attention has it."""
    shape = g.shape(x)
    if not 2 <= len(shape) <= 4:
        return None
    adj_x, adj_y = bool(g.rng.random() < 0.2), bool(g.rng.random() < 0.5)
    if g.rng.random() < 0.4:
        y, adj_y = x, not adj_x
    else:
        depth, columns = shape[-2 if adj_x else -1], g.size(11)
        y = g.constant_activation((*[1] * (len(shape) - 2), *((columns, depth) if adj_y else (depth, columns))))
    a = g.values[x].swapaxes(-1, -2) if adj_x else g.values[x]
    b = g.values[y].swapaxes(-1, -2) if adj_y else g.values[y]
    result = a @ b
    if result[0].size > MOST_ELEMENTS:
        return None
    return g.operator("batch_matmul", [x, y], g.activation(result), adj_x=adj_x, adj_y=adj_y)


#: By name, as `random_graph_operators.MAKERS`.
LINEAR = makers(
    _conv_2d, _depthwise_conv_2d, _max_pool_2d, _average_pool_2d, _fully_connected, _transpose_conv, _batch_matmul
)
