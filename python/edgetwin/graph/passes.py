"""Simplifications at load: constant shape arithmetic is folded, operators that no output needs are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import ModelError
from ..types import Array
from .graph import DTYPES, Graph, Operator, Tensor
from .support import MAX_CONSTANT_BYTES

__all__ = ["FOLDED", "fold"]

#: Operators on more elements are left alone: shape arithmetic is tiny, and folding must stay cheap for a hostile file.
_MAX_ELEMENTS = 256
_INTEGERS = ("int32", "int64")
#: What TFLite Micro's ZEROS_LIKE makes.
_ZEROS = ("int8", "int32", "int64", "float32")


def fold(graph: Graph) -> tuple[Graph, tuple[int, ...]]:
    """Fold constant integer arithmetic and float16 weights, and find the operators that the outputs need.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    graph : Graph
        Same indices; folded tensors carry their value.
    live : tuple of int
        Operators that must run, in order.

    Raises
    ------
    ModelError : shape arithmetic that contradicts itself
    """
    tensors = list(graph.tensors)
    folded = set()
    folded_bytes = 0
    for index, operator in enumerate(graph.operators):
        room = MAX_CONSTANT_BYTES - folded_bytes
        value = _fold_operator(graph, tensors, operator, index, room)
        if value is None and operator.name == "dequantize":
            value = _widen_weights(tensors, operator, room)
        if value is None:
            continue
        folded_bytes += value.nbytes
        target = tensors[operator.outputs[0]]
        # Integers wrap, as in the reference kernels. (ascontiguousarray would give a scalar an axis.)
        value = value.astype(DTYPES[target.dtype], order="C")
        if value.shape != target.shape:
            raise ModelError(
                f"{graph.where(index)}: output {target.name!r} has shape {list(target.shape)}, "
                f"its inputs give {list(value.shape)}"
            )
        value.setflags(write=False)
        tensors[operator.outputs[0]] = replace(target, data=value)
        folded.add(index)
    needed = set(graph.outputs)
    live: list[int] = []
    for index in reversed(range(len(graph.operators))):
        operator = graph.operators[index]
        if index not in folded and needed.intersection(operator.outputs):
            live.append(index)
            needed.update(operator.inputs)
    return replace(graph, tensors=tuple(tensors)), tuple(reversed(live))


def _fold_operator(
    graph: Graph, tensors: list[Tensor], operator: Operator, index: int, most_bytes: int
) -> Array | None:
    """Return the value of an operator whose inputs are constant integers; None for others and for forms not known here.

    What is not folded is left to `check_supported`, which sees only operators that must run.
    """
    folder = FOLDED.get(operator.name)
    if folder is None or len(operator.outputs) != 1 or not operator.inputs or min(operator.inputs) < 0:
        return None
    target = tensors[operator.outputs[0]]
    inputs = [tensors[i] for i in operator.inputs]
    if operator.name == "zeros_like":
        return _zeros(inputs, target, most_bytes)
    if target.dtype not in _INTEGERS or target.quantization is not None or target.size > _MAX_ELEMENTS:
        return None
    if operator.name == "shape":
        return np.array(inputs[0].shape, np.int64)
    if sum(max(tensor.size, 1) for tensor in inputs) > _MAX_ELEMENTS:
        return None
    if any(t.data is None or t.dtype not in _INTEGERS or t.quantization is not None for t in inputs):
        return None
    values = [tensor.data for tensor in inputs if tensor.data is not None]
    if operator.name != "cast" and values[0].dtype != DTYPES[target.dtype]:
        raise ModelError(f"{graph.where(index)}: output {target.name!r} is {target.dtype}, its input {values[0].dtype}")
    try:
        with np.errstate(over="ignore"):
            return folder(values, operator.options, target.shape)
    except (ValueError, IndexError, KeyError) as error:
        raise ModelError(f"{graph.where(index)}: constant arithmetic fails: {error}") from error


def _zeros(inputs: Sequence[Tensor], target: Tensor, most_bytes: int) -> Array | None:
    """Return the value of ZEROS_LIKE, of at most `most_bytes`: codes of 0, wherever the zero point lies."""
    if len(inputs) != 1 or inputs[0].dtype != target.dtype or target.dtype not in _ZEROS:
        return None
    return np.zeros(inputs[0].shape, DTYPES[target.dtype]) if inputs[0].nbytes <= most_bytes else None


def _widen_weights(tensors: list[Tensor], operator: Operator, most_bytes: int) -> Array | None:
    """Return the float32 value of constant float16 weights of at most `most_bytes`, None for anything else."""
    if len(operator.inputs) != 1 or len(operator.outputs) != 1 or operator.inputs[0] < 0:
        return None
    source, target = tensors[operator.inputs[0]], tensors[operator.outputs[0]]
    if source.data is None or (source.dtype, target.dtype) != ("float16", "float32") or target.nbytes > most_bytes:
        return None
    return source.data.astype(np.float32)


Folder = Callable[[Sequence[Array], Mapping[str, Any], tuple[int, ...]], Array | None]


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


def _same_dtype(values: Sequence[Array]) -> None:
    _require(len({value.dtype for value in values}) == 1, "the operands differ in dtype")


def _elementwise(compute: Callable[[Array, Array], Array]) -> Folder:
    def fold_elementwise(values: Sequence[Array], options: Mapping[str, Any], shape: tuple[int, ...]) -> Array | None:
        if options["fused_activation_function"] != "none":
            return None
        x, y = values
        _same_dtype(values)
        _require(np.broadcast_shapes(x.shape, y.shape) == shape, f"{x.shape} and {y.shape} do not give {shape}")
        return np.asarray(compute(x, y))

    return fold_elementwise


def _strided_slice(values: Sequence[Array], options: Mapping[str, Any], shape: tuple[int, ...]) -> Array | None:
    if any(options[form] for form in ("ellipsis_mask", "new_axis_mask", "offset")):
        return None
    if options["begin_mask"] & options["shrink_axis_mask"]:
        return None
    data, begin, end, strides = values
    _require(begin.shape == end.shape == strides.shape and begin.ndim == 1, "begin, end and strides differ in shape")
    slices: list[slice | int] = []
    for axis in range(begin.size):
        bit = 1 << axis
        if options["shrink_axis_mask"] & bit:
            _require(bool(strides[axis] > 0), f"axis {axis} is shrunk and has stride {strides[axis]}")
            slices.append(int(begin[axis]))
        else:
            first = None if options["begin_mask"] & bit else int(begin[axis])
            last = None if options["end_mask"] & bit else int(end[axis])
            slices.append(slice(first, last, int(strides[axis])))
    return np.asarray(data[tuple(slices)])


def _pack(values: Sequence[Array], options: Mapping[str, Any], shape: tuple[int, ...]) -> Array:
    _require(
        options["values_count"] == len(values), f"values_count is {options['values_count']}, there are {len(values)}"
    )
    _same_dtype(values)
    return np.stack(values, axis=options["axis"])


def _concatenation(values: Sequence[Array], options: Mapping[str, Any], shape: tuple[int, ...]) -> Array | None:
    if options["fused_activation_function"] != "none":
        return None
    _same_dtype(values)
    return np.concatenate(values, axis=options["axis"])


def _gather(values: Sequence[Array], options: Mapping[str, Any], shape: tuple[int, ...]) -> Array | None:
    if options["batch_dims"] != 0:
        return None
    data, indices = values
    _require(bool((indices >= 0).all()), "an index is negative")
    return np.take(data, indices, axis=options["axis"])


def _reduce_prod(values: Sequence[Array], options: Mapping[str, Any], shape: tuple[int, ...]) -> Array:
    data, axes = values
    return np.asarray(
        np.prod(data, axis=tuple(int(axis) for axis in axes.reshape(-1)), keepdims=bool(options["keep_dims"]))
    )


def _cast(values: Sequence[Array], options: Mapping[str, Any], shape: tuple[int, ...]) -> Array:
    return values[0]


def _broadcast_args(values: Sequence[Array], options: Mapping[str, Any], shape: tuple[int, ...]) -> Array:
    x, y = values
    _same_dtype(values)
    _require(x.ndim == y.ndim == 1, f"the shapes have {x.ndim} and {y.ndim} axes")
    return np.array(np.broadcast_shapes(tuple(x), tuple(y)), x.dtype)


def _relabel(values: Sequence[Array], options: Mapping[str, Any], shape: tuple[int, ...]) -> Array:
    return values[0].reshape(shape)


#: Operators that are evaluated at load where their inputs are constant integers; SHAPE and ZEROS_LIKE of anything.
FOLDED: Mapping[str, Folder] = {
    "add": _elementwise(np.add),
    "broadcast_args": _broadcast_args,
    "cast": _cast,
    "concatenation": _concatenation,
    "expand_dims": _relabel,
    "gather": _gather,
    "mul": _elementwise(np.multiply),
    "pack": _pack,
    "reduce_prod": _reduce_prod,
    "reshape": _relabel,
    "shape": _cast,
    "squeeze": _relabel,
    "strided_slice": _strided_slice,
    "sub": _elementwise(np.subtract),
    "zeros_like": _cast,
}
