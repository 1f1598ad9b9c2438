"""Memory plans: TFLite Micro's own, to say what a board needs, and the host's."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ModelError
from .graph import DTYPES, Graph, Operator

__all__ = [
    "HOST_ALIGNMENT",
    "Placed",
    "aligned",
    "greedy_plan",
    "host_plan",
    "scratch_bytes",
    "tflm_arena_bytes",
    "tflm_plan",
]

#: Bytes: a cache line, and the widest vector.
HOST_ALIGNMENT = 64
_TFLM_ALIGNMENT = 16
_INT = 4
_LONG = 8

Buffer = tuple[int, int, int]


def aligned(size: int, alignment: int) -> int:
    """Return the first multiple of `alignment` that is not below `size`."""
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
    count = len(buffers)
    sizes, first, last = np.array(buffers, np.int64).reshape(count, 3).T
    # The reference fills its list from the end and then sorts it stably: of equal sizes the later buffer comes first.
    order = sorted(range(count), key=lambda i: (-buffers[i][0], -i))
    offsets = np.zeros(count, np.int64)
    placed = np.empty(count, np.int64)  # indices of buffers, by offset
    for number, index in enumerate(order):
        before = placed[:number]
        active = before[(first[before] <= last[index]) & (last[before] >= first[index])]
        offset = 0
        if active.size:
            starts = offsets[active]
            # Where the space in use before each buffer ends, and after the last.
            ends = np.concatenate(([0], np.maximum.accumulate(starts + sizes[active])))
            fits = np.flatnonzero(starts - ends[:-1] >= sizes[index])
            offset = int(ends[fits[0]] if fits.size else ends[-1])
        offsets[index] = offset
        at = int(np.searchsorted(offsets[before], offset, side="right"))
        placed[at + 1 : number + 1] = placed[at:number].copy()
        placed[at] = index
    return [int(offset) for offset in offsets], int((offsets + sizes).max(initial=0))


def host_plan(buffers: Sequence[Buffer]) -> tuple[list[int], int]:
    """Place buffers for the host: by lifetime, every one aligned to `HOST_ALIGNMENT`.

    Parameters
    ----------
    buffers : sequence of (bytes, first use, last use)
        Uses are inclusive.

    Returns
    -------
    offsets : list of int
    total : int
    """
    return greedy_plan([(aligned(size, HOST_ALIGNMENT), first, last) for size, first, last in buffers])


@dataclass(frozen=True)
class Placed:
    """A buffer in TFLite Micro's arena.

    Attributes
    ----------
    tensor : int or None
        None for scratch.
    offset, size : int
        Bytes.
    first, last : int
        The first and the last operator that use it, by index; -1 is the time before them, when inputs are written.
    """

    tensor: int | None
    offset: int
    size: int
    first: int
    last: int


def tflm_plan(graph: Graph) -> list[Placed]:
    """Return where TFLite Micro puts each buffer of its activation arena.

    Parameters
    ----------
    graph : Graph
        As read from its file, or folded: TFLite Micro does not fold, so folded tensors are counted all the same.

    Returns
    -------
    list of Placed
        The planned head: every tensor that is neither constant nor variable, inputs, outputs and dead ones included,
        and the kernels' scratch, 16-byte aligned. Without the interpreter's own bookkeeping and persistent buffers
        (variable tensors among them). A plan made offline, in the file's metadata, is not read.

    Raises
    ------
    ModelError : an operator that no output needs, so that nothing has checked it, is malformed

    References
    ----------
    TFLite Micro ``micro_allocation_info.cc``, ``micro_allocator.cc``.
    """
    # A tensor that nothing touches is planned too, for the time before the start.
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    produced: set[int] = set()
    for index in graph.inputs:
        first[index] = last[index] = 0
    for position, operator in enumerate(graph.operators, 1):
        produced.update(operator.outputs)
        for index in operator.outputs:
            first[index] = position
        for index in (*operator.inputs, *operator.outputs):
            last[index] = position
    for index in graph.outputs:
        last[index] = len(graph.operators)
    owners: list[int | None] = [
        index
        for index, tensor in enumerate(graph.tensors)
        if (tensor.data is None or index in produced) and not tensor.is_variable and tensor.nbytes
    ]
    buffers = [
        (aligned(graph.tensors[index].nbytes, _TFLM_ALIGNMENT), first.get(index, -1), last.get(index, -1))
        for index in owners
        if index is not None
    ]
    for position, operator in enumerate(graph.operators, 1):
        try:
            sizes = scratch_bytes(graph, operator)
        except (IndexError, KeyError, ZeroDivisionError) as error:
            raise ModelError(f"{graph.where(position - 1)}: malformed, TFLite Micro would refuse it") from error
        buffers += [(aligned(size, _TFLM_ALIGNMENT), position, position) for size in sizes]
        owners += [None] * len(sizes)
    offsets, _ = greedy_plan(buffers)
    return [
        Placed(owner, offset, size, start - 1, end - 1)
        for owner, offset, (size, start, end) in zip(owners, offsets, buffers, strict=True)
    ]


def tflm_arena_bytes(graph: Graph) -> int:
    """Return the bytes of TFLite Micro's activation arena: the highest end in `tflm_plan`.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    int

    Raises
    ------
    ModelError : as in `tflm_plan`
    """
    return max((placed.offset + placed.size for placed in tflm_plan(graph)), default=0)


def scratch_bytes(graph: Graph, operator: Operator) -> list[int]:
    """Return the sizes of the buffers that TFLite Micro's reference kernel requests for the time of one operator.

    Parameters
    ----------
    graph : Graph
    operator : Operator
        Of `graph`, well-formed.

    Returns
    -------
    list of int
        Bytes, in the order of the requests.
    """
    scratch = _SCRATCH.get(operator.name)
    return [] if scratch is None else scratch(graph, operator)


def _svdf_scratch(graph: Graph, operator: Operator) -> list[int]:
    batches = graph.tensors[operator.inputs[0]].shape[0]
    filters = graph.tensors[operator.inputs[1]].shape[0]
    sums = [] if graph.tensors[operator.inputs[0]].dtype == "float32" else [filters // int(operator.options["rank"])]
    return [_INT * batches * count for count in (filters, *sums)]


def _lstm_scratch(graph: Graph, operator: Operator) -> list[int]:
    # One buffer a gate, as large as the cell state.
    cell = graph.tensors[operator.inputs[19]]
    return [DTYPES[cell.dtype].itemsize * math.prod(cell.shape)] * 4


def _sum_scratch(graph: Graph, operator: Operator) -> list[int]:
    source = graph.tensors[operator.inputs[0]]
    sums = [_INT * graph.tensors[operator.outputs[0]].size] if source.dtype in ("int8", "int16") else []
    return [*sums, *_reduce_scratch(graph, operator)]


def _reduce_scratch(graph: Graph, operator: Operator) -> list[int]:
    source, axes = graph.tensors[operator.inputs[0]], graph.tensors[operator.inputs[1]]
    return [_INT * len(source.shape), _INT * axes.size]


def _mirror_pad_scratch(graph: Graph, operator: Operator) -> list[int]:
    return [_INT * len(graph.tensors[operator.inputs[0]].shape)] * 2


def _transpose_conv_scratch(graph: Graph, operator: Operator) -> list[int]:
    # The reference scatters: one accumulator an output, none in float32. It widens a bias of int16 at each call.
    output = graph.tensors[operator.outputs[0]]
    if output.dtype == "float32":
        return []
    if output.dtype != "int16":
        return [_INT * output.size]
    narrow = len(operator.inputs) > 3 and operator.inputs[3] >= 0 and graph.tensors[operator.inputs[3]].dtype == "int16"
    return [_LONG * output.size] + ([_LONG * graph.tensors[operator.inputs[3]].size] if narrow else [])


def _int4_scratch(graph: Graph, operator: Operator) -> list[int]:
    # Weights of int4 are unpacked at each call.
    weights = graph.tensors[operator.inputs[1]]
    return [weights.size] if weights.dtype == "int4" else []


def _rfft_scratch(graph: Graph, operator: Operator) -> list[int]:
    return [DTYPES[graph.tensors[operator.inputs[0]].dtype].itemsize * int(operator.options["fft_length"])]


_SCRATCH: Mapping[str, Callable[[Graph, Operator], list[int]]] = {
    "conv_2d": _int4_scratch,
    "custom:SignalRfft": _rfft_scratch,
    "depthwise_conv_2d": _int4_scratch,
    "fully_connected": _int4_scratch,
    "mean": _sum_scratch,
    "mirror_pad": _mirror_pad_scratch,
    "reduce_all": _reduce_scratch,
    "reduce_max": _reduce_scratch,
    "reduce_min": _reduce_scratch,
    "sum": _sum_scratch,
    "svdf": _svdf_scratch,
    "transpose_conv": _transpose_conv_scratch,
    "unidirectional_sequence_lstm": _lstm_scratch,
}
