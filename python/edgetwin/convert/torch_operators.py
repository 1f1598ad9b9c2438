"""PyTorch's ATen operators -> operators of a graph, channels last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..types import Array
from .layout import Value, concatenated, identity, permuted, reshaped, to_layout
from .torch_call import Lowering
from .torch_windows import WINDOWED

__all__ = ["OPERATORS", "PASSING", "UNARY"]


def _linear(call: Lowering) -> Value:
    value, weights = call.value(), call.parameter("weight")
    value = value if value.order is not None else to_layout(call.builder, value, identity(len(value.shape)))
    if value.order is not None:
        weights = weights[:, value.order]
    index = call.builder.fully_connected(value.index, weights, call.constant("bias"), name=call.name)
    return Value(index, call.builder.shape(index), identity(len(value.shape)))


def _reduction(kind: str) -> Callable[[Lowering], Value]:
    def lower(call: Lowering) -> Value:
        value, rank = call.value(), len(call.value().shape)
        if value.order is not None:
            value = to_layout(call.builder, value, value.axes)
        dims = call.arguments.get("dim")
        dims = list(range(rank)) if dims is None or dims == [] else [dims] if isinstance(dims, int) else dims
        dims = [dim % rank for dim in dims]
        keep = bool(call.arguments.get("keepdim", False))
        reduce = call.builder.mean if kind == "mean" else call.builder.reduce_max
        index = reduce(value.index, [value.axes.index(dim) for dim in dims], keep_dims=keep, name=call.name)
        if keep:
            return Value(index, tuple(1 if d in dims else size for d, size in enumerate(value.shape)), value.axes)
        left = [axis for axis in range(rank) if axis not in dims]
        axes = tuple(left.index(axis) for axis in value.axes if axis in left)
        return Value(index, tuple(value.shape[axis] for axis in left), axes)

    return lower


def _binary(kind: str) -> Callable[[Lowering], Value]:
    def lower(call: Lowering) -> Value:
        first, second = call["self"], call["other"]
        if call.arguments.get("alpha", 1) != 1:
            raise call.refuse("alpha is not converted, accepted is 1")
        values = [value for value in (first, second) if isinstance(value, Value)]
        largest = max(values, key=lambda value: len(value.shape))
        ordered = any(value.order is not None for value in values)
        if ordered and not all(_same_order(largest, value) for value in values):
            values = [to_layout(call.builder, value, value.axes) for value in values]
            largest = max(values, key=lambda value: len(value.shape))
        indices = []
        rest = iter(values)
        for operand in (first, second):
            if not isinstance(operand, Value):
                array = np.asarray(operand, np.float32)
                array = largest.arranged(array) if array.ndim else array.reshape(1)
                indices.append(call.builder.constant(f"{call.name}/constant", _squeezed(array)))
                continue
            value = next(rest)
            if len(value.shape) < len(largest.shape):
                shape = (1,) * (len(largest.shape) - len(value.shape)) + value.shape
                value = reshaped(call.builder, value, shape, f"{call.name}/broadcast")
            indices.append((value if value.order is not None else to_layout(call.builder, value, largest.axes)).index)
        index = call.builder.binary(kind, indices[0], indices[1], name=call.name)
        stored = call.builder.shape(index)
        shape = tuple(stored[largest.axes.index(axis)] for axis in range(len(stored)))
        return Value(index, shape, largest.axes, largest.order)

    return lower


def _squeezed(array: Array) -> Array:
    """Drop leading axes of size 1, as TFLite's converter writes what broadcasts."""
    while array.ndim > 1 and array.shape[0] == 1:
        array = array[0]
    return array


def _same_order(a: Value, b: Value) -> bool:
    if a.order is None or b.order is None:
        return a.order is b.order
    return a.shape == b.shape and np.array_equal(a.order, b.order)


def _softmax(kind: str) -> Callable[[Lowering], Value]:
    def lower(call: Lowering) -> Value:
        value, rank = call.value(), len(call.value().shape)
        dim = call["dim"] % rank
        if value.order is not None and dim != rank - 1:
            value = to_layout(call.builder, value, value.axes)
        if value.order is None:
            others = [axis for axis in value.axes if axis != dim]
            value = to_layout(call.builder, value, (*others, dim))
        if kind == "softmax":
            return value.with_index(call.builder.softmax(value.index, name=call.name))
        return value.with_index(call.builder.unary("log_softmax", value.index, name=call.name))

    return lower


def _clamp(call: Lowering) -> Value:
    low, high = (call.arguments.get(key, call.arguments.get(other)) for key, other in _LIMITS)
    value = call.value()
    kind = {(0, None): "relu", (0, 6): "relu6", (-1, 1): "relu_n1_to_1"}.get((low, high))
    if kind is not None:
        return value.with_index(call.builder.unary(kind, value.index, name=call.name))
    index = value.index
    for operator, limit in (("maximum", low), ("minimum", high)):
        if limit is not None:
            constant = call.builder.constant(f"{call.name}/{operator}", [limit])
            index = call.builder.binary(operator, index, constant, name=call.name)
    return value.with_index(index)


_LIMITS = (("min_val", "min"), ("max_val", "max"))


def _unary(kind: str) -> Callable[[Lowering], Value]:
    def lower(call: Lowering) -> Value:
        options = {"alpha": float(call.arguments.get("negative_slope", 0.01))} if kind == "leaky_relu" else {}
        if kind == "gelu":
            options = {"approximate": call.arguments.get("approximate") == "tanh"}
        if kind == "elu" and (call.arguments.get("alpha", 1), call.arguments.get("scale", 1)) != (1, 1):
            raise call.refuse("alpha is not converted, accepted is 1")
        return call.value().with_index(call.builder.unary(kind, call.value().index, name=call.name, **options))

    return lower


def _silu(call: Lowering) -> Value:
    x = call.value()
    gate = call.builder.unary("logistic", x.index, name=f"{call.name}/logistic")
    return x.with_index(call.builder.binary("mul", x.index, gate, name=call.name))


def _prelu(call: Lowering) -> Value:
    value, weight = call.value(), call.parameter("weight")
    if weight.size > 1:
        weight = weight.reshape(-1, *[1] * (len(value.shape) - 2))
    slopes = np.broadcast_to(weight, (1, value.shape[1], *[1] * (len(value.shape) - 2)))
    alpha = call.builder.constant(f"{call.name}/alpha", value.arranged(slopes)[0])
    index = call.builder.operator("prelu", [value.index, alpha], value.stored, {}, name=call.name)
    return value.with_index(index)


def _pad(call: Lowering) -> Value:
    value, pads = call.value(), list(call["pad"])
    if call.arguments.get("mode", "constant") != "constant" or min(pads) < 0:
        raise call.refuse("padding is converted in mode constant, of sizes that are not negative")
    value = to_layout(call.builder, value, value.axes)
    pairs = [(0, 0)] * len(value.shape)
    for place in range(len(pads) // 2):
        pairs[len(pairs) - 1 - place] = (pads[2 * place], pads[2 * place + 1])
    amount = call.arguments.get("value")
    stored = [pairs[axis] for axis in value.axes]
    index = call.builder.pad(value.index, stored, 0.0 if amount is None else float(amount), name=call.name)
    shape = tuple(size + sum(pair) for size, pair in zip(value.shape, pairs, strict=True))
    return Value(index, shape, value.axes)


def _slice(call: Lowering) -> Value:
    value = to_layout(call.builder, call.value(), call.value().axes)
    dim = call.arguments.get("dim", 0) % len(value.shape)
    size = value.shape[dim]
    if call.arguments.get("step", 1) != 1:
        raise call.refuse("a slice with a step is not converted, accepted is 1")
    first, last, _ = slice(call.arguments.get("start"), call.arguments.get("end")).indices(size)
    if (first, last) == (0, size):
        return value
    begin, end = [0] * len(value.shape), list(value.stored)
    begin[value.axes.index(dim)], end[value.axes.index(dim)] = first, last
    index = call.builder.strided_slice(value.index, begin, end, name=call.name)
    shape = tuple(last - first if axis == dim else each for axis, each in enumerate(value.shape))
    return Value(index, shape, value.axes)


def _view(call: Lowering) -> Value:
    # The shape was worked out by PyTorch when it traced.
    return reshaped(call.builder, call.value(), call["traced_shape"], call.name)


def _permute(call: Lowering) -> Value:
    value = call.value()
    if value.order is not None:
        value = to_layout(call.builder, value, value.axes)
    rank = len(value.shape)
    if "dims" in call.arguments:
        return permuted(value, call["dims"])
    dims = list(range(rank))
    if rank == 2 and "dim0" not in call.arguments:
        return permuted(value, (1, 0))
    first, second = call["dim0"] % rank, call["dim1"] % rank
    dims[first], dims[second] = second, first
    return permuted(value, dims)


def _concatenation(call: Lowering) -> Value:
    parts = list(call["tensors"])
    if not all(isinstance(part, Value) for part in parts):
        raise call.refuse("a constant cannot be joined to what depends on the model's input")
    return concatenated(call.builder, parts, call.arguments.get("dim", 0), call.name)


def _same(call: Lowering) -> Value:
    return call.value()


#: Of each element for itself.
UNARY: Mapping[str, Callable[[Lowering], Value]] = {
    **{kind: _unary(kind) for kind in ("relu", "relu6", "tanh", "elu", "leaky_relu", "gelu", "abs", "exp", "neg")},
    **{kind: _unary(kind) for kind in ("log", "sqrt", "rsqrt", "floor", "ceil", "sin", "cos")},
    "sigmoid": _unary("logistic"),
    "hardswish": _unary("hard_swish"),
    "hardtanh": _clamp,
    "clamp": _clamp,
    "silu": _silu,
    "prelu": _prelu,
}
#: That change nothing when a network is used, not trained.
PASSING = ("clone", "dropout", "feature_dropout", "alpha_dropout", "contiguous", "detach", "alias", "lift_fresh_copy")
#: Everything else: PyTorch's name of an operator -> the function that lowers it.
OPERATORS: Mapping[str, Callable[[Lowering], Any]] = {
    **UNARY,
    **WINDOWED,
    **dict.fromkeys(PASSING, _same),
    "linear": _linear,
    **{kind: _binary(kind) for kind in ("add", "sub", "mul", "div", "maximum", "minimum")},
    **{kind: _softmax(kind) for kind in ("softmax", "log_softmax")},
    "mean": _reduction("mean"),
    "amax": _reduction("max"),
    **dict.fromkeys(("view", "reshape", "_unsafe_view", "flatten", "squeeze", "unsqueeze"), _view),
    **dict.fromkeys(("permute", "transpose", "t"), _permute),
    "cat": _concatenation,
    **dict.fromkeys(("pad", "constant_pad_nd"), _pad),
    "slice": _slice,
}
