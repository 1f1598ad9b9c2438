"""What quantization costs, operator by operator: noise, saturation, and which of them the outputs' error comes from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ..errors import DataError
from ..graph.graph import Graph, Operator, Tensor
from ..graph.passes import fold
from ..io.tflite_write import write_tflite
from ..model import Model
from ..types import INT_RANGES, Array
from .observed import dequantized, observed
from .rules import RULES
from .samples import batches, checked_samples, float_model

__all__ = ["OperatorError", "QuantizationReport", "quantization_report"]

#: Operators that keep their input's scale, but round.
_ROUNDING = ("average_pool_2d", "resize_bilinear")
_DECIBELS = 10.0
#: Share of saturated values that is worth a note.
_MANY_SATURATED = 0.01
_ACCEPTED = "accepted is a model made of that one"
#: Characters of a tensor's name that tables show.
_SHOWN_NAME = 40


@dataclass(frozen=True)
class OperatorError:
    """One operator of a float32 model beside its quantized form; or an input, which is quantized too.

    Attributes
    ----------
    index : int
        Of the operator in the float32 model's graph, -1 for an input of the model.
    operator : str
        Its name, "input" for an input.
    name : str
        Of its output tensor.
    elements : int
        Values compared.
    mean_square : float
        Of the float32 output; 0 is a dead layer.
    sqnr_db : float
        Power of the float32 output over that of the difference, which what comes before has caused too; infinite
        where there is none.
    saturated : int
        Values of the float32 output beyond what its codes hold.
    weights_sqnr_db : float or None
        The same of its weights; None without weights.
    alone_sqnr_db : float
        Of the model's outputs where this operator alone is quantized.
    share : float
        Of the model's outputs' error: its error alone over the sum of all of them.
    """

    index: int
    operator: str
    name: str
    elements: int
    mean_square: float
    sqnr_db: float
    saturated: int
    weights_sqnr_db: float | None
    alone_sqnr_db: float
    share: float

    @property
    def short_name(self) -> str:
        """The end of its output's name, which converters make of all that they fused."""
        return self.name if len(self.name) <= _SHOWN_NAME else f"...{self.name[3 - _SHOWN_NAME :]}"


@dataclass(frozen=True)
class QuantizationReport:
    """What quantization costs a model.

    Attributes
    ----------
    samples : int
    output_names : tuple of str
    output_sqnr_db : tuple of float
        For each output of the model.
    output_mse : tuple of float
        In the outputs' unit, squared.
    operators : tuple of OperatorError
        In order; those that only move elements, and outputs whose name is not unique, are left out.
    """

    samples: int
    output_names: tuple[str, ...]
    output_sqnr_db: tuple[float, ...]
    output_mse: tuple[float, ...]
    operators: tuple[OperatorError, ...]

    #: Columns of `rows`.
    header = ("#", "operator", "output", "SQNR (dB)", "saturated", "weights (dB)", "alone (dB)", "share of error")

    @property
    def worst(self) -> OperatorError:
        """The operator that costs most accuracy."""
        return max(self.operators, key=lambda operator: operator.share)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The operators as text, in the order of `header`."""
        return [
            (
                "-" if o.index < 0 else str(o.index),
                o.operator,
                o.short_name,
                _text(o.sqnr_db),
                f"{o.saturated} of {o.elements}",
                "-" if o.weights_sqnr_db is None else _text(o.weights_sqnr_db),
                _text(o.alone_sqnr_db),
                f"{o.share:.1%}",
            )
            for o in self.operators
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values for JSON; infinite ratios are None."""
        outputs = [
            {"name": name, "sqnr_db": _plain(sqnr), "mse": mse}
            for name, sqnr, mse in zip(self.output_names, self.output_sqnr_db, self.output_mse, strict=True)
        ]
        operators = [{key: _plain(value) for key, value in asdict(operator).items()} for operator in self.operators]
        notes = list(self.notes)
        return {"samples": self.samples, "outputs": outputs, "operators": operators, "notes": notes}

    def __str__(self) -> str:
        table = [self.header, *self.rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(self.header))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
        return "\n".join([*(line.rstrip() for line in lines), self.summary, *self.notes])

    @property
    def summary(self) -> str:
        """One line: the outputs' noise, and what costs most."""
        outputs = ", ".join(
            f"{name} {_text(sqnr)} dB" for name, sqnr in zip(self.output_names, self.output_sqnr_db, strict=True)
        )
        worst = self.worst
        where = "input" if worst.index < 0 else f"operator {worst.index} ({worst.operator})"
        return f"SQNR of {outputs}; {worst.share:.0%} of the error comes from {where}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be looked at, by name: layers that are dead, or whose values saturate."""
        notes = []
        for o in self.operators:
            where = f"input {o.name!r}" if o.index < 0 else f"operator {o.index} ({o.operator}, {o.short_name!r})"
            if o.mean_square == 0:
                notes.append(f"{where} is dead: 0 for every sample")
            elif o.saturated > _MANY_SATURATED * o.elements:
                notes.append(f"{where} saturates: {o.saturated / o.elements:.1%} of its values are beyond its codes")
        return tuple(notes)


def _text(decibels: float) -> str:
    return "exact" if math.isinf(decibels) and decibels > 0 else f"{decibels:.1f}"


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _decibels(signal: float, noise: float) -> float:
    if noise == 0:
        return math.inf
    return _DECIBELS * math.log10(signal / noise) if signal > 0 else -math.inf


def quantization_report(model: Any, quantized: Model, samples: Any) -> QuantizationReport:
    """Say what quantization costs a model, and which operators cost most.

    Every operator's output in the quantized model is compared with that of the float32 model. Then each operator is
    quantized alone, its weights and its output, in a model that is float32 otherwise: what that does to the model's
    outputs is the operator's contribution.

    Parameters
    ----------
    model : Model
        Float32, or an object with ``to_model()``.
    quantized : Model
        Of the same network, tensors named alike: from `quantize`, or mostly from TensorFlow's converter.
    samples : array_like, mapping, or iterable
        As `quantize` takes them; others than those that calibrated tell more.

    Returns
    -------
    QuantizationReport

    Raises
    ------
    DataError : samples that do not fit, or a quantized model that has no tensor named as in the float32 model
    """
    model = float_model(model)
    arrays = checked_samples(model, samples, "samples")
    shapes, others = ([spec.shape for spec in one.inputs] for one in (model, quantized))
    if shapes != others:
        raise DataError(f"quantized: inputs {others}, the float32 model's are {shapes}; {_ACCEPTED}")
    names = [spec.name for spec in model.inputs]
    pairs = _Pairs(model.graph, quantized)
    sums = {name: _Sums() for name in pairs.coded}
    outputs = [model.graph.tensors[index].name for index in model.graph.outputs]
    for batch in batches(arrays):
        given = dict(zip(names, batch, strict=True))
        truth = observed(model, given)
        coded = observed(
            quantized, {spec.name: given[name] for spec, name in zip(quantized.inputs, names, strict=True)}
        )
        for name, tensor in pairs.coded.items():
            if name in truth and tensor.name in coded:
                sums[name].add(truth[name], coded[tensor.name], tensor)
    found = [row for row in pairs.rows() if row[1] in sums and sums[row[1]].elements]
    if not found or any(name not in sums or not sums[name].elements for name in outputs):
        raise DataError(f"quantized: no tensors named as in the float32 model ({', '.join(outputs)}); {_ACCEPTED}")
    alone = [_alone(model, pairs, index, name, arrays) for index, name in found]
    total = sum(error for error, _ in alone) or 1.0
    operators = tuple(
        OperatorError(
            index,
            "input" if index < 0 else model.graph.operators[index].name,
            name,
            sums[name].elements,
            sums[name].signal / sums[name].elements,
            _decibels(sums[name].signal, sums[name].noise),
            sums[name].saturated,
            pairs.weights_sqnr_db(index),
            decibels,
            error / total,
        )
        for (index, name), (error, decibels) in zip(found, alone, strict=True)
    )
    return QuantizationReport(
        len(arrays[0]),
        tuple(outputs),
        tuple(_decibels(sums[name].signal, sums[name].noise) for name in outputs),
        tuple(sums[name].noise / sums[name].elements for name in outputs),
        operators,
    )


class _Sums:
    """Powers of a signal and of what differs from it."""

    def __init__(self) -> None:
        self.signal = self.noise = 0.0
        self.elements = self.saturated = 0

    def add(self, truth: Array, coded: Array, tensor: Tensor) -> None:
        real = truth.astype(np.float64).reshape(-1)
        self.signal += float(np.square(real).sum())
        self.noise += float(np.square(real - coded.reshape(-1)).sum())
        self.elements += real.size
        if tensor.quantization is None:
            return
        # Beyond half a step from the last code.
        low, high = (limit - int(tensor.quantization.zero_point[0]) for limit in INT_RANGES[tensor.dtype])
        steps = real / float(tensor.quantization.scale[0])
        self.saturated += int(((steps < low - 0.5) | (steps > high + 0.5)).sum())


class _Pairs:
    """Tensors and operators of a float32 graph and their counterparts with codes, found by name."""

    def __init__(self, graph: Graph, quantized: Model) -> None:
        folded, self.live = fold(graph)
        self.graph = folded
        self.other = quantized.graph
        tensors = {tensor.name: tensor for tensor in self.other.tensors if tensor.quantization is not None}
        self.coded: dict[str, Tensor] = {}
        for tensor in graph.tensors:
            if tensor.dtype != "float32" or tensor.data is not None:
                continue
            # Where an end stays float32, the codes beside it have its name with theirs.
            for name in (tensor.name, *(f"{tensor.name}_{dtype}" for dtype in ("int8", "int16"))):
                if name in tensors and tensors[name].dtype in INT_RANGES and tensors[name].shape == tensor.shape:
                    self.coded[tensor.name] = tensors[name]
                    break
        made = {self.other.tensors[o.outputs[0]].name: o for o in self.other.operators}
        self.operators: dict[int, Operator] = {}
        for index in self.live:
            coded = self.coded.get(self.graph.tensors[self.graph.operators[index].outputs[0]].name)
            if coded is not None and coded.name in made:
                self.operators[index] = made[coded.name]

    def rows(self) -> list[tuple[int, str]]:
        """Return (operator or -1, output tensor) of what is quantized by itself."""
        rows = [(-1, self.graph.tensors[index].name) for index in self.graph.inputs]
        for index in self.live:
            operator = self.graph.operators[index]
            rule = RULES.get(operator.name)
            if rule is None or (rule.output in ("input", "none") and operator.name not in _ROUNDING):
                continue
            rows.append((index, self.graph.tensors[operator.outputs[0]].name))
        return rows

    def constants(self, index: int) -> dict[int, Array]:
        """Return the real numbers that an operator's constants have become, by position."""
        operator, other = self.graph.operators[index], self.operators.get(index)
        found: dict[int, Array] = {}
        if other is None or other.name != operator.name or len(other.inputs) != len(operator.inputs):
            return found
        for position, (i, j) in enumerate(zip(operator.inputs, other.inputs, strict=True)):
            if i < 0 or j < 0 or self.graph.tensors[i].data is None:
                continue
            coded = self.other.tensors[j]
            same = coded.shape == self.graph.tensors[i].shape
            if same and coded.data is not None and coded.quantization is not None:
                found[position] = dequantized(coded.data, coded.quantization)
        return found

    def weights_sqnr_db(self, index: int) -> float | None:
        """Return the noise of an operator's weights."""
        rule = None if index < 0 else RULES.get(self.graph.operators[index].name)
        if rule is None or rule.weights < 0 or rule.weights not in (constants := self.constants(index)):
            return None
        real = np.asarray(self.graph.tensors[self.graph.operators[index].inputs[rule.weights]].data, np.float64)
        noise = np.square(real - constants[rule.weights]).sum()
        return _decibels(float(np.square(real).sum()), float(noise))

    def with_one(self, index: int, name: str) -> Graph:
        """Return the float32 graph with one operator, or input, quantized."""
        tensors = list(self.graph.tensors)
        operators = {i: self.graph.operators[i] for i in self.live}
        source = next(i for i, tensor in enumerate(tensors) if tensor.name == name and tensor.data is None)
        if index >= 0:
            inputs = list(operators[index].inputs)
            for position, real in self.constants(index).items():
                inputs[position] = len(tensors)
                tensors.append(replace(self.graph.tensors[operators[index].inputs[position]], data=real))
            operators[index] = replace(operators[index], inputs=tuple(inputs))
        coded = self.coded[name]
        codes, back = len(tensors), len(tensors) + 1
        tensors.append(Tensor(f"{name}_codes", coded.shape, coded.dtype, coded.quantization))
        tensors.append(Tensor(f"{name}_back", coded.shape, "float32"))
        ends = [Operator("quantize", (source,), (codes,)), Operator("dequantize", (codes,), (back,))]
        order = [] if index >= 0 else list(ends)
        for i, operator in operators.items():
            later = i > index
            inputs = [back if later and given == source else given for given in operator.inputs]
            order.append(replace(operator, inputs=tuple(inputs)))
            if i == index:
                order += ends
        outputs = tuple(back if i == source else i for i in self.graph.outputs)
        return replace(self.graph, tensors=tuple(tensors), operators=tuple(order), outputs=outputs)


def _alone(model: Model, pairs: _Pairs, index: int, name: str, arrays: Sequence[Array]) -> tuple[float, float]:
    """Return the error of the model's outputs over their power, and their noise in decibels, for one operator."""
    other = Model(write_tflite(pairs.with_one(index, name)))
    signal = noise = share = 0.0
    truths, answers = (_outputs(one, arrays) for one in (model, other))
    for truth, answer in zip(truths, answers, strict=True):
        power, error = float(np.square(truth).sum()), float(np.square(truth - answer).sum())
        signal, noise = signal + power, noise + error
        # Outputs of different units count alike.
        share += error / power if power else error
    return share, _decibels(signal, noise)


def _outputs(model: Model, arrays: Sequence[Array]) -> list[Array]:
    outputs = model.run(*arrays)
    given: Sequence[Array] = outputs if isinstance(outputs, tuple) else (outputs,)
    return [array.astype(np.float64) for array in given]
