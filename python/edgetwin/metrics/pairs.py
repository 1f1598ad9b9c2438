"""Predictions, labels and subjects as they come, checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import real_array
from ..errors import DataError

__all__ = ["Floats", "checked_confidence", "checked_groups", "checked_labels", "checked_pairs", "checked_scores"]

Floats = NDArray[np.float64]


def _numbers(values: Any, what: str) -> Floats:
    """Return real finite numbers in double, axes of length 1 dropped."""
    array = real_array(values, what, kinds="biuf")
    # Their squares must be finite too. NaN fails the comparison.
    if not (np.abs(array.astype(np.float64)) < 1e100).all():
        raise DataError(f"{what} must be finite numbers below 1e100")
    return array.astype(np.float64).squeeze()


def checked_pairs(predictions: Any, labels: Any) -> tuple[Floats, Floats]:
    """Return predictions and labels as two rows of equal length.

    Parameters
    ----------
    predictions, labels : array_like of real numbers, equal shapes (axes of length 1 aside), at least one element

    Returns
    -------
    predictions, labels : ndarray of float64, shape (n,)

    Raises
    ------
    DataError : no pairs, different shapes, or values that are no finite real numbers below 1e100
    """
    p, y = _numbers(predictions, "predictions"), _numbers(labels, "labels")
    if p.size == 0 or p.shape != y.shape:
        raise DataError(
            f"predictions of shape {np.shape(predictions)} and labels of shape {np.shape(labels)}, accepted are equal "
            f"shapes (axes of length 1 aside) with at least one element"
        )
    return p.reshape(-1), y.reshape(-1)


def checked_scores(scores: Any, labels: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return scores as (n, classes) and labels as (n,).

    Parameters
    ----------
    scores : array_like, shape (n, classes), without NaN
    labels : array_like of int, in [0, classes), n elements

    Returns
    -------
    scores : ndarray, shape (n, classes)
    labels : ndarray of int64, shape (n,)

    Raises
    ------
    DataError : shapes that do not fit, no samples, scores that are no numbers, or a label outside the classes
    """
    s, y = real_array(scores, "scores", kinds="biuf"), real_array(labels, "labels").reshape(-1)
    if s.ndim != 2 or s.shape[0] != y.size or y.size == 0:
        raise DataError(f"scores of shape {s.shape} and {y.size} labels, accepted are (n, classes) and n >= 1")
    if np.isnan(s).any():
        raise DataError("scores hold NaN, accepted are real numbers without it")
    return s, checked_labels(y, s.shape[1])


def checked_labels(labels: NDArray[Any], classes: int) -> NDArray[np.int64]:
    """Return class numbers as int64.

    Parameters
    ----------
    labels : ndarray, shape (n,), n >= 1
    classes : int

    Returns
    -------
    ndarray of int64

    Raises
    ------
    DataError : a label that is no integer in [0, classes), the first of which is named
    """
    if labels.dtype.kind not in "iu":
        raise DataError(f"labels are {labels.dtype}, accepted are integers in [0, {classes - 1}]")
    outside = np.flatnonzero((labels < 0) | (labels >= classes))
    if outside.size:
        raise DataError(
            f"labels must be integers in [0, {classes - 1}]: label {outside[0]} is {labels[outside[0]]}, "
            f"{outside.size} of {labels.size} are outside"
        )
    return labels.astype(np.int64)


def checked_groups(subjects: Any, n: int) -> tuple[list[str], NDArray[np.int64]]:
    """Return the names of the subjects in order, and of each sample the number of its subject.

    Parameters
    ----------
    subjects : array_like of str or int, shape (n,)
    n : int

    Returns
    -------
    names : list of str
    owner : ndarray of int64, shape (n,)

    Raises
    ------
    DataError : not one subject a sample, or subjects that are neither text nor integers
    """
    array = np.asarray(subjects)
    if array.ndim != 1 or array.size != n:
        raise DataError(f"subjects of shape {array.shape}, accepted is one for each of {n} samples")
    if array.dtype.kind not in "iuU":
        raise DataError(f"subjects are {array.dtype}, accepted are texts or integers")
    names, owner = np.unique(array, return_inverse=True)
    return [str(name) for name in names], owner.reshape(-1).astype(np.int64)


def checked_confidence(confidence: Any) -> float:
    """Return the share of intervals that hold what they are of.

    Parameters
    ----------
    confidence : float, in (0, 1)

    Returns
    -------
    float

    Raises
    ------
    DataError : out of range
    """
    real = isinstance(confidence, float)
    if not real or not 0 < confidence < 1:
        raise DataError(f"confidence: {confidence!r}, accepted is a number between 0 and 1, such as 0.95")
    return float(confidence)
