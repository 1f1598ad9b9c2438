"""Evaluate a model on files of samples: metrics, differing bytes, pictures."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..data import Samples
from ..errors import DataError
from ..metrics import Agreement, Classification, agreement, classification
from ..model import Model
from ..quantize_values import dequantize_array, quantize_array
from ..types import Array, TensorSpec
from .files import save_figure, write_json
from .plots import bland_altman, confusion_matrix, regression

__all__ = ["Evaluation", "evaluate_samples", "pooled", "sample_codes", "write_evaluation"]


@dataclass(frozen=True)
class Evaluation:
    """One file's (or all files') result.

    Attributes
    ----------
    name : str
    outputs : ndarray of the model's output dtype
        What the model gave, (n, *output shape).
    predictions : ndarray of float32
        The same in real units, (n, elements of an output).
    labels : ndarray or None
    result : Agreement, Classification or None
        None without labels.
    compared, differing : int
        Output bytes compared with recorded outputs, and those that differ.
    notes : list of str
    run_s : float
        Seconds that `Model.run` took.
    """

    name: str
    outputs: Array
    predictions: Array
    labels: Array | None
    result: Agreement | Classification | None
    compared: int = 0
    differing: int = 0
    notes: list[str] = field(default_factory=list)
    run_s: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return figures for JSON."""
        kinds = {Agreement: "agreement", Classification: "classification"}
        kind = "none" if self.result is None else kinds[type(self.result)]
        return {
            "name": self.name,
            "samples": len(self.predictions),
            "kind": kind,
            "metrics": None if self.result is None else self.result.as_dict(),
            "recorded_output_bytes": self.compared,
            "differing_output_bytes": self.differing,
            "notes": self.notes,
        }


def _fit(array: Array, shape: tuple[int, ...], what: str, notes: list[str]) -> Array:
    """Return `array` as (n, *shape); samples of another shape with as many elements are reshaped, which is noted."""
    size = int(np.prod(shape))
    if array.ndim >= 1 and array.shape[1:] == shape:
        return array
    if array.ndim >= 1 and len(array) and array[0].size == size:
        notes.append(f"{what}: samples of shape {array.shape[1:]} taken as {shape}")
        return array.reshape(len(array), *shape)
    if array.size == size:
        notes.append(f"{what}: one sample of shape {array.shape} taken as {shape}")
        return array.reshape(1, *shape)
    raise DataError(f"{what}: shape {array.shape}, the model takes samples of shape {shape}")


def _codes(samples: Samples, source: TensorSpec, notes: list[str]) -> Array:
    """Return one file's inputs as (n, *shape) of the dtype that the model takes."""
    what = f"{samples.path.name}: inputs"
    codes, real = samples.codes, samples.real
    if codes is not None and (real is None or codes.dtype == source.dtype or source.dtype.kind == "i"):
        if codes.dtype != source.dtype:
            raise DataError(
                f"{what} are {codes.dtype}, accepted are {source.dtype}, or real values as float32 or float64"
            )
        return _some(_fit(codes, source.shape, what, notes), what)
    real = _some(_fit(np.asarray(real), source.shape, what, notes), what)
    if source.scale is None or source.zero_point is None:
        if source.dtype.kind != "f":
            raise DataError(f"{what} are {real.dtype}, accepted are {source.dtype}: the model gives them no scale")
        if np.isnan(real).any():
            raise DataError(f"{what} hold NaN")
        with np.errstate(over="ignore"):
            return real.astype(source.dtype)
    codes = quantize_array(real, source.scale, source.zero_point, source.dtype.name)
    limits = np.iinfo(source.dtype)
    low, high = (source.scale * (limit - source.zero_point) for limit in (limits.min - 0.5, limits.max + 0.5))
    outside = int(((real < low) | (real > high)).sum())
    if outside:
        notes.append(
            f"{what}: {outside} of {real.size} values lie outside {low:.4g} to {high:.4g}, which {source.dtype} holds, "
            f"and saturate"
        )
    return codes


def _some(array: Array, what: str) -> Array:
    if len(array) == 0:
        raise DataError(f"{what} hold no samples: shape {array.shape}")
    return array


def sample_codes(model: Model, samples: Samples) -> tuple[Array, list[str]]:
    """Return one file's samples as what `Model.run` takes, real values quantized.

    Parameters
    ----------
    model : Model
        With one input.
    samples : Samples

    Returns
    -------
    codes : ndarray, shape (n, *input shape), the input's dtype
    notes : list of str
        What was reshaped or saturated.

    Raises
    ------
    DataError : samples that do not fit the model, or a model with several inputs
    QuantizationError : NaN among the inputs
    """
    if len(model.inputs) != 1:
        raise DataError(f"the model has {len(model.inputs)} inputs, accepted is 1")
    notes: list[str] = []
    return np.ascontiguousarray(_codes(samples, model.inputs[0], notes)), notes


def evaluate_samples(model: Model, samples: Samples) -> Evaluation:
    """Run a model on one file's samples and compare with its labels and recorded outputs.

    Parameters
    ----------
    model : Model
        With one input and one output.
    samples : Samples

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError : samples, labels or recorded outputs that do not fit the model
    QuantizationError : NaN among the inputs
    """
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise DataError(
            f"the model has {len(model.inputs)} inputs and {len(model.outputs)} outputs, accepted is 1 each"
        )
    target = model.outputs[0]
    codes, notes = sample_codes(model, samples)
    began = time.perf_counter()
    outputs = model.run(codes)
    run_s = time.perf_counter() - began
    compared = differing = 0
    if samples.outputs is not None and outputs.dtype.kind == "f" and samples.outputs.dtype.kind in "iu":
        notes.append(
            f"{samples.path.name}: recorded outputs are {samples.outputs.dtype}, of a quantized model; this one gives "
            f"{outputs.dtype}, which is not compared with them"
        )
    elif samples.outputs is not None:
        if samples.outputs.dtype != outputs.dtype or samples.outputs.size != outputs.size:
            raise DataError(
                f"{samples.path.name}: recorded outputs are {samples.outputs.dtype} {samples.outputs.shape}, the model "
                f"gives {outputs.dtype} {outputs.shape}"
            )
        mine, recorded = (
            np.ascontiguousarray(a).reshape(len(outputs), -1).view(np.uint8) for a in (outputs, samples.outputs)
        )
        unequal = mine != recorded
        compared, differing = mine.size, int(unequal.sum())
        if differing:
            rows = np.flatnonzero(unequal.any(1))
            notes.append(
                f"{samples.path.name}: {len(rows)} of {len(mine)} samples differ from the recorded outputs, the first "
                f"is sample {rows[0]}"
            )
    if target.scale is None or target.zero_point is None:
        predictions = outputs.astype(np.float32)
    else:
        predictions = dequantize_array(outputs, target.scale, target.zero_point)
    predictions = predictions.reshape(len(predictions), -1)
    labels = samples.labels
    result = None if labels is None else _score(predictions, labels, samples)
    return Evaluation(samples.path.stem, outputs, predictions, labels, result, compared, differing, notes, run_s)


def _score(predictions: Array, labels: Array, samples: Samples) -> Agreement | Classification:
    if labels.size != len(predictions):
        raise DataError(f"{samples.path.name}: {labels.size} labels for {len(predictions)} samples")
    if predictions.shape[1] == 1:
        return agreement(predictions, labels)
    return classification(predictions, labels)


def pooled(evaluations: Sequence[Evaluation]) -> Evaluation:
    """Return the result on all files together.

    Parameters
    ----------
    evaluations : sequence of Evaluation
        Of one model, at least one.

    Returns
    -------
    Evaluation
        Named "all"; without labels where one of the files has none.
    """
    predictions = np.concatenate([e.predictions for e in evaluations])
    labels = None
    result: Agreement | Classification | None = None
    if all(e.labels is not None for e in evaluations):
        labels = np.concatenate([np.asarray(e.labels).reshape(-1) for e in evaluations])
        result = agreement(predictions, labels) if predictions.shape[1] == 1 else classification(predictions, labels)
    return Evaluation(
        "all",
        np.concatenate([e.outputs for e in evaluations]),
        predictions,
        labels,
        result,
        sum(e.compared for e in evaluations),
        sum(e.differing for e in evaluations),
        run_s=sum(e.run_s for e in evaluations),
    )


def write_evaluation(
    folder: Path, model: str, evaluations: Sequence[Evaluation], *, arithmetic: str, quantity: str, unit: str
) -> list[Path]:
    """Write pictures of each evaluation and ``metrics.json``.

    Parameters
    ----------
    folder : Path
    model : str
        The model's name, for titles.
    evaluations : sequence of Evaluation
    arithmetic : str
        `Model.arithmetic`.
    quantity, unit : str
        What the model predicts; the unit may be empty.

    Returns
    -------
    list of Path
        Files written.

    Raises
    ------
    OutputError : a file cannot be written
    """
    written = []
    for item in evaluations:
        title = f"{model}, {item.name}"
        prefix = "" if len(evaluations) == 1 else f"{item.name}-"
        if isinstance(item.result, Agreement):
            words = {"quantity": quantity, "unit": unit, "title": title}
            for name, draw in (("regression", regression), ("bland_altman", bland_altman)):
                figure = draw(item.predictions, item.labels, item.result, **words)
                written.append(save_figure(figure, folder / f"{prefix}{name}.png"))
        elif isinstance(item.result, Classification):
            figure = confusion_matrix(item.result, title=title)
            written.append(save_figure(figure, folder / f"{prefix}confusion_matrix.png"))
    content = {
        "model": model,
        "arithmetic": arithmetic,
        "unit": unit,
        "evaluations": [e.as_dict() for e in evaluations],
    }
    written.append(write_json(folder / "metrics.json", content))
    return written
