"""run(x)[i] is run(x[i]) for every operator that computes in float32, on any number of threads; no peer is asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.batches import assert_batch_law

import edgetwin as et
from edgetwin.conformance.generators.real import real_inputs
from edgetwin.conformance.generators.real_operators import FLOAT32_GENERATORS
from edgetwin.io.tflite_write import write_tflite

MODELS, SAMPLES = 8, 5


@pytest.mark.parametrize("name", FLOAT32_GENERATORS)
def test_a_batch_is_its_samples(name):
    compared = 0
    for number in range(MODELS):
        rng = np.random.default_rng([number, 37])
        graph = FLOAT32_GENERATORS[name](rng)
        compared += assert_batch_law(write_tflite(graph), real_inputs(graph, rng, SAMPLES))
    assert compared


@pytest.mark.parametrize("name", ["average_pool_2d", "conv_2d", "depthwise_conv_2d", "max_pool_2d"])
def test_a_batch_in_the_file(name):
    """An input of two samples by the file's own shape."""
    for number in range(MODELS):
        rng = np.random.default_rng([number, 41])
        graph = FLOAT32_GENERATORS[name](rng)
        ends = {graph.inputs[0], graph.outputs[0]}
        tensors = [
            replace(tensor, shape=(2, *tensor.shape[1:])) if index in ends else tensor
            for index, tensor in enumerate(graph.tensors)
        ]
        both = np.concatenate([arrays[0] for arrays in real_inputs(graph, rng, 2)])
        whole = et.load(write_tflite(replace(graph, tensors=tuple(tensors)))).run(both)
        assert_array_equal(whole, et.load(write_tflite(graph)).run(both))
