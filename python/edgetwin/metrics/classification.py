"""Scores of a classifier: accuracy, confusion, F1, receiver operating characteristic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .pairs import Floats, checked_scores

__all__ = ["Classification", "Roc", "classification", "roc"]


@dataclass(frozen=True)
class Classification:
    """Scores of a classifier.

    Attributes
    ----------
    n : int
    accuracy : float
    confusion : ndarray of int64, shape (classes, classes)
        Rows are labels, columns predictions.
    recall, precision : ndarray of float64, shape (classes,)
        NaN where a class has no samples or no predictions.
    f1 : ndarray of float64, shape (classes,)
        Of each class, 2 TP / (2 TP + FP + FN); NaN where it has neither samples nor predictions.
    f1_macro : float
        Mean of `f1` over the classes that have one.
    auc : ndarray of float64, shape (classes,)
        Area under the curve of each class against all others; NaN where one of the two sides has no samples.
    """

    n: int
    accuracy: float
    confusion: NDArray[np.int64]
    recall: Floats
    precision: Floats
    f1: Floats
    f1_macro: float
    auc: Floats

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name, arrays as lists (NaN as None)."""
        rows = {name: getattr(self, name) for name in ("recall", "precision", "f1", "auc")}
        return {
            "n": self.n,
            "accuracy": self.accuracy,
            "f1_macro": self.f1_macro,
            "confusion": self.confusion.tolist(),
            **{name: [None if np.isnan(v) else float(v) for v in row] for name, row in rows.items()},
        }


@dataclass(frozen=True)
class Roc:
    """The receiver operating characteristic of one class against all others.

    Attributes
    ----------
    false_positive_rate, true_positive_rate : ndarray of float64, shape (points,)
        From (0, 0) to (1, 1), a point for each distinct score.
    thresholds : ndarray of float64, shape (points,)
        Scores from which on a sample counts as of the class; the first is infinite.
    auc : float
        Area under the curve; samples of equal score count half.
    """

    false_positive_rate: Floats
    true_positive_rate: Floats
    thresholds: Floats
    auc: float


def figures(confusion: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return accuracy, recall, precision, F1 and its mean over classes, of one or many confusion matrices.

    Parameters
    ----------
    confusion : ndarray of float64, shape (..., classes, classes)

    Returns
    -------
    accuracy : ndarray, shape (...)
    recall, precision, f1 : ndarray, shape (..., classes)
    f1_macro : ndarray, shape (...)
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    labelled, predicted = confusion.sum(-1), confusion.sum(-2)
    with np.errstate(invalid="ignore"):
        recall, precision, f1 = hits / labelled, hits / predicted, 2 * hits / (labelled + predicted)
    accuracy = hits.sum(-1) / confusion.sum((-2, -1))
    # A class that is in neither labels nor predictions says nothing.
    known = ~np.isnan(f1)
    return accuracy, recall, precision, f1, np.where(known, f1, 0.0).sum(-1) / known.sum(-1)


def roc(scores: Any, labels: Any, positive: int) -> Roc:
    """Return how the shares of samples found and falsely found grow as the threshold falls.

    Parameters
    ----------
    scores : array_like, shape (n, classes)
    labels : array_like of int, shape (n,), in [0, classes)
    positive : int
        The class that is told from all others, by its own score.

    Returns
    -------
    Roc

    Raises
    ------
    DataError : as in `classification`, no such class, or no samples of it or of any other
    """
    s, y = checked_scores(scores, labels)
    if isinstance(positive, bool) or not isinstance(positive, (int, np.integer)) or not 0 <= positive < s.shape[1]:
        raise DataError(f"positive: {positive!r}, accepted are classes 0 to {s.shape[1] - 1}")
    of_class = y == positive
    if of_class.all() or not of_class.any():
        raise DataError(f"class {positive}: {int(of_class.sum())} of {y.size} samples, accepted are some but not all")
    values = s[:, positive].astype(np.float64)
    order = np.argsort(-values, kind="stable")
    values = values[order]
    ends = np.append(np.flatnonzero(values[1:] != values[:-1]), y.size - 1)
    found, false = np.cumsum(of_class[order])[ends], np.cumsum(~of_class[order])[ends]
    true_rate = np.concatenate([[0.0], found / found[-1]])
    false_rate = np.concatenate([[0.0], false / false[-1]])
    area = float((np.diff(false_rate) * (true_rate[1:] + true_rate[:-1]) / 2).sum())
    return Roc(false_rate, true_rate, np.concatenate([[np.inf], values[ends]]), area)


def classification(scores: Any, labels: Any) -> Classification:
    """Score a classifier by its largest output.

    Parameters
    ----------
    scores : array_like, shape (n, classes)
        The first of equal largest scores counts.
    labels : array_like of int, shape (n,), in [0, classes)

    Returns
    -------
    Classification

    Raises
    ------
    DataError : shapes that do not fit, no samples, scores that are no numbers, or a label outside the classes
    """
    s, y = checked_scores(scores, labels)
    classes = s.shape[1]
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (y, s.argmax(1)), 1)
    accuracy, recall, precision, f1, f1_macro = figures(confusion.astype(np.float64))
    present = np.bincount(y, minlength=classes)
    area = [roc(s, y, k).auc if 0 < present[k] < y.size else np.nan for k in range(classes)]
    return Classification(
        int(y.size), float(accuracy), confusion, recall, precision, f1, float(f1_macro), np.array(area, np.float64)
    )
