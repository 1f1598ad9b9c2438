"""`arena_bytes` against the head that the pinned wheel records: activations and the kernels' scratch."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.tflm import Refused

import edgetwin as et
from edgetwin.conformance.generators.operators import GENERATORS
from edgetwin.conformance.generators.real_operators import FLOAT32_GENERATORS
from edgetwin.graph.arena import greedy_plan, host_plan, tflm_arena_bytes
from edgetwin.io.tflite_read import read_tflite
from edgetwin.io.tflite_write import write_tflite

MODELS = [
    "ad01_int8", "dtln", "gait_int8", "hello_int8", "kws_int8", "kwscr8", "micro_speech_int8", "person", "resnet8_int8",
]  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_shared_models(shared, tflm, name):
    data = (shared / "models" / f"{name}.tflite").read_bytes()
    assert et.load(data).profile().arena_bytes == tflm.run(data, []).arena_bytes


@pytest.mark.parametrize("name", ["gait_f32", "resnet8_f32"])
def test_plans_do_not_depend_on_what_runs_here(shared, tflm, name):
    data = (shared / "models" / f"{name}.tflite").read_bytes()
    assert tflm_arena_bytes(read_tflite(data)) == tflm.run(data, []).arena_bytes


#: Float32 operators that the wheel does not know.
ABSENT = ("gelu", "pow", "reduce_prod", "relu_0_to_1", "relu_n1_to_1", "sign")
OPERATORS = GENERATORS | {
    f"{name} of float32": generator for name, generator in FLOAT32_GENERATORS.items() if name not in ABSENT
}


@pytest.mark.parametrize("operator", OPERATORS)
def test_one_operator(tflm, operator):
    compared = 0
    for seed in range(20):
        data = write_tflite(OPERATORS[operator](np.random.default_rng([seed, 5])))
        try:
            model, answer = et.load(data), tflm.run(data, [])
        except (et.ModelError, Refused):
            continue
        compared += 1
        assert model.profile().arena_bytes == answer.arena_bytes, seed
    # Of float32 LSTMs it runs those without peepholes and projection.
    assert compared >= (5 if operator == "unidirectional_sequence_lstm of float32" else 10)


@pytest.mark.parametrize("plan", [greedy_plan, host_plan])
def test_buffers_in_use_at_once_do_not_overlap(plan):
    rng = np.random.default_rng(4)
    for _ in range(200):
        count = int(rng.integers(0, 30))
        first = rng.integers(0, 20, count)
        sizes = rng.integers(0, 50, count) * 16
        buffers = [
            (int(s), int(f), int(f + d)) for s, f, d in zip(sizes, first, rng.integers(0, 9, count), strict=True)
        ]
        offsets, total = plan(buffers)
        for i, (size, start, end) in enumerate(buffers):
            assert 0 <= offsets[i] <= offsets[i] + size <= total
            for j in range(i):
                other, begin, finish = buffers[j]
                if size and other and start <= finish and begin <= end:
                    assert offsets[i] + size <= offsets[j] or offsets[j] + other <= offsets[i]
