"""Limits of agreement where subjects were measured repeatedly, and whether the error depends on the magnitude."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .pairs import Floats, checked_confidence, checked_groups, checked_pairs

__all__ = ["ProportionalBias", "RepeatedLimits", "proportional_bias", "repeated_limits"]


@dataclass(frozen=True)
class RepeatedLimits:
    """Limits of agreement of repeated measurements, the true value of which varies.

    Attributes
    ----------
    n, subjects : int
    bias, bias_low, bias_high : float
        Mean of prediction - label, with its confidence interval.
    sd_between, sd_within : float
        Standard deviation of prediction - label from subject to subject, and within one.
    sd : float
        Of a new measurement on a new subject: the root of the sum of their squares.
    loa_low, loa_high : float
        bias -+ 1.96 sd.
    loa_low_interval, loa_high_interval : tuple of two float
        Confidence intervals of the two limits.
    """

    n: int
    subjects: int
    bias: float
    bias_low: float
    bias_high: float
    sd_between: float
    sd_within: float
    sd: float
    loa_low: float
    loa_high: float
    loa_low_interval: tuple[float, float]
    loa_high_interval: tuple[float, float]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)


def repeated_limits(predictions: Any, labels: Any, subjects: Any, *, confidence: float = 0.95) -> RepeatedLimits:
    """Return limits of agreement from several pairs of each subject.

    Plain limits take pairs of one subject for independent, and are too narrow where subjects differ. Here a one-way
    analysis of variance parts what differs between subjects from what differs within them.

    Parameters
    ----------
    predictions, labels : array_like of real numbers, shape (n,), in the same unit
    subjects : array_like of str or int, shape (n,)
        Whose each pair is: at least two subjects, one of them with two pairs.
    confidence : float, in (0, 1)

    Returns
    -------
    RepeatedLimits
        The intervals are by the method of variance estimates recovery on the two mean squares; the bias's is by
        Student's t with subjects - 1 degrees of freedom. With equal numbers of pairs they are Zou's, t in place of the
        normal quantile.

    Raises
    ------
    DataError : as in `agreement`, or subjects that do not fit

    References
    ----------
    Bland & Altman, Agreement between methods of measurement with multiple observations per individual, Journal of
    Biopharmaceutical Statistics 2007, section 3 (true value varies).
    Zou, Confidence interval estimation for the Bland-Altman limits of agreement with multiple observations per
    individual, Statistical Methods in Medical Research 2013.
    """
    from scipy.special import chdtri, stdtrit

    alpha = 1 - checked_confidence(confidence)
    p, y = checked_pairs(predictions, labels)
    names, owner = checked_groups(subjects, p.size)
    count, total = len(names), p.size
    if count < 2 or total == count:
        raise DataError(
            f"{total} pairs of {count} subjects, accepted are at least two subjects and one with several pairs"
        )
    difference = p - y
    size = np.bincount(owner).astype(np.float64)
    own_mean = np.bincount(owner, difference) / size
    bias = float(difference.mean())
    within = float(((difference - own_mean[owner]) ** 2).sum() / (total - count))
    between = float((size * (own_mean - bias) ** 2).sum() / (count - 1))
    # What a subject counts on average, where some have more pairs.
    each = float((total**2 - (size**2).sum()) / ((count - 1) * total))
    variance_between = max((between - within) / each, 0.0)
    variance = variance_between + within
    low, high = (
        chdtri(np.array([count - 1, total - count]), 1 - alpha / 2),
        chdtri(np.array([count - 1, total - count]), alpha / 2),
    )
    freedom = np.array([count - 1, total - count], np.float64)
    parts = np.array([between / each, (1 - 1 / each) * within])
    least = variance - math.hypot(*(parts * (1 - freedom / high)))
    most = variance + math.hypot(*(parts * (freedom / low - 1)))
    error = math.sqrt(variance_between * float((size**2).sum()) / total**2 + within / total)
    error *= float(stdtrit(count - 1, 1 - alpha / 2))
    sd = math.sqrt(variance)
    outward = math.hypot(error, 1.96 * (math.sqrt(most) - sd))
    inward = math.hypot(error, 1.96 * (sd - math.sqrt(max(least, 0.0))))
    loa_low, loa_high = bias - 1.96 * sd, bias + 1.96 * sd
    return RepeatedLimits(
        n=total,
        subjects=count,
        bias=bias,
        bias_low=bias - error,
        bias_high=bias + error,
        sd_between=math.sqrt(variance_between),
        sd_within=math.sqrt(within),
        sd=sd,
        loa_low=loa_low,
        loa_high=loa_high,
        loa_low_interval=(loa_low - outward, loa_low + inward),
        loa_high_interval=(loa_high - inward, loa_high + outward),
    )


@dataclass(frozen=True)
class ProportionalBias:
    """How prediction - label changes with the magnitude, the mean of the two.

    Attributes
    ----------
    slope, intercept : float
        Of the differences on the means; NaN where all means are equal.
    slope_low, slope_high : float
        Confidence interval of the slope.
    p : float
        Probability of a slope at least so far from 0 if there is none.
    clustered : bool
        Whether pairs of one subject were taken as dependent.
    """

    slope: float
    intercept: float
    slope_low: float
    slope_high: float
    p: float
    clustered: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)


def proportional_bias(
    predictions: Any, labels: Any, subjects: Any = None, *, confidence: float = 0.95
) -> ProportionalBias:
    """Test whether the error grows or shrinks with what is measured.

    A method that says the mean whatever it measures has a slope of -2 here: read `slope` beside `Agreement.m`.

    Parameters
    ----------
    predictions, labels : array_like of real numbers, shape (n,), in the same unit
    subjects : array_like of str or int, shape (n,), optional
        With at least two of them the test is robust against dependent pairs of one subject (sandwich estimate).
    confidence : float, in (0, 1)

    Returns
    -------
    ProportionalBias
        NaN where there are fewer than three pairs, or means that do not differ.

    Raises
    ------
    DataError : as in `agreement`, or subjects that do not fit

    References
    ----------
    Bland & Altman, Measuring agreement in method comparison studies, Statistical Methods in Medical Research 1999.
    """
    from scipy.special import stdtr, stdtrit

    alpha = 1 - checked_confidence(confidence)
    p, y = checked_pairs(predictions, labels)
    owner = None if subjects is None else checked_groups(subjects, p.size)[1]
    clustered = owner is not None and int(owner.max()) >= 1
    mean, difference = (p + y) / 2, p - y
    if p.size < 3 or not mean.max() - mean.min() > 1e-100:
        return ProportionalBias(math.nan, math.nan, math.nan, math.nan, math.nan, clustered)
    centred = mean - mean.mean()
    spread = float((centred**2).sum())
    slope = float((centred * difference).sum() / spread)
    intercept = float(difference.mean() - slope * mean.mean())
    residual = difference - intercept - slope * mean
    error, freedom = _slope_error(centred, residual, spread, owner if clustered else None)
    half = float(stdtrit(freedom, 1 - alpha / 2)) * error
    chance = 2 * float(stdtr(freedom, -abs(slope) / error)) if error > 0 else float(slope == 0)
    return ProportionalBias(slope, intercept, slope - half, slope + half, chance, clustered)


def _slope_error(
    centred: Floats, residual: Floats, spread: float, owner: NDArray[np.int64] | None
) -> tuple[float, float]:
    """Return the standard error of a slope and its degrees of freedom."""
    n = centred.size
    if owner is None:
        return math.sqrt(float((residual**2).sum()) / (n - 2) / spread), n - 2
    count = int(owner.max()) + 1
    pull = np.bincount(owner, centred * residual)
    correction = count / (count - 1) * (n - 1) / (n - 2)
    return math.sqrt(correction * float((pull**2).sum())) / spread, count - 1
