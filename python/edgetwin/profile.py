"""What a model costs on a device: multiply-accumulates, flash, RAM and, for a named target, estimated latency."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .graph.arena import tflm_arena_bytes
from .graph.graph import DTYPES, Graph
from .graph.macs import multiply_accumulates
from .graph.step import Step
from .graph.support import SUPPORT
from .latency import Counts, calibration, counts_of, uncalibrated
from .targets import Target

__all__ = ["FlashSections", "OperatorProfile", "Profile", "profile_graph"]


@dataclass(frozen=True)
class OperatorProfile:
    """One executed operator.

    Attributes
    ----------
    index : int
        The operator's index in the file.
    name : str
    inputs, outputs : tuple of (dtype, shape)
        Activations only; batch axis as in the file.
    macs : int
        Multiply-accumulates for one sample.
    constant_bytes : int
        Weights, biases and other constants in the file that it reads.
    arithmetic : str
        "int8 per-channel", "int8", "relabel", ...
    latency_ms : float or None
        Estimated for the profile's target; None where there is no estimate.
    """

    index: int
    name: str
    inputs: tuple[tuple[str, tuple[int, ...]], ...]
    outputs: tuple[tuple[str, tuple[int, ...]], ...]
    macs: int
    constant_bytes: int
    arithmetic: str
    latency_ms: float | None = None

    @property
    def activation_bytes(self) -> int:
        """Bytes of its inputs and outputs together: no plan's arena is smaller."""
        return sum(DTYPES[dtype].itemsize * math.prod(shape) for dtype, shape in (*self.inputs, *self.outputs))

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name, a tensor as its dtype and shape by name."""

        def tensors(pairs: tuple[tuple[str, tuple[int, ...]], ...]) -> list[dict[str, Any]]:
            return [{"dtype": dtype, "shape": list(shape)} for dtype, shape in pairs]

        return asdict(self) | {"inputs": tensors(self.inputs), "outputs": tensors(self.outputs)}


@dataclass(frozen=True)
class FlashSections:
    """Flash that an export takes.

    Attributes
    ----------
    code, constants, data : int
        Bytes of instructions, of weights, parameters and tables, and of what is copied to RAM at the start.
    measured : bool
        Whether a compiler made them; else `constants` are exact but for parameters, and `code` is an estimate.
    note : str
        By what, or how far off the estimate was where it could be compared.
    """

    code: int
    constants: int
    data: int
    measured: bool
    note: str

    @property
    def total(self) -> int:
        """Bytes in all."""
        return self.code + self.constants + self.data


@dataclass(frozen=True)
class Profile:
    """Costs of one sample; `print` shows a table.

    Attributes
    ----------
    macs : int
        Multiply-accumulates.
    flash_bytes : int
        Constants (weights, biases, quantization excluded) that executed operators read, each counted once.
    arena_bytes : int
        RAM for activations and scratch in TFLite Micro's own plan (greedy by size, 16-byte aligned, without its
        interpreter's bookkeeping).
    host_arena_bytes : int
        The same on the host, where inputs and outputs lie in the caller's arrays.
    state_bytes : int
        Variable tensors.
    operators : tuple of OperatorProfile
    target : str or None
        Core, clock and runtime that the latencies are estimated for.
    latency_ms : float or None
        An estimate from published measurements of other networks (`edgetwin.latency`), never a measurement.
    latency_range_ms : tuple of float, or None
        What it was wrong by at most where a measurement was left out: the estimate divided and multiplied by that.
    latency_note : str or None
        What the estimate rests on, or why there is none.
    export_arena_bytes : int or None
        RAM for activations and scratch in the code that `Model.export` writes, where inputs and outputs lie in the
        caller's arrays; None for a model whose kernels the device core lacks.
    export_scratch_bytes : int or None
        Of it what fast kernels take beside the arena on the target's core, or on the one where they take most; exports
        with kernels "small" do without.
    export_flash : FlashSections or None
        Flash of that code for the target's core, measured by compiling it or estimated: it says which. None without a
        target.
    """

    macs: int
    flash_bytes: int
    arena_bytes: int
    host_arena_bytes: int
    state_bytes: int
    operators: tuple[OperatorProfile, ...]
    target: str | None = None
    latency_ms: float | None = None
    latency_range_ms: tuple[float, float] | None = None
    latency_note: str | None = None
    export_arena_bytes: int | None = None
    export_scratch_bytes: int | None = None
    export_flash: FlashSections | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name; those of the operators as a list of dicts."""
        return asdict(self) | {"operators": [operator.as_dict() for operator in self.operators]}

    @property
    def header(self) -> tuple[str, ...]:
        """Titles of `rows`."""
        titles = ("#", "operator", "input", "output", "MACs", "bytes", "arithmetic")
        return titles if self.latency_ms is None else (*titles, "ms (estimate)")

    @property
    def number_columns(self) -> frozenset[int]:
        """Columns of `rows` that hold numbers, which tables align to the right."""
        return frozenset({0, 4, 5, 7})

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The table's cells as text, a row an operator."""

        def shapes(tensors: tuple[tuple[str, tuple[int, ...]], ...]) -> str:
            return " + ".join(f"{dtype} {'x'.join(map(str, shape)) or 'scalar'}" for dtype, shape in tensors)

        return [
            (
                str(row.index),
                row.name,
                shapes(row.inputs),
                shapes(row.outputs),
                f"{row.macs:,}" if row.macs else "",
                f"{row.constant_bytes:,}" if row.constant_bytes else "",
                row.arithmetic,
                *(() if self.latency_ms is None else (f"{row.latency_ms or 0:.3f}",)),
            )
            for row in self.operators
        ]

    @property
    def summary(self) -> str:
        """Totals; a second line says what the latency is and what it rests on."""
        totals = (
            f"{self.macs:,} MACs, {self.flash_bytes:,} bytes of constants, "
            f"{self.arena_bytes:,} bytes of arena (TFLite Micro), {self.state_bytes:,} bytes of state"
        )
        if self.export_flash is not None:
            flash = self.export_flash
            totals += (
                f"\nexport: {flash.total:,} bytes of flash, {'measured' if flash.measured else 'estimated'} "
                f"({flash.code:,} code, {flash.constants + flash.data:,} constants; {flash.note}), "
                f"{self.export_arena_bytes:,} bytes of arena and scratch"
            )
        if self.latency_range_ms is None:
            return totals if self.latency_note is None else f"{totals}\n{self.target}: {self.latency_note}"
        low, high = self.latency_range_ms
        return f"{totals}\n{self.target}: about {self.latency_ms:.3g} ms ({low:.3g} to {high:.3g}), {self.latency_note}"

    def __str__(self) -> str:
        table = [self.header, *self.rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(self.header))]
        lines = [
            "  ".join(
                cell.rjust(width) if column in self.number_columns else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in table
        ]
        rule = "  ".join("-" * width for width in widths)
        return "\n".join([lines[0], rule, *lines[1:], rule, self.summary])

    def _repr_html_(self) -> str:
        def cells(row: Sequence[str], tag: str) -> str:
            sides = ("right" if column in self.number_columns else "left" for column in range(len(row)))
            text = (
                f'<{tag} style="text-align: {side}">{html.escape(cell)}</{tag}>'
                for side, cell in zip(sides, row, strict=True)
            )
            return f"<tr>{''.join(text)}</tr>"

        body = "".join(cells(row, "td") for row in self.rows)
        return (
            f"<table><thead>{cells(self.header, 'th')}</thead><tbody>{body}</tbody></table>"
            f"<p>{'<br>'.join(html.escape(line) for line in self.summary.splitlines())}</p>"
        )


def profile_graph(
    graph: Graph, live: Sequence[int], steps: Sequence[Step], host_arena_bytes: int, target: Target | None = None
) -> Profile:
    """Profile the live operators of a lowered graph.

    Parameters
    ----------
    graph : Graph
    live : sequence of int
        Executed operators.
    steps : sequence of Step
        Their lowered form; operators without a step only relabel bytes.
    host_arena_bytes : int
    target : Target, optional
        What latencies are estimated for.

    Returns
    -------
    Profile
    """
    estimate = None if target is None else calibration(target.core.name, target.runtime)
    counted = [_counts(graph, step) for step in steps]
    steps_of: dict[int, list[Step]] = {}
    for step in steps:
        steps_of.setdefault(step.operator, []).append(step)
    rows = []
    constants: dict[int, int] = {}
    variables: dict[int, int] = {}
    for index in live:
        operator = graph.operators[index]
        inputs = [tensor for tensor in operator.inputs if tensor >= 0]
        own = {t: graph.tensors[t].nbytes for t in inputs if graph.tensors[t].data is not None}
        constants.update(own)
        variables.update({t: graph.tensors[t].nbytes for t in inputs if graph.tensors[t].is_variable})
        activations = [t for t in inputs if graph.tensors[t].data is None and not graph.tensors[t].is_variable]
        own_steps = steps_of.get(index, [])
        own_counts = [counts for step, counts in zip(steps, counted, strict=True) if step.operator == index]
        latency = None
        if target is not None and estimate is not None and None not in counted:
            latency = sum(estimate.cycles(counts) for counts in own_counts if counts) / target.mhz / 1e3
        rows.append(
            OperatorProfile(
                index,
                operator.name,
                tuple((graph.tensors[t].dtype, graph.tensors[t].shape) for t in activations),
                tuple((graph.tensors[t].dtype, graph.tensors[t].shape) for t in operator.outputs),
                sum(multiply_accumulates(step) for step in own_steps),
                sum(own.values()),
                _arithmetic(graph, index) if own_steps else "relabel",
                latency,
            )
        )
    total = note = bounds = None
    if target is not None:
        if estimate is None:
            note = uncalibrated(target)
        elif None in counted:
            note = "no estimate: published latencies are of int8 kernels only"
        else:
            total = sum(row.latency_ms or 0.0 for row in rows)
            bounds = (total / estimate.factor, total * estimate.factor)
            note = f"an estimate from {estimate.source}"
    return Profile(
        macs=sum(row.macs for row in rows),
        flash_bytes=sum(constants.values()),
        arena_bytes=tflm_arena_bytes(graph),
        host_arena_bytes=host_arena_bytes,
        state_bytes=sum(variables.values()),
        operators=tuple(rows),
        target=None if target is None else str(target),
        latency_ms=total,
        latency_range_ms=bounds,
        latency_note=note,
    )


def _counts(graph: Graph, step: Step) -> Counts | None:
    return counts_of(step, sum(graph.tensors[tensor].size for tensor in step.outputs))


def _arithmetic(graph: Graph, index: int) -> str:
    operator = graph.operators[index]
    dtype = graph.tensors[operator.inputs[SUPPORT[operator.name].operand]].dtype
    per_channel = any(
        t >= 0
        and graph.tensors[t].data is not None
        and (quantization := graph.tensors[t].quantization) is not None
        and quantization.scale.size > 1
        for t in operator.inputs
    )
    return f"{dtype} per-channel" if per_channel else dtype
