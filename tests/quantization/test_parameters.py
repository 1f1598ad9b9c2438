"""Scales and zero points from ranges and weights; thresholds from histograms."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from edgetwin.quantization.histogram import mse_range, percentile_range
from edgetwin.quantization.parameters import (
    activation_quantization,
    quantized_bias,
    symmetric_codes,
    symmetric_scales,
    widened_scales,
)


@pytest.mark.parametrize(
    ("ends", "dtype", "scale", "zero_point"),
    [
        ((-1, 1), "int8", 2 / 255, 0),
        ((0, 1), "int8", 1 / 255, -128),
        ((-1, 0), "int8", 1 / 255, 127),
        ((2, 6), "int8", 6 / 255, -128),
        ((-6, -2), "int8", 6 / 255, 127),
        ((-1, 3), "int8", 4 / 255, -64),
        ((0, 0), "int8", 1, -128),
        ((-1, 3), "int16", 3 / 32767, 0),
        ((-4, 3), "int16", 4 / 32767, 0),
        ((0, 0), "int16", 1 / 32768, 0),
    ],
)
def test_activations(ends, dtype, scale, zero_point):
    made = activation_quantization(*ends, dtype)
    assert made.scale[0] == np.float32(scale)
    assert made.zero_point[0] == zero_point


def test_weights():
    weights = np.array([[1.27, -0.5], [0, 0], [-0.02, 0.0101]], np.float32)
    assert_allclose(symmetric_scales(weights, 0, 127) * 127, [1.27, 1e-6, 0.02], rtol=1e-6)
    assert_allclose(symmetric_scales(weights, None, 7) * 7, [1.27], rtol=1e-6)
    assert_allclose(symmetric_scales(weights, 1, 127) * 127, [1.27, 0.5], rtol=1e-6)
    scales = symmetric_scales(weights, 0, 127)
    assert_array_equal(symmetric_codes(weights, scales, 0, 127), [[127, -50], [0, 0], [-127, 64]])


def test_bias_rounds_ties_away_from_zero():
    bias = np.array([0.25, -0.25, 0.74, 1e9], np.float32)
    assert_array_equal(quantized_bias(bias, np.array([0.5]), "int32"), [1, -1, 1, 2**30 - 1])


def test_scales_are_widened_where_the_bias_needs_it():
    scales = np.array([1e-9, 0.01])
    widened = widened_scales(scales, np.array([1000, -1000], np.float32), 0.5, "int32")
    assert widened[1] == scales[1]
    assert_allclose(widened[0] * 0.5 * (2**30 - 1), 1000, rtol=1e-6)


def test_percentile_leaves_out_as_many_on_both_sides():
    counts = np.ones(1000, np.int64)
    assert_allclose(percentile_range(counts, (-5, 5), 90), (-4.5, 4.5), atol=0.011)
    assert percentile_range(counts, (-5, 5), 100) == (-5, 5)
    assert percentile_range(np.zeros(10, np.int64), (1, 1), 99) == (1, 1)


def test_mse_clips_outliers_only():
    rng = np.random.default_rng(0)
    values = rng.normal(size=100_000)
    ends = []
    for outlier in (4.5, 60):
        counts, edges = np.histogram([*values, outlier, -outlier], 2048)
        ends.append(mse_range(counts, (edges[0], edges[-1]), 256))
    assert_allclose(np.abs(ends[0]), 4, atol=0.6)
    # 2 (60 - x)**2 + 100,000 (2 x / 255)**2 / 12 is smallest there.
    assert_allclose(np.abs(ends[1]), 47.8, rtol=0.04)
    counts, edges = np.histogram(rng.uniform(0, 1, 100_000), 2048)
    low, high = mse_range(counts, (edges[0], edges[-1]), 256)
    assert low == 0
    assert_allclose(high, 1, atol=0.01)
