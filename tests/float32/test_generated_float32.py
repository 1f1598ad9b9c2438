"""Generated single-operator float32 models: near LiteRT, and the bytes of the TFLite Micro wheel where it runs them."""

from __future__ import annotations

import os

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles import tflm as tflm_oracle
from oracles.float32.operators import LITERT_ONLY, for_the_wheel
from oracles.litert import Refused, assert_near

import edgetwin as et
from edgetwin.conformance.generators.real import real_inputs
from edgetwin.conformance.generators.real_linear import LINEAR
from edgetwin.conformance.generators.real_operators import FLOAT32_GENERATORS
from edgetwin.io.tflite_write import write_tflite

#: Models of each operator.
MODELS = int(os.environ.get("EDGETWIN_FLOAT32_GENERATED", "12"))
SAMPLES = 4
#: What LiteRT may refuse of an operator's models, and we with it.
MOST_REFUSED = 0.2


def run_ours(model, arrays):
    answer = model.run(*arrays)
    return answer if isinstance(answer, tuple) else (answer,)


@pytest.mark.parametrize("name", FLOAT32_GENERATORS)
def test_near_litert(litert, name):
    refused = 0
    for number in range(MODELS):
        rng = np.random.default_rng([number, sum(name.encode())])
        graph = FLOAT32_GENERATORS[name](rng)
        data = write_tflite(graph)
        samples = real_inputs(graph, rng, SAMPLES)
        try:
            delegate, plain = litert.run(data, samples)
        except Refused:
            with pytest.raises(et.ModelError):
                et.load(data)
            refused += 1
            continue
        model = et.load(data)
        ours = [run_ours(model, arrays) for arrays in samples]
        # A tensor over all samples: of one value alone, in which terms cancel, nothing can be said.
        for sides in zip(*(zip(*side, strict=True) for side in (ours, delegate, plain)), strict=True):
            values = (np.concatenate([np.reshape(array, -1) for array in side]) for side in sides)
            assert_near(*values, what=f"{name}, model {number}")
    assert refused <= MOST_REFUSED * MODELS


def assert_wheels_bytes(tflm, name, inputs_of):
    """The same bytes as the wheel's (any NaN is as good as another) for most of an operator's models."""
    compared = 0
    for number in range(MODELS):
        rng = np.random.default_rng([number, sum(name.encode())])
        graph = FLOAT32_GENERATORS[name](rng)
        data = write_tflite(graph)
        samples = for_the_wheel(name, inputs_of(graph, rng))
        try:
            theirs = tflm.run(data, samples, len(graph.outputs)).outputs
        except tflm_oracle.Refused:
            continue
        model = et.load(data)
        for arrays, expected in zip(samples, theirs, strict=True):
            for mine, other in zip(run_ours(model, arrays), expected, strict=True):
                assert mine.dtype == other.dtype
                assert_array_equal(mine.reshape(-1), other.reshape(-1), err_msg=f"{name}, model {number}")
        compared += 1
    # An LSTM has forms here and in LiteRT that TFLite Micro has not.
    assert compared >= (1 if name == "unidirectional_sequence_lstm" else MODELS // 2)


@pytest.mark.parametrize("name", [name for name in FLOAT32_GENERATORS if name not in LITERT_ONLY])
def test_same_bytes_as_the_wheel(tflm, name):
    assert_wheels_bytes(tflm, name, lambda graph, rng: real_inputs(graph, rng, SAMPLES))


@pytest.mark.parametrize("name", LINEAR)
def test_infinities_and_nan_as_in_the_wheel(tflm, name):
    """Sums that overflow, infinities of both signs, NaN, numbers below the normal ones."""
    special = np.array([np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-40, -0.0, 0.0], np.float32)

    def inputs_of(graph, rng):
        samples = real_inputs(graph, rng, SAMPLES)
        for share, arrays in zip((0.02, 0.1, 0.5, 1.0), samples, strict=True):
            for array in arrays:
                put = rng.random(array.shape) < share
                array[put] = rng.choice(special, np.count_nonzero(put))
        return samples

    assert_wheels_bytes(tflm, name, inputs_of)
