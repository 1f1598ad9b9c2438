"""Operators that are no channels of sums: every code or pair of codes, or else inputs drawn at random."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..errors import EdgetwinError
from ..graph.graph import DTYPES, Graph, Operator, Tensor
from ..graph.plan import lower
from ..graph.step import Step
from ..io.tflite_write import write_tflite
from ..model import Model
from ..types import INT_RANGES, Array
from .certificate import DIFFERS, EQUAL, UNDECIDED, Witness
from .single import activations, operator_file

__all__ = ["by_kernels", "passes", "replayed"]

Codes = tuple[int, int]
Found = tuple[str, str, Witness | None]
#: Operators of which an output element follows from one element of each operand.
_BINARY = ("add", "sub", "mul", "div", "maximum", "minimum", "squared_difference", "prelu")
_UNARY = (
    "abs", "elu", "hard_swish", "leaky_relu", "log", "logistic", "neg", "quantize", "relu", "relu6", "rsqrt", "sqrt",
    "square", "tanh",
)  # fmt: skip
#: Operators whose outputs hold codes of their one activation and no others.
_PASSING = (
    "max_pool_2d",
    "reshape",
    "squeeze",
    "expand_dims",
    "slice",
    "strided_slice",
    "transpose",
    "split",
    "gather",
)
#: Random inputs, and their elements together.
_LEAST_DRAWN, _MOST_DRAWN, _DRAWN_ELEMENTS = 64, 4096, 2**18


def replayed(
    graph: Graph, index: int, arithmetics: Sequence[str], samples: Sequence[Sequence[Array]]
) -> list[list[Array]]:
    """Return the first output of one operator for each sample, under each arithmetic.

    Parameters
    ----------
    graph : Graph
        Constants folded.
    index : int
    arithmetics : sequence of str
    samples : sequence of sequence of ndarray
        The operator's activations, shaped as in the file.

    Returns
    -------
    list of list of ndarray
        By arithmetic, then by sample; shaped as in the file.

    Raises
    ------
    EdgetwinError : the operator does not run alone
    """
    data = operator_file(graph, index)
    shape = graph.tensors[graph.operators[index].outputs[0]].shape
    made = []
    for arithmetic in arithmetics:
        model = Model(data, arithmetic)
        batched = all(array.shape[:1] == (1,) for array in samples[0])
        if batched:
            rows = model.run(*(np.concatenate(arrays) for arrays in zip(*samples, strict=True)))
        else:
            rows = [
                model.run(*(array.reshape(spec.shape) for array, spec in zip(sample, model.inputs, strict=True)))
                for sample in samples
            ]
        made.append([row.reshape(shape) for row in rows])
    return made


def passes(operator: Operator) -> bool:
    """Return whether an operator's output holds codes of its first input and no others."""
    # A fused clamp may give its own ends.
    return operator.name in _PASSING and operator.options.get("fused_activation_function", "none") == "none"


def by_kernels(graph: Graph, index: int, arithmetics: tuple[str, str], ranges: Mapping[int, Codes]) -> Found:
    """Compare an operator by its kernel calls, then by all its codes where there are few, else by random inputs.

    Parameters
    ----------
    graph : Graph
        Constants folded.
    index : int
    arithmetics : tuple of str
    ranges : mapping of int to (int, int)
        Smallest and largest code of tensors, where they are not those of the dtype.

    Returns
    -------
    verdict, reason : str
    witness : Witness or None
    """
    operator = graph.operators[index]
    try:
        ours, theirs = (lower(graph, [index], arithmetic)[0] for arithmetic in arithmetics)
        if _told(ours) == _told(theirs):
            return EQUAL, "both make the same call of the same kernel", None
        given = {i: ranges.get(i) or INT_RANGES.get(graph.tensors[i].dtype, (0, 0)) for i in activations(graph, index)}
        dtypes = {graph.tensors[i].dtype for i in given}
        whole = dtypes <= {"int8", "uint8"} or (dtypes == {"int16"} and len(given) == 1)
        if whole and operator.name in (*_BINARY, *_UNARY):
            return _exhausted(graph, index, arithmetics, given)
        return _drawn(graph, index, arithmetics, given)
    except EdgetwinError as error:
        return UNDECIDED, str(error), None


def _told(steps: Sequence[Step]) -> list[object]:
    """Return what a list of kernel calls says, to compare."""
    constants = [{k: None if v is None else (v.shape, v.tobytes()) for k, v in s.constants.items()} for s in steps]
    calls = [(s.kernel, s.inputs, s.state, s.outputs, dict(s.params)) for s in steps]
    return [calls, constants]


def _grid(graph: Graph, operator: Operator, given: Mapping[int, Codes]) -> list[Array]:
    """Return, for each operand, the codes that it can have, along axes of their own unless it is the same tensor."""
    values = []
    for tensor in operator.inputs:
        data = graph.tensors[tensor].data
        if data is None:
            low, high = given[tensor]
            data = np.arange(low, high + 1)
        values.append(np.unique(data).astype(DTYPES[graph.tensors[tensor].dtype]))
    if len(values) == 1 or operator.inputs[0] == operator.inputs[1]:
        return values
    return list(np.meshgrid(*values, indexing="ij"))


def _exhausted(graph: Graph, index: int, arithmetics: Sequence[str], given: Mapping[int, Codes]) -> Found:
    operator = graph.operators[index]
    grids = [grid.reshape(1, -1) for grid in _grid(graph, operator, given)]
    operands = dict(zip(operator.inputs, grids, strict=False))
    tensors = dict.fromkeys((*operator.inputs, *operator.outputs[:1]))
    place = {tensor: position for position, tensor in enumerate(tensors)}
    made = [_flat(graph.tensors[tensor], operands.get(tensor), grids[0].shape) for tensor in tensors]
    moved = [tuple(place[i] for i in some) for some in (operator.inputs, operator.outputs[:1], tuple(given))]
    alone = replace(operator, inputs=moved[0], outputs=moved[1], intermediates=())
    data = write_tflite(Graph(tuple(made), (alone,), moved[2], moved[1]))
    ours, theirs = (Model(data, arithmetic).run(*(operands[i] for i in given)) for arithmetic in arithmetics)
    count = grids[0].size
    differing = np.flatnonzero(ours != theirs)
    if not differing.size:
        return EQUAL, f"all {count} {'codes' if len(grids) == 1 else 'pairs of codes'} give the same bytes", None
    first = differing[len(differing) // 2]
    inputs = tuple(np.full(graph.tensors[i].shape, operands[i].flat[first]) for i in given)
    shape = graph.tensors[operator.outputs[0]].shape
    here = np.ones(shape, bool)
    for tensor in operator.inputs:
        constant = graph.tensors[tensor].data
        if constant is not None:
            here &= constant == operands[tensor].flat[first]
    at = tuple(int(i) for i in np.unravel_index(np.argmax(here), shape))
    codes = [int(outputs[0][at]) for outputs in replayed(graph, index, arithmetics, [inputs])]
    return DIFFERS, f"{differing.size} of {count} give other bytes", Witness(inputs, at, (codes[0], codes[1]))


def _flat(tensor: Tensor, operand: Array | None, shape: tuple[int, ...]) -> Tensor:
    """Return a tensor of another shape, its constant replaced."""
    return replace(tensor, shape=shape, data=None if tensor.data is None else operand)


def _drawn(graph: Graph, index: int, arithmetics: Sequence[str], given: Mapping[int, Codes]) -> Found:
    rng = np.random.default_rng(index)
    output = graph.tensors[graph.operators[index].outputs[0]]
    tensors = {graph.tensors[i]: codes for i, codes in given.items()}
    elements = sum(tensor.size for tensor in tensors)
    every = math.prod((high - low + 1) ** tensor.size for tensor, (low, high) in tensors.items()) if elements < 3 else 0
    if 0 < every <= 2**16 and all(tensor.dtype in INT_RANGES for tensor in tensors):
        return _every(graph, index, arithmetics, tensors)
    count = min(max(_LEAST_DRAWN, _DRAWN_ELEMENTS // max(elements, 1)), _MOST_DRAWN)
    samples = [[_draw(rng, tensor, codes, output, n) for tensor, codes in tensors.items()] for n in range(count)]
    witness = _first(samples, replayed(graph, index, arithmetics, samples))
    if witness is not None:
        return DIFFERS, "found at random", witness
    return UNDECIDED, f"not analysed; the same bytes for {count} random inputs", None


def _every(graph: Graph, index: int, arithmetics: Sequence[str], tensors: Mapping[Tensor, Codes]) -> Found:
    """Compare an operator of one or two input elements by all their values."""
    spans = [range(low, high + 1) for tensor, (low, high) in tensors.items() for _ in range(tensor.size)]
    samples = []
    for values in itertools.product(*spans):
        rest = iter(values)
        arrays = [np.fromiter(itertools.islice(rest, t.size), DTYPES[t.dtype], t.size) for t in tensors]
        samples.append([array.reshape(t.shape) for array, t in zip(arrays, tensors, strict=True)])
    witness = _first(samples, replayed(graph, index, arithmetics, samples))
    if witness is not None:
        return DIFFERS, f"found among all {len(samples)} inputs", witness
    return EQUAL, f"all {len(samples)} inputs give the same bytes", None


def _first(samples: Sequence[Sequence[Array]], outputs: Sequence[Sequence[Array]]) -> Witness | None:
    """Return the first sample to which two arithmetics give other bytes."""
    for sample, mine, its in zip(samples, *outputs, strict=True):
        at = tuple(int(i) for i in np.unravel_index(np.argmax(mine != its), mine.shape))
        if mine[at] != its[at]:
            return Witness(tuple(sample), at, (int(mine[at]), int(its[at])))
    return None


def _draw(rng: np.random.Generator, tensor: Tensor, codes: Codes, output: Tensor, number: int) -> Array:
    """Return a random value: of codes over the whole range, or in every other sample near to each other."""
    dtype = DTYPES[tensor.dtype]
    if tensor.dtype not in INT_RANGES:
        scale = 1.0 if output.quantization is None else float(output.quantization.scale[0])
        # Halves of steps are ties, where arithmetics part.
        return (rng.integers(-300, 300, tensor.shape) / 2 * scale).astype(dtype)
    low, high = codes
    if number % 2:
        middle, half = rng.integers(low, high, endpoint=True), max((high - low) // 16, 1)
        low, high = max(low, middle - half), min(high, middle + half)
    return rng.integers(low, high, tensor.shape, dtype, endpoint=True)
