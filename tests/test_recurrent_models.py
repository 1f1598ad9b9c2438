"""Models of one SVDF or LSTM: plans on the host against the slow definition and the wheel, over batches and time."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles import kernels_recurrent as oracle
from oracles.recurrent_models import BUILDERS

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite

MODELS = 24
STEPS = 5
KINDS = [(name, extreme) for name in BUILDERS for extreme in (False, True)]
IDS = [f"{name}-{'extreme' if extreme else 'ordinary'}" for name, extreme in KINDS]


def models(name, extreme, count=MODELS):
    """Bytes, models and generators of those graphs, on 1 to 3 threads."""
    for number in range(count):
        rng = np.random.default_rng([number, extreme, len(name)])
        data = write_tflite(BUILDERS[name](rng, extreme))
        yield data, et.load(data, num_threads=1 + number % 3), rng


def inputs(rng, shape):
    """Full range, or the ends alone."""
    if rng.random() < 0.3:
        return rng.choice([-128, 127], shape).astype(np.int8)
    return rng.integers(-128, 128, shape).astype(np.int8)


def defined(name, step, x, state):
    """One run of one sample: the output, and `state` (arrays by name) advanced."""
    p = step.params
    if name == "svdf":
        memory = state["state"].reshape(p["batches"], p["filters"], p["memory"])
        output, new = oracle.svdf(p, x, **step.constants, state=memory)
        state["state"][:] = new.reshape(state["state"].shape)
        return output
    shape = p["batches"], p["hidden_size"]
    output, hidden, cell = oracle.lstm(
        p, x, step.constants, state["hidden"].reshape(shape), state["cell"].reshape(shape)
    )
    state["hidden"][:], state["cell"][:] = hidden, cell
    return output


def sample_shape(model):
    """The file's own shape of the input, and whether it has a batch axis."""
    shape = model.graph.tensors[model.graph.inputs[0]].shape
    return shape, shape[0] == 1


@pytest.mark.parametrize(("name", "extreme"), KINDS, ids=IDS)
def test_plans_equal_the_definition(name, extreme):
    """Each of several sequences, with a state that is carried from run to run."""
    varied = 0
    for _, model, rng in models(name, extreme):
        shape, batched = sample_shape(model)
        n = 3 if batched else 1
        state = model.state(n)
        expected_state = [{key: array[i].copy() for key, array in state.arrays.items()} for i in range(n)]
        for _ in range(STEPS):
            x = inputs(rng, (n, *shape))
            given = x.reshape(n, *shape[1:]) if batched else x[0]
            result = model.run(given, state=state).reshape(n, -1)
            for i in range(n):
                expected = defined(name, model.steps[0], x[i], expected_state[i])
                assert_array_equal(result[i], expected.ravel())
                for key, array in state.arrays.items():
                    assert_array_equal(array[i], expected_state[i][key], err_msg=key)
            varied += len(set(result.ravel().tolist())) > 3
    assert varied > MODELS // 4, "nearly every output is saturated"


@pytest.mark.parametrize(("name", "extreme"), KINDS, ids=IDS)
def test_carried_states_equal_the_wheel(tflm, name, extreme):
    for data, model, rng in models(name, extreme):
        shape, batched = sample_shape(model)
        x = [inputs(rng, shape) for _ in range(STEPS)]
        theirs = tflm.run(data, [[sample] for sample in x], keep_state=True).outputs
        state = model.state()
        for sample, (expected,) in zip(x, theirs, strict=True):
            result = model.run(sample[0] if batched else sample, state=state)
            assert_array_equal(result.ravel(), expected.ravel())


@pytest.mark.parametrize("name", BUILDERS)
def test_a_run_without_a_state_starts_afresh(name):
    for _, model, rng in models(name, False, 6):
        shape, batched = sample_shape(model)
        x = inputs(rng, shape)[0] if batched else inputs(rng, shape)
        first = model.run(x)
        model.run(x, state=model.state())
        assert_array_equal(model.run(x), first)
        assert_array_equal(model.run(x, state=model.state()), first)


@pytest.mark.parametrize("name", BUILDERS)
def test_a_refused_run_leaves_the_state_alone(name):
    for _, model, rng in models(name, False, 6):
        shape, batched = sample_shape(model)
        x = inputs(rng, shape)[0] if batched else inputs(rng, shape)
        state = model.state()
        model.run(x, state=state)
        before = copy.deepcopy(state)
        output = model.outputs[0].shape
        for wrong, options in (
            (x.astype(np.int16), {}),
            (np.concatenate([x, x], -1), {}),
            (x, {"out": np.empty((*output, 2), np.int8)}),
            (x, {"out": np.empty(output, np.int16)}),
        ):
            with pytest.raises(et.EdgetwinError):
                model.run(wrong, state=state, **options)
            for key, array in state.arrays.items():
                assert_array_equal(array, before.arrays[key], err_msg=key)
        with pytest.raises(et.EdgetwinError):
            model.run(x, state=model.state(2))
