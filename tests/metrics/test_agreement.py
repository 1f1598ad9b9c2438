"""Agreement against scipy and plain formulas, and refusals."""

from __future__ import annotations

import json
import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from oracles.files import npz
from scipy import stats as scipy_stats

from edgetwin.errors import DataError, EdgetwinError
from edgetwin.metrics import agreement

VALUE = st.floats(-1000, 1000).map(lambda v: round(v, 3))
PAIRS = st.lists(st.tuples(VALUE, VALUE), min_size=2, max_size=40)


@settings(max_examples=200, deadline=None)
@given(PAIRS)
def test_against_independent_formulas(pairs):
    p, y = [a for a, _ in pairs], [b for _, b in pairs]
    result = agreement(p, y)
    errors = [a - b for a, b in pairs]
    bias, sd = statistics.fmean(errors), statistics.pstdev(errors)
    assert result.n == len(pairs)
    tight = {"rel": 1e-9, "abs": 1e-9}
    assert result.bias == pytest.approx(bias, **tight)
    assert result.sd == pytest.approx(sd, **tight)
    assert result.mse == pytest.approx(statistics.fmean(e * e for e in errors), **tight)
    assert (result.loa_low, result.loa_high) == pytest.approx((bias - 1.96 * sd, bias + 1.96 * sd), **tight)
    assert result.mdc == pytest.approx((result.loa_high - result.loa_low) / 2, **tight)
    assert result.mse == pytest.approx(bias**2 + sd**2, **tight)
    assert result.rmse == pytest.approx(math.sqrt(result.mse), **tight)
    if max(y) == min(y):
        assert math.isnan(result.m)
        assert math.isnan(result.b)
    else:
        line = scipy_stats.linregress(y, p)
        assert result.m == pytest.approx(line.slope, rel=1e-6, abs=1e-9)
        assert result.b == pytest.approx(line.intercept, rel=1e-6, abs=1e-6)


def test_known_figures_by_hand():
    r = agreement([1.0, 2.0, 6.0], [1.0, 2.0, 3.0])
    assert (r.n, r.m, r.b, r.mse, r.bias) == (3, 2.5, -2.0, 3.0, 1.0)
    # Errors 0, 0, 3: the population's standard deviation, not the sample's (sqrt(3)).
    assert r.sd == pytest.approx(math.sqrt(2), rel=1e-15)
    assert r.mdc == pytest.approx(1.96 * math.sqrt(2), rel=1e-15)
    assert (r.loa_low, r.loa_high) == pytest.approx((1 - r.mdc, 1 + r.mdc), rel=1e-15)


@pytest.mark.parametrize(
    ("trial", "n", "bias", "sd", "mse", "low", "high", "mdc"),
    [
        ("PWS", 96, 0.92333, 3.89898, 16.05457, -6.71866, 8.56533, 7.64200),
        ("PWS+20", 109, 4.24481, 3.54738, 30.60236, -2.70806, 11.19768, 6.95287),
    ],
    ids=["PWS", "PWS+20"],
)
def test_recorded_outputs_of_the_gait_model(shared, trial, n, bias, sd, mse, low, high, mdc):
    data = npz(shared / "golden" / "gait" / f"Sub_FZ_{trial}_RF.npz")
    # The output's scale and zero point as the model's file has them.
    predictions = np.float32(0.65262705) * (data["int8_output"].astype(np.float32) + 128)
    r = agreement(predictions, data["label_cm"])
    assert r.n == n
    assert_allclose([r.bias, r.sd, r.mse, r.loa_low, r.loa_high, r.mdc], [bias, sd, mse, low, high, mdc], atol=1e-5)


def test_one_pair_has_no_line_and_no_spread():
    r = agreement([12.5], [10.0])
    assert (r.n, r.mse, r.bias, r.sd, r.mdc) == (1, 6.25, 2.5, 0.0, 0.0)
    assert (r.loa_low, r.loa_high) == (2.5, 2.5)
    assert math.isnan(r.m)
    assert math.isnan(r.b)


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 131.7])
@pytest.mark.parametrize("n", [3, 10, 11, 129])
def test_a_constant_reference_has_no_line(value, n):
    # The mean of equal numbers may differ from them in the last bit: a slope by sums of squares would be noise.
    r = agreement(np.arange(n), np.full(n, value))
    assert math.isnan(r.m)
    assert math.isnan(r.b)
    assert r.bias == pytest.approx((n - 1) / 2 - value)


def test_constant_predictions_have_slope_0():
    r = agreement([5.0] * 4, [1.0, 2.0, 3.0, 4.0])
    assert (r.m, r.b) == (0.0, 5.0)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "float16", "float32", ">f8", "bool"])
def test_any_real_dtype_is_computed_in_double(dtype):
    p, y = np.array([0, 1, 1, 0], dtype), np.array([1, 1, 0, 0], dtype)
    assert agreement(p, y) == agreement(p.astype(float), y.astype(float))


def test_axes_of_length_1_do_not_matter():
    p, y = np.arange(5.0), np.arange(5.0) ** 2
    assert agreement(p[:, None], y) == agreement(p, y) == agreement(p[None], y[:, None])


@pytest.mark.parametrize(
    ("predictions", "labels", "says"),
    [
        ([], [], "shape"),
        ([1.0, 2.0], [1.0], r"shape \(2,\).*\(1,\)"),
        (np.zeros((2, 3)), np.zeros((3, 2)), r"\(2, 3\).*\(3, 2\)"),
        (np.zeros((2, 3)), np.zeros(6), "equal shapes"),
        ([1.0, math.nan], [1.0, 2.0], "predictions must be finite"),
        ([1.0, 2.0], [math.nan, 2.0], "labels must be finite"),
        ([1.0, 2.0], [math.inf, 2.0], "labels must be finite"),
        ([1e200, 2.0], [1.0, 2.0], "below 1e100"),
        (["a", "b"], [1.0, 2.0], "predictions: dtype <U1"),
        ([1.0, 2.0], [1j, 2.0], "labels: dtype complex128"),
        ([1.0, None], [1.0, 2.0], "dtype object"),
        ([[1.0], [1.0, 2.0]], [1.0, 2.0], "rows of different length"),
    ],
    ids=["empty", "lengths", "shapes", "flat", "nan", "nan-label", "inf", "huge", "text", "complex", "none", "ragged"],
)  # fmt: skip
def test_agreement_refuses(predictions, labels, says):
    with pytest.raises(DataError, match=says) as caught:
        agreement(predictions, labels)
    assert isinstance(caught.value, (EdgetwinError, ValueError))
    assert "\n" not in str(caught.value)


def test_as_dict_is_plain():
    figures = agreement([1, 2, 4], [1, 2, 3]).as_dict()
    assert set(figures) == {"n", "m", "b", "mse", "bias", "sd", "loa_low", "loa_high", "mdc", "rmse", "mdc_ml_at_e2dge"}
    assert {type(v) for v in figures.values()} == {int, float}
    json.dumps(figures, allow_nan=False)
