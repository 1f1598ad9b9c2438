"""Structural checks of a graph: every index exists, every tensor is made once and before it is read."""

from __future__ import annotations

from ..errors import ModelError
from .graph import Graph

__all__ = ["validate"]


def validate(graph: Graph) -> None:
    """Check a graph's indices and the order of its operators.

    Parameters
    ----------
    graph : Graph

    Raises
    ------
    ModelError : a dangling index, a tensor made twice, or one read before it is made (a cycle)
    """
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
