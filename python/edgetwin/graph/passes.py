"""Simplifications at load: constant shape arithmetic is folded, operators that no output needs are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from ..errors import ModelError
from ..types import Array
from .graph import DTYPES, Graph, Operator, Tensor

__all__ = ["FOLDED", "fold"]

#: Constants above this are left alone: shape arithmetic is tiny, and folding must not allocate for a hostile file.
_MAX_ELEMENTS = 1024


def fold(graph: Graph) -> tuple[Graph, tuple[int, ...]]:
    """Fold constant integer arithmetic and find the operators that the outputs need.

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
    for index, operator in enumerate(graph.operators):
        value = _fold_operator(graph, tensors, operator, index)
        if value is None:
            continue
        target = tensors[operator.outputs[0]]
        value = np.ascontiguousarray(value.astype(DTYPES[target.dtype]))
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


def _fold_operator(graph: Graph, tensors: list[Tensor], operator: Operator, index: int) -> Array | None:
    """Return the value of an operator whose inputs are constant integers, else None."""
    folder = FOLDED.get(operator.name)
    if folder is None or len(operator.outputs) != 1 or not operator.inputs:
        return None
    target = tensors[operator.outputs[0]]
    if target.dtype not in ("int32", "int64") or target.size > _MAX_ELEMENTS:
        return None
    inputs = [tensors[i] if i >= 0 else None for i in operator.inputs]
    if operator.name == "shape":
        return None if inputs[0] is None else np.array(inputs[0].shape, np.int64)
    values: list[Array] = []
    for tensor in inputs:
        if tensor is None or tensor.data is None or tensor.dtype not in ("int32", "int64"):
            return None
        if tensor.size > _MAX_ELEMENTS or tensor.quantization is not None:
            return None
        values.append(tensor.data)
    try:
        return folder(values, operator.options)
    except (ValueError, IndexError, KeyError) as error:
        raise ModelError(f"{graph.where(index)}: constant arithmetic fails: {error}") from error


def _strided_slice(values: list[Array], options: Mapping[str, int]) -> Array:
    data, begin, end, strides = values
    if options["ellipsis_mask"] or options["new_axis_mask"] or options["offset"]:
        raise ValueError("ellipsis, new-axis and offset forms are not folded")
    slices: list[slice | int] = []
    for axis in range(begin.size):
        bit = 1 << axis
        if options["shrink_axis_mask"] & bit:
            slices.append(int(begin[axis]))
        else:
            first = None if options["begin_mask"] & bit else int(begin[axis])
            last = None if options["end_mask"] & bit else int(end[axis])
            slices.append(slice(first, last, int(strides[axis])))
    return np.asarray(data[tuple(slices)])


def _reduce_prod(values: list[Array], options: Mapping[str, int]) -> Array:
    axes = tuple(int(axis) for axis in values[1].reshape(-1))
    return np.asarray(np.prod(values[0], axis=axes, keepdims=bool(options.get("keep_dims", False))))


#: Operators that are evaluated at load where their inputs are constant integers.
FOLDED: Mapping[str, Callable[[list[Array], Mapping[str, int]], Array]] = {
    "shape": lambda values, options: values[0],
    "pack": lambda values, options: np.stack(values, axis=options["axis"]),
    "strided_slice": _strided_slice,
    "concatenation": lambda values, options: np.concatenate(values, axis=options["axis"]),
    "gather": lambda values, options: np.take(values[0], values[1], axis=options["axis"]),
    "cast": lambda values, options: values[0],
    "add": lambda values, options: values[0] + values[1],
    "sub": lambda values, options: values[0] - values[1],
    "mul": lambda values, options: values[0] * values[1],
    "reduce_prod": _reduce_prod,
}
