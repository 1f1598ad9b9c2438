"""A model -> the part of it, in whole or up to an operator, that gives the same bytes on every runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import DataError, UnsupportedError
from ...io.tflite_write import write_tflite
from ...model import Model
from ...quantize_values import dequantize_array
from ...types import Array
from ..calibration import calibrate
from ..samples import checked_samples
from ..scheme import Scheme
from .alignment import aligned
from .draft import Draft, part
from .fitting import Moments, exponents_of, fit
from .forms import means_as_convolutions, refusal
from .layers import LINEAR, Layer
from .original import Original
from .scales import LEAST_EXPONENT

__all__ = ["Portable", "make_portable", "portable_parts"]

#: Numbers of a layer's inputs that are looked at, of each batch of calibration samples.
_MOST_NUMBERS = 2**21


@dataclass(frozen=True)
class Portable:
    """A model made portable.

    Attributes
    ----------
    model : Model
        Gives the same bytes on every runtime. Its inputs and outputs are codes.
    tail : Model or None
        The operators that are left: it takes the model's outputs, by name. None where nothing is left.
    whole : Model
        Both in one file, whose outputs are those of the original; `model` where nothing is left.
    split : tuple of str
        The operators before which the model is split, each with the reason.
    changes : tuple of str
        What has another form than in the original.
    """

    model: Model
    tail: Model | None
    whole: Model
    split: tuple[str, ...]
    changes: tuple[str, ...]

    def certify(self) -> dict[str, Any]:
        """Prove, for all inputs of `model`, that other arithmetics give its bytes; see `Model.certify`.

        Returns
        -------
        dict of str to Certificate
            By the name of the other arithmetic.
        """
        return {name: self.model.certify(name) for name in _AGAINST if name != self.model.arithmetic}

    def __str__(self) -> str:
        size = len(self.model.graph.operators)
        outputs = ", ".join(repr(spec.name) for spec in self.model.outputs)
        lines = [f"the same bytes on every runtime: {size} operators, to {outputs}"]
        lines += [f"split before {text}" for text in self.split]
        return "\n".join([*lines, *self.changes])


_AGAINST = ("tflm", "single_rounding", "xnnpack", "every_rounding")


def make_portable(
    model: Any,
    calibration: Any = None,
    *,
    method: str = "min_max",
    percentile: float = 99.99,
    dense_per_channel: bool = False,
    arithmetic: str = "tflm",
) -> Portable:
    """Give a model weights and scales with which every runtime computes the same bytes.

    Every layer's scaling becomes a hair less than a power of two, its weights even and its biases odd: then every sum
    that an input can make is odd, none meets a tie of rounding, and neither how a runtime computes its scales nor how
    it rounds can be seen. Weights are rounded with the errors of one taken back by the next, in the order of what flows
    through the layer when it is given the calibration samples, and biases take back what is left of the mean. Means and
    average pools become convolutions; sums get scales whose parts meet no tie. Before any other operator the model is
    split.

    Parameters
    ----------
    model : Model
        Float32 (or an object with ``to_model()``), or int8. An int8 model keeps the scales of its activations.
    calibration : array_like, mapping, or iterable, optional
        Windows as `quantize` takes them, real units or, for an int8 model, its inputs' codes. An int8 model does
        without, and loses more.
    method : str
    percentile : float
    dense_per_channel : bool
        As in `quantize`, for a float32 model.
    arithmetic : str
        Of the models that are returned: they give the same bytes in each.

    Returns
    -------
    Portable

    Raises
    ------
    DataError : as `quantize`; or no calibration for a float32 model
    QuantizationError : as `quantize`
    UnsupportedError : as `quantize`; or the first operator cannot be made portable
    """
    if not isinstance(model, Model) and callable(getattr(model, "to_model", None)):
        model = model.to_model()
    if not isinstance(model, Model):
        raise DataError(f"model: {type(model).__name__}, accepted is a Model, or an object with to_model()")
    if any(tensor.quantization is not None for tensor in model.graph.tensors):
        samples = [] if calibration is None else checked_samples(model, _real(model, calibration), "calibration")
        return portable_parts(Original.of_codes(model, samples), arithmetic)
    if calibration is None:
        raise DataError("calibration: None, accepted for a float32 model are samples: they tell its ranges")
    samples = checked_samples(model, calibration, "calibration")
    given = samples[0] if len(samples) == 1 else tuple(samples)
    ranges = calibrate(model, given, method, percentile=percentile)
    scheme = Scheme(dense_per_channel=dense_per_channel)
    return portable_parts(Original.of_real(model, ranges, scheme, samples), arithmetic)


def _real(model: Model, calibration: Any) -> Any:
    """Return an int8 model's samples in real units: codes become what they stand for."""
    if isinstance(calibration, Mapping):
        specs = {spec.name: spec for spec in model.inputs}
        return {n: _real_codes(specs[n], v) if n in specs else v for n, v in calibration.items()}
    if len(model.inputs) == 1:
        return _real_codes(model.inputs[0], calibration)
    return calibration


def _real_codes(spec: Any, values: Any) -> Any:
    if isinstance(values, np.ndarray) and values.dtype == spec.dtype and spec.scale is not None:
        return dequantize_array(values, spec.scale, spec.zero_point)
    return values


def portable_parts(original: Original, arithmetic: str) -> Portable:
    """Return the portable form of a model that is read; see `make_portable`."""
    draft = Draft(original.codes)
    fixed = [i for i in draft.outputs if draft.tensors[i].name in original.fixed]
    changes = _entered(draft)
    changes |= means_as_convolutions(draft, _before(draft, _refused(draft)))
    reasons = _refused(draft)
    reasons |= aligned(draft, _before(draft, reasons), fixed)
    layers = original.layers()
    for index in _before(draft, reasons):
        found = _layer(draft, index, layers)
        clipped = 0 if found is None else np.count_nonzero(exponents_of(draft, *found) < LEAST_EXPONENT)
        if clipped and not original.samples:
            reasons[index] = "it scales sums by more than a quarter, and no calibration tells what clipping would cost"
        elif clipped:
            changes[draft.operators[index].outputs[0]] = f"weights of {clipped} channels are clipped"
    body = _before(draft, reasons)
    if not body:
        said = "; ".join(f"{draft.operators[i].name}: {reason}" for i, reason in reasons.items())
        raise UnsupportedError(f"no operator of the model can be made portable: {said}")
    for index in body:
        found = _layer(draft, index, layers)
        if found is not None:
            _fit(draft, index, found, original, body)
    return _split(draft, body, reasons, changes, original, arithmetic)


def _refused(draft: Draft) -> dict[int, str]:
    return {i: reason for i, one in enumerate(draft.operators) if (reason := refusal(draft, one))}


def _entered(draft: Draft) -> dict[int, str]:
    """Let the model begin with the codes that its inputs are quantized to, in place; return what, by the tensor."""
    said, inputs = {}, list(draft.inputs)
    for operator in list(draft.operators):
        source, output = operator.inputs[0], operator.outputs[0]
        alone = sum(source in one.inputs for one in draft.operators) == 1
        if operator.name == "quantize" and source in inputs and alone and draft.tensors[output].dtype == "int8":
            inputs[inputs.index(source)] = output
            draft.operators.remove(operator)
            said[output] = "the input are its codes"
    draft.inputs = tuple(inputs)
    return said


def _before(draft: Draft, reasons: Mapping[int, str]) -> list[int]:
    """Return the operators that need nothing of those that were refused."""
    late: set[int] = set()
    kept = []
    for index, operator in enumerate(draft.operators):
        if index in reasons or late.intersection(operator.inputs):
            late.update(operator.outputs)
        else:
            kept.append(index)
    return kept


def _layer(draft: Draft, index: int, layers: Mapping[str, tuple[Array, Array]]) -> Any:
    """Return what `exponents_of` and `fit` are given of a layer of the original; None for other operators."""
    operator = draft.operators[index]
    name = draft.tensors[operator.outputs[0]].name
    if operator.name not in LINEAR or name not in layers:
        return None
    layer = Layer.of(draft.graph, operator)
    weights, bias = layers[name]
    quantization = draft.tensors[operator.inputs[1]].quantization
    # A dense layer's one scale is what every runtime takes.
    shared = quantization is None or (quantization.scale.size == 1 and operator.name == "fully_connected")
    return layer, layer.grouped(weights), bias, shared


def _fit(draft: Draft, index: int, found: Any, original: Original, body: Sequence[int]) -> None:
    layer, weights, bias, shared = found
    source = draft.operators[index].inputs[0]
    moments = Moments.none(weights)
    if original.samples:
        graph = draft.graph
        before = [i for i in body if i < index]
        made = any(source in graph.operators[i].outputs for i in before)
        portable = Model(write_tflite(part(graph, before, graph.inputs, [source]))) if made else None
        most = max(_MOST_NUMBERS // (weights.shape[0] * weights.shape[2]), 1)
        moments = Moments.of(layer, weights, original.flows(portable, graph.tensors[source]), most)
    fit(draft, index, weights, bias, moments, shared)


def _split(
    draft: Draft,
    body: Sequence[int],
    reasons: Mapping[int, str],
    changes: Mapping[int, str],
    original: Original,
    arithmetic: str,
) -> Portable:
    graph = original.renamed(draft.graph)
    rest = [i for i in range(len(draft.operators)) if i not in body]
    made = dict.fromkeys(t for i in body for t in draft.operators[i].outputs)
    wanted = {*draft.outputs, *(t for i in rest for t in draft.operators[i].inputs)}
    ends = [t for t in made if t in wanted] if rest else list(draft.outputs)

    def model(operators: Sequence[int], inputs: Sequence[int], outputs: Sequence[int]) -> Model:
        return Model(write_tflite(part(graph, operators, inputs, outputs)), arithmetic)

    tail = None
    if rest:
        given = [t for t in (*ends, *draft.inputs) if any(t in draft.operators[i].inputs for i in rest)]
        late = {t for i in rest for t in draft.operators[i].outputs}
        tail = model(rest, given, [t for t in draft.outputs if t in late])
    used = [t for t in draft.inputs if any(t in draft.operators[i].inputs for i in body)]
    portable = model(body, used, ends)
    names = {i: graph.tensors[operator.outputs[0]].name for i, operator in enumerate(draft.operators)}
    split = tuple(f"{graph.where(i)} {names[i]!r}: {reason}" for i, reason in sorted(reasons.items()))
    said = tuple(f"{graph.tensors[i].name!r}: {what}" for i, what in changes.items())
    whole = portable if tail is None else model(range(len(draft.operators)), draft.inputs, draft.outputs)
    return Portable(portable, tail, whole, split, said)
