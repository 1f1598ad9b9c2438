"""`et.evaluate`: a model on labelled samples, and what it loses to another one on the same."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import real_array, whole_number
from ..data import Samples, load_samples
from ..errors import DataError, ModelError
from ..metrics import Classification, paired_agreement, paired_classification
from ..metrics.pairs import checked_confidence, checked_groups
from ..model import Model, load
from .evaluation import Evaluation, evaluate_samples
from .study import study_of

__all__ = ["evaluate", "studied"]


def evaluate(
    model: Any,
    dataset: Any,
    *,
    against: Any = None,
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Evaluation:
    """Evaluate a model on labelled samples, exactly as the board computes it.

    One output is a prediction in the labels' unit; several are scores of as many classes.

    Parameters
    ----------
    model : Model, path of a `.tflite` file, or anything with `to_model()`
        One input and one output.
    dataset : tuple of (x, labels) or (x, labels, subjects), Samples, or path of an `.npz` file
        x is (n, *input shape), in real units, or codes of the input's integer dtype. Subjects (or recordings), text or
        integers, one a sample: samples of one are not independent, so intervals draw subjects in their place.
    against : as `model`, optional
        Another model that is evaluated on the same samples; with the float32 twin `paired` tells what quantization
        alone cost.
    resamples : int, >= 0
        Of the bootstrap; 0 for none and no intervals.
    seed : int, >= 0
        Of the bootstrap.
    confidence : float, in (0, 1)

    Returns
    -------
    Evaluation
        With `study`, and with `reference` and `paired` where `against` is given.

    Raises
    ------
    DataError : samples, labels or subjects that do not fit, no labels, or an option out of range
    QuantizationError : NaN among the inputs
    ModelError, UnsupportedError : a model that cannot be read, or is none

    Examples
    --------
    >>> result = et.evaluate(int8, (strides.flat, strides.label_cm, subject), against=float32)
    >>> result.result.bias, result.study.intervals["bias"], result.paired.mse_ratio
    """
    whole_number(resamples, "resamples", 0, 1_000_000)
    whole_number(seed, "seed", 0)
    checked_confidence(confidence)
    samples = _samples(dataset)
    if samples.labels is None:
        raise DataError(f"{samples.path.name}: no labels to evaluate against")
    evaluation = evaluate_samples(_model(model, "model"), samples)
    reference = None if against is None else evaluate_samples(_model(against, "against"), samples)
    return studied(evaluation, reference, resamples=resamples, seed=seed, confidence=confidence)


def studied(
    evaluation: Evaluation, reference: Evaluation | None = None, *, resamples: int, seed: int, confidence: float = 0.95
) -> Evaluation:
    """Return an evaluation with its study, and with what it loses to another model's.

    Parameters
    ----------
    evaluation : Evaluation
    reference : Evaluation, optional
        Of another model on the same samples.
    resamples, seed, confidence
        As in `evaluate`.

    Returns
    -------
    Evaluation
        As it is where it has no labels.

    Raises
    ------
    DataError : models of different outputs
    """
    predictions, labels, subjects = evaluation.predictions, evaluation.labels, evaluation.subjects
    if labels is None:
        return evaluation
    notes = list(evaluation.notes)
    groups = None
    if subjects is not None:
        names, groups = checked_groups(subjects, len(predictions))
        if len(names) == 1:
            notes.append(f"{evaluation.name}: all samples are of {names[0]}; intervals take them as independent")
            groups = None
    if reference is not None and reference.predictions.shape != predictions.shape:
        raise DataError(
            f"models of {predictions.shape[1]} and {reference.predictions.shape[1]} outputs, accepted are equal ones"
        )
    paired = None
    if reference is not None and resamples:
        compare = paired_classification if isinstance(evaluation.result, Classification) else paired_agreement
        paired = compare(
            reference.predictions, predictions, labels, groups, resamples=resamples, seed=seed, confidence=confidence
        )
        reference = replace(
            reference, study=study_of(reference.predictions, labels, subjects, resamples, seed, confidence)
        )
    study = study_of(predictions, labels, subjects, resamples, seed, confidence)
    return replace(evaluation, study=study, reference=reference, paired=paired, notes=notes)


def _model(model: Any, what: str) -> Model:
    if isinstance(model, Model):
        return model
    if isinstance(model, (str, os.PathLike)):
        return load(model)
    if hasattr(model, "to_model"):
        made = model.to_model()
        if isinstance(made, Model):
            return made
    raise ModelError(
        f"{what}: {type(model).__name__}, accepted are a Model, the path of a .tflite file, or what has to_model()"
    )


def _samples(dataset: Any) -> Samples:
    if isinstance(dataset, Samples):
        return dataset
    if isinstance(dataset, (str, os.PathLike)):
        return load_samples(Path(dataset))
    if not isinstance(dataset, Sequence) or len(dataset) not in (2, 3):
        came = (
            f"{type(dataset).__name__} of {len(dataset)}" if isinstance(dataset, Sequence) else type(dataset).__name__
        )
        raise DataError(f"dataset: {came}, accepted are (x, labels), (x, labels, subjects), Samples, or a path")
    x = real_array(dataset[0], "dataset: x", kinds="biuf")
    labels = real_array(dataset[1], "dataset: labels", kinds="iuf")
    subjects = None if len(dataset) == 2 or dataset[2] is None else np.asarray(dataset[2])
    codes = x.dtype.kind in "bi"
    return Samples(Path("dataset"), x if codes else None, None if codes else x, labels, "", None, subjects)
