"""Confidence intervals by resampling, of subjects where there are any."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import whole_number
from ..errors import DataError
from .classification import figures
from .pairs import Floats, checked_confidence, checked_groups, checked_pairs, checked_scores

__all__ = ["Interval", "agreement_intervals", "classification_intervals", "intervals", "moments"]

#: Elements of one block of weights.
_BLOCK = 4_000_000


@dataclass(frozen=True)
class Interval:
    """A percentile bootstrap interval.

    Attributes
    ----------
    low, high : float
        NaN where the figure is not defined for any resample.
    undefined : int
        Resamples that the figure was not defined for, and that were left out.
    """

    low: float
    high: float
    undefined: int = 0

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return {"low": self.low, "high": self.high, "undefined": self.undefined}


def _weights(n: int, subjects: Any, resamples: int, seed: int) -> Iterator[Floats]:
    """Return blocks of how often each sample is drawn, (resamples of the block, n)."""
    rng = np.random.default_rng(seed)
    if subjects is None:
        owner, count = np.arange(n), n
    else:
        names, owner = checked_groups(subjects, n)
        count = len(names)
        if count < 2:
            raise DataError("1 subject, accepted are none (samples are resampled) or at least two (subjects are)")
    share = np.full(count, 1 / count)
    block = max(1, _BLOCK // n)
    for first in range(0, resamples, block):
        drawn = rng.multinomial(count, share, size=min(block, resamples - first))
        yield drawn[:, owner].astype(np.float64)


def intervals(
    figure: Callable[[Floats], Mapping[str, Floats]],
    n: int,
    subjects: Any = None,
    *,
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> dict[str, Interval]:
    """Return percentile intervals of figures that are functions of how often each sample counts.

    Parameters
    ----------
    figure : callable
        From weights, (resamples, n), to figures by name, each (resamples,).
    n : int
    subjects : array_like of str or int, shape (n,), optional
        Drawn in place of samples, each with all its samples.
    resamples : int in [1, 1_000_000]
    seed : int, >= 0
    confidence : float, in (0, 1)

    Returns
    -------
    dict of str to Interval

    Raises
    ------
    DataError : an argument out of range, subjects that do not fit, or only one subject

    References
    ----------
    Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13; subjects as the unit: Davison & Hinkley,
    Bootstrap Methods and their Application, 1997, section 3.8.
    """
    alpha = 1 - checked_confidence(confidence)
    whole_number(resamples, "resamples", 1, 1_000_000)
    whole_number(seed, "seed", 0)
    drawn: dict[str, list[Floats]] = {}
    for weights in _weights(n, subjects, resamples, seed):
        for name, values in figure(weights).items():
            drawn.setdefault(name, []).append(values)
    return {name: _interval(np.concatenate(parts), alpha) for name, parts in drawn.items()}


def _interval(values: Floats, alpha: float) -> Interval:
    known = values[np.isfinite(values)]
    undefined = int(values.size - known.size)
    if not known.size:
        return Interval(np.nan, np.nan, undefined)
    low, high = np.quantile(known, [alpha / 2, 1 - alpha / 2])
    return Interval(float(low), float(high), undefined)


def moments(weights: Floats, p: Floats, y: Floats) -> dict[str, Floats]:
    """Return the figures of `Agreement` under weights.

    Parameters
    ----------
    weights : ndarray of float64, shape (resamples, n)
    p, y : ndarray of float64, shape (n,)

    Returns
    -------
    dict of str to ndarray of float64, shape (resamples,)
    """
    # About the plain means: squares of the values themselves would cancel.
    x, z, error = y - y.mean(), p - p.mean(), p - y
    middle = error.mean()
    spread = error - middle
    columns = np.stack([np.ones_like(p), x, z, x * x, x * z, spread, spread**2], axis=1)
    total, *sums = np.moveaxis(weights @ columns, -1, 0)
    mx, mz, mxx, mxz, me, mee = (column / total for column in sums)
    bias, variance = middle + me, np.maximum(mee - me**2, 0.0)
    down = mxx - mx**2
    # What rounding leaves of equal labels is no spread.
    enough = down > 1e-12 * max(float((x * x).mean()), 1e-200)
    m = np.where(enough, (mxz - mx * mz) / np.where(enough, down, 1.0), np.nan)
    sd, mse = np.sqrt(variance), variance + bias**2
    return {
        "m": m,
        "b": mz + p.mean() - m * (mx + y.mean()),
        "mse": mse,
        "rmse": np.sqrt(mse),
        "bias": bias,
        "sd": sd,
        "loa_low": bias - 1.96 * sd,
        "loa_high": bias + 1.96 * sd,
        "mdc": 1.96 * sd,
    }


def agreement_intervals(predictions: Any, labels: Any, subjects: Any = None, **options: Any) -> dict[str, Interval]:
    """Return bootstrap intervals of the figures of `agreement`.

    Parameters
    ----------
    predictions, labels, subjects
        As in `repeated_limits`; without subjects pairs are drawn.
    **options
        `resamples`, `seed`, `confidence` of `intervals`.

    Returns
    -------
    dict of str to Interval

    Raises
    ------
    DataError : as in `agreement` and `intervals`
    """
    p, y = checked_pairs(predictions, labels)
    return intervals(lambda weights: moments(weights, p, y), p.size, subjects, **options)


def classification_intervals(scores: Any, labels: Any, subjects: Any = None, **options: Any) -> dict[str, Interval]:
    """Return bootstrap intervals of accuracy, mean F1, and of each class's recall, F1 and area under the curve.

    Parameters
    ----------
    scores, labels
        As in `classification`.
    subjects : array_like of str or int, shape (n,), optional
        Subjects or recordings, drawn in place of samples.
    **options
        `resamples`, `seed`, `confidence` of `intervals`.

    Returns
    -------
    dict of str to Interval
        Named "accuracy", "f1_macro", "recall 0", "f1 0", "auc 0", ...

    Raises
    ------
    DataError : as in `classification` and `intervals`
    """
    s, y = checked_scores(scores, labels)
    classes = s.shape[1]
    cells = np.zeros((y.size, classes * classes))
    cells[np.arange(y.size), y * classes + s.argmax(1)] = 1.0

    def figure(weights: Floats) -> dict[str, Floats]:
        accuracy, recall, _, f1, f1_macro = figures((weights @ cells).reshape(len(weights), classes, classes))
        named = {"accuracy": accuracy, "f1_macro": f1_macro}
        for k in range(classes):
            named |= {f"recall {k}": recall[:, k], f"f1 {k}": f1[:, k], f"auc {k}": _areas(weights, s[:, k], y == k)}
        return named

    return intervals(figure, y.size, subjects, **options)


def _areas(weights: Floats, score: NDArray[Any], of_class: NDArray[np.bool_]) -> Floats:
    """Return the area under the curve of each row of weights: the share of pairs in the right order, ties half."""
    place = np.unique(score, return_inverse=True)[1].reshape(-1)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    positive, negative = (
        np.add.reduceat(weights[:, order] * side[order], starts, axis=1) for side in (of_class, ~of_class)
    )
    below = np.cumsum(negative, axis=1) - negative
    pairs = positive.sum(1) * negative.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((positive * (below + negative / 2)).sum(1) / pairs)
