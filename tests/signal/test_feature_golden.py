"""Feature blocks against the published Python blocks' outputs, and against the definition in plain numpy."""

from __future__ import annotations

import json

import numpy as np
import pytest

import edgetwin as et
from edgetwin.errors import UnsupportedError

#: |difference| / max(1, |value|).
LARGEST = {"spectral_analysis": 1e-4, "flatten": 1e-5, "raw": 1e-6, "image": 1e-6}
CASES = {"spectral_analysis": 120, "flatten": 28, "raw": 6, "image": 12}
EVERY_CASE = [(block, number) for block, count in CASES.items() for number in range(count)]


def ids(value):
    return value if isinstance(value, str) else f"{value:03}"


@pytest.fixture(scope="module")
def golden(shared):
    """Function of block and number -> parameters, input, features, labels."""
    files = {block: np.load(shared / "golden" / "ei_blocks" / f"{block}.npz") for block in CASES}

    def case(block, number):
        file = files[block]
        assert f"case{CASES[block] - 1:03}.params" in file.files, "a case would be left out"
        assert f"case{CASES[block]:03}.params" not in file.files, "a case would be left out"
        params, labels = (json.loads(str(file[f"case{number:03}.{part}"])) for part in ("params", "labels"))
        return params, file[f"case{number:03}.input"], file[f"case{number:03}.features"], labels

    return case


def is_supported(params):
    return params["implementation_version"] > 1 and params["analysis_type"] == "FFT"


@pytest.mark.parametrize(("block", "number"), EVERY_CASE, ids=ids)
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
