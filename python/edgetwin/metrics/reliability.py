"""How far two or more ways of measuring can stand in for each other: ICC(2,1), SEM, MDC95."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..arrays import real_array
from ..errors import DataError
from .pairs import Floats, checked_confidence

__all__ = ["Reliability", "reliability"]


@dataclass(frozen=True)
class Reliability:
    """Two-way random effects, absolute agreement, one measurement.

    Attributes
    ----------
    targets, raters : int
    icc : float
        ICC(2,1); NaN where no two values differ.
    icc_low, icc_high : float
        Its confidence interval.
    sem : float
        Standard error of measurement, the root of the variance between raters and of the residual variance.
    mdc95 : float
        Minimal detectable change, 1.96 sqrt(2) SEM.
    """

    targets: int
    raters: int
    icc: float
    icc_low: float
    icc_high: float
    sem: float
    mdc95: float

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return asdict(self)


def reliability(ratings: Any, *, confidence: float = 0.95) -> Reliability:
    """Return ICC(2,1) with its interval, SEM and MDC95.

    Predictions beside labels are two raters: ``reliability(np.stack([predictions, labels], axis=1))``. Repeated trials
    of one method are raters too; then MDC95 is the change that a second trial has to show.

    Parameters
    ----------
    ratings : array_like of real numbers, shape (targets, raters), at least 2 of each
        None may be missing.
    confidence : float, in (0, 1)

    Returns
    -------
    Reliability

    Raises
    ------
    DataError : another shape, or values that are no finite numbers below 1e100

    References
    ----------
    Shrout & Fleiss, Intraclass correlations: uses in assessing rater reliability, Psychological Bulletin 1979.
    McGraw & Wong, Forming inferences about some intraclass correlation coefficients, Psychological Methods 1996.
    de Vet et al., When to use agreement versus reliability measures, Journal of Clinical Epidemiology 2006.
    """
    from scipy.special import fdtri

    alpha = 1 - checked_confidence(confidence)
    x = real_array(ratings, "ratings", kinds="iuf").astype(np.float64)
    if x.ndim != 2 or min(x.shape) < 2:
        raise DataError(f"ratings of shape {x.shape}, accepted is (targets, raters) with at least 2 of each")
    if not (np.abs(x) < 1e100).all():
        raise DataError("ratings must be finite numbers below 1e100")
    n, k = x.shape
    between, among, residual = _mean_squares(x)
    scale = between + (k - 1) * residual + k * (among - residual) / n
    sem = math.sqrt(max((among - residual) / n, 0.0) + residual)
    if not scale > 0:
        return Reliability(n, k, math.nan, math.nan, math.nan, sem, 1.96 * math.sqrt(2) * sem)
    icc = (between - residual) / scale
    # Raters who differ by a constant and targets that do not: no interval is defined around 0.
    low = high = 1.0 if icc > 0 else math.nan
    # Beside 1 by rounding alone, as with differences in the last bit, there is nothing left to estimate.
    if icc < 1 and (residual > 0 or icc * among > 0):
        # Satterthwaite's degrees of freedom of a weighted sum of the mean squares among raters and of residuals.
        a, b = k * icc / (n * (1 - icc)), 1 + k * icc * (n - 1) / (n * (1 - icc))
        freedom = (a * among + b * residual) ** 2 / (
            (a * among) ** 2 / (k - 1) + (b * residual) ** 2 / ((n - 1) * (k - 1))
        )
        rest = k * among + (k * n - k - n) * residual
        above = float(fdtri(n - 1, freedom, 1 - alpha / 2))
        below = float(fdtri(freedom, n - 1, 1 - alpha / 2))
        low = n * (between - above * residual) / (above * rest + n * between)
        high = n * (below * between - residual) / (rest + n * below * between)
    return Reliability(n, k, icc, low, high, sem, 1.96 * math.sqrt(2) * sem)


def _mean_squares(x: Floats) -> tuple[float, float, float]:
    """Return the mean squares between targets, among raters and of the residuals."""
    n, k = x.shape
    # Of equal values no mean differs in the last bit.
    centred = x - x.flat[0]
    mean, rows, columns = centred.mean(), centred.mean(1), centred.mean(0)
    residuals = centred - rows[:, None] - columns[None] + mean
    return (
        float(k * ((rows - mean) ** 2).sum() / (n - 1)),
        float(n * ((columns - mean) ** 2).sum() / (k - 1)),
        float((residuals**2).sum() / ((n - 1) * (k - 1))),
    )
