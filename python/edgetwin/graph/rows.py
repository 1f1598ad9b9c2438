"""Operators row by row: each makes an output row when the next one asks for it, and few rows are kept in between."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .graph import Graph
from .step import Step

__all__ = ["POINTWISE", "Pair", "RowChain", "RowForm", "row_form"]

#: Kernels that compute element i of the output from element i of each operand and nothing else, so that the output
#: may take an operand's place and any part of it may be computed alone.
POINTWISE = frozenset({
    "abs_s8", "abs_s16", "add_s8", "add_s16", "add_s32", "clamp_s8", "clamp_s16", "div_s8", "div_s32", "hard_swish_s8",
    "leaky_relu_s8", "leaky_relu_s16", "logical_and_bool", "logical_not_bool", "logical_or_bool", "logistic_s8",
    "logistic_s16", "lookup_s8", "maximum_s8", "maximum_s16", "maximum_s32", "minimum_s8", "minimum_s16", "minimum_s32",
    "mul_s8", "mul_s16", "mul_s32", "prelu_s8", "prelu_s16", "requantize_s8_s8", "requantize_s16_s16", "rsqrt_s8",
    "rsqrt_s16", "squared_difference_s8", "squared_difference_s16", "squared_difference_s32", "sub_s8", "sub_s16",
    "sub_s32", "tanh_s8", "tanh_s16",
})  # fmt: skip
_WINDOWS = ("conv_2d_", "depthwise_conv_2d_", "max_pool_2d_", "average_pool_2d_")


@dataclass(frozen=True)
class RowForm:
    """One step as it computes a row at a time.

    Attributes
    ----------
    params : mapping
        Of a window kernel those of the whole, with rows and columns exchanged where the input is a single row: its
        columns are then the rows. Of a pointwise kernel those of one row.
    rows, row_elements : int
        Of the output.
    input_rows, input_row_elements : int
        Of each input.
    stride, padding, reach : int
        Output row y reads input rows from y * stride - padding, `reach` of them, as far as they are inside.
    pointwise : bool
    together : int
        Rows that are made at once where so many are asked for: rows of one pixel are, since fast kernels take two.
    """

    params: Mapping[str, int | float]
    rows: int
    row_elements: int
    input_rows: int
    input_row_elements: int
    stride: int = 1
    padding: int = 0
    reach: int = 1
    pointwise: bool = False
    together: int = 1

    def lowest(self, row: int) -> int:
        """Return the first input row that an output row and those after it need."""
        return max(0, row * self.stride - self.padding)

    def end(self, row: int) -> int:
        """Return how many input rows must be there for an output row."""
        return max(0, min(self.input_rows, row * self.stride - self.padding + self.reach))


def row_form(graph: Graph, step: Step, rows: int | None = None) -> RowForm | None:
    """Return a step's form by rows, None if it has none.

    Parameters
    ----------
    graph : Graph
    step : Step
    rows : int, optional
        Rows of what a pointwise step reads; by default those of its output's shape.

    Returns
    -------
    RowForm or None
    """
    if step.kernel in POINTWISE:
        return _pointwise(graph, step, rows)
    if step.kernel in ("pad_s8", "pad_s16"):
        return _padded(step)
    if not step.kernel.startswith(_WINDOWS) or step.params["batches"] != 1:
        return None
    p = {name: int(value) for name, value in step.params.items()}
    window = "pool" if "pool_h" in p else "kernel"
    if p["input_h"] == p["output_h"] == p[f"{window}_h"] == 1:
        turned = {name: name[:-1] + {"h": "w", "w": "h"}[name[-1]] for name in p if name.endswith(("_h", "_w"))}
        turned |= {"pad_top": "pad_left", "pad_left": "pad_top"}
        p = {name: p[turned.get(name, name)] for name in p}
    in_c, out_c = (p["channels"],) * 2 if window == "pool" else (p["input_c"], p["output_c"])
    return RowForm(
        params=p,
        rows=p["output_h"],
        row_elements=p["output_w"] * out_c,
        input_rows=p["input_h"],
        input_row_elements=p["input_w"] * in_c,
        stride=p["stride_h"],
        padding=p["pad_top"],
        reach=(p[f"{window}_h"] - 1) * p.get("dilation_h", 1) + 1,
        together=2 if step.kernel == "conv_2d_s8" and p["output_w"] == 1 else 1,
    )


def _padded(step: Step) -> RowForm | None:
    """Return the rows of PAD: along the outermost axis of more than one element, as the core's `pad_row` has them."""
    p = {name: int(value) for name, value in step.params.items()}
    given = [p[f"dim_{axis}"] for axis in range(6)]
    made = [p[f"before_{axis}"] + given[axis] + p[f"after_{axis}"] for axis in range(6)]
    rows = next((axis for axis in range(5) if made[axis] > 1), None)
    if rows is None:
        return None
    return RowForm(
        params=p,
        rows=made[rows],
        row_elements=math.prod(made[rows + 1 :]),
        input_rows=given[rows],
        input_row_elements=math.prod(given[rows + 1 :]),
        padding=p[f"before_{rows}"],
    )


def _pointwise(graph: Graph, step: Step, rows: int | None) -> RowForm | None:
    output = graph.tensors[step.outputs[0]]
    if rows is None:
        rows = next((size for size in output.shape[1:-1] if size > 1), 1)
    if any(graph.tensors[tensor].size != output.size for tensor in step.inputs) or output.size % rows:
        return None
    elements = output.size // rows
    params: dict[str, int | float] = dict(step.params)
    if "size" in params:
        params["size"] = elements
    else:
        if params["x_broadcast"] or params["y_broadcast"]:
            return None
        params |= {f"dim_{axis}": 1 for axis in range(5)} | {"dim_5": elements}
    return RowForm(params, rows, elements, rows, elements, pointwise=True)


@dataclass
class RowChain:
    """Consecutive steps that run row by row, pulled by the last one.

    Attributes
    ----------
    forms : list of RowForm
    inputs : list of list of int or None
        For each step its operands: the number of the step in the chain that makes it, None for one from outside.
    """

    forms: list[RowForm] = field(default_factory=list)
    inputs: list[list[int | None]] = field(default_factory=list)

    def schedule(self, whole: Sequence[int]) -> list[int]:
        """Return the steps whose rows are asked for, in order: the last, then those that must be complete."""
        return [len(self.forms) - 1, *(step for step in range(len(self.forms) - 1) if step in whole)]

    def left_over(self, whole: Sequence[int]) -> list[int]:
        """Return the steps of which the schedule does not make every row, because nothing reads the rest."""
        run = _Run(self, whole, range(len(self.forms)))
        run.all(observed=False)
        return [step for step, made in enumerate(run.made) if made < self.forms[step].rows]

    def measure(
        self, whole: Sequence[int], places: Sequence[int], pairs: Sequence[Pair] = ()
    ) -> tuple[list[int], list[int]]:
        """Return how many rows each place must hold, and how far each pair's input must lie above its output.

        Parameters
        ----------
        whole : sequence of int
            Steps whose outputs are needed after the chain.
        places : sequence of int
            For each step the one that stands for all whose rows lie in the same place: row y of one takes the place
            of row y of the other.
        pairs : sequence of Pair

        Returns
        -------
        rows : list of int
            By step; 0 for one that does not stand for its place.
        lags : list of int
            Bytes, >= 0, by pair.
        """
        run = _Run(self, whole, places, pairs)
        run.all(observed=True)
        return run.most, run.lags


@dataclass(frozen=True)
class Pair:
    """An input of a chain that an output is written over.

    Attributes
    ----------
    read : int
        The input, by any number.
    readers : tuple of int
        Steps that read it.
    row_bytes : int
        Of the input.
    writer : int
        The step whose output it is.
    written_bytes : int
        Of a row of that output.
    """

    read: int
    readers: tuple[int, ...]
    row_bytes: int
    writer: int
    written_bytes: int


class _Run:
    """The order in which rows are made, with what must still be there at each of them."""

    def __init__(
        self, chain: RowChain, whole: Sequence[int], places: Sequence[int], pairs: Sequence[Pair] = ()
    ) -> None:
        self.chain = chain
        self.whole = whole
        self.places = places
        self.made = [0] * len(chain.forms)
        self.most = [0] * len(chain.forms)
        self.lags = [0] * len(pairs)
        self.pairs: list[list[tuple[int, Pair]]] = [[] for _ in chain.forms]
        for number, pair in enumerate(pairs):
            self.pairs[places[pair.writer]].append((number, pair))
        self.readers: list[list[int]] = [[] for _ in chain.forms]
        for step, inputs in enumerate(chain.inputs):
            for source in inputs:
                if source is not None:
                    self.readers[source].append(step)
        self.sharing: list[list[int]] = [[] for _ in chain.forms]
        for step, place in enumerate(places):
            self.sharing[place].append(step)

    def all(self, *, observed: bool) -> None:
        """Make what is asked for; an observer sees every row, at last those that nothing reads."""
        ends = range(len(self.made)) if observed else ()
        for step in (*self.chain.schedule(self.whole), *ends):
            self._make(step, self.chain.forms[step].rows)

    def _make(self, step: int, end: int) -> None:
        form = self.chain.forms[step]
        while self.made[step] < end:
            count = min(form.together, end - self.made[step])
            for source in self.chain.inputs[step]:
                if source is not None:
                    self._make(source, form.end(self.made[step] + count - 1))
            for row in range(self.made[step], self.made[step] + count):
                self._write(step, row)
            self.made[step] += count

    def _lowest(self, readers: Sequence[int], otherwise: int) -> int:
        """Return the first row that readers need which have rows to make."""
        forms, made = self.chain.forms, self.made
        return min((forms[r].lowest(made[r]) for r in readers if made[r] < forms[r].rows), default=otherwise)

    def _write(self, step: int, row: int) -> None:
        place = self.places[step]
        sharing = self.sharing[place]
        highest = max(row, *(self.made[other] - 1 for other in sharing))
        lowest = min(row, *(self._lowest(self.readers[other], row) for other in sharing))
        self.most[place] = max(self.most[place], highest - lowest + 1)
        for number, pair in self.pairs[place]:
            needed = self._lowest(pair.readers, -1)
            if needed >= 0:
                lag = (row + 1) * pair.written_bytes - needed * pair.row_bytes
                self.lags[number] = max(self.lags[number], lag)
