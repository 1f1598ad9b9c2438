"""Exact codes: within a step of what the kernels give, and within half of one but for ties."""

from __future__ import annotations

import numpy as np
import pytest

import edgetwin as et
from edgetwin.conformance.generators.operators import GENERATORS, random_inputs
from edgetwin.io.tflite_write import write_tflite
from edgetwin.referee.exact import _EXACT, LINEAR, exact_codes

#: The largest error of the fixed-point kernels themselves, in steps: those of curves are approximations.
STEPS = {"softmax": 2, "log_softmax": 3, "logistic": 3, "tanh": 3, "elu": 1.5, "rsqrt": 2, "hard_swish": 2}


@pytest.mark.parametrize("name", _EXACT)
def test_codes_are_the_exact_ones_rounded(name):
    compared = 0
    for seed in range(30):
        graph = GENERATORS[name](np.random.default_rng([seed, 5]))
        tensor = graph.tensors[graph.outputs[0]]
        if tensor.dtype not in ("int8", "int16") or graph.tensors[graph.inputs[0]].dtype != "int8":
            continue
        try:
            model = et.load(write_tflite(graph))
        except et.ModelError:
            continue
        (sample,) = random_inputs(model.graph, np.random.default_rng(seed), 1)
        values = {i: x[None] for i, x in zip(graph.inputs, sample, strict=True)}
        ours = model.run(*(x.reshape(x.shape[x.shape[:1] == (1,) :]) for x in sample))
        exact = exact_codes(model.graph, 0, values)[0]
        info = np.iinfo(tensor.dtype)
        inside = (ours > info.min + 1) & (ours < info.max - 1)
        inside = inside.reshape(tensor.shape) & np.isfinite(exact)
        if graph.operators[0].options.get("fused_activation_function", "none") != "none":
            inside &= (ours > ours.min()).reshape(tensor.shape) & (ours < ours.max()).reshape(tensor.shape)
        off = np.abs(ours.reshape(tensor.shape) - exact)[inside]
        assert off.max(initial=0) <= STEPS.get(name, 1), f"seed {seed}: {off.max()}"
        if name in LINEAR:
            assert off.size < 30 or np.mean(off <= 0.5 + 2**-8) > 0.9
        compared += off.size
    assert compared > 5


def test_what_is_not_known():
    graph = GENERATORS["max_pool_2d"](np.random.default_rng(1))
    assert exact_codes(graph, 0, {}) is None
    graph = GENERATORS["softmax"](np.random.default_rng(1))
    assert exact_codes(graph, 0, {}) is None
