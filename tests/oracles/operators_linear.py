"""Random models of transpose convolutions and of products of two activations."""

from __future__ import annotations

import numpy as np
from oracles.graph_builder import Builder, affine

ACTIVATIONS = ("none", "none", "relu", "relu6", "relu_n1_to_1")


def _upsampled(rng, size, kernel, stride, padding):
    """An output size: mostly what converters write, sometimes a few more or fewer, as output padding gives."""
    usual = size * stride if padding == "same" else (size - 1) * stride + max(kernel, stride)
    return max(1, usual + int(rng.integers(-2, 3))) if rng.random() < 0.25 else usual


def transpose_conv(rng):
    b = Builder(rng)
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
    output_scale = input_scale * float(scales[0]) / b.effective(scales[0])
    inputs = [operand, weights, x]
    if rng.random() < 0.7:
        inputs.append(b.bias(out, np.float32(input_scale) * scales.astype(np.float32)))
    elif rng.random() < 0.5:
        inputs.append(-1)  # as converters write an absent bias
    y = b.add("output", shape, quantization=affine(output_scale, b.zero_point()))
    options = {
        "padding": padding, "stride_h": sh, "stride_w": sw,
        "fused_activation_function": str(rng.choice(ACTIVATIONS)),
    }  # fmt: skip
    return b.graph("transpose_conv", inputs, [y], options, 4)


def batch_matmul(rng):
    b = Builder(rng)
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
            codes = rng.integers(-128, 128, shape).astype(np.int8)
            inputs.append(b.add("constant", shape, "int8", quantization, codes))
        else:
            inputs.append(b.input(shape, quantization=quantization))
    output_scale = scales[0] * scales[1] / b.effective(1.0)
    out = (*np.broadcast_shapes(*leads), rows, columns)
    y = b.add("output", out, quantization=affine(output_scale, b.zero_point()))
    return b.graph("batch_matmul", inputs, [y], {"adj_x": adj_x, "adj_y": adj_y}, 2)


#: Generator of one operator by name.
LINEAR = {f.__name__: f for f in (transpose_conv, batch_matmul)}
