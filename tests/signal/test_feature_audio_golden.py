"""Audio blocks against the published Python blocks' outputs."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from oracles.golden_blocks import case_id, every_case, golden_reader

import edgetwin as et

CASES = {"mfe": 37, "mfcc": 37, "spectrogram": 28}
EVERY_CASE = every_case(CASES)
#: |difference| / max(1, |value|) by block and whether the version is 3 or more.
LARGEST = {
    ("mfe", True): 0,
    ("mfe", False): 1e-6,
    ("mfcc", True): 1e-4,
    ("mfcc", False): 1e-4,
    ("spectrogram", True): 1e-5,
    ("spectrogram", False): 1e-6,
}


@pytest.fixture(scope="module")
def golden(shared):
    return golden_reader(shared, CASES)


def made(block, params):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # most cases have frames longer than the transform
        return et.signal.feature_block(block, params)


@pytest.mark.parametrize(("block", "number"), EVERY_CASE, ids=case_id)
def test_golden(golden, block, number):
    params, values, expected, labels = golden(block, number)
    assert labels == []
    chosen = made(block, params)
    features = chosen.extract(values[:, None])
    assert features.shape == expected.shape
    assert len(chosen.names) == features.size == len(set(chosen.names))
    difference = np.abs(features - expected) / np.maximum(1, np.abs(expected))
    wrapped = params.get("uint8_wrapped") or []
    difference[(params.get("unstable") or []) + wrapped] = 0
    assert difference.max() <= LARGEST[block, chosen.version >= 3]
    np.testing.assert_array_equal(expected[wrapped], 0)
    np.testing.assert_array_equal(features[wrapped], 1)


@pytest.mark.parametrize("number", [35, 36])
def test_the_published_saturation_on_demand(golden, number):
    params, values, expected, _ = golden("mfe", number)
    assert len(params["uint8_wrapped"]) > 100
    np.testing.assert_array_equal(made("mfe", params | {"saturation": "wrap"}).extract(values[:, None]), expected)


def test_most_golden_features_are_compared(golden):
    left_out = compared = 0
    for number in range(CASES["mfcc"]):
        params, _, features, _ = golden("mfcc", number)
        left_out += len(params.get("unstable") or [])
        compared += features.size
    assert left_out < 0.02 * compared
