"""run(x)[i] is run(x[i]) for every operator that computes in float32, on any number of threads; no peer is asked."""

from __future__ import annotations

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
