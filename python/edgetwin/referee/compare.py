"""Two ways of computing one model, operator by operator."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ..errors import DataError, ShapeError
from ..execution import Trace
from ..graph.graph import graphs_equal
from ..model import Model, load
from ..types import ARITHMETICS, RUNTIMES, Array
from .causes import changed_call, other_rounding
from .kinds import likely_kind

__all__ = ["Comparison", "Difference", "Runtime", "compare"]

_NAMES = ", ".join(dict.fromkeys((*RUNTIMES, *ARITHMETICS)))


@runtime_checkable
class Runtime(Protocol):
    """The model's file in another runtime.

    Attributes
    ----------
    name : str
    """

    name: str

    def run(
        self, samples: Sequence[Sequence[Array]], tensors: Sequence[int]
    ) -> tuple[list[Array], dict[int, Array], str]:
        """Return outputs and tensors, stacked over samples and shaped as in the file, and a note; see `PeerModel`."""
        ...


@runtime_checkable
class _Device(Protocol):
    """A board, which makes a runtime of itself; see `device.base.Device`."""

    def as_runtime(self, model: Model) -> Runtime: ...


@dataclass(frozen=True)
class Difference:
    """How one tensor compares.

    Attributes
    ----------
    operator : int or None
        Index of the operator that makes the tensor; None for a recorded output.
    name : str
        The operator: "conv_2d"; "output" for a recorded output.
    tensor : str
    elements : int
        Elements over all samples.
    differing : int
        Elements that differ.
    samples : int
        Samples in which one does.
    largest : float
        The largest difference: in steps for integers, in the tensor's unit for floats; infinite where one side has no
        finite number.
    first : tuple of int or None
        Index of the first element that differs, the sample first.
    ours, theirs : float or None
        Its two values.
    """

    operator: int | None
    name: str
    tensor: str
    elements: int
    differing: int
    samples: int
    largest: float
    first: tuple[int, ...] | None
    ours: float | None
    theirs: float | None


@dataclass(frozen=True)
class Comparison:
    """What `Model.compare` found.

    Attributes
    ----------
    against : str
        What the model was compared with.
    samples : int
    operators : tuple of Difference
        One for every executed operator, in order; empty where only outputs could be compared.
    outputs : tuple of Difference
        One for every output of the model.
    cause : str
        Why the first operator that differs does, where that is known; else empty.
    note : str
        What could not be compared, if anything.
    """

    against: str
    samples: int
    operators: tuple[Difference, ...]
    outputs: tuple[Difference, ...]
    cause: str
    note: str

    @property
    def equal(self) -> bool:
        """Whether everything that was compared has the same bytes."""
        return not any(d.differing for d in (*self.operators, *self.outputs))

    @property
    def first(self) -> Difference | None:
        """The first operator, or else output, that differs; None where all are equal."""
        return next((d for d in (*self.operators, *self.outputs) if d.differing), None)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as a dictionary that JSON can hold."""
        return asdict(self) | {"equal": self.equal, "first": None if self.first is None else asdict(self.first)}

    def __str__(self) -> str:
        lines = [f"{self.samples} samples against {self.against}"]
        lines += [
            f"output {d.tensor}: {d.differing} of {d.elements} elements differ, in {d.samples} samples, "
            f"by at most {d.largest:g}"
            for d in self.outputs
        ]
        if self.first is None:
            lines.append("equal")
        else:
            d = self.first
            where = "an output" if d.operator is None else f"operator {d.operator} ({d.name})"
            lines.append(f"first: {where}, tensor {d.tensor!r}, at {d.first}: {d.ours:.9g} against {d.theirs:.9g}")
            lines.append(f"there: {d.differing} of {d.elements} elements differ, in {d.samples} samples")
        lines += [f"cause: {self.cause}"] if self.cause else []
        lines += [f"note: {self.note}"] if self.note else []
        return "\n".join(lines)


def compare(model: Model, inputs: Sequence[Any], against: Any) -> Comparison:
    """Compare a model with another way of computing it; see `Model.compare`.

    Parameters
    ----------
    model : Model
    inputs : sequence
        As `Model.run` takes them.
    against : Device, Runtime, str, path, Model, ndarray, tuple of ndarray, or mapping of int to ndarray

    Returns
    -------
    Comparison

    Raises
    ------
    DataError, ModelError, ShapeError, QuantizationError, DeviceError : as `Model.compare`
    """
    given = _by_position(model, inputs)
    if isinstance(against, _Device):
        against = against.as_runtime(model)
    outputs = _tuple(model.run(*given))
    batched = outputs[0].shape != model.outputs[0].shape
    if isinstance(against, Runtime) and not isinstance(against, Model):
        return _runtime(model, given, outputs, against, batched)
    if isinstance(against, Mapping):
        return _recorded_operators(model, given, against, batched)
    if not isinstance(against, (str, os.PathLike, Model)):
        return _recorded_outputs(model, outputs, against, batched)
    other, name = _other(model, against)
    for kind, ours, theirs in (("inputs", model.inputs, other.inputs), ("outputs", model.outputs, other.outputs)):
        if [(s.shape, s.dtype) for s in ours] != [(s.shape, s.dtype) for s in theirs]:
            raise ShapeError(f"against: {name} is {other!r}, accepted are the {kind} of {model!r}")
    final = tuple(
        _difference(a, b, batched, None, "output", spec.name)
        for a, b, spec in zip(outputs, _tuple(other.run(*given)), model.outputs, strict=True)
    )
    mine, its = model.trace(*given), other.trace(*given)
    if [(i, _name(model, i), a.shape) for i, a in mine.items()] != [
        (i, _name(other, i), a.shape) for i, a in its.items()
    ]:
        samples = len(outputs[0]) if batched else 1
        return Comparison(name, samples, (), final, "", "it has other operators: only outputs are compared")
    result = _by_operator(model, mine, dict(its), batched, Comparison(name, 0, (), final, "", ""))
    if result.first is not None and result.first.operator is not None:
        result = replace(result, cause=changed_call(model, other, result.first.operator))
    return _explained(model, given, mine, dict(its), result) if graphs_equal(model.graph, other.graph) else result


def _by_position(model: Model, inputs: Sequence[Any]) -> tuple[Any, ...]:
    """Return inputs given by name in the model's order: the other model's may have other names."""
    if len(inputs) == 1 and isinstance(inputs[0], Mapping) and set(inputs[0]) == {spec.name for spec in model.inputs}:
        return tuple(inputs[0][spec.name] for spec in model.inputs)
    return tuple(inputs)


def _tuple(outputs: Any) -> tuple[Any, ...]:
    return tuple(outputs) if isinstance(outputs, (tuple, list)) else (outputs,)


def _name(model: Model, operator: int) -> str:
    return model.graph.operators[operator].name


def _other(model: Model, against: str | os.PathLike[str] | Model) -> tuple[Model, str]:
    """Return the other model and what to call it."""
    if isinstance(against, Model):
        return against, f"another model ({against.arithmetic})"
    if isinstance(against, str) and against in ARITHMETICS:
        return model.with_arithmetic(against), against
    name = os.fspath(against)
    if not os.path.exists(name):
        raise DataError(f"against: {name!r}, accepted are a .tflite file or one of {_NAMES}")
    return load(name, model.arithmetic, model.num_threads), name


def _runtime(
    model: Model, inputs: Sequence[Array], outputs: Sequence[Array], against: Runtime, batched: bool
) -> Comparison:
    trace = model.trace(*inputs)
    made = {operator: model.graph.operators[operator].outputs[0] for operator in trace}
    samples = _file_samples(model, inputs, len(outputs[0]) if batched else 1)
    theirs, tensors, note = against.run(samples, list(made.values()))
    final = tuple(
        _difference(a, _like(a, b, spec.name), batched, None, "output", spec.name)
        for a, b, spec in zip(outputs, theirs, model.outputs, strict=True)
    )
    shown = {operator: tensors[tensor] for operator, tensor in made.items() if tensor in tensors}
    result = Comparison(against.name, len(samples), (), final, "", note)
    return _explained(model, inputs, trace, shown, _by_operator(model, trace, shown, batched, result))


def _file_samples(model: Model, inputs: Sequence[Array], count: int) -> list[list[Array]]:
    """Return the inputs sample by sample, shaped as in the file."""

    def one(array: Array, tensor: int, sample: int) -> Array:
        shape = model.graph.tensors[tensor].shape
        return (array[sample] if array.size > math.prod(shape) else array).reshape(shape)

    tensors = model.graph.inputs
    return [[one(array, index, i) for array, index in zip(inputs, tensors, strict=True)] for i in range(count)]


def _recorded_operators(model: Model, inputs: Sequence[Any], against: Mapping[Any, Any], batched: bool) -> Comparison:
    trace = model.trace(*inputs)
    unknown = [key for key in against if key not in trace]
    if unknown or not against:
        raise DataError(f"against: recorded operators {unknown}, accepted are some of {list(trace)}")
    result = _by_operator(model, trace, against, batched, Comparison("recorded operators", 0, (), (), "", ""))
    return _explained(model, inputs, trace, against, result)


def _by_operator(
    model: Model, trace: Trace, theirs: Mapping[int, Any], batched: bool, result: Comparison
) -> Comparison:
    """Return the comparison with the operators of which there are outputs of the other side."""
    operators = tuple(
        _difference(array, _like(array, theirs[i], trace.names[i]), batched, i, _name(model, i), trace.names[i])
        for i, array in trace.items()
        if i in theirs
    )
    samples = len(next(iter(trace.values()))) if batched else 1
    return replace(result, samples=samples, operators=operators)


def _recorded_outputs(model: Model, outputs: Sequence[Array], against: Any, batched: bool) -> Comparison:
    theirs = _tuple(against)
    if len(theirs) != len(outputs):
        raise ShapeError(f"against: {len(theirs)} recorded outputs, the model has {len(outputs)}")
    final = tuple(
        _difference(a, _like(a, b, spec.name), batched, None, "output", spec.name)
        for a, b, spec in zip(outputs, theirs, model.outputs, strict=True)
    )
    samples = len(outputs[0]) if batched else 1
    return Comparison("recorded outputs", samples, (), final, "", "no operators were recorded")


def _like(ours: Array, theirs: Any, tensor: str) -> Array:
    """Return recorded values in the shape of ours; recordings leave out axes of one element."""
    if not isinstance(theirs, np.ndarray) or theirs.dtype != ours.dtype or theirs.size != ours.size:
        came = f"{theirs.dtype} {theirs.shape}" if isinstance(theirs, np.ndarray) else type(theirs).__name__
        raise ShapeError(
            f"against: {came} for {tensor!r}, accepted is an array of {ours.dtype} with shape {ours.shape}, a path, a "
            f"Model or one of {_NAMES}"
        )
    return theirs.reshape(ours.shape)


def _difference(ours: Array, theirs: Array, batched: bool, operator: int | None, name: str, tensor: str) -> Difference:
    if not batched:
        ours, theirs = ours[None], theirs[None]
    differs = ours != theirs
    if ours.dtype.kind == "f":
        differs &= ~(np.isnan(ours) & np.isnan(theirs))
    count = int(np.count_nonzero(differs))
    if not count:
        return Difference(operator, name, tensor, ours.size, 0, 0, 0.0, None, None, None)
    first = tuple(int(i) for i in np.unravel_index(np.argmax(differs), differs.shape))
    wide = np.float64 if ours.dtype.kind == "f" else np.int64
    with np.errstate(invalid="ignore"):
        largest = float(np.abs(ours[differs].astype(wide) - theirs[differs].astype(wide)).max())
    if math.isnan(largest):  # a number on one side only
        largest = math.inf
    samples = int(np.count_nonzero(differs.reshape(len(differs), -1).any(axis=1)))
    values = float(ours[first]), float(theirs[first])
    return Difference(operator, name, tensor, ours.size, count, samples, largest, first, *values)


def _explained(
    model: Model, inputs: Sequence[Any], trace: Trace, theirs: Mapping[int, Any], result: Comparison
) -> Comparison:
    """Return the comparison with words on the rounding of the first operator that differs, where its inputs do not."""
    first = next((d.operator for d in result.operators if d.differing), None)
    if first is None:
        return result
    graph = model.graph

    def of_file(array: Array, tensor: int) -> Array:
        shape = (result.samples, *graph.tensors[tensor].shape)
        return np.broadcast_to(array.reshape(-1, *shape[1:]), shape)

    made = {i: graph.operators[i].outputs[0] for i in theirs}
    values = {tensor: of_file(trace[i], tensor) for i, tensor in made.items()}
    values |= {tensor: of_file(array, tensor) for array, tensor in zip(inputs, graph.inputs, strict=True)}
    for index in graph.operators[first].inputs:
        known = index < 0 or index in values or graph.tensors[index].is_variable
        if not known and graph.tensors[index].data is None:
            return result
    name = result.against.split(" (", 1)[0]
    its = of_file(_like(trace[first], theirs[first], ""), made[first])
    said = other_rounding(model, first, values, its, name)
    # Where an arithmetic explains every byte, a guess at what it looks like adds nothing.
    known = bool(result.cause) or "rounding tie" in said or "gives the bytes of" in said
    kind = "" if known else likely_kind(_name(model, first), values[made[first]], its)
    return replace(result, cause="; ".join(part for part in (result.cause, said, kind) if part))
