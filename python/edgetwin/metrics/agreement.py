"""Agreement of predictions with a reference method."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from .pairs import checked_pairs

__all__ = ["Agreement", "agreement"]


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
    rmse : float
        Root of the mean squared error.
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
    rmse: float

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name; `mdc` also under the name that tells whose definition it is."""
        return asdict(self) | {"mdc_ml_at_e2dge": self.mdc}


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
    p, y = checked_pairs(predictions, labels)
    error = p - y
    bias, sd = float(error.mean()), float(error.std())
    slope = float("nan")
    # Not by the sum of squares: the mean of equal numbers may differ from them in the last bit.
    if y.max() - y.min() > 1e-100:
        centred = y - y.mean()
        slope = float((centred * (p - p.mean())).sum() / (centred**2).sum())
    mse = float((error**2).mean())
    return Agreement(
        n=int(p.size),
        m=slope,
        b=float(p.mean() - slope * y.mean()),
        mse=mse,
        bias=bias,
        sd=sd,
        loa_low=bias - 1.96 * sd,
        loa_high=bias + 1.96 * sd,
        mdc=1.96 * sd,
        rmse=math.sqrt(mse),
    )
