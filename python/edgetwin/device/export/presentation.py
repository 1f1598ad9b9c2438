"""How people read a model's outputs: units, names of classes, and how often its sensor is sampled."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ...errors import DataError
from ...firmware import ExportOptions
from ...graph.graph import Tensor
from .model_code import Source
from .samples_code import SamplesCode

__all__ = ["Presentation", "presented"]

#: Codes of a softmax have this scale and zero point; nothing else tells a classifier.
_SOFTMAX = (1 / 256, -128)
#: Height and width; windows have time alone.
_PICTURE_AXES = 2
#: Where nobody says.
_RATE_HZ = 100.0
_PRINTABLE = re.compile(r'[^\x00-\x1f\x7f"\\]+')


@dataclass(frozen=True)
class Presentation:
    """What examples and pages say of a model's numbers.

    Attributes
    ----------
    samples, results : int
        Elements of all inputs and of all outputs.
    classifies : bool
        Results are scores of classes.
    names : tuple of str
        One a result.
    unit : str
        Of results that are no scores; may be empty.
    rate_hz : float
        Samples of a sensor a second.
    axes : int
        Values of a sensor's sample, which lie beside each other in the first input.
    motion : bool
        Whether the input may be a window of a motion sensor: it is no picture.
    """

    samples: int
    results: int
    classifies: bool
    names: tuple[str, ...]
    unit: str
    rate_hz: float
    axes: int
    motion: bool


def presented(source: Source, options: ExportOptions, samples: SamplesCode | None) -> Presentation:
    """Return what is told of a model's numbers.

    Parameters
    ----------
    source : Source
    options : ExportOptions
        Of which labels, unit and rate_hz are read.
    samples : SamplesCode or None
        What the source of samples is, where there is one.

    Raises
    ------
    DataError : another number of labels than results, text that is no plain text, or a rate that is not positive
    """
    labels, unit = options.labels, options.unit
    tensors = source.graph.tensors
    given_values = sum(tensors[tensor].size for tensor in source.graph.inputs)
    rate_hz = options.rate_hz
    if rate_hz is None:
        rate_hz = _RATE_HZ if samples is None or samples.rate_hz is None else samples.rate_hz
    results = sum(tensors[tensor].size for tensor in source.graph.outputs)
    if not (math.isfinite(rate_hz) and rate_hz > 0):
        raise DataError(f"rate_hz {rate_hz}, accepted is a positive number of samples a second")
    for text in [*(labels or ()), *([unit] if unit else [])]:
        if not isinstance(text, str) or not _PRINTABLE.fullmatch(text):
            raise DataError(f"label or unit {text!r}, accepted is text without quotes, backslashes or line breaks")
    if labels is not None and len(labels) != results:
        raise DataError(f"{len(labels)} labels, the model has {results} outputs: one for each is accepted")
    first = tensors[source.graph.outputs[0]]
    classifies = labels is not None or (len(source.outputs) == 1 and results > 1 and _is_softmax(first))
    names = (
        tuple(labels)
        if labels is not None
        else tuple(f"class {i}" for i in range(results))
        if classifies
        else tuple(
            name if tensors[tensor].size == 1 else f"{name} {i}"
            for tensor, name in zip(source.graph.outputs, source.outputs, strict=True)
            for i in range(tensors[tensor].size)
        )
    )
    given = tensors[source.graph.inputs[0]]
    if samples is None:
        axes = _axes(given)
        axes = axes if given_values % axes == 0 else 1
        motion = len(source.inputs) == 1 and sum(length > 1 for length in given.shape[1:-1]) < _PICTURE_AXES
    else:
        axes, motion = samples.axes, samples.kind in ("motion", "gait") and samples.axes in (1, 3, 6)
    return Presentation(given_values, results, classifies, names, unit, float(rate_hz), axes, motion)


def _is_softmax(tensor: Tensor) -> bool:
    quantization = tensor.quantization
    if quantization is None or quantization.scale.size != 1:
        return False
    return (float(quantization.scale[0]), int(quantization.zero_point[0])) == _SOFTMAX


def _axes(tensor: Tensor) -> int:
    """Return how many values of a motion sensor lie beside each other: the last axis, or a guess for flat windows."""
    last = tensor.shape[-1] if tensor.shape else 1
    return last if last in (1, 3, 6) else next((axes for axes in (6, 3) if tensor.size % axes == 0), 1)
