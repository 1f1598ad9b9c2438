"""Agreement with a reference method, and classification scores."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import real_array
from .errors import DataError

__all__ = ["Agreement", "Classification", "agreement", "classification"]


@dataclass(frozen=True)
class Agreement:
    """How predictions agree with a reference, in the reference's unit.

    Attributes
    ----------
    n : int
        Number of pairs.
    m, b : float
        Slope and intercept of predictions on labels (least squares); both are NaN where all labels are equal.
    mse : float
        Mean squared error.
    bias : float
        Mean of prediction - label.
    sd : float
        Standard deviation of prediction - label (population).
    loa_low, loa_high : float
        Limits of agreement, bias -+ 1.96 sd.
    mdc : float
        Half the width of the limits, 1.96 sd: the minimal detectable change as ML@E2dge reports it.
    """

    n: int
    m: float
    b: float
    mse: float
    bias: float
    sd: float
    loa_low: float
    loa_high: float
    mdc: float

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return asdict(self)


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
    """

    n: int
    accuracy: float
    confusion: NDArray[np.int64]
    recall: NDArray[np.float64]
    precision: NDArray[np.float64]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name, arrays as lists (NaN as None)."""
        return {
            "n": self.n,
            "accuracy": self.accuracy,
            "confusion": self.confusion.tolist(),
            "recall": [None if np.isnan(v) else float(v) for v in self.recall],
            "precision": [None if np.isnan(v) else float(v) for v in self.precision],
        }


def _numbers(values: Any, what: str) -> NDArray[np.float64]:
    """Return real finite numbers in double, axes of length 1 dropped."""
    array = real_array(values, what, kinds="biuf")
    # Their squares must be finite too. NaN fails the comparison.
    if not (np.abs(array.astype(np.float64)) < 1e100).all():
        raise DataError(f"{what} must be finite numbers below 1e100")
    return array.astype(np.float64).squeeze()


def agreement(predictions: Any, labels: Any) -> Agreement:
    """Compare predictions with a reference method.

    Parameters
    ----------
    predictions, labels : array_like of real numbers, equal shapes (axes of length 1 aside), at least one element
        In the same unit.

    Returns
    -------
    Agreement

    Raises
    ------
    DataError : no pairs, different shapes, or values that are no finite real numbers below 1e100

    References
    ----------
    Bland & Altman, Statistical methods for assessing agreement, Lancet 1986.
    """
    p, y = _numbers(predictions, "predictions"), _numbers(labels, "labels")
    if p.size == 0 or p.shape != y.shape:
        raise DataError(
            f"predictions of shape {np.shape(predictions)} and labels of shape {np.shape(labels)}, accepted are equal "
            f"shapes (axes of length 1 aside) with at least one element"
        )
    p, y = p.reshape(-1), y.reshape(-1)
    error = p - y
    bias, sd = float(error.mean()), float(error.std())
    slope = float("nan")
    # Not by the sum of squares: the mean of equal numbers may differ from them in the last bit.
    if y.max() - y.min() > 1e-100:
        centred = y - y.mean()
        slope = float((centred * (p - p.mean())).sum() / (centred**2).sum())
    return Agreement(
        n=int(p.size),
        m=slope,
        b=float(p.mean() - slope * y.mean()),
        mse=float((error**2).mean()),
        bias=bias,
        sd=sd,
        loa_low=bias - 1.96 * sd,
        loa_high=bias + 1.96 * sd,
        mdc=1.96 * sd,
    )


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
    s, y = real_array(scores, "scores", kinds="biuf"), real_array(labels, "labels").reshape(-1)
    if s.ndim != 2 or s.shape[0] != y.size or y.size == 0:
        raise DataError(f"scores of shape {s.shape} and {y.size} labels, accepted are (n, classes) and n >= 1")
    if np.isnan(s).any():
        raise DataError("scores hold NaN, accepted are real numbers without it")
    if y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= s.shape[1]:
        raise DataError(f"labels must be integers in [0, {s.shape[1] - 1}]")
    confusion = np.zeros((s.shape[1], s.shape[1]), np.int64)
    np.add.at(confusion, (y.astype(np.int64), s.argmax(1)), 1)
    hits = np.diag(confusion).astype(np.float64)
    with np.errstate(invalid="ignore"):
        recall = hits / confusion.sum(1)
        precision = hits / confusion.sum(0)
    return Classification(int(y.size), float(hits.sum() / y.size), confusion, recall, precision)
