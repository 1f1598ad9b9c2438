"""How people read a model's outputs: units, names of classes, and how often its sensor is sampled."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import DataError
from ...graph.graph import Tensor
from .model_code import Source

__all__ = ["Presentation", "presented"]

#: Codes of a softmax have this scale and zero point; nothing else tells a classifier.
_SOFTMAX = (1 / 256, -128)
#: Height and width; windows have time alone.
_PICTURE_AXES = 2
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


def presented(source: Source, labels: Sequence[str] | None, unit: str, rate_hz: float) -> Presentation:
    """Return what is told of a model's numbers.

    Parameters
    ----------
    source : Source
    labels : sequence of str, optional
        Names of classes.
    unit : str
    rate_hz : float

    Raises
    ------
    DataError : another number of labels than results, text that is no plain text, or a rate that is not positive
    """
    tensors = source.graph.tensors
    samples = sum(tensors[tensor].size for tensor in source.graph.inputs)
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
    axes = _axes(given)
    motion = len(source.inputs) == 1 and sum(length > 1 for length in given.shape[1:-1]) < _PICTURE_AXES
    return Presentation(
        samples, results, classifies, names, unit, float(rate_hz), axes if samples % axes == 0 else 1, motion
    )


def _is_softmax(tensor: Tensor) -> bool:
    quantization = tensor.quantization
    if quantization is None or quantization.scale.size != 1:
        return False
    return (float(quantization.scale[0]), int(quantization.zero_point[0])) == _SOFTMAX


def _axes(tensor: Tensor) -> int:
    """Return how many values of a motion sensor lie beside each other: the last axis, or a guess for flat windows."""
    last = tensor.shape[-1] if tensor.shape else 1
    return last if last in (1, 3, 6) else next((axes for axes in (6, 3) if tensor.size % axes == 0), 1)
