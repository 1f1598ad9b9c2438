"""Generated single-operator float32 models against LiteRT: within the tolerance of the issue."""

from __future__ import annotations

import os

import numpy as np
import pytest
from oracles.float32.builder import real_inputs
from oracles.float32.operators import FLOAT32_GENERATORS
from oracles.litert import Refused, assert_near

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite

#: Models of each operator.
MODELS = int(os.environ.get("EDGETWIN_FLOAT32_GENERATED", "12"))
SAMPLES = 4
#: What LiteRT may refuse of an operator's models, and we with it.
MOST_REFUSED = 0.2


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
        for i, arrays in enumerate(samples):
            answer = model.run(*arrays)
            answers = answer if isinstance(answer, tuple) else (answer,)
            for ours, *theirs in zip(answers, delegate[i], plain[i], strict=True):
                assert_near(ours, *theirs, what=f"{name}, model {number}, sample {i}")
    assert refused <= MOST_REFUSED * MODELS
