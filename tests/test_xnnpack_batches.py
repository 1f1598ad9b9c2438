"""arithmetic="xnnpack": run(x)[i] is run(x[i]) for every operator that it is defined for; no peer is asked."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.batches import assert_batch_law
from oracles.litert import with_intermediates

from edgetwin.conformance.generators.operators import GENERATORS, random_inputs
from edgetwin.graph.lowering.xnnpack.table import XNNPACK_LOWERINGS
from edgetwin.io.tflite_write import write_tflite

MODELS, SAMPLES = 16, 5
#: FILL has no input with a batch axis.
NAMES = [
    name
    for name, generator in GENERATORS.items()
    if name != "fill" and generator(np.random.default_rng(0)).operators[0].name in XNNPACK_LOWERINGS
]


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_is_its_samples(name):
    compared = 0
    for number in range(MODELS):
        rng = np.random.default_rng([number, 43])
        graph = with_intermediates(GENERATORS[name](rng), rng)
        data, samples = write_tflite(graph), random_inputs(graph, rng, SAMPLES)
        compared += assert_batch_law(data, samples, arithmetic="xnnpack")
    assert compared
