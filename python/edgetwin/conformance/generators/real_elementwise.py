"""Random float32 models of operators on elements, rows, axes and images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.random import Generator

from ...graph.graph import Graph, Tensor
from .arithmetic import broadcasting_shapes
from .movement import DTYPE_NUMBERS
from .operators import GENERATORS
from .real import RealBuilder

__all__ = ["ELEMENTWISE"]

#: Operators whose models are those of integers with other tensors: shapes, axes and options are the same.
SHARED_NAMES = (
    "abs", "add", "arg_max", "arg_min", "cumsum", "div", "elu", "equal", "greater", "greater_equal", "hard_swish",
    "l2_normalization", "leaky_relu", "less", "less_equal", "log_softmax", "logistic", "maximum", "mean", "minimum",
    "mul", "not_equal", "prelu", "reduce_max", "reduce_min", "relu", "relu6", "resize_bilinear", "rsqrt", "softmax",
    "squared_difference", "sub", "sum", "tanh",
)  # fmt: skip
#: Operators of one operand and no options, which have no int8 form.
UNARY_NAMES = (
    "ceil", "cos", "exp", "floor", "log", "neg", "relu_0_to_1", "relu_n1_to_1", "round", "sign", "sin", "sqrt",
    "square",
)  # fmt: skip


def _real(tensor: Tensor, rng: Generator) -> Tensor:
    """Return the tensor in float32; a constant with values that float32 has, some of them whole numbers or halves."""
    if tensor.quantization is None and tensor.dtype not in ("int8", "int16"):
        return tensor
    data = tensor.data
    if data is not None:
        data = rng.normal(0, 2, tensor.shape).astype(np.float32)
        data = np.asarray(np.rint(2 * data) / 2 if rng.random() < 0.3 else data, np.float32)
    return replace(tensor, dtype="float32", quantization=None, data=data)


def _shared(name: str, rng: Generator) -> Graph:
    graph = GENERATORS[name](rng)
    while graph.tensors[graph.operators[0].inputs[0]].dtype != "int8":
        graph = GENERATORS[name](rng)
    return replace(graph, tensors=tuple(_real(tensor, rng) for tensor in graph.tensors))


def _unary(name: str, rng: Generator) -> Graph:
    b = RealBuilder(rng)
    shape = (1, *(b.size() for _ in range(int(rng.integers(0, 5)))))
    return b.graph(name, [b.real_input(shape)], [b.real_output(shape)], {})


def _gelu(rng: Generator) -> Graph:
    b = RealBuilder(rng)
    # The form by tanh cancels below zero: a tensor of one such value would show nothing else.
    shape = (1, *(b.size() for _ in range(int(rng.integers(0, 3)))), int(rng.choice([13, 16, 17])))
    options = {"approximate": bool(rng.random() < 0.5)}
    return b.graph("gelu", [b.real_input(shape)], [b.real_output(shape)], options)


def _power(rng: Generator) -> Graph:
    b = RealBuilder(rng)
    shape, other = broadcasting_shapes(b)
    exponents = rng.integers(-3, 4, other) / rng.choice([1, 2])
    inputs = [b.real_input(shape), b.constant("exponents", exponents)]
    return b.graph("pow", inputs, [b.real_output(shape)], {})


def _cast(rng: Generator) -> Graph:
    b = RealBuilder(rng)
    shape = (1, b.size(), b.size())
    other = str(rng.choice(["int8", "uint8", "int16", "int32", "uint32", "int64", "bool"]))
    source, target = ("float32", other)
    if other in ("uint8", "int64", "bool") and rng.random() < 0.4:
        source, target = target, source
    options = {"in_data_type": DTYPE_NUMBERS[source], "out_data_type": DTYPE_NUMBERS[target]}
    return b.graph("cast", [b.input(shape, source)], [b.add("output", shape, target)], options)


def _reduce_prod(rng: Generator) -> Graph:
    graph = _shared("reduce_max", rng)
    return replace(graph, operators=(replace(graph.operators[0], name="reduce_prod"),))


#: Generator of one operator by name.
ELEMENTWISE: dict[str, Callable[[Generator], Graph]] = {name: partial(_shared, name) for name in SHARED_NAMES}
ELEMENTWISE |= {name: partial(_unary, name) for name in UNARY_NAMES}
ELEMENTWISE |= {"gelu": _gelu, "cast": _cast, "pow": _power, "reduce_prod": _reduce_prod}
