"""Random models of the element-wise arithmetic operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator

from ...graph.graph import Graph
from ...types import Array, Quantization
from .builder import ACTIVATIONS, Builder, affine

__all__ = ["GENERATORS", "broadcasting_shapes", "constant_values"]

CODES = ("int8", "int16")


def broadcasting_shapes(b: Builder) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the shapes of an output and of an operand that is repeated along some axes, or has fewer of them."""
    rng = b.rng
    rank = int(rng.integers(1, 7))
    shape = (1, *(b.size(13 if rank < 4 else 5) for _ in range(rank - 1)))
    other = tuple(1 if rng.random() < 0.3 else s for s in shape) if rng.random() < 0.6 else shape
    return shape, other[int(rng.integers(0, rank)) if rng.random() < 0.3 else 0 :]


def constant_values(rng: Generator, shape: Sequence[int], dtype: Any) -> Array:
    """Return values of the full range, or few values, so that many are equal."""
    if dtype == "float32":
        return rng.normal(0, 1, shape).astype(dtype)
    info = np.iinfo(dtype)
    if rng.random() < 0.7:
        values: Array = rng.integers(info.min, info.max, shape, dtype, endpoint=True)
        return values
    return rng.choice(np.array([info.min, -1, 0, 1, 2, info.max], dtype), shape)


def _operands(
    b: Builder, x_quantization: Quantization | None, y_quantization: Quantization | None
) -> tuple[list[int], tuple[int, ...]]:
    """Return two operands, in either order, one of which may be a constant, and the output's shape."""
    rng = b.rng
    shape, other = broadcasting_shapes(b)
    x = b.input(shape, quantization=x_quantization)
    if other == shape and rng.random() < 0.5:
        y = b.input(other, quantization=y_quantization)
    else:
        y = b.add("constant", other, b.dtype, y_quantization, constant_values(rng, other, b.dtype))
    return ([x, y] if rng.random() < 0.7 else [y, x]), shape


def _activation(rng: Generator) -> dict[str, Any]:
    return {"fused_activation_function": str(rng.choice(ACTIVATIONS))}


def _numbers(b: Builder, name: str, options: dict[str, Any]) -> Graph:
    """Return a model on int32 numbers, which have no quantization."""
    inputs, shape = _operands(b, None, None)
    return b.graph(name, inputs, [b.add("output", shape)], options, 2)


def _binary(
    rng: Generator,
    name: str,
    output_scale: Callable[[Builder, float, float], float],
    options: dict[str, Any] | None = None,
) -> Graph:
    b = Builder(rng, (*CODES, "int32"))
    options = _activation(rng) if options is None else options
    if b.dtype == "int32":
        return _numbers(b, name, options)
    x_scale, y_scale = b.scale(), b.scale()
    inputs, shape = _operands(b, affine(x_scale, b.zero_point()), affine(y_scale, b.zero_point()))
    y = b.add("output", shape, quantization=affine(output_scale(b, x_scale, y_scale), b.zero_point()))
    return b.graph(name, inputs, [y], options, 2)


def _sum_scale(b: Builder, x_scale: float, y_scale: float) -> float:
    # Sums of int16 have 15 more bits, of int8 20: the output's scale may not be smaller.
    return float(max(x_scale, y_scale) * 2.0 ** b.rng.uniform(-4, 3))


def _product_scale(b: Builder, x_scale: float, y_scale: float) -> float:
    """Return an effective scale: mostly ordinary, sometimes for shifts down to -31 and up to +20."""
    rng, bits = b.rng, {"int8": 12, "int16": 20}[b.dtype]
    return float(x_scale * y_scale / 2.0 ** (rng.uniform(-31, 20) if rng.random() < 0.25 else rng.uniform(-bits, 0)))


def _square_scale(b: Builder, x_scale: float, y_scale: float) -> float:
    low, high = {"int8": (-3, 9), "int16": (-3, 17)}[b.dtype]
    return float(max(x_scale, y_scale) ** 2 * 2.0 ** b.rng.uniform(low, high))


def _add(rng: Generator) -> Graph:
    return _binary(rng, "add", _sum_scale, _activation(rng) | {"pot_scale_int16": bool(rng.random() < 0.5)})


def _sub(rng: Generator) -> Graph:
    return _binary(rng, "sub", _sum_scale, _activation(rng) | {"pot_scale_int16": bool(rng.random() < 0.5)})


def _mul(rng: Generator) -> Graph:
    return _binary(rng, "mul", _product_scale)


def _squared_difference(rng: Generator) -> Graph:
    return _binary(rng, "squared_difference", _square_scale, {})


def _extremum(rng: Generator, name: str) -> Graph:
    b = Builder(rng, (*CODES, "int32", "int64"))
    quantization = affine(b.scale(), b.zero_point()) if b.dtype in CODES else None
    inputs, shape = _operands(b, quantization, quantization)
    return b.graph(name, inputs, [b.add("output", shape, quantization=quantization)], {}, 2)


def _maximum(rng: Generator) -> Graph:
    return _extremum(rng, "maximum")


def _minimum(rng: Generator) -> Graph:
    return _extremum(rng, "minimum")


def _div_numbers(b: Builder) -> Graph:
    """Return a division of integers. Divisors of 0 end the wheel's process, as -1 does for the lowest number."""
    rng = b.rng
    shape, other = broadcasting_shapes(b)
    x = b.input(shape)
    most = 2 ** int(rng.integers(1, 31))
    divisors = (rng.integers(1, most, other, endpoint=True) * rng.choice([-1, 1], other)).astype(np.int32)
    divisors[divisors == -1] = -2
    y = b.add("constant", other, b.dtype, None, divisors)
    return b.graph("div", [x, y], [b.add("output", shape)], _activation(rng), 2)


def _div(rng: Generator) -> Graph:
    b = Builder(rng, ("int8", "int32"))
    if b.dtype == "int32":
        return _div_numbers(b)
    x_scale, y_scale = b.scale(), b.scale()
    inputs, shape = _operands(b, affine(x_scale, b.zero_point()), affine(y_scale, b.zero_point()))
    divisor = b.tensors[inputs[1]]
    low = 7
    if divisor.data is not None and rng.random() < 0.5:
        # A constant of small divisors, for which smaller scales are defined, too.
        low = int(rng.integers(0, 7))
        zero_point = int(b.quantization_of(inputs[1]).zero_point[0])
        limit = 2 ** (low + 1) - 1
        codes = rng.integers(max(-128, zero_point - limit), min(127, zero_point + limit), divisor.shape, endpoint=True)
        divisor.data[...] = codes
    # Shifts from `low` to 22.
    x_scale, y_scale = (float(b.quantization_of(index).scale[0]) for index in inputs)
    output_scale = x_scale / (y_scale * 2.0 ** rng.uniform(low - 0.99, 21.99 if rng.random() < 0.3 else low + 1))
    y = b.add("output", shape, quantization=affine(output_scale, b.zero_point()))
    return b.graph("div", inputs, [y], _activation(rng), 2)


def _unary(rng: Generator, name: str, options: dict[str, Any]) -> Graph:
    b = Builder(rng, CODES)
    shape = (1, *(b.size() for _ in range(int(rng.integers(0, 4)))))
    scale = b.scale()
    x = b.input(shape, quantization=affine(scale, b.zero_point()))
    output_scale = scale if rng.random() < 0.3 else scale / b.effective()
    y = b.add("output", shape, quantization=affine(output_scale, b.zero_point()))
    return b.graph(name, [x], [y], options, 2)


def _relu(rng: Generator) -> Graph:
    return _unary(rng, "relu", {})


def _relu6(rng: Generator) -> Graph:
    b = Builder(rng, CODES)
    quantization, shape = affine(b.scale(-14, 1), b.zero_point()), (1, b.size(), b.size())
    x = b.input(shape, quantization=quantization)
    return b.graph("relu6", [x], [b.add("output", shape, quantization=quantization)], {}, 2)


def _leaky_relu(rng: Generator) -> Graph:
    alpha = float(np.float32(rng.choice([0.0, 0.01, 0.2, 0.3, 1.0, 1.5, -0.5, 1e-6, 2.0 ** rng.uniform(-9, 3)])))
    return _unary(rng, "leaky_relu", {"alpha": alpha})


def _abs(rng: Generator) -> Graph:
    return _unary(rng, "abs", {})


def _prelu(rng: Generator) -> Graph:
    """Return a model whose alpha is int8 with int16 activations, too."""
    b = Builder(rng, CODES)
    x_scale, alpha_scale = b.scale(), b.scale(-9, -3)
    quantization = affine(x_scale, b.zero_point())
    alpha_quantization = affine(alpha_scale, int(rng.integers(-128, 128)))
    if rng.random() < 0.6:
        # What converters write: one alpha a channel.
        shape: tuple[int, ...] = (1, b.size(), b.size(), b.size())
        other: tuple[int, ...] = (1, 1, shape[3])
    else:
        shape, other = broadcasting_shapes(b)
        if rng.random() < 0.2:
            shape, other = other, shape
    if shape[:1] == (1,):
        x = b.input(shape, quantization=quantization)
    else:
        x = b.add("constant", shape, b.dtype, quantization, constant_values(rng, shape, b.dtype))
    if b.inputs and (other != shape or rng.random() < 0.5):
        alpha = b.add("alpha", other, "int8", alpha_quantization, constant_values(rng, other, "int8"))
    else:
        alpha = b.input(other, "int8", alpha_quantization)
    output_scale = x_scale * (1.0 if rng.random() < 0.3 else 2.0 ** rng.uniform(-6, 6))
    shape = np.broadcast_shapes(shape, other)
    y = b.add("output", shape, quantization=affine(output_scale, b.zero_point()))
    return b.graph("prelu", [x, alpha], [y], {}, 1)


#: Every generator of this family.
GENERATORS: dict[str, Callable[[Generator], Graph]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "maximum": _maximum,
    "minimum": _minimum,
    "squared_difference": _squared_difference,
    "div": _div,
    "leaky_relu": _leaky_relu,
    "prelu": _prelu,
    "relu": _relu,
    "relu6": _relu6,
}
GENERATORS["abs"] = _abs
