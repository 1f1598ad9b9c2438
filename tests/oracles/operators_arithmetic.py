"""Random models of the element-wise arithmetic operators."""

from __future__ import annotations

import numpy as np
from oracles.graph_builder import Builder, affine

ACTIVATIONS = ("none", "none", "relu", "relu6", "relu_n1_to_1")


def broadcasting_shapes(b):
    """Shapes of an output and of an operand that is repeated along some of its axes, or has fewer of them."""
    rng = b.rng
    rank = int(rng.integers(1, 7))
    shape = (1, *(b.size(13 if rank < 4 else 5) for _ in range(rank - 1)))
    other = tuple(1 if rng.random() < 0.3 else s for s in shape) if rng.random() < 0.6 else shape
    return shape, other[int(rng.integers(0, rank)) if rng.random() < 0.3 else 0 :]


def operands(b, x_quantization, y_quantization):
    """Two operands, in either order, one of which may be a constant, and the output's shape."""
    rng = b.rng
    shape, other = broadcasting_shapes(b)
    x = b.input(shape, quantization=x_quantization)
    if other == shape and rng.random() < 0.5:
        y = b.input(other, quantization=y_quantization)
    else:
        y = b.add("constant", other, "int8", y_quantization, rng.integers(-128, 128, other).astype(np.int8))
    return ([x, y] if rng.random() < 0.7 else [y, x]), shape


def _binary(rng, name, output_scale, activation=True):
    b = Builder(rng)
    x_scale, y_scale = b.scale(), b.scale()
    inputs, shape = operands(b, affine(x_scale, b.zero_point()), affine(y_scale, b.zero_point()))
    y = b.add("output", shape, quantization=affine(output_scale(b, x_scale, y_scale), b.zero_point()))
    options = {"fused_activation_function": str(rng.choice(ACTIVATIONS))} if activation else {}
    return b.graph(name, inputs, [y], options, 2)


def sub(rng):
    return _binary(rng, "sub", lambda b, x, y: max(x, y) * 2.0 ** rng.uniform(-4, 3))


def mul(rng):
    return _binary(rng, "mul", lambda b, x, y: x * y / b.effective(1.0))


def squared_difference(rng):
    return _binary(rng, "squared_difference", lambda b, x, y: max(x, y) ** 2 * 2.0 ** rng.uniform(-3, 9), False)


def _extremum(rng, name):
    b = Builder(rng)
    quantization = affine(b.scale(), b.zero_point())
    inputs, shape = operands(b, quantization, quantization)
    return b.graph(name, inputs, [b.add("output", shape, quantization=quantization)], {}, 2)


def maximum(rng):
    return _extremum(rng, "maximum")


def minimum(rng):
    return _extremum(rng, "minimum")


def div(rng):
    b = Builder(rng)
    x_scale, y_scale = b.scale(), b.scale()
    inputs, shape = operands(b, affine(x_scale, b.zero_point()), affine(y_scale, b.zero_point()))
    divisor = b.tensors[inputs[1]]
    low = 7
    if divisor.data is not None and rng.random() < 0.5:
        # A constant of small divisors, for which smaller scales are defined, too.
        low = int(rng.integers(0, 7))
        zero_point = int(divisor.quantization.zero_point[0])
        limit = 2 ** (low + 1) - 1
        codes = rng.integers(max(-128, zero_point - limit), min(127, zero_point + limit), divisor.shape, endpoint=True)
        divisor.data[...] = codes
    # Shifts from `low` to 22.
    x_scale, y_scale = (float(b.tensors[index].quantization.scale[0]) for index in inputs)
    output_scale = x_scale / (y_scale * 2.0 ** rng.uniform(low - 0.99, 21.99 if rng.random() < 0.3 else low + 1))
    y = b.add("output", shape, quantization=affine(output_scale, b.zero_point()))
    return b.graph("div", inputs, [y], {"fused_activation_function": str(rng.choice(ACTIVATIONS))}, 2)


def _unary(rng, name, options):
    b = Builder(rng)
    shape = (1, *(b.size() for _ in range(int(rng.integers(0, 4)))))
    scale = b.scale()
    x = b.input(shape, quantization=affine(scale, b.zero_point()))
    output_scale = scale if rng.random() < 0.3 else scale / b.effective(1.0)
    y = b.add("output", shape, quantization=affine(output_scale, b.zero_point()))
    return b.graph(name, [x], [y], options, 2)


def leaky_relu(rng):
    alpha = float(np.float32(rng.choice([0.0, 0.01, 0.2, 0.3, 1.0, 1.5, -0.5, 1e-6, 2.0 ** rng.uniform(-9, 3)])))
    return _unary(rng, "leaky_relu", {"alpha": alpha})


def abs_of(rng):
    return _unary(rng, "abs", {})


def prelu(rng):
    b = Builder(rng)
    x_scale, y_scale = b.scale(), b.scale(-9, -3)
    x_quantization, y_quantization = affine(x_scale, b.zero_point()), affine(y_scale, b.zero_point())
    if rng.random() < 0.6:
        # What converters write: one alpha a channel.
        shape = (1, b.size(), b.size(), b.size())
        alphas = rng.integers(-128, 128, (1, 1, shape[3])).astype(np.int8)
        inputs = [b.input(shape, quantization=x_quantization)]
        inputs.append(b.add("alpha", alphas.shape, "int8", y_quantization, alphas))
    else:
        inputs, shape = operands(b, x_quantization, y_quantization)
    output_scale = x_scale * (1.0 if rng.random() < 0.3 else 2.0 ** rng.uniform(-6, 6))
    y = b.add("output", shape, quantization=affine(output_scale, b.zero_point()))
    return b.graph("prelu", inputs, [y], {}, 1)


#: Every generator of this family.
GENERATORS = {f.__name__: f for f in (sub, mul, maximum, minimum, squared_difference, div, leaky_relu, prelu)}
GENERATORS["abs"] = abs_of
