"""A model on samples: metrics, and bytes that differ from recorded ones."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..data import Samples
from ..errors import DataError
from ..metrics import (
    Agreement,
    Classification,
    PairedAgreement,
    PairedClassification,
    agreement,
    classification,
)
from ..metrics.pairs import checked_groups
from ..model import Model
from ..quantize_values import dequantize_array
from ..types import Array
from .inputs import sample_codes
from .study import AgreementStudy, ClassificationStudy

__all__ = ["Evaluation", "evaluate_samples", "pooled"]


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
    subjects : ndarray or None
        Whose each sample is.
    study : AgreementStudy, ClassificationStudy or None
        Intervals and what else `edgetwin.evaluate` adds.
    reference : Evaluation or None
        Of the model that this one was evaluated against, on the same samples.
    paired : PairedAgreement, PairedClassification or None
        This model beside `reference`.
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
    subjects: Array | None = None
    study: AgreementStudy | ClassificationStudy | None = None
    reference: Evaluation | None = None
    paired: PairedAgreement | PairedClassification | None = None

    def __str__(self) -> str:
        lines = [f"{self.name}: {len(self.predictions)} samples"]
        lines += [] if self.result is None else [f"  {_figures(self.result.as_dict())}"]
        lines += [] if self.paired is None else [f"  beside the other model: {_figures(self.paired.as_dict())}"]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

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
            **({} if self.study is None else {"study": self.study.as_dict()}),
            **({} if self.reference is None else {"against": self.reference.as_dict()}),
            **({} if self.paired is None else {"paired": self.paired.as_dict()}),
        }


def _figures(values: Mapping[str, Any]) -> str:
    """Return the single numbers among values; intervals and tables are for `as_dict`."""
    return ", ".join(f"{name} {value:.4g}" for name, value in values.items() if isinstance(value, int | float))


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
    subjects = samples.subjects
    if subjects is not None:
        try:
            checked_groups(subjects, len(predictions))
        except DataError as error:
            raise DataError(f"{samples.path.name}: {error}") from None
    name = samples.path.stem
    return Evaluation(name, outputs, predictions, labels, result, compared, differing, notes, run_s, subjects)


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
        Named "all"; without labels, or subjects, where one of the files has none.
    """
    predictions = np.concatenate([e.predictions for e in evaluations])
    subjects = [e.subjects for e in evaluations if e.subjects is not None]
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
        subjects=None if len(subjects) < len(evaluations) else np.concatenate([s.astype(str) for s in subjects]),
    )
