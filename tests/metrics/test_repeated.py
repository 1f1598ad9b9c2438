"""Limits of agreement of repeated measurements and proportional bias: published data, statsmodels, coverage."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest

from edgetwin.errors import DataError
from edgetwin.metrics import agreement, proportional_bias, repeated_limits

#: Bland & Altman 1999, table 4 (again in 2007): cardiac output (l/min) of 12 subjects by two methods, RV then IC.
CARDIAC = """
7.83 6.57 7.42 5.62 7.89 6.90 7.12 6.57 7.88 6.35 | 6.16 4.06 7.26 4.29 6.71 4.26 6.54 4.09
4.75 4.71 5.24 5.50 4.86 5.08 4.78 5.02 6.05 6.01 5.42 5.67 | 4.21 4.14 3.61 4.20 3.72 4.61 3.87 4.68 3.92 5.04
3.13 3.03 2.98 2.86 2.85 2.77 3.17 2.46 3.09 2.32 3.12 2.43 | 5.92 5.90 6.42 5.81 5.92 5.70 6.27 5.76
7.13 5.09 6.62 4.63 6.58 4.61 6.93 5.09 | 4.54 4.72 4.81 4.61 5.11 4.36 5.29 4.20 5.39 4.36 5.57 4.20
4.48 3.17 4.92 3.12 3.97 2.96 | 4.22 4.35 4.65 4.62 4.74 3.16 4.44 3.53 4.50 3.53
6.78 7.20 6.07 6.09 6.52 7.00 6.42 7.10 6.41 7.40 5.76 6.80
5.06 4.50 4.72 4.20 4.90 3.80 4.80 3.80 4.90 4.20 5.10 4.50
"""


def cardiac():
    rows = [np.array(row.split(), float).reshape(-1, 2) for row in CARDIAC.replace("|", "\n").strip().splitlines()]
    subjects = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    return *np.concatenate(rows).T, subjects


def test_bland_and_altman_s_cardiac_output():
    """Published: mean difference 0.60, limits -1.34 to 2.54 l/min."""
    result = repeated_limits(*cardiac())
    assert (result.n, result.subjects) == (60, 12)
    assert [round(v, 2) for v in (result.bias, result.loa_low, result.loa_high)] == [0.60, -1.34, 2.54]
    assert result.loa_low_interval[0] < result.loa_low < result.loa_low_interval[1]
    assert result.loa_high_interval[0] < result.loa_high < result.loa_high_interval[1]


def test_components_of_statsmodels():
    formula = pytest.importorskip("statsmodels.formula.api", reason="pip install statsmodels")
    anova = pytest.importorskip("statsmodels.stats.anova", reason="pip install statsmodels")
    p, y, subjects = cardiac()
    pandas = pytest.importorskip("pandas", reason="pip install statsmodels")
    table = anova.anova_lm(formula.ols("d ~ C(s)", pandas.DataFrame({"d": p - y, "s": subjects})).fit())
    between, within = table["sum_sq"] / table["df"]
    size = np.bincount(subjects)
    each = (60**2 - (size**2).sum()) / (11 * 60)
    result = repeated_limits(p, y, subjects)
    assert result.sd_within == pytest.approx(math.sqrt(within), rel=1e-9)
    assert result.sd_between == pytest.approx(math.sqrt((between - within) / each), rel=1e-9)
    assert result.sd == pytest.approx(math.hypot(result.sd_between, result.sd_within), rel=1e-12)


def test_equal_numbers_of_pairs_are_zou_s_limits():
    """His formulas in their own words: variance of the subjects' means, harmonic mean of the numbers of pairs."""
    from scipy import stats

    rng = np.random.default_rng(4)
    n, m = 9, 6
    d = rng.normal(0, 2, (n, 1)) + rng.normal(1, 1, (n, m))
    means, within = d.mean(1).var(ddof=1), d.var(1, ddof=1).mean()
    variance = means + (1 - 1 / m) * within
    terms = ((means, n - 1), ((1 - 1 / m) * within, n * (m - 1)))
    most = variance + math.sqrt(sum((v * (f / stats.chi2.ppf(0.025, f) - 1)) ** 2 for v, f in terms))
    least = variance - math.sqrt(sum((v * (1 - f / stats.chi2.ppf(0.975, f))) ** 2 for v, f in terms))
    error = stats.t.ppf(0.975, n - 1) * math.sqrt(means / n)
    result = repeated_limits(d.ravel(), np.zeros(n * m), np.repeat(np.arange(n), m))
    assert result.sd == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert result.bias_high - result.bias == pytest.approx(error, rel=1e-9)
    outward = math.hypot(error, 1.96 * (math.sqrt(most) - math.sqrt(variance)))
    inward = math.hypot(error, 1.96 * (math.sqrt(variance) - math.sqrt(least)))
    assert result.loa_high_interval == pytest.approx((result.loa_high - inward, result.loa_high + outward), rel=1e-9)
    assert result.loa_low_interval == pytest.approx((result.loa_low - outward, result.loa_low + inward), rel=1e-9)


@pytest.mark.parametrize("sizes", [[8] * 10, [2, 3, 5, 8, 13, 2, 3, 5, 8, 13]], ids=["equal", "unequal"])
def test_intervals_hold_the_true_limit(sizes):
    """About 95 of 100; more trials behind EDGETWIN_COVERAGE."""
    trials = int(os.environ.get("EDGETWIN_COVERAGE", "300"))
    rng = np.random.default_rng(1)
    subjects = np.repeat(np.arange(len(sizes)), sizes)
    truth = 1.96 * math.hypot(1.5, 1.0)
    held = plain = 0
    for _ in range(trials):
        d = rng.normal(0, 1.5, len(sizes))[subjects] + rng.normal(0, 1, len(subjects))
        result = repeated_limits(d, np.zeros(len(d)), subjects)
        held += result.loa_high_interval[0] <= truth <= result.loa_high_interval[1]
        plain += abs(agreement(d, np.zeros(len(d))).bias) <= result.bias_high - result.bias
    assert 0.90 <= held / trials <= 0.99
    assert 0.90 <= plain / trials <= 0.99


def test_subjects_who_do_not_differ_give_the_plain_limits():
    d = np.tile([1.0, -1.0, 3.0, -3.0], 5)
    result = repeated_limits(d, np.zeros(20), np.repeat(list("abcde"), 4))
    assert result.sd_between == 0.0
    assert result.sd == pytest.approx(math.sqrt(5 * 4 / 3))


@pytest.mark.parametrize("by_subject", [False, True], ids=["pairs", "subjects"])
@pytest.mark.parametrize("seed", range(3))
def test_proportional_bias_of_statsmodels(by_subject, seed):
    api = pytest.importorskip("statsmodels.api", reason="pip install statsmodels")
    rng = np.random.default_rng(seed)
    subjects = rng.integers(0, 7, 80)
    y = rng.normal(130, 8, 80)
    p = 20 + 0.85 * y + rng.normal(0, 2, 7)[subjects] + rng.normal(0, 2, 80)
    model = api.OLS(p - y, api.add_constant((p + y) / 2))
    options = {"cov_type": "cluster", "cov_kwds": {"groups": subjects}, "use_t": True} if by_subject else {}
    fitted = model.fit(**options)
    result = proportional_bias(p, y, subjects if by_subject else None)
    assert result.clustered is by_subject
    assert (result.intercept, result.slope) == pytest.approx(tuple(fitted.params), rel=1e-8)
    assert (result.slope_low, result.slope_high) == pytest.approx(tuple(fitted.conf_int()[1]), rel=1e-8)
    assert result.p == pytest.approx(fitted.pvalues[1], rel=1e-6)


def test_a_constant_answer_has_slope_minus_2():
    result = proportional_bias(np.full(5, 130.0), np.arange(128.0, 133.0))
    assert result.slope == pytest.approx(-2)
    assert result.p == pytest.approx(0, abs=1e-9)


def test_a_constant_shift_has_slope_0():
    result = proportional_bias(np.arange(5.0) + 3, np.arange(5.0))
    assert (result.slope, result.p) == (0.0, 1.0)


@pytest.mark.parametrize(("p", "y"), [([1.0, 2.0], [1.0, 2.5]), ([1.0] * 4, [1.0] * 4)], ids=["two pairs", "equal"])
def test_no_line_where_there_is_none(p, y):
    result = proportional_bias(p, y)
    assert all(map(math.isnan, (result.slope, result.intercept, result.slope_low, result.slope_high, result.p)))


@pytest.mark.parametrize(
    ("subjects", "says"),
    [
        ([1, 1, 1, 1], "4 pairs of 1 subjects"),
        ([1, 2, 3, 4], "4 pairs of 4 subjects"),
        ([1, 2], r"subjects of shape \(2,\), accepted is one for each of 4 samples"),
        ([1.0, 2.0, 1.0, 2.0], "subjects are float64"),
    ],
    ids=["one", "single pairs", "count", "float"],
)
def test_refuses(subjects, says):
    with pytest.raises(DataError, match=says):
        repeated_limits([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.5], subjects)
