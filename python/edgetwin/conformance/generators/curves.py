"""Random models of hard_swish, elu, rsqrt, log_softmax and l2_normalization."""

from __future__ import annotations

from typing import Any

from numpy.random import Generator

from ...graph.graph import Graph
from .builder import Builder, affine

__all__ = ["CURVES"]


def _unary(
    b: Builder,
    name: str,
    shape: tuple[int, ...],
    input_scale: float,
    input_zero_point: int,
    output_scale: float,
    output_zero_point: int,
    options: dict[str, Any] | None = None,
) -> Graph:
    x = b.input(shape, quantization=affine(input_scale, input_zero_point))
    y = b.add("output", shape, quantization=affine(output_scale, output_zero_point))
    return b.graph(name, [x], [y], options or {})


def _shape(b: Builder) -> tuple[int, ...]:
    return (1, *(b.size() for _ in range(int(b.rng.integers(0, 4)))))


def _hard_swish(rng: Generator) -> Graph:
    b = Builder(rng)
    # Ordinary scales, or any that keep the output's multiplier below 1.
    if rng.random() < 0.7:
        scale = b.scale(-9, 1)
        ratio = 2.0 ** rng.uniform(-3, 2)
    else:
        scale = b.scale(-30, 20)
        ratio = 2.0 ** rng.uniform(-6.9, 30)
    return _unary(b, "hard_swish", _shape(b), scale, b.zero_point(), scale * ratio, b.zero_point())


def _elu(rng: Generator) -> Graph:
    b = Builder(rng)
    scale = b.scale(-12, 4)
    output = 1 / 128 if rng.random() < 0.3 else scale * 2.0 ** rng.uniform(-6, 3)
    return _unary(b, "elu", _shape(b), scale, b.zero_point(), output, b.zero_point())


def _rsqrt(rng: Generator) -> Graph:
    """Return a model with, mostly, the lowest zero point of int8: the wheel stops at a code below it."""
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


def _log_softmax(rng: Generator) -> Graph:
    b = Builder(rng)
    shape = (*_shape(b)[:3], int(rng.choice([1, 2, 3, 10, 64, 257])))
    scale = b.scale(-10, 2) if rng.random() < 0.8 else b.scale(-25, 12)
    return _unary(b, "log_softmax", shape, scale, b.zero_point(), 1 / 16, 127)


def _l2_normalization(rng: Generator) -> Graph:
    b = Builder(rng)
    shape = (*_shape(b)[:3], int(rng.choice([1, 2, 3, 10, 64, 257])))
    options = {"fused_activation_function": "none"}
    return _unary(b, "l2_normalization", shape, b.scale(), b.zero_point(), 1 / 128, 0, options)


CURVES = {
    "hard_swish": _hard_swish,
    "elu": _elu,
    "rsqrt": _rsqrt,
    "log_softmax": _log_softmax,
    "l2_normalization": _l2_normalization,
}
