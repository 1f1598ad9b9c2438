"""Memory plans: TFLite Micro's own, to say what a board needs, and the host's."""

from __future__ import annotations

from collections.abc import Sequence

from .graph import Graph

__all__ = ["greedy_plan", "host_plan", "tflm_arena_bytes"]

_TFLM_ALIGNMENT = 16
_HOST_ALIGNMENT = 64

Buffer = tuple[int, int, int]


def _aligned(size: int, alignment: int) -> int:
    return (size + alignment - 1) // alignment * alignment


def greedy_plan(buffers: Sequence[Buffer]) -> tuple[list[int], int]:
    """Place buffers by TFLite Micro's greedy rule: the largest first, each into the first gap between those in use.

    Parameters
    ----------
    buffers : sequence of (bytes, first use, last use)
        Bytes already aligned; uses are inclusive.

    Returns
    -------
    offsets : list of int
    total : int
        The highest end.

    References
    ----------
    TFLite Micro ``memory_planner/greedy_memory_planner.cc``.
    """
    # The reference fills its list from the end and then sorts it stably: of equal sizes the later buffer comes first.
    order = sorted(range(len(buffers)), key=lambda i: (-buffers[i][0], -i))
    offsets = [0] * len(buffers)
    placed: list[int] = []
    for index in order:
        size, first, last = buffers[index]
        offset = 0
        for other in sorted(placed, key=lambda i: offsets[i]):
            other_size, other_first, other_last = buffers[other]
            if other_last < first or other_first > last:
                continue
            if offsets[other] - offset >= size:
                break
            offset = max(offset, offsets[other] + other_size)
        offsets[index] = offset
        placed.append(index)
    return offsets, max((offsets[i] + buffers[i][0] for i in range(len(buffers))), default=0)


def host_plan(buffers: Sequence[Buffer]) -> tuple[list[int], int]:
    """Place buffers for the host: by lifetime, every one aligned to 64 bytes.

    Parameters
    ----------
    buffers : sequence of (bytes, first use, last use)
        Uses are inclusive.

    Returns
    -------
    offsets : list of int
    total : int
    """
    return greedy_plan([(_aligned(size, _HOST_ALIGNMENT), first, last) for size, first, last in buffers])


def tflm_arena_bytes(graph: Graph, scratch: Sequence[tuple[int, int]] = ()) -> int:
    """Return the bytes of TFLite Micro's activation arena for a graph as its file has it.

    Parameters
    ----------
    graph : Graph
    scratch : sequence of (operator index, bytes)
        Buffers that kernels request for the time of one operator.

    Returns
    -------
    int
        The planned head: every tensor that is not constant, variable tensors excepted, inputs and outputs included,
        and `scratch`, 16-byte aligned. Without the interpreter's bookkeeping and persistent buffers.
    """
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    final = len(graph.operators)
    for index in graph.inputs:
        first[index] = last[index] = 0
    for position, operator in enumerate(graph.operators, 1):
        for index in operator.inputs:
            last[index] = position
        for index in operator.outputs:
            first.setdefault(index, position)
            last.setdefault(index, position)
    for index in graph.outputs:
        last[index] = final
    buffers = [
        (_aligned(tensor.nbytes, _TFLM_ALIGNMENT), first[index], last[index])
        for index, tensor in enumerate(graph.tensors)
        if index in first and tensor.data is None
    ]
    buffers += [(_aligned(size, _TFLM_ALIGNMENT), operator + 1, operator + 1) for operator, size in scratch]
    return greedy_plan(buffers)[1]
