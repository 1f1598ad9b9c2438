"""What several figures of one evaluation say together: intervals, repeated measures, each subject on its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..metrics import (
    Agreement,
    Classification,
    Interval,
    ProportionalBias,
    Reliability,
    RepeatedLimits,
    agreement,
    agreement_intervals,
    classification,
    classification_intervals,
    proportional_bias,
    reliability,
    repeated_limits,
)
from ..metrics.pairs import checked_groups
from ..types import Array

__all__ = ["AgreementStudy", "ClassificationStudy", "study_of"]


@dataclass(frozen=True)
class AgreementStudy:
    """Of predictions in a unit.

    Attributes
    ----------
    intervals : dict of str to Interval
        Bootstrap intervals of the figures of `Agreement`, by subject where there are several; empty without resamples.
    proportional_bias : ProportionalBias
    reliability : Reliability or None
        Predictions and labels as two raters; None for a single pair.
    repeated : RepeatedLimits or None
        None without subjects, with one subject, or with one pair of each.
    by_subject : dict of str to Agreement
    """

    intervals: dict[str, Interval]
    proportional_bias: ProportionalBias
    reliability: Reliability | None
    repeated: RepeatedLimits | None
    by_subject: dict[str, Agreement]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return {
            "intervals": {name: interval.as_dict() for name, interval in self.intervals.items()},
            "proportional_bias": self.proportional_bias.as_dict(),
            "reliability": None if self.reliability is None else self.reliability.as_dict(),
            "repeated_limits": None if self.repeated is None else self.repeated.as_dict(),
            "by_subject": {name: result.as_dict() for name, result in self.by_subject.items()},
        }


@dataclass(frozen=True)
class ClassificationStudy:
    """Of class scores.

    Attributes
    ----------
    intervals : dict of str to Interval
        Bootstrap intervals, as `classification_intervals` names them; empty without resamples.
    by_subject : dict of str to Classification
    """

    intervals: dict[str, Interval]
    by_subject: dict[str, Classification]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return {
            "intervals": {name: interval.as_dict() for name, interval in self.intervals.items()},
            "by_subject": {name: result.as_dict() for name, result in self.by_subject.items()},
        }


def study_of(
    predictions: Array, labels: Array, subjects: Array | None, resamples: int, seed: int, confidence: float
) -> AgreementStudy | ClassificationStudy:
    """Return what else the pairs of predictions and labels tell.

    Parameters
    ----------
    predictions : ndarray, shape (n, 1) in the labels' unit, or (n, classes)
    labels : ndarray, n elements
    subjects : ndarray, shape (n,), or None
    resamples : int, >= 0
        0 for no intervals.
    seed : int, >= 0
    confidence : float, in (0, 1)

    Returns
    -------
    AgreementStudy or ClassificationStudy

    Raises
    ------
    DataError : as in `metrics.agreement_intervals`
    """
    labels = labels.reshape(-1)
    names, owner = ([], np.zeros(len(labels), np.int64)) if subjects is None else checked_groups(subjects, len(labels))
    rows = {name: owner == number for number, name in enumerate(names)}
    groups = owner if len(names) > 1 else None
    options = {"resamples": resamples, "seed": seed, "confidence": confidence}
    if predictions.shape[1] > 1:
        return ClassificationStudy(
            classification_intervals(predictions, labels, groups, **options) if resamples else {},
            {name: classification(predictions[own], labels[own]) for name, own in rows.items()},
        )
    p = predictions[:, 0]
    several = groups is not None and len(labels) > len(names)
    both = np.stack([p.astype(np.float64), labels.astype(np.float64)], axis=1)
    return AgreementStudy(
        agreement_intervals(p, labels, groups, **options) if resamples else {},
        proportional_bias(p, labels, groups, confidence=confidence),
        reliability(both, confidence=confidence) if len(labels) > 1 else None,
        repeated_limits(p, labels, groups, confidence=confidence) if several else None,
        {name: agreement(p[own], labels[own]) for name, own in rows.items()},
    )
