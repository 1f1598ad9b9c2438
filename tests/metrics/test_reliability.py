"""ICC(2,1), SEM and MDC95 against published examples and against statsmodels' analysis of variance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edgetwin.errors import DataError
from edgetwin.metrics import reliability

#: Shrout & Fleiss 1979, table 2: six targets, four judges.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
#: The wines of pingouin's documentation: eight targets, four judges.
WINES = [[1, 2, 0, 1], [1, 3, 3, 2], [3, 8, 1, 4], [6, 4, 3, 3], [6, 5, 5, 6], [7, 5, 6, 2], [8, 7, 7, 9], [9, 9, 9, 8]]


def test_shrout_and_fleiss():
    """Published: ICC(2,1) = .29; its interval as R's psych prints it for the same data."""
    result = reliability(SHROUT_FLEISS)
    assert (result.targets, result.raters) == (6, 4)
    assert round(result.icc, 2) == 0.29
    assert (round(result.icc_low, 3), round(result.icc_high, 3)) == (0.019, 0.761)


def test_pingouin_s_wines():
    """Published there: ICC2 0.728, 95 % interval 0.43 to 0.93."""
    result = reliability(WINES)
    assert round(result.icc, 3) == 0.728
    assert (round(result.icc_low, 2), round(result.icc_high, 2)) == (0.43, 0.93)


@pytest.mark.parametrize(("targets", "raters"), [(6, 4), (40, 2), (5, 3)])
def test_variance_components_of_statsmodels(targets, raters):
    """Mean squares of its two-way analysis of variance, put into the definitions."""
    formula = pytest.importorskip("statsmodels.formula.api", reason="pip install statsmodels")
    anova = pytest.importorskip("statsmodels.stats.anova", reason="pip install statsmodels")
    rng = np.random.default_rng(targets)
    x = rng.normal(130, 6, (targets, 1)) + rng.normal(0, 2, (1, raters)) + rng.normal(0, 3, (targets, raters))
    target, rater = np.indices(x.shape)
    pandas = pytest.importorskip("pandas", reason="pip install statsmodels")
    data = pandas.DataFrame({"value": x.ravel(), "target": target.ravel(), "rater": rater.ravel()})
    table = anova.anova_lm(formula.ols("value ~ C(target) + C(rater)", data).fit())
    between, among, residual = table["sum_sq"] / table["df"]
    own, of_rater = (between - residual) / raters, max((among - residual) / targets, 0)
    result = reliability(x)
    variance = own + (among - residual) / targets + residual
    assert result.icc == pytest.approx(own / variance, rel=1e-9)
    assert result.sem == pytest.approx(math.sqrt(of_rater + residual), rel=1e-9)
    assert result.mdc95 == pytest.approx(1.96 * math.sqrt(2) * result.sem, rel=1e-12)
    assert result.icc_low < result.icc < result.icc_high


def test_a_narrower_interval_of_less_confidence():
    wide, narrow = reliability(WINES), reliability(WINES, confidence=0.5)
    assert wide.icc_low < narrow.icc_low < narrow.icc < narrow.icc_high < wide.icc_high


def test_perfect_agreement():
    result = reliability([[1.1, 1.1], [2.2, 2.2], [3.3, 3.3]])
    assert (result.icc, result.icc_low, result.icc_high, result.sem) == (1.0, 1.0, 1.0, 0.0)


def test_raters_a_constant_apart_over_targets_that_do_not_differ():
    result = reliability([[1, 2], [1, 2], [1, 2]])
    assert result.icc == 0
    assert math.isnan(result.icc_low)
    assert math.isnan(result.icc_high)


def test_values_that_do_not_differ_have_no_icc():
    result = reliability(np.full((4, 2), 0.1))
    assert (result.sem, result.mdc95) == (0.0, 0.0)
    assert math.isnan(result.icc)
    assert math.isnan(result.icc_low)


@pytest.mark.parametrize(
    ("ratings", "confidence", "says"),
    [
        ([1.0, 2.0], 0.95, r"\(2,\), accepted is \(targets, raters\)"),
        ([[1.0], [2.0]], 0.95, r"\(2, 1\)"),
        ([[1.0, 2.0]], 0.95, r"\(1, 2\)"),
        ([[1.0, math.nan], [1.0, 2.0]], 0.95, "finite"),
        ([["a", "b"], ["c", "d"]], 0.95, "dtype"),
        (WINES, 95, "confidence: 95"),
        (WINES, 1.0, "confidence: 1.0"),
    ],
    ids=["row", "rater", "target", "nan", "text", "percent", "certain"],
)
def test_refuses(ratings, confidence, says):
    with pytest.raises(DataError, match=says):
        reliability(ratings, confidence=confidence)
