"""Random models of hard_swish, elu, rsqrt, log_softmax and l2_normalization."""

from __future__ import annotations

from oracles.graph_builder import Builder, affine


def _unary(b, name, shape, input_scale, input_zero_point, output_scale, output_zero_point, options=None):
    x = b.input(shape, quantization=affine(input_scale, input_zero_point))
    y = b.add("output", shape, quantization=affine(output_scale, output_zero_point))
    return b.graph(name, [x], [y], options or {})


def _shape(b):
    return (1, *(b.size() for _ in range(int(b.rng.integers(0, 4)))))


def hard_swish(rng):
    b = Builder(rng)
    # Ordinary scales, or any that keep the output's multiplier below 1.
    if rng.random() < 0.7:
        scale = b.scale(-9, 1)
        ratio = 2.0 ** rng.uniform(-3, 2)
    else:
        scale = b.scale(-30, 20)
        ratio = 2.0 ** rng.uniform(-6.9, 30)
    return _unary(b, "hard_swish", _shape(b), scale, b.zero_point(), scale * ratio, b.zero_point())


def elu(rng):
    b = Builder(rng)
    scale = b.scale(-12, 4)
    output = 1 / 128 if rng.random() < 0.3 else scale * 2.0 ** rng.uniform(-6, 3)
    return _unary(b, "elu", _shape(b), scale, b.zero_point(), output, b.zero_point())


def rsqrt(rng):
    """The wheel stops at a code below the zero point, so that nearly every int8 model has the lowest."""
    b = Builder(rng, ("int8", "int16"))
    scale = b.scale(-16, 6)
    # Square roots of 1 to all steps, so that the codes fill the output's range.
    low, high = (-11, -5) if b.dtype == "int8" else (-19, -9)
    output = scale**-0.5 * 2.0 ** (rng.uniform(low, high) if rng.random() < 0.7 else rng.uniform(-28, 8))
    if b.dtype == "int16":
        x = b.add("magnitudes", _shape(b), quantization=affine(scale))
        b.inputs.append(x)
        y = b.add("output", b.tensors[x].shape, quantization=affine(output))
        return b.graph("rsqrt", [x], [y], {})
    zero_point = -128 if rng.random() < 0.9 else b.zero_point()
    return _unary(b, "rsqrt", _shape(b), scale, zero_point, output, b.zero_point())


def log_softmax(rng):
    b = Builder(rng)
    shape = (*_shape(b)[:3], int(rng.choice([1, 2, 3, 10, 64, 257])))
    scale = b.scale(-10, 2) if rng.random() < 0.8 else b.scale(-25, 12)
    return _unary(b, "log_softmax", shape, scale, b.zero_point(), 1 / 16, 127)


def l2_normalization(rng):
    b = Builder(rng)
    shape = (*_shape(b)[:3], int(rng.choice([1, 2, 3, 10, 64, 257])))
    options = {"fused_activation_function": "none"}
    return _unary(b, "l2_normalization", shape, b.scale(), b.zero_point(), 1 / 128, 0, options)


CURVES = {f.__name__: f for f in (hard_swish, elu, rsqrt, log_softmax, l2_normalization)}
