"""The cases of the suite: models of one operator, inputs at random and on boundaries, and the bytes that are right."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.random import Generator

from ..errors import DataError, EdgetwinError, ModelError
from ..graph.graph import Graph
from ..io.tflite_write import write_tflite
from ..model import Model
from ..types import Array
from .generators.comparison import GENERATORS as COMPARISONS
from .generators.movement import MOVEMENT
from .generators.operators import GENERATORS, random_inputs
from .generators.real import real_inputs
from .generators.real_operators import FLOAT32_GENERATORS
from .generators.signal import SIGNAL_OPERATORS

__all__ = ["RECORDED", "Case", "generate", "in_turns", "operators", "outputs_of"]

#: What the rows of cases end with that are what a board was once asked.
RECORDED = ", recorded"
#: Random inputs of a case, chosen test vectors of its model, inputs on which arithmetics part.
_RANDOM, _VECTORS, _WITNESSES = 4, 4, 6
#: Operators that most networks are made of, and that have most forms, have more models than others; 2 by default.
_WEIGHTS = {
    **dict.fromkeys((*MOVEMENT, *COMPARISONS, *SIGNAL_OPERATORS, "reshape", "arg_max", "arg_min", "reduce_all"), 1),
    **dict.fromkeys(("conv_2d", "depthwise_conv_2d", "fully_connected"), 8),
    **dict.fromkeys(("transpose_conv", "batch_matmul", "add", "mul", "average_pool_2d", "max_pool_2d"), 4),
    **dict.fromkeys(("sub", "mean", "sum", "softmax", "logistic", "tanh", "quantize", "dequantize"), 3),
    **dict.fromkeys(("leaky_relu", "relu", "relu6", "prelu", "hard_swish", "unidirectional_sequence_lstm", "svdf"), 3),
}
_FLOAT32 = "float32"
#: Operators whose dtypes share a row: they compute nothing.
_MOVED = {*MOVEMENT, "pad", "reshape", "resize_nearest_neighbor", "select_v2"} - {"cast", "cumsum"}
#: Draws for each model that is wanted: some are refused, as TFLite Micro refuses them.
_DRAWS = 4


@dataclass(frozen=True, eq=False)
class Case:
    """One model and its inputs.

    Attributes
    ----------
    name : str
        "conv_2d-int8-7".
    operator : str
        "conv_2d".
    row : str
        Of the matrix: "conv_2d int8", "conv_2d int8, int4 weights", "transpose any dtype".
    graph : Graph
    model : bytes
        The `.tflite` file.
    inputs, expected : tuple of ndarray, shape (samples, *shape in the file)
        Each sample starts from the model's initial state. What is expected is edgetwin's arithmetic "tflm".
    """

    name: str
    operator: str
    row: str
    graph: Graph
    model: bytes
    inputs: tuple[Array, ...]
    expected: tuple[Array, ...]

    @property
    def recorded(self) -> bool:
        """Whether it is what a board was once asked; drawn otherwise."""
        return self.row.endswith(RECORDED)

    @property
    def samples(self) -> int:
        """The number of samples."""
        return len(self.inputs[0])


def operators() -> tuple[str, ...]:
    """Return every operator of the suite by its name."""
    return tuple(sorted(GENERATORS.keys() | FLOAT32_GENERATORS.keys()))


def generate(count: int, chosen: Collection[str] | None = None, seed: int = 0) -> list[Case]:
    """Draw the cases of the suite; the same arguments give the same cases.

    Parameters
    ----------
    count : int, >= 1
        Cases at least; every operator has one for its codes, and one for float32.
    chosen : collection of str, optional
        Of `operators`; all by default.
    seed : int

    Returns
    -------
    list of Case
        Operators take turns.

    Raises
    ------
    DataError : `count`, or no such operator
    """
    if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
        raise DataError(f"cases: {count!r}, accepted is an integer >= 1")
    unknown = sorted(set(chosen or ()) - set(operators()))
    if unknown:
        raise DataError(f"operator {unknown[0]!r} has no models here, accepted are {', '.join(operators())}")
    families = [
        (name, generator, kind)
        for kind, table in (("", GENERATORS), (_FLOAT32, FLOAT32_GENERATORS))
        for name, generator in table.items()
        if chosen is None or name in chosen
    ]
    weights = [_WEIGHTS.get(name, 2) if kind != _FLOAT32 else 1 for name, _, kind in families]
    drawn = [
        _drawn(name, generator, kind == _FLOAT32, max(1, -(-count * weight // sum(weights))), seed)
        for (name, generator, kind), weight in zip(families, weights, strict=True)
    ]
    return in_turns(drawn)


def in_turns(groups: Sequence[Sequence[Case]]) -> list[Case]:
    """Return all cases, one of each group at a time: a runtime that faults at one group does not do so in a row."""
    return [case for turn in zip_longest(*groups) for case in turn if case is not None]


def _drawn(name: str, generator: Callable[[Generator], Graph], real: bool, count: int, seed: int) -> list[Case]:
    cases: list[Case] = []
    for number in range(_DRAWS * count):
        if len(cases) == count:
            break
        rng = np.random.default_rng([seed, number, int(real), sum(name.encode())])
        graph = generator(rng)
        with suppress(ModelError):  # what TFLite Micro refuses, edgetwin does
            made = _case(name, number, graph, real, rng)
            cases += [] if made is None else [made]
    return cases


def _case(name: str, number: int, graph: Graph, real: bool, rng: Generator) -> Case | None:
    data = write_tflite(graph)
    model = Model(data)
    if not model.inputs:
        return None
    samples = (real_inputs if real else random_inputs)(graph, rng, _RANDOM)
    samples += [] if real else _boundaries(model)
    inputs = tuple(np.stack(arrays) for arrays in zip(*samples, strict=True))
    row = _row(name, graph)
    label = f"{row.replace(',', '').replace(' ', '-').replace(':', '-')}-{number}"
    return Case(label, name, row, graph, data, inputs, outputs_of(model, inputs))


def _row(name: str, graph: Graph) -> str:
    given = graph.tensors[graph.inputs[0]].dtype
    if name in _MOVED:
        return f"{name} any dtype"
    packed = any(tensor.dtype == "int4" for tensor in graph.tensors)
    return f"{name} {given}{', int4 weights' if packed else ''}"


def _boundaries(model: Model) -> list[list[Array]]:
    """Return test vectors of the model, and inputs that put its sums where arithmetics part, shaped as in the file."""
    graph = model.graph
    shapes = [graph.tensors[index].shape for index in graph.inputs]
    samples: list[list[Array]] = []
    if not any(step.constants.get("multiplier") is not None for step in model.steps):
        return samples
    # Not every model takes test vectors, and not every operator has a certificate.
    with suppress(EdgetwinError):
        vectors = model.test_vectors(_VECTORS)
        samples += [list(arrays) for arrays in zip(*vectors.inputs, strict=True)]
    found: list[Sequence[Array]] = []
    for against in ("single_rounding", "xnnpack"):
        with suppress(EdgetwinError):
            found += [witness.inputs for _, witness in model.certify(against).witnesses]
    samples += [list(arrays) for arrays in found[:: max(1, len(found) // _WITNESSES)][:_WITNESSES]]
    return [
        [a.reshape(shape) for a, shape in zip(one, shapes, strict=True)] for one in samples if len(one) == len(shapes)
    ]


def outputs_of(model: Model, inputs: Sequence[Array]) -> tuple[Array, ...]:
    """Return a model's outputs, sample by sample.

    Parameters
    ----------
    model : Model
    inputs : sequence of ndarray, shape (samples, *shape in the file)

    Returns
    -------
    tuple of ndarray, shape (samples, *shape in the file)
    """
    made: list[list[Array]] = [[] for _ in model.outputs]
    shapes = [model.graph.tensors[index].shape for index in model.graph.outputs]
    for sample in zip(*inputs, strict=True):
        answer = model.run(
            *(np.asarray(array).reshape(spec.shape) for array, spec in zip(sample, model.inputs, strict=True))
        )
        for kept, array in zip(made, answer if isinstance(answer, tuple) else (answer,), strict=True):
            kept.append(array)
    return tuple(np.stack(arrays).reshape(-1, *shape) for arrays, shape in zip(made, shapes, strict=True))
