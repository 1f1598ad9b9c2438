"""Two models on the same samples: what the change from one to the other costs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..errors import DataError
from .bootstrap import Interval, intervals, moments
from .pairs import Floats, checked_pairs, checked_scores

__all__ = ["PairedAgreement", "PairedClassification", "paired_agreement", "paired_classification"]


@dataclass(frozen=True)
class PairedAgreement:
    """How a second set of predictions differs from a first one, sample by sample.

    Attributes
    ----------
    n : int
    mean, sd, largest : float
        Of second - first: mean, standard deviation (population), largest absolute value.
    bias, mse, sd_of_error : float
        Second's figure of `Agreement` less first's; `sd_of_error` is of its `sd`.
    mse_ratio : float
        Second's mean squared error over first's; NaN where that is 0.
    bias_interval, mse_interval, sd_of_error_interval, mse_ratio_interval : Interval
        Both sets are resampled together.
    """

    n: int
    mean: float
    sd: float
    largest: float
    bias: float
    mse: float
    sd_of_error: float
    mse_ratio: float
    bias_interval: Interval
    mse_interval: Interval
    sd_of_error_interval: Interval
    mse_ratio_interval: Interval

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)


@dataclass(frozen=True)
class PairedClassification:
    """How a second classifier differs from a first one, sample by sample.

    Attributes
    ----------
    n : int
    accuracy : float
        Second's less first's.
    accuracy_interval : Interval
        Both are resampled together.
    changed : int
        Samples that the two put into different classes.
    only_first, only_second : int
        Samples that only the first, or only the second, puts into the right class.
    p : float
        Exact McNemar test: probability of two such numbers at least as far apart if neither is better.
    """

    n: int
    accuracy: float
    accuracy_interval: Interval
    changed: int
    only_first: int
    only_second: int
    p: float

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)


def paired_agreement(first: Any, second: Any, labels: Any, subjects: Any = None, **options: Any) -> PairedAgreement:
    """Compare two sets of predictions of the same labels: float32 first, int8 second, and quantization is the change.

    Parameters
    ----------
    first, second, labels : array_like of real numbers, shape (n,), in the same unit
    subjects : array_like of str or int, shape (n,), optional
    **options
        `resamples`, `seed`, `confidence` of `agreement_intervals`.

    Returns
    -------
    PairedAgreement

    Raises
    ------
    DataError : as in `agreement_intervals`
    """
    a, y = checked_pairs(first, labels)
    b, _ = checked_pairs(second, labels)

    def change(weights: Floats) -> dict[str, Floats]:
        before, after = moments(weights, a, y), moments(weights, b, y)
        named = {name: after[name] - before[name] for name in ("bias", "mse", "sd")}
        with np.errstate(invalid="ignore", divide="ignore"):
            return named | {"mse_ratio": after["mse"] / before["mse"]}

    whole = {name: float(values[0]) for name, values in change(np.ones((1, y.size))).items()}
    by_name = intervals(change, y.size, subjects, **options)
    step = b - a
    return PairedAgreement(
        n=y.size,
        mean=float(step.mean()),
        sd=float(step.std()),
        largest=float(np.abs(step).max()),
        bias=whole["bias"],
        mse=whole["mse"],
        sd_of_error=whole["sd"],
        mse_ratio=whole["mse_ratio"] if np.isfinite(whole["mse_ratio"]) else np.nan,
        bias_interval=by_name["bias"],
        mse_interval=by_name["mse"],
        sd_of_error_interval=by_name["sd"],
        mse_ratio_interval=by_name["mse_ratio"],
    )


def paired_classification(
    first: Any, second: Any, labels: Any, subjects: Any = None, **options: Any
) -> PairedClassification:
    """Compare two classifiers on the same samples.

    Parameters
    ----------
    first, second : array_like, shape (n, classes)
        Scores; the first of equal largest ones counts.
    labels : array_like of int, shape (n,), in [0, classes)
    subjects : array_like of str or int, shape (n,), optional
    **options
        `resamples`, `seed`, `confidence` of `classification_intervals`.

    Returns
    -------
    PairedClassification

    Raises
    ------
    DataError : as in `classification_intervals`, or scores of different shapes

    References
    ----------
    McNemar, Note on the sampling error of the difference between correlated proportions or percentages, 1947.
    """
    from scipy.special import bdtr

    a, y = checked_scores(first, labels)
    b, _ = checked_scores(second, labels)
    if a.shape != b.shape:
        raise DataError(f"scores of shapes {a.shape} and {b.shape}, accepted are equal ones")
    chosen_a, chosen_b = a.argmax(1), b.argmax(1)
    right_a, right_b = chosen_a == y, chosen_b == y
    gain = right_b.astype(np.float64) - right_a

    def change(weights: Floats) -> dict[str, Floats]:
        return {"accuracy": weights @ gain / weights.sum(1)}

    only_first, only_second = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    apart = only_first + only_second
    chance = min(1.0, 2 * float(bdtr(min(only_first, only_second), apart, 0.5))) if apart else 1.0
    return PairedClassification(
        n=y.size,
        accuracy=float(gain.mean()),
        accuracy_interval=intervals(change, y.size, subjects, **options)["accuracy"],
        changed=int((chosen_a != chosen_b).sum()),
        only_first=only_first,
        only_second=only_second,
        p=chance,
    )
