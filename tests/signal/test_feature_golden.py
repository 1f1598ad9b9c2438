"""Feature blocks against the published Python blocks' outputs, and against the definition in plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.golden_blocks import case_id, every_case, golden_reader

import edgetwin as et
from edgetwin.errors import UnsupportedError

#: |difference| / max(1, |value|).
LARGEST = {"spectral_analysis": 1e-4, "flatten": 1e-5, "raw": 1e-6, "image": 1e-6}
CASES = {"spectral_analysis": 120, "flatten": 28, "raw": 6, "image": 12}
EVERY_CASE = every_case(CASES)


@pytest.fixture(scope="module")
def golden(shared):
    return golden_reader(shared, CASES)


def is_supported(params):
    return params["implementation_version"] > 1 and params["analysis_type"] == "FFT"


@pytest.mark.parametrize(("block", "number"), EVERY_CASE, ids=case_id)
def test_golden(golden, block, number):
    params, values, expected, labels = golden(block, number)
    if block == "spectral_analysis" and not is_supported(params):
        with pytest.raises(UnsupportedError, match="is not supported"):
            et.signal.feature_block(block, params)
        return
    made = et.signal.feature_block(block, params)
    window = values if block == "image" else values.reshape(params["input_shape"])
    features = made.extract(window)
    assert made.labels == labels
    assert features.shape == expected.shape
    if block in ("spectral_analysis", "flatten"):
        assert len(made.names) == features.size == len(set(made.names))
    difference = np.abs(features - expected) / np.maximum(1, np.abs(expected))
    difference[params.get("unstable") or []] = 0
    assert difference.max() <= LARGEST[block]


def test_most_golden_features_are_compared(golden):
    left_out = compared = 0
    for number in range(CASES["spectral_analysis"]):
        params, _, features, _ = golden("spectral_analysis", number)
        if is_supported(params):
            left_out += len(params["unstable"])
            compared += features.size - len(params["unstable"])
    assert compared > 3000
    assert left_out < 0.1 * compared
