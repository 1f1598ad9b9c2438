"""run(x)[i] is run(x[i]) for every operator that computes in float32, on any number of threads; no peer is asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.float32.builder import real_inputs
from oracles.float32.operators import FLOAT32_GENERATORS

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite

MODELS, SAMPLES = 8, 5


def outputs(answer):
    return answer if isinstance(answer, tuple) else (answer,)


def batched_inputs(model, samples):
    """An array for each input, of all samples, or of the first where the input has no batch axis; and which have."""
    batched = [
        spec.shape != model.graph.tensors[index].shape
        for spec, index in zip(model.inputs, model.graph.inputs, strict=True)
    ]
    columns = zip(*samples, strict=True)
    arrays = [
        np.stack([value.reshape(spec.shape) for value in column]) if many else column[0]
        for column, spec, many in zip(columns, model.inputs, batched, strict=True)
    ]
    return arrays, batched


@pytest.mark.parametrize("name", FLOAT32_GENERATORS)
def test_a_batch_is_its_samples(name):
    compared = 0
    for number in range(MODELS):
        rng = np.random.default_rng([number, 37])
        graph = FLOAT32_GENERATORS[name](rng)
        data = write_tflite(graph)
        try:
            model = et.load(data, num_threads=1)
        except et.ModelError:  # a drawn form that is none
            continue
        arrays, batched = batched_inputs(model, real_inputs(graph, rng, SAMPLES))
        if not any(batched):
            continue
        alone = [
            outputs(model.run(*(np.asarray(x[i]) if many else x for x, many in zip(arrays, batched, strict=True))))
            for i in range(SAMPLES)
        ]
        for threads in (1, 2):
            together = outputs(et.load(data, num_threads=threads).run(*arrays))
            for whole, *samples in zip(together, *alone, strict=True):
                assert_array_equal(whole, np.stack(samples))
        compared += 1
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
