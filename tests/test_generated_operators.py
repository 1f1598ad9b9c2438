"""Generated single-operator models against the pinned wheel: 0 differing bytes."""

from __future__ import annotations

import os
from collections import Counter

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.tflm import Refused

import edgetwin as et
from edgetwin.conformance.generators.operators import GENERATORS, random_inputs
from edgetwin.io.tflite_write import write_tflite

#: Models in all; the full number of the release check is 1,800 and more.
MODELS = int(os.environ.get("EDGETWIN_GENERATED", "360"))
SAMPLES = 4
#: What the wheel may refuse of an operator's models (a multiplier that it aborts on), and we with it.
MOST_REFUSED = 0.2


def run_ours(data, graph, samples):
    model = et.load(data)
    results = []
    for arrays in samples:
        given = []
        for array, index in zip(arrays, graph.inputs, strict=True):
            shape = graph.tensors[index].shape
            given.append(array.reshape(shape))
        answer = model.run(*given)
        results.append(answer if isinstance(answer, tuple) else (answer,))
    return results


@pytest.mark.parametrize("name", GENERATORS)
def test_same_bytes_as_the_wheel(tflm, name):
    count = max(1, MODELS // len(GENERATORS))
    outcomes = Counter()
    for number in range(count):
        rng = np.random.default_rng([number, sum(name.encode())])
        graph = GENERATORS[name](rng)
        data = write_tflite(graph)
        samples = random_inputs(graph, rng, SAMPLES)
        try:
            theirs = tflm.run(data, samples, len(graph.outputs)).outputs
        except Refused:
            theirs = None
        try:
            ours = run_ours(data, graph, samples)
        except et.ModelError as error:
            if theirs is not None:
                pytest.fail(f"{name} {number}: the wheel runs what we refuse: {error}")
            outcomes["both refuse"] += 1
            continue
        if theirs is None:
            outcomes["the wheel refuses"] += 1
            continue
        for answers in zip(ours, theirs, strict=True):
            for mine, expected in zip(*answers, strict=True):
                assert mine.dtype == expected.dtype
                assert_array_equal(mine.reshape(-1), expected.reshape(-1), err_msg=f"{name}, model {number}")
        outcomes["equal"] += 1
    assert outcomes["equal"] >= int((1 - MOST_REFUSED) * count), dict(outcomes)
