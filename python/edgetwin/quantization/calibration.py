"""Ranges of a float32 model's activations over a few hundred windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..errors import DataError, QuantizationError
from ..model import Model
from ..types import Array
from .histogram import BINS, mse_range, percentile_range
from .samples import batches, checked_samples, float_model
from .sharing import calibrated_tensors

__all__ = ["METHODS", "calibrate"]

METHODS = ("min_max", "moving_average", "percentile", "mse")
#: Share of what was before that a window leaves of the average.
_MOMENTUM = 0.99
#: Codes that values are spread over.
_LEVELS = 256


def calibrate(
    model: Any, calibration: Any, method: str = "min_max", *, percentile: float = 99.99
) -> dict[int, tuple[float, float]]:
    """Return the range of every activation that gets a scale of its own.

    Parameters
    ----------
    model : Model
        Float32, or an object with ``to_model()``.
    calibration : array_like, mapping, or iterable
        A few hundred windows (n, *input shape), real units; see `quantize`.
    method : str
        "min_max": smallest and largest value, as TFLite's converter. "moving_average": of every window's smallest and
        largest value. "percentile": what holds `percentile` percent of the values, half of the rest on each side.
        "mse": ends that make the mean squared error of 256 codes smallest, from a histogram of 2,048 bins.
    percentile : float in (50, 100]

    Returns
    -------
    dict of int to (float, float)
        Tensor index in ``model.graph`` -> (minimum, maximum).

    Raises
    ------
    DataError : samples that are none, do not fit, are not finite or all the same; a model that is not float32
    QuantizationError : an unknown method; an activation that is not finite
    """
    if method not in METHODS:
        raise QuantizationError(f"method {method!r}, accepted are {', '.join(METHODS)}")
    if isinstance(percentile, bool) or not isinstance(percentile, (int, float)) or not 50 < percentile <= 100:
        raise QuantizationError(f"percentile {percentile!r}, accepted is a number above 50 and at most 100")
    model = float_model(model)
    samples = checked_samples(model, calibration, "calibration")
    for spec, array in zip(model.inputs, samples, strict=True):
        if array.min() == array.max():
            raise DataError(f"calibration: every value of input {spec.name!r} is {array.min():g}, which gives no range")
    tensors = calibrated_tensors(model.graph, range(len(model.graph.operators)))
    if method == "moving_average":
        return _moving_average(model, tensors, samples)
    ranges = _min_max(model, tensors, samples)
    if method == "min_max":
        return ranges
    counts = {index: np.zeros(BINS, np.int64) for index in ranges}
    for values in _observed(model, tensors, samples):
        for index, array in values.items():
            low, high = ranges[index]
            if high > low:
                counts[index] += np.histogram(array, BINS, (low, high))[0]
    if method == "percentile":
        return {index: percentile_range(counts[index], ends, percentile) for index, ends in ranges.items()}
    return {index: mse_range(counts[index], ends, _LEVELS) for index, ends in ranges.items()}


def _observed(model: Model, tensors: list[int], samples: list[Array]) -> Iterator[Mapping[int, Array]]:
    """Yield the values of the tensors, a few samples at a time."""
    operators = {model.graph.operators[i].outputs[0]: i for i in range(len(model.graph.operators))}
    for batch in batches(samples):
        trace = model.trace(*batch)
        values = dict(zip(model.graph.inputs, batch, strict=True))
        values |= {tensor: trace[operators[tensor]] for tensor in tensors if operators.get(tensor, -1) in trace}
        for tensor in tensors:
            if tensor in values and not np.isfinite(values[tensor]).all():
                where = model.graph.where(operators[tensor])
                raise QuantizationError(f"{where}: its output is NaN or infinite for calibration samples")
        yield {tensor: values[tensor] for tensor in tensors if tensor in values}


def _min_max(model: Model, tensors: list[int], samples: list[Array]) -> dict[int, tuple[float, float]]:
    ranges: dict[int, tuple[float, float]] = {}
    for values in _observed(model, tensors, samples):
        for index, array in values.items():
            low, high = ranges.get(index, (np.inf, -np.inf))
            ranges[index] = min(low, float(array.min())), max(high, float(array.max()))
    return ranges


def _moving_average(model: Model, tensors: list[int], samples: list[Array]) -> dict[int, tuple[float, float]]:
    sums: dict[int, Array] = {}
    weight = 0.0
    for values in _observed(model, tensors, samples):
        count = max(len(array) for array in values.values())
        decays = _MOMENTUM ** np.arange(count - 1, -1, -1)
        for index, array in values.items():
            rows = array.reshape(len(array), -1)
            ends = np.stack([rows.min(axis=1), rows.max(axis=1)]).astype(np.float64)
            sums[index] = sums.get(index, np.zeros(2)) * _MOMENTUM**count + (1 - _MOMENTUM) * (ends @ decays)
        weight = weight * _MOMENTUM**count + (1 - _MOMENTUM) * float(decays.sum())
    # Without this the first windows would pull every range towards 0.
    return {index: (float(ends[0] / weight), float(ends[1] / weight)) for index, ends in sums.items()}
