"""Random models of convolutions and of matrix products."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ...graph.graph import Graph
from .builder import ACTIVATIONS, Builder, affine, random_codes, windows

__all__ = ["LINEAR"]

DTYPES = ("int8", "int8", "int16")
#: As the schema numbers them.
BIAS_TYPES = {"int32": 2, "int64": 4}


def _weights_dtype(b: Builder) -> str:
    return "int4" if b.dtype == "int8" and b.rng.random() < 0.3 else "int8"


def _convolution(rng: Generator, depthwise: bool) -> Graph:
    b = Builder(rng, DTYPES)
    while True:
        h, w = (1, b.size()) if rng.random() < 0.4 else (b.size(11), b.size(11))
        kh, kw = (1 if h == 1 else b.size(5)), b.size(7)
        sh, sw = int(rng.integers(1, 4)), int(rng.integers(1, 4))
        dh, dw = (int(rng.integers(1, 4)) if rng.random() < 0.25 else 1 for _ in range(2))
        padding = str(rng.choice(["same", "valid"]))
        oh, ow = windows(h, kh, sh, dh, padding), windows(w, kw, sw, dw, padding)
        if oh >= 1 and ow >= 1:
            break
    per_channel = rng.random() < 0.7
    if depthwise:
        channels = b.size(13)
        out = channels * int(rng.choice([1, 1, 2, 3, 8]))
        shape, axis = (1, kh, kw, out), 3
    else:
        groups = int(rng.choice([1, 1, 1, 2, 3]))
        channels, out = groups * b.size(11), groups * b.size(11)
        shape, axis = (out, kh, kw, channels // groups), 0
    input_scale = b.scale()
    x = b.input((1, h, w, channels), quantization=affine(input_scale, b.zero_point()))
    weights, scales = b.weights(shape, axis, per_channel, _weights_dtype(b))
    output_scale = input_scale * float(scales[0]) / b.effective()
    inputs = [x, weights]
    sums = "int32" if b.dtype == "int8" or (not depthwise and rng.random() < 0.3) else "int64"
    if rng.random() < 0.85:
        inputs.append(b.bias(out, np.float32(input_scale) * scales.astype(np.float32), sums))
    y = b.add("output", (1, oh, ow, out), quantization=affine(output_scale, b.zero_point()))
    options = {
        "padding": padding, "stride_h": sh, "stride_w": sw, "dilation_h_factor": dh, "dilation_w_factor": dw,
        "fused_activation_function": str(rng.choice(ACTIVATIONS)),
    }  # fmt: skip
    if depthwise:
        options["depth_multiplier"] = out // channels
        return b.graph("depthwise_conv_2d", inputs, [y], options, 3)
    options["quantized_bias_type"] = BIAS_TYPES[sums]
    return b.graph("conv_2d", inputs, [y], options, 3)


def _conv_2d(rng: Generator) -> Graph:
    return _convolution(rng, False)


def _depthwise_conv_2d(rng: Generator) -> Graph:
    return _convolution(rng, True)


def _fully_connected(rng: Generator) -> Graph:
    b = Builder(rng, DTYPES)
    features, out = int(rng.choice([1, 3, 7, 16, 17, 64, 129])), b.size()
    lead = [(1,), (1, b.size(5)), (b.size(5),)][int(rng.integers(3))]
    input_scale = b.scale()
    x = b.input((*lead, features), quantization=affine(input_scale, b.zero_point()))
    packed = _weights_dtype(b)
    # The wheel takes int4 weights with one scale only.
    weights, scales = b.weights((out, features), 0, packed == "int8" and rng.random() < 0.4, packed)
    output_scale = input_scale * float(scales[0]) / b.effective()
    inputs = [x, weights]
    sums = "int32" if b.dtype == "int8" or rng.random() < 0.3 else "int64"
    if rng.random() < 0.85:
        inputs.append(b.bias(out, np.float32(input_scale) * scales.astype(np.float32), sums))
    keep = len(lead) > 1
    shape = (*lead, out) if keep else (int(np.prod(lead)), out)
    y = b.add("output", shape, quantization=affine(output_scale, b.zero_point()))
    options = {"fused_activation_function": str(rng.choice(ACTIVATIONS)), "keep_num_dims": keep}
    options["quantized_bias_type"] = BIAS_TYPES[sums]
    return b.graph("fully_connected", inputs, [y], options, 4)


def _upsampled(rng: Generator, size: int, kernel: int, stride: int, padding: str) -> int:
    """Return an output size: mostly what converters write, sometimes a few more or fewer, as output padding gives."""
    usual = size * stride if padding == "same" else (size - 1) * stride + max(kernel, stride)
    return max(1, usual + int(rng.integers(-2, 3))) if rng.random() < 0.25 else usual


def _transpose_conv(rng: Generator) -> Graph:
    b = Builder(rng, DTYPES)
    h, w = (1, b.size()) if rng.random() < 0.4 else (b.size(8), b.size(8))
    kh, kw = (1 if h == 1 else b.size(5)), b.size(7)
    sh, sw = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    padding = str(rng.choice(["same", "valid"]))
    shape = (1, _upsampled(rng, h, kh, sh, padding), _upsampled(rng, w, kw, sw, padding), b.size(11))
    channels, out = b.size(11), shape[3]
    input_scale = b.scale()
    operand = b.add("output_shape", (4,), "int32", data=np.array(shape, np.int32))
    x = b.input((1, h, w, channels), quantization=affine(input_scale, b.zero_point()))
    weights, scales = b.weights((out, kh, kw, channels), 0, rng.random() < 0.7)
    output_scale = input_scale * float(scales[0]) / b.effective()
    inputs = [operand, weights, x]
    if rng.random() < 0.7:
        sums = "int32" if b.dtype == "int8" else str(rng.choice(["int64", "int64", "int16"]))
        inputs.append(b.bias(out, np.float32(input_scale) * scales.astype(np.float32), sums))
    elif rng.random() < 0.5:
        inputs.append(-1)  # as converters write an absent bias
    y = b.add("output", shape, quantization=affine(output_scale, b.zero_point()))
    options = {
        "padding": padding, "stride_h": sh, "stride_w": sw,
        "fused_activation_function": str(rng.choice(ACTIVATIONS)),
    }  # fmt: skip
    return b.graph("transpose_conv", inputs, [y], options, 4)


def _batch_matmul(rng: Generator) -> Graph:
    b = Builder(rng, DTYPES)
    rows, depth, columns = b.size(), int(rng.choice([1, 3, 7, 16, 17, 64, 129])), b.size()
    leads = [
        tuple(1 if rng.random() < 0.3 else 0 for _ in range(count)) for count in rng.integers(0, 4, 2)
    ]  # 1 where an operand has one matrix only
    batch = [b.size(5) for _ in range(3)]
    leads = [tuple(1 if one else batch[3 - len(lead) + i] for i, one in enumerate(lead)) for lead in leads]
    adj_x, adj_y = bool(rng.random() < 0.4), bool(rng.random() < 0.4)
    shapes = [
        (*leads[0], *((depth, rows) if adj_x else (rows, depth))),
        (*leads[1], *((columns, depth) if adj_y else (depth, columns))),
    ]
    scales = [b.scale(), b.scale()]
    constant = int(rng.choice([-1, -1, 0, 1, 1]))
    inputs = []
    for i, (shape, scale) in enumerate(zip(shapes, scales, strict=True)):
        quantization = affine(scale, b.zero_point())
        if i == constant:
            codes = random_codes(rng, shape, b.dtype)
            inputs.append(b.add("constant", shape, None, quantization, codes))
        else:
            inputs.append(b.input(shape, quantization=quantization))
    output_scale = scales[0] * scales[1] / b.effective()
    out = (*np.broadcast_shapes(*leads), rows, columns)
    y = b.add("output", out, quantization=affine(output_scale, b.zero_point()))
    return b.graph("batch_matmul", inputs, [y], {"adj_x": adj_x, "adj_y": adj_y}, 2)


#: Generator of one operator by name.
LINEAR = {
    "conv_2d": _conv_2d,
    "depthwise_conv_2d": _depthwise_conv_2d,
    "fully_connected": _fully_connected,
    "transpose_conv": _transpose_conv,
    "batch_matmul": _batch_matmul,
}
