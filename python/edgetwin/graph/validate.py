"""Structural checks of a graph: values fit their tensors, indices exist, every tensor is made before it is read."""

from __future__ import annotations

from ..errors import ModelError, UnsupportedError
from .graph import DTYPES, Graph, Tensor

__all__ = ["validate"]


def validate(graph: Graph) -> None:
    """Check a graph's tensors, indices and the order of its operators.

    Parameters
    ----------
    graph : Graph

    Raises
    ------
    ModelError : a value or quantization that does not fit its tensor, a dangling index, a tensor made twice, or one
        read before it is made (a cycle)
    UnsupportedError : an int4 tensor that is no constant
    """
    for index, tensor in enumerate(graph.tensors):
        _check_tensor(tensor, f"tensor {index} ({tensor.name!r})")
    _check_operators(graph)


def _check_tensor(tensor: Tensor, where: str) -> None:
    if tensor.dtype not in DTYPES:
        raise ModelError(f"{where} has dtype {tensor.dtype!r}, accepted are {', '.join(DTYPES)}")
    if any(dim < 0 for dim in tensor.shape):
        raise ModelError(f"{where} has shape {list(tensor.shape)}, sizes are at least 0")
    data = tensor.data
    if data is not None and (data.shape != tensor.shape or data.dtype != DTYPES[tensor.dtype]):
        raise ModelError(
            f"{where} is {tensor.dtype} {list(tensor.shape)}, its value is {data.dtype} {list(data.shape)}"
        )
    if tensor.dtype == "int4":
        if data is None:
            raise UnsupportedError(f"{where} is int4 without a value, accepted are int4 constants")
        if data.size and not (data.min() >= -8 and data.max() <= 7):
            raise ModelError(f"{where} is int4 with values from {data.min()} to {data.max()}, accepted are -8 to 7")
    quantization = tensor.quantization
    if quantization is None:
        return
    scales, axis = quantization.scale.size, quantization.quantized_dimension
    if scales == 0 or quantization.zero_point.size != scales:
        raise ModelError(f"{where} has {scales} scales and {quantization.zero_point.size} zero points")
    if scales > 1 and not (0 <= axis < len(tensor.shape) and tensor.shape[axis] == scales):
        raise ModelError(f"{where} has shape {list(tensor.shape)} and {scales} scales along axis {axis}")


def _check_operators(graph: Graph) -> None:
    count = len(graph.tensors)

    def check(index: int, where: str) -> None:
        if not 0 <= index < count:
            raise ModelError(f"{where} names tensor {index}, the model has {count}")

    made: dict[int, str] = {}
    for index in graph.inputs:
        check(index, "the list of inputs")
        tensor = graph.tensors[index]
        if tensor.data is not None or tensor.is_variable:
            raise ModelError(f"input {tensor.name!r} is a constant or a variable tensor")
        if index in made:
            raise ModelError(f"tensor {index} ({tensor.name!r}) is an input twice")
        made[index] = "an input of the model"
    for position, operator in enumerate(graph.operators):
        where = graph.where(position)
        for index in operator.inputs:
            if index == -1:
                continue
            check(index, where)
            tensor = graph.tensors[index]
            if tensor.data is None and not tensor.is_variable and index not in made:
                raise ModelError(
                    f"{where} reads tensor {index} ({tensor.name!r}), which no input or operator before it produces"
                )
        if not operator.outputs:
            raise ModelError(f"{where} has no output")
        for index in operator.outputs:
            check(index, where)
            tensor = graph.tensors[index]
            if tensor.data is not None or tensor.is_variable:
                raise ModelError(f"{where} writes to tensor {index} ({tensor.name!r}), a constant or variable")
            if index in made:
                raise ModelError(f"{where} writes to tensor {index} ({tensor.name!r}), already {made[index]}")
            made[index] = f"written by {where}"
        for index in operator.intermediates:
            check(index, f"{where}, intermediates")
    if not graph.outputs:
        raise ModelError("the model has no outputs")
    for index in graph.outputs:
        check(index, "the list of outputs")
        tensor = graph.tensors[index]
        if index not in made and tensor.data is None:
            raise ModelError(f"output {tensor.name!r} is produced by no operator")
